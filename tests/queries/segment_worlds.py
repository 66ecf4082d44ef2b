"""Customers, pasts and trees of every kind, whose values collide on purpose; and how they come into the tables."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

from hypothesis import strategies as st
from sqlalchemy import insert

from plugin.core.events import ConsentState
from plugin.core.lifecycle.rfm import RfmGroup
from plugin.core.lifecycle.stages import Stage
from plugin.core.lifecycle.value import ValueClass
from plugin.core.segments.conditions import (
    All,
    Anniversary,
    Any_,
    Calendar,
    Condition,
    Event,
    Filter,
    Leaf,
    Not,
    Tree,
)
from plugin.core.segments.events import FAMILIES
from plugin.core.segments.facts import CustomerFacts, LineFact, MessageFact, OrderFact, Past, bucket_of
from plugin.core.segments.fields import FIELDS, Field, FieldType
from plugin.core.segments.operators import OPERATORS, Operator, Wanted
from plugin.core.segments.spans import Span, Unit
from plugin.store import facts as facts_at_rest
from plugin.store.facts import words_text
from plugin.store.tables import OrderLineRow, OrderRow, OutboxRow
from plugin.store.unit_of_work import Unit as UnitOfWork
from plugin.store.upserts import table_of
from tests.builders import DAY, HOUR, NOW

TICK = timedelta.resolution
WORDS = ("DE", "de", "É", "é", "ß", "SS", "a_b", "%", "Jazz", "jazz tango")
TAGS = ("vip", "É", "press list", "strasse")
NUMBERS = (0, 1, 2, 3, 500, 2**31)
SPANS = (Span(count=1, unit=Unit.HOURS), Span(count=1), Span(count=30), Span(count=1, unit=Unit.YEARS))
MOMENTS = tuple(
    NOW + offset
    for offset in (
        timedelta(0), TICK, -TICK, -HOUR, -HOUR - TICK, -DAY, -DAY - TICK, -30 * DAY, -30 * DAY + TICK, -365 * DAY,
        -366 * DAY, -1000 * DAY, 30 * DAY, 30 * DAY + TICK, timedelta(hours=-12), timedelta(hours=12), -4000 * DAY,
    )
)  # fmt: skip
DAYS = (
    date(2026, 11, 21), date(2026, 11, 20), date(2026, 11, 22), date(2025, 11, 21), date(2024, 2, 29),
    date(2023, 2, 28), date(1990, 3, 20), date(1991, 3, 21), date(1979, 12, 31), date(2000, 1, 1),
)  # fmt: skip


def _maybe(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


_texts, _moments, _shares = _maybe(WORDS), _maybe(MOMENTS), st.sampled_from([0, 1, 50, 100])

people: st.SearchStrategy[CustomerFacts] = st.builds(
    CustomerFacts,
    customer_id=st.integers(-3, 8).filter(bool),
    email=_maybe(["mina@example.com", "É@example.com"]),
    country=_texts,
    locale=_texts,
    tags=st.frozensets(st.sampled_from([tag.casefold() for tag in TAGS])),
    created_at=_moments,
    birthday=_maybe(DAYS),
    channel=_texts,
    orders_count=st.sampled_from([0, 1, 2, 3]),
    purchase_days=st.sampled_from([0, 1, 2]),
    spent_minor=st.sampled_from(NUMBERS),
    average_minor=_maybe(NUMBERS),
    first_order_at=_moments,
    last_order_at=_moments,
    refunded_orders=st.sampled_from([0, 1]),
    refunded_minor=st.sampled_from(NUMBERS),
    refund_share=_shares,
    discounted_orders=st.sampled_from([0, 1]),
    discount_share=_shares,
    gap_days=_maybe([0, 1, 30]),
    preferred_hour=_maybe([0, 18, 23]),
    cash_refusals=st.sampled_from([0, 2]),
    cash_refusal_share=_shares,
    stage=st.sampled_from(Stage),
    stage_since=_moments,
    open_checkout_at=_moments,
    open_cart_at=_moments,
    consent_email=st.none() | st.sampled_from(ConsentState),
    consent_sms=st.none() | st.sampled_from(ConsentState),
    consent_email_at=_moments,
    suppression=_maybe(["bounced", "unsubscribed"]),
    is_mailable=st.booleans(),
    points=st.sampled_from(NUMBERS),
    last_seen_at=_moments,
    messages_sent=st.sampled_from([0, 1, 3]),
    last_message_at=_moments,
    order_chance=_maybe([0, 40, 100]),
    alive_chance=_maybe([0, 40, 100]),
    expected_orders=_maybe([0.0, 1.5, 2.25]),
    clv_minor=_maybe(NUMBERS),
    next_order_from=_moments,
    next_order_until=_moments,
    value_class=st.none() | st.sampled_from(ValueClass),
    rfm_recency=_maybe([1, 5]),
    rfm_frequency=_maybe([1, 5]),
    rfm_monetary=_maybe([1, 5]),
    rfm_group=st.none() | st.sampled_from(RfmGroup),
)

_lines = st.builds(
    LineFact,
    at=st.sampled_from(MOMENTS),
    order_id=st.integers(1, 3),
    product_id=_maybe([7, 8]),
    variant_id=_maybe([70, 80]),
    product_type=_texts,
    title=st.sampled_from(WORDS),
    quantity=st.sampled_from([0, 1, 3]),
    total_minor=st.sampled_from([0, 500, 5000]),
)
_orders = st.builds(
    OrderFact,
    at=st.sampled_from(MOMENTS),
    order_id=st.integers(1, 10_000),
    net_minor=st.sampled_from([0, 500, 5000]),
    channel=_texts,
    codes=st.sets(st.sampled_from(["spring", "été", "strasse"])).map(tuple),
    is_first=st.just(False),
    hour=st.sampled_from([0, 18, 23]),
)
_messages = st.builds(
    MessageFact,
    at=st.sampled_from(MOMENTS),
    flow_id=st.sampled_from(["win_back", "loyalty_reward"]),
    channel=st.sampled_from(["email", "sms"]),
)


def _with_firsts(orders: list[OrderFact]) -> tuple[OrderFact, ...]:
    """An order is the first when none of the person's was earlier."""
    first_at = min((order.at for order in orders), default=NOW)
    return tuple(
        OrderFact(
            at=order.at,
            order_id=order.order_id,
            net_minor=order.net_minor,
            channel=order.channel,
            codes=order.codes,
            is_first=order.at == first_at,
            hour=order.hour,
        )
        for order in orders
    )


pasts: st.SearchStrategy[Past] = st.builds(
    Past,
    lines=st.lists(_lines, max_size=4).map(tuple),
    orders=st.lists(_orders, max_size=3, unique_by=lambda order: order.order_id).map(_with_firsts),
    messages=st.lists(_messages, max_size=3).map(tuple),
)


def _one(field: Field) -> st.SearchStrategy[Any]:
    match field.type:
        case FieldType.NUMBER | FieldType.MONEY:
            return st.sampled_from([*NUMBERS, -1, 7, 70, 5000, 10**15])
        case FieldType.PERCENT:
            return _shares
        case FieldType.DECIMAL:
            return st.sampled_from([0, 1.5, 2, 2.25])
        case FieldType.MOMENT | FieldType.DATE:
            return st.sampled_from(DAYS)
        case FieldType.FLAG:
            return st.booleans()
        case FieldType.CHOICE:
            return st.sampled_from(field.choices)
        case FieldType.TAGS:
            return st.sampled_from([*TAGS, "VIP", "Strasse", "SPRING", "ÉTÉ", "vi"])
        case _:
            return st.sampled_from([*WORDS, "mina", "@EXAMPLE.com", "azz", "win_back"])


@st.composite
def questions(draw: st.DrawFn, field: Field) -> tuple[Operator, Wanted]:
    """A question that makes sense of the field."""
    operator = draw(st.sampled_from(sorted(OPERATORS[field.type])))
    match operator:
        case Operator.IS_KNOWN | Operator.IS_UNKNOWN:
            return operator, None
        case Operator.WITHIN | Operator.BEFORE_AGO | Operator.WITHIN_NEXT | Operator.AFTER_NEXT:
            return operator, draw(st.sampled_from(SPANS))
        case Operator.BETWEEN:
            return operator, tuple(sorted(draw(st.tuples(_one(field), _one(field)))))
        case Operator.ONE_OF | Operator.NONE_OF | Operator.HAS_ANY | Operator.HAS_ALL:
            return operator, tuple(draw(st.lists(_one(field), min_size=1, max_size=3)))
        case _:
            return operator, draw(_one(field))


@st.composite
def _conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(list(FIELDS.values())))
    operator, value = draw(questions(field))
    return Condition(field=field.id, operator=operator, value=value)


@st.composite
def _events(draw: st.DrawFn) -> Event:
    family = draw(st.sampled_from(list(FAMILIES.values())))
    filters = []
    for field in draw(st.lists(st.sampled_from(list(family.fields.values())), max_size=2)):
        operator, value = draw(questions(field))
        filters.append(Filter(field=field.id, operator=operator, value=value))
    return Event(
        family=family.id,
        filters=tuple(filters),
        measure=draw(st.sampled_from(sorted(family.measures))),
        operator=draw(
            st.sampled_from(
                [
                    Operator.EQ,
                    Operator.NE,
                    Operator.LESS_THAN,
                    Operator.AT_MOST,
                    Operator.MORE_THAN,
                    Operator.AT_LEAST,
                ]
            )
        ),
        number=draw(st.sampled_from([0, 1, 1, 2, 500])),
    )


@st.composite
def _an_anniversary(draw: st.DrawFn) -> Anniversary:
    dated = [field for field in FIELDS.values() if field.type in {FieldType.MOMENT, FieldType.DATE}]
    end = draw(st.sampled_from([0, 1, 7, 30, 110, 366]))
    start = draw(st.sampled_from([0, end]))
    return Anniversary(
        field=draw(st.sampled_from(dated)).id,
        calendar=draw(st.sampled_from(Calendar)),
        start=start,
        end=end,
    )


anniversaries = _an_anniversary()
leaves: st.SearchStrategy[Leaf] = st.one_of(_conditions(), _events(), anniversaries)


def _wider(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda some: All(parts=some)),
        several.map(lambda some: Any_(parts=some)),
        parts.map(lambda part: Not(part=part)),
    )


trees: st.SearchStrategy[Tree] = st.recursive(leaves, _wider, max_leaves=5)


def put(unit: UnitOfWork, customers: Sequence[tuple[CustomerFacts, Past]]) -> None:
    """Write these customers and all that they did."""
    facts_at_rest.save(unit, [placed(unit.shop_id, person) for person, _ in customers], {})
    rows: dict[Any, list[dict[str, Any]]] = {OrderRow: [], OrderLineRow: [], OutboxRow: []}
    for person, past in customers:
        owner = {"shop_id": unit.shop_id, "customer_id": person.customer_id}
        base = (person.customer_id + 10) * 100_000
        rows[OrderRow] += [
            {**owner, "order_id": base + order.order_id, "at": order.at, "is_purchase": True,
             "product_minor": order.net_minor, "refunded_minor": 0, "net_minor": order.net_minor,
             "hour": order.hour, "channel": order.channel, "codes": words_text(order.codes)}
            for order in past.orders
        ]  # fmt: skip
        rows[OrderLineRow] += [
            {**owner, "order_id": base + line.order_id, "number": number, "at": line.at, "is_purchase": True,
             "product_id": line.product_id, "variant_id": line.variant_id, "product_type": line.product_type,
             "title": line.title, "quantity": line.quantity, "total_minor": line.total_minor}
            for number, line in enumerate(past.lines)
        ]  # fmt: skip
        rows[OrderLineRow].append(
            {**owner, "order_id": base, "number": 0, "at": NOW, "is_purchase": False, "product_id": 7,
             "variant_id": 70, "product_type": "Jazz", "title": "no purchase", "quantity": 1, "total_minor": 500}
        )  # fmt: skip
        rows[OutboxRow] += [
            {**owner, "effect_key": f"{person.customer_id}:{number}", "kind": "message", "flow_id": message.flow_id,
             "channel": message.channel, "step_id": "s", "enrollment_id": 1, "trigger_key": "", "state": "sent",
             "reason": "", "attempts": 1, "created_at": message.at, "sent_at": message.at, "context": {}}
            for number, message in enumerate(past.messages)
        ]  # fmt: skip
    for model, made in rows.items():
        if made:
            unit.connection.execute(insert(table_of(cast("Any", model))), made)


def placed(shop_id: int, person: CustomerFacts) -> CustomerFacts:
    """The person in the bucket that is theirs."""
    return CustomerFacts(
        **{name: getattr(person, name) for name in CustomerFacts.__dataclass_fields__ if name != "bucket"},
        bucket=bucket_of(shop_id, person.customer_id),
    )
