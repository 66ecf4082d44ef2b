"""What segments ask of a customer is true the moment an event is, whoever it names and whenever it comes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from plugin.core.events import (
    ConsentState,
    CustomerEvent,
    CustomersMerged,
    Line,
    OrderChanged,
    ProductChanged,
    Version,
)
from plugin.core.keys import guest_id, shop_id_of
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.facts import CustomerFacts
from plugin.pipeline.facts import read_off
from plugin.pipeline.news import take_note
from plugin.pipeline.purchases import rows_of
from plugin.pipeline.unsubscribe import unsubscribe
from plugin.store import customers, facts, imports, shops
from plugin.store.purchases import LINES, MESSAGES, ORDERS, past_of
from plugin.store.tables import CustomerFactsRow, CustomerRow, OrderLineRow, OrderRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of
from tests.builders import DAY, HOUR, MINA_ID, NOW, a_deleted_order, a_merge, a_payment, a_refund, an_order
from tests.core.strategies import (
    carts,
    checkouts,
    consents,
    deleted_orders,
    orders,
    payments,
    records,
    refunds,
    reports,
    shipments,
    taggings,
)
from tests.pipeline.stories import abandons, mina, of
from tests.pipeline.stories import orders as ordered
from tests.world import OTHER_SHOP, SHOP, World, a_world

CASH = ("Cash on Delivery (COD)",)
_numbers = count(1)


def facts_of_mina(world: World, customer_id: int = MINA_ID) -> CustomerFacts:
    with world.database.reading(world.shop_id) as unit:
        return facts.load(unit, [customer_id])[customer_id]


def rows(unit: Unit, model: Any) -> list[dict[str, Any]]:
    table = table_of(model)
    query = select(table).where(table.c.shop_id == unit.shop_id).order_by(*table.primary_key.columns)
    return [
        {name: value for name, value in row.items() if name != "shop_id"}
        for row in unit.connection.execute(query).mappings()
    ]


# Any stream


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = a_world(f"sqlite:///{tmp_path_factory.mktemp('facts') / 'regulars.db'}")
    yield made
    made.close()


def named(event: CustomerEvent, person: int, *, as_guest: bool) -> CustomerEvent:
    """`event` as said of one of three people; what belongs to an order is said of whose order it is."""
    order_id = getattr(event, "order_id", None)
    person = order_id or person
    who: dict[str, Any] = {
        "shopify_id": None if as_guest else 7000 + person,
        "email": f"p{person}@example.com",
    }
    if isinstance(event, OrderChanged):
        lines = (
            Line(title=event.version.updated_at.isoformat(), quantity=1, total_minor=event.product_minor),
        )
        event = replace(event, lines=lines * (1 + event.version.updated_at.hour % 3))
        return of(event, f"order:{order_id}", **who)
    if order_id is not None:
        return of(event, f"order:{order_id}", shopify_id=None, email=None)
    return of(event, **who)


said = st.builds(
    named,
    st.one_of(
        orders,
        orders,
        refunds,
        payments,
        shipments,
        reports,
        deleted_orders,
        checkouts,
        carts,
        consents,
        records,
        taggings,
    ),
    st.integers(1, 3),
    as_guest=st.booleans(),
)
merged = st.sampled_from([7002, 7003]).map(lambda gone: a_merge(7001, gone, at=NOW))
streams = st.lists(st.lists(said | merged, min_size=1, max_size=5), min_size=1, max_size=4)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(stream=streams)
def test_rows_kept_up_are_those_that_a_recomputation_finds(
    street: World, stream: Sequence[Sequence[CustomerEvent]]
) -> None:
    domain = f"shop-{next(_numbers)}.myshopify.com"
    street.install(domain)
    for batch in stream:
        street.hear(*batch, domain=domain)

    with street.database.reading(shop_id_of(domain)) as unit:
        shop = shops.get(unit)
        known = customers.load(unit, [row["customer_id"] for row in rows(unit, CustomerRow)])
        anew = {each.customer_id: each for each in read_off(unit, shop, list(known.values()))}
        assert facts.load(unit, known) == anew
        assert len(rows(unit, CustomerFactsRow)) == len(known)
        counted = [row for one in known.values() for row in rows_of(one.state, one.state.orders, shop.zone)]
        assert rows(unit, OrderRow) == sorted(counted, key=lambda row: row["order_id"])
        newest = _newest_lines([fact for batch in stream for fact in batch])
        by_order = {row["order_id"]: row for row in counted}
        lines = rows(unit, OrderLineRow)
        assert [(line["order_id"], line["number"], line["title"]) for line in lines] == [
            (order_id, number, line.title)
            for order_id in sorted(by_order)
            for number, line in enumerate(newest[order_id])
        ]
        for line in lines:
            order = by_order[line["order_id"]]
            assert [line[name] for name in ("customer_id", "at", "is_purchase")] == [
                order[name] for name in ("customer_id", "at", "is_purchase")
            ]


def _newest_lines(stream: Sequence[CustomerEvent]) -> dict[int, tuple[Line, ...]]:
    told = [fact for fact in stream if isinstance(fact, OrderChanged)]
    return {fact.order_id: fact.lines for fact in sorted(told, key=lambda fact: fact.version)}


# What each act does


def test_an_order_is_a_fact_at_once(world: World) -> None:
    world.hear(*mina(NOW - 90 * DAY))
    first = replace(an_order(1, at=NOW - 60 * DAY), discount_codes=("SPRING", "vip"), source="web")
    second = replace(an_order(2, at=NOW - 30 * DAY, product_minor=3000), source="shopify_draft_order")
    world.hear(of(first, "order:1"), of(second, "order:2"))

    known = facts_of_mina(world)

    assert (known.orders_count, known.purchase_days, known.spent_minor, known.average_minor) == (
        2,
        2,
        8000,
        4000,
    )
    assert (known.first_order_at, known.last_order_at, known.gap_days) == (NOW - 60 * DAY, NOW - 30 * DAY, 30)
    assert (known.discounted_orders, known.discount_share, known.channel) == (1, 50, "draft")
    assert (known.preferred_hour, known.email) == (12, "mina@example.com")
    assert (known.consent_email, known.consent_email_at) == (ConsentState.SUBSCRIBED, NOW - 90 * DAY)
    assert known.is_mailable
    assert known.stage is Stage.ACTIVE
    with world.database.reading(world.shop_id) as unit:
        past = past_of(unit, [MINA_ID], [LINES, ORDERS, MESSAGES])[MINA_ID]
    assert [(order.order_id, order.is_first, order.codes, order.hour) for order in past.orders] == [
        (1, True, ("spring", "vip"), 12),
        (2, False, (), 12),
    ]
    assert [line.title for line in past.lines] == ["Tea", "Tea"]


def test_a_parcel_to_be_paid_at_the_door_counts_once_its_money_came(world: World) -> None:
    world.hear(*mina(), of(an_order(1, status="pending", gateways=CASH), "order:1"))
    assert facts_of_mina(world).orders_count == 0
    assert lines_of_mina(world) == 0

    world.hear(of(a_payment(1, order_id=1), "order:1", shopify_id=None, email=None))

    assert (facts_of_mina(world).orders_count, facts_of_mina(world).cash_refusal_share) == (1, 0)
    assert lines_of_mina(world) == 1


def lines_of_mina(world: World) -> int:
    with world.database.reading(world.shop_id) as unit:
        return len(past_of(unit, [MINA_ID], [LINES])[MINA_ID].lines)


def test_what_was_given_back_whole_was_never_bought(world: World) -> None:
    world.hear(*mina(), ordered(1, at=NOW - DAY), ordered(2, at=NOW))
    world.hear(of(a_refund(1, order_id=1, product_minor=5000), "order:1", shopify_id=None, email=None))

    known = facts_of_mina(world)

    assert (known.orders_count, known.refunded_orders, known.refunded_minor, known.refund_share) == (
        1,
        1,
        5000,
        50,
    )
    assert lines_of_mina(world) == 1


def test_an_order_that_was_deleted_is_no_purchase(world: World) -> None:
    world.hear(*mina(), ordered(1))
    world.hear(of(a_deleted_order(1), "order:1", shopify_id=None, email=None))
    assert (facts_of_mina(world).orders_count, lines_of_mina(world)) == (0, 0)


def test_a_message_that_went_out_is_a_fact_at_once(world: World) -> None:
    world.hear(*mina(), abandons(at=NOW))
    assert facts_of_mina(world).messages_sent == 0

    world.pass_time(2 * HOUR)

    known = facts_of_mina(world)
    assert len(world.mail.sent) == 1
    assert (known.messages_sent, known.last_message_at) == (1, world.clock.at)


def test_who_leaves_can_be_mailed_no_more_and_who_comes_back_can(world: World) -> None:
    world.hear(*mina())
    with world.database.unit(world.shop_id) as unit:
        unsubscribe(unit, shops.get(unit), MINA_ID, source="one_click", now=NOW)
    known = facts_of_mina(world)
    assert (known.suppression, known.is_mailable, known.consent_email) == (
        "unsubscribed",
        False,
        ConsentState.UNSUBSCRIBED,
    )

    world.clock.at += HOUR
    world.hear(*mina(world.clock.at))

    known = facts_of_mina(world)
    assert (known.suppression, known.is_mailable) == (None, True)


def test_points_taken_for_a_reward_are_gone_from_the_facts(world: World) -> None:
    world.hear(*mina(), ordered(1, product_minor=60_000))
    assert facts_of_mina(world).points == 600
    world.pass_time(HOUR)
    (person,) = world.rows("SELECT points FROM customers WHERE shop_id = :shop_id")
    assert person.points < 600
    assert facts_of_mina(world).points == person.points


def test_time_alone_moves_the_stage_in_the_facts(world: World) -> None:
    world.hear(*mina(NOW - 2 * DAY), ordered(1, at=NOW - DAY))
    assert facts_of_mina(world).stage is Stage.NEW
    world.pass_time(80 * DAY)
    assert facts_of_mina(world).stage is Stage.AT_RISK


# Who turned out to be somebody else, is erased, or is somebody else's


def test_a_guest_who_becomes_an_account_takes_orders_and_lines_along(world: World) -> None:
    world.hear(of(an_order(1, at=NOW - DAY), "order:1", shopify_id=None))
    guest = guest_id(world.shop_id, "email:mina@example.com")
    assert facts_of_mina(world, guest).orders_count == 1

    world.hear(*mina(NOW))

    assert facts_of_mina(world).orders_count == 1
    for table in ("customer_facts", "orders", "order_lines"):
        ids = world.rows(f"SELECT customer_id FROM {table} WHERE shop_id = :shop_id")  # noqa: S608  # our own names
        assert {row.customer_id for row in ids} == {MINA_ID}, table


def test_of_two_merged_records_one_keeps_it_all(world: World) -> None:
    world.hear(*mina(), ordered(1))
    world.hear(of(an_order(2), "order:2", shopify_id=7002, email="zoe@example.com"))
    merge: CustomersMerged = a_merge(MINA_ID, 7002, at=NOW)
    world.hear(merge)
    assert facts_of_mina(world).orders_count == 2
    assert {
        row.customer_id for row in world.rows("SELECT * FROM customer_facts WHERE shop_id = :shop_id")
    } == {MINA_ID}


def test_nothing_is_written_for_another_shop(world: World) -> None:
    world.hear(*mina(), ordered(1), domain=OTHER_SHOP)
    for table in ("customer_facts", "orders", "order_lines"):
        assert world.rows(f"SELECT * FROM {table} WHERE shop_id = :shop_id") == [], table  # noqa: S608  # ours


def test_half_a_history_makes_orders_but_no_facts(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        imports.request(unit, 1, NOW)
    world.hear(*mina(), ordered(1), origin="import")
    world.hear(ordered(2))
    assert world.rows("SELECT * FROM customer_facts WHERE shop_id = :shop_id") == []
    assert len(world.rows("SELECT * FROM orders WHERE shop_id = :shop_id")) == 2


@pytest.mark.slow
def test_a_counter_with_fifty_thousand_orders_stays_fast(sqlite_url: str) -> None:
    world = a_world(sqlite_url)
    world.install(SHOP)
    world.hear(*mina(NOW - 4000 * DAY))
    many = [of(an_order(n, at=NOW - timedelta(hours=n)), f"order:{n}") for n in range(1, 50_001)]
    world.hear(*many, origin="import")

    began = process_time()
    world.hear(ordered(60_000))
    took = process_time() - began

    assert facts_of_mina(world).orders_count == 50_001
    assert took < 10  # seconds; work that grows with the square of the orders takes minutes
    world.close()


# What kind of product it was


def a_product(product_id: int, kind: str) -> ProductChanged:
    return ProductChanged(
        product_id=product_id,
        version=Version(updated_at=NOW, triggered_at=NOW),
        title="Darjeeling",
        product_type=kind,
        is_for_sale=True,
        variants=(),
        variant_ids=None,
    )


def sells(order_id: int, product_id: int, kind: str | None = None) -> CustomerEvent:
    line = Line(title="D", quantity=1, total_minor=5000, product_id=product_id, product_type=kind)
    return of(replace(an_order(order_id), lines=(line,)), f"order:{order_id}")


def types_of_mina(world: World) -> list[str | None]:
    with world.database.reading(world.shop_id) as unit:
        past = past_of(unit, [MINA_ID], [LINES])[MINA_ID]
    return [line.product_type for line in sorted(past.lines, key=lambda line: line.order_id)]


def test_a_line_is_of_the_kind_that_the_catalogue_says(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        take_note(unit, a_product(11, "Tea"), NOW)
    world.hear(*mina(), sells(1, 11), sells(2, 11, "Leaf"), sells(3, 12))
    assert types_of_mina(world) == ["Tea", "Leaf", None]


def test_what_imported_orders_say_of_a_product_holds_for_later_ones(world: World) -> None:
    world.hear(*mina(), sells(1, 11, "Tea"), origin="import")
    world.hear(sells(2, 11))
    assert types_of_mina(world) == ["Tea", "Tea"]


def test_a_product_that_names_its_kind_late_tells_what_was_sold(world: World) -> None:
    world.hear(*mina(), sells(1, 11))
    assert types_of_mina(world) == [None]
    with world.database.unit(world.shop_id) as unit:
        take_note(unit, a_product(11, "Tea"), NOW)
        take_note(
            unit,
            replace(a_product(11, "Coffee"), version=Version(updated_at=NOW + HOUR, triggered_at=NOW)),
            NOW,
        )
    assert types_of_mina(world) == ["Tea"]
