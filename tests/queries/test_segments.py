"""A segment has the same members whether it is asked in Python or in SQL, on either database."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, delete, insert, text
from sqlalchemy.pool import StaticPool

from plugin.core.events import ConsentState
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.compile import compile_tree
from plugin.core.segments.conditions import MAX_DEPTH, All, Any_, Condition, Not, Tree
from plugin.core.segments.defaults import SEGMENT_BY_ID, SEGMENTS
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.facts import NO_PAST, CustomerFacts
from plugin.core.segments.fields import FIELDS, Field, FieldType, Value
from plugin.core.segments.operators import One, Operator, Wanted
from plugin.core.segments.spans import days
from plugin.queries.segments import Member, segment_counts, segment_members, where
from plugin.store.tables.customers import CustomerRow
from tests.builders import DAY, MINA, NOW, UTC_ZONE, some_facts

SHOP, OTHER_SHOP = 11, 12
CUSTOMERS = CustomerRow.metadata.tables["customers"]
TICK = timedelta(microseconds=1)

EVERYONE = SEGMENT_BY_ID["everyone"].tree
NUMBERS = [0, 1, 2, 499, 500, 2**31, 2**63 - 1]
SMALL_NUMBERS = [0, 1, 2, 499, 500]
MOMENTS = [NOW - days * DAY + shift * TICK for days in (0, 1, 7, 30) for shift in (-1, 0, 1)]
WORDS = ["DE", "FR", "fr", "", "fa'; --", "ü"]


def maybe(values: Sequence[Value]) -> st.SearchStrategy[Value | None]:
    return st.none() | st.sampled_from(values)


people = st.lists(
    st.builds(
        CustomerFacts,
        customer_id=st.integers(-3, 8).filter(bool),
        email=st.sampled_from([None, MINA]),
        locale=maybe(WORDS),
        country=maybe(WORDS),
        created_at=st.sampled_from(MOMENTS),
        orders_count=st.sampled_from(SMALL_NUMBERS),
        spent_minor=st.sampled_from(NUMBERS),
        first_order_at=maybe(MOMENTS),
        last_order_at=maybe(MOMENTS),
        stage=st.sampled_from(Stage),
        stage_since=maybe(MOMENTS),
        consent_email=st.none() | st.sampled_from(ConsentState),
        is_mailable=st.booleans(),
        open_checkout_at=maybe(MOMENTS),
        open_cart_at=maybe(MOMENTS),
        points=st.sampled_from(NUMBERS),
    ),
    max_size=8,
    unique_by=lambda facts: facts.customer_id,
)


KNOWN = {**dict.fromkeys(CUSTOMERS.columns.keys()), "spent_minor": None}
ASKED = [field for field in FIELDS.values() if field.column in KNOWN and field.type is not FieldType.TEXT]
OPERATORS = {
    FieldType.NUMBER: [Operator.EQ, Operator.NE, Operator.AT_LEAST, Operator.AT_MOST, Operator.ONE_OF],
    FieldType.MONEY: [Operator.EQ, Operator.NE, Operator.AT_LEAST, Operator.AT_MOST],
    FieldType.MOMENT: [Operator.WITHIN, Operator.BEFORE_AGO, Operator.IS_KNOWN, Operator.IS_UNKNOWN],
    FieldType.CHOICE: [Operator.EQ, Operator.NE, Operator.ONE_OF, Operator.IS_KNOWN, Operator.IS_UNKNOWN],
    FieldType.FLAG: [Operator.EQ],
}


def matches(tree: Tree, facts: CustomerFacts, now: datetime) -> bool:
    return compile_tree(tree, UTC_ZONE).holds(facts, NO_PAST, now)


def _values(field: Field) -> st.SearchStrategy[One]:
    match field.type:
        case FieldType.NUMBER | FieldType.MONEY:
            return st.sampled_from([*NUMBERS, -1])
        case FieldType.FLAG:
            return st.booleans()
        case _:
            return st.sampled_from(field.choices)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(ASKED))
    operator = draw(st.sampled_from(sorted(OPERATORS[field.type])))
    value: Wanted
    if operator in {Operator.IS_KNOWN, Operator.IS_UNKNOWN}:
        value = None
    elif operator in {Operator.WITHIN, Operator.BEFORE_AGO}:
        value = days(draw(st.sampled_from([1, 7, 30, 3650])))
    elif operator is Operator.ONE_OF:
        value = tuple(draw(st.lists(_values(field), min_size=1, max_size=3)))
    else:
        value = draw(_values(field))
    return Condition(field=field.id, operator=operator, value=value)


def _wider(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda some: All(parts=some)),
        several.map(lambda some: Any_(parts=some)),
        parts.map(lambda part: Not(part=part)),
    )


trees: st.SearchStrategy[Tree] = st.recursive(conditions(), _wider, max_leaves=6)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A transaction on an empty `customers` table that is never committed."""
    if request.param == "sqlite":
        engine = create_engine("sqlite://", poolclass=StaticPool)
    else:
        try:
            url: str = request.getfixturevalue("postgres_url")
        except pytest.FixtureLookupError:
            pytest.skip("no PostgreSQL here")
        engine = create_engine(url)
    with engine.connect() as opened, opened.begin() as transaction:
        if request.param == "postgres":
            opened.execute(text("CREATE SCHEMA segments_specification"))
            opened.execute(text("SET LOCAL search_path TO segments_specification"))
        CUSTOMERS.create(opened)
        yield opened
        transaction.rollback()
    engine.dispose()


def fill(connection: Connection, customers: Sequence[CustomerFacts], *, shop_id: int = SHOP) -> None:
    rows = [{"shop_id": shop_id, "updated_at": NOW, "state": b"", **_columns(facts)} for facts in customers]
    if rows:
        connection.execute(insert(CUSTOMERS), rows)


def _columns(facts: CustomerFacts) -> dict[str, object]:
    known = {**asdict(facts), "net_minor": facts.spent_minor}
    return {"redemptions": 0} | {name: value for name, value in known.items() if name in CUSTOMERS.columns}


def ids(connection: Connection, tree: Tree, now: datetime = NOW, shop_id: int = SHOP) -> list[int]:
    members = segment_members(connection, shop_id, tree, now, limit=100)
    return [member.customer_id for member in members]


@settings(
    deadline=None,
    derandomize=True,
    max_examples=200,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(customers=people, tree=trees)
def test_python_and_sql_agree_on_every_tree_and_customer(
    connection: Connection, customers: list[CustomerFacts], tree: Tree
) -> None:
    connection.execute(delete(CUSTOMERS))
    fill(connection, customers)
    expected = {facts.customer_id for facts in customers if matches(tree, facts, NOW)}
    assert set(ids(connection, tree)) == expected
    assert set(ids(connection, Not(part=tree))) == {facts.customer_id for facts in customers} - expected


@settings(
    deadline=None,
    derandomize=True,
    max_examples=30,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(customers=people)
def test_the_default_segments_are_counted_as_python_counts_them(
    connection: Connection, customers: list[CustomerFacts]
) -> None:
    connection.execute(delete(CUSTOMERS))
    fill(connection, customers)
    fill(connection, [some_facts(points=500, is_mailable=True)], shop_id=OTHER_SHOP)
    counts = segment_counts(connection, SHOP, NOW)
    assert [count.id for count in counts] == [segment.id for segment in SEGMENTS]
    for segment, count in zip(SEGMENTS, counts, strict=True):
        members = [facts for facts in customers if matches(segment.tree, facts, NOW)]
        assert count.customers == len(members)
        assert count.mailable == sum(facts.is_mailable for facts in members)
        assert count.share == (len(members) / len(customers) if customers else 0.0)


def test_a_shop_sees_no_customer_of_another(connection: Connection) -> None:
    fill(connection, [some_facts(customer_id=1), some_facts(customer_id=2)])
    assert ids(connection, EVERYONE, shop_id=OTHER_SHOP) == []
    assert segment_counts(connection, OTHER_SHOP, NOW)[-1].customers == 0
    assert segment_counts(connection, OTHER_SHOP, NOW)[-1].share == 0.0


def test_pages_follow_each_other_without_a_gap_or_a_repeat(connection: Connection) -> None:
    fill(connection, [some_facts(customer_id=n) for n in (-2, -1, 1, 2, 3)])
    first = segment_members(connection, SHOP, EVERYONE, NOW, limit=2)
    second = segment_members(connection, SHOP, EVERYONE, NOW, limit=2, after=first[-1].customer_id)
    third = segment_members(connection, SHOP, EVERYONE, NOW, limit=2, after=second[-1].customer_id)
    pages = [[member.customer_id for member in page] for page in (first, second, third)]
    assert pages == [[3, 2], [1, -1], [-2]]


def test_a_member_is_shown_with_a_name_when_there_is_one(connection: Connection) -> None:
    fill(connection, [some_facts(customer_id=1, orders_count=2, spent_minor=700, last_order_at=NOW - DAY)])
    connection.execute(CUSTOMERS.update().values(first_name="Mina", last_name="Rad"))
    fill(connection, [some_facts(customer_id=2)])
    nameless, named = segment_members(connection, SHOP, EVERYONE, NOW)
    assert nameless.name is None
    assert named == Member(
        customer_id=1,
        name="Mina Rad",
        email=MINA,
        orders_count=2,
        net_minor=700,
        last_order_at=NOW - DAY,
        stage=Stage.PROSPECT,
        is_mailable=False,
    )


def test_a_tree_too_deep_for_a_database_is_refused_before_it_is_asked() -> None:
    tree: Tree = Condition(field="points", operator=Operator.EQ, value=1)
    for _ in range(MAX_DEPTH):
        tree = Not(part=tree)
    with pytest.raises(InvalidConditionError, match="levels deep"):
        where(tree, NOW)
