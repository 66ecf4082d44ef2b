"""Python and both databases give one answer: of every tree, of every customer, with everything they did."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from plugin.core.segments.compile import compile_tree
from plugin.core.segments.conditions import (
    MAX_CONDITIONS,
    All,
    Anniversary,
    Condition,
    InSegment,
    Not,
    Tree,
)
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.explain import explain
from plugin.core.segments.facts import CustomerFacts, Past
from plugin.core.segments.operators import MAX_VALUES, Operator
from plugin.queries.segments_sql import FACTS, where
from plugin.store import schema
from plugin.store.engine import open_engine
from plugin.store.tables import CustomerFactsRow, OrderLineRow, OrderRow, OutboxRow
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import table_of
from tests.builders import NOW, UTC_ZONE
from tests.queries.segment_worlds import anniversaries, pasts, people, placed, put, trees

SHOP_ID, OTHER_ID = 11, 12
ZONES = (UTC_ZONE, ZoneInfo("Asia/Tehran"), ZoneInfo("America/Sao_Paulo"))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('segments') / 'regulars.db'}"
    else:
        url = request.getfixturevalue("postgres_cluster").new_database()
    engine = open_engine(url)
    schema.migrate(engine, "main")
    yield Database(engine)
    engine.dispose()


def empty(unit: Unit) -> None:
    for model in (CustomerFactsRow, OrderRow, OrderLineRow, OutboxRow):
        unit.connection.execute(delete(table_of(model)).where(table_of(model).c.shop_id == unit.shop_id))


def found(unit: Unit, tree: Tree, now: datetime, zone: ZoneInfo) -> set[int]:
    query = select(FACTS.c.customer_id).where(
        FACTS.c.shop_id == unit.shop_id, where(tree, shop_id=unit.shop_id, now=now, zone=zone)
    )
    return set(unit.connection.scalars(query))


several = st.lists(st.tuples(people, pasts), max_size=6, unique_by=lambda each: each[0].customer_id)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=400,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(customers=several, asked=st.lists(trees, min_size=1, max_size=4), zone=st.sampled_from(ZONES))
def test_sql_the_predicate_and_the_explanation_agree(
    database: Database, customers: list[tuple[CustomerFacts, Past]], asked: list[Tree], zone: ZoneInfo
) -> None:
    with database.unit(SHOP_ID) as unit:
        empty(unit)
        put(unit, customers)
        for tree in asked:
            predicate = compile_tree(tree, zone)
            expected = {
                person.customer_id
                for person, past in customers
                if predicate.holds(placed(SHOP_ID, person), past, NOW)
            }
            explained = {
                person.customer_id
                for person, past in customers
                if explain(tree, placed(SHOP_ID, person), past, NOW, zone=zone).held
            }
            assert found(unit, tree, NOW, zone) == expected
            assert explained == expected


@settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    days=st.lists(st.dates(date(1900, 1, 1), date(2026, 12, 31)), min_size=1, max_size=20),
    today=st.datetimes(datetime(2019, 1, 1), datetime(2033, 1, 1)),  # noqa: DTZ001  # given its zone below
    asked=anniversaries.map(lambda tree: replace(tree, field="birthday")),
    zone=st.sampled_from(ZONES),
)
def test_anniversaries_fall_on_the_same_days_everywhere(
    database: Database, days: list[date], today: datetime, asked: Anniversary, zone: ZoneInfo
) -> None:
    now = today.replace(tzinfo=UTC_ZONE)
    people_of_days = [
        placed(SHOP_ID, CustomerFacts(customer_id=number, birthday=day)) for number, day in enumerate(days, 1)
    ]
    holds = compile_tree(asked, zone).holds
    with database.unit(SHOP_ID) as unit:
        empty(unit)
        put(unit, [(person, Past()) for person in people_of_days])
        expected = {person.customer_id for person in people_of_days if holds(person, Past(), now)}
        assert found(unit, asked, now, zone) == expected


def test_a_shop_sees_nobody_of_another(database: Database) -> None:
    everyone: Tree = All(parts=())
    with database.unit(SHOP_ID) as unit:
        empty(unit)
        put(unit, [(CustomerFacts(customer_id=1), Past())])
        assert found(unit, everyone, NOW, UTC_ZONE) == {1}
    with database.unit(OTHER_ID) as unit:
        assert found(unit, everyone, NOW, UTC_ZONE) == set()


def test_a_segment_that_is_still_named_cannot_be_asked() -> None:
    with pytest.raises(InvalidConditionError, match="vip"):
        where(InSegment(segment_id="vip"), shop_id=SHOP_ID, now=NOW, zone=UTC_ZONE)


def test_more_values_than_a_statement_takes_are_refused_before_it_is_made() -> None:
    many = Condition(field="points", operator=Operator.ONE_OF, value=tuple(range(MAX_VALUES)))
    tree = All(parts=(many,) * (MAX_CONDITIONS + 20))
    with pytest.raises(InvalidConditionError, match="split it in two"):
        where(tree, shop_id=SHOP_ID, now=NOW, zone=UTC_ZONE)


def test_the_largest_question_that_may_be_asked_is_answered(database: Database) -> None:
    many = Condition(field="points", operator=Operator.ONE_OF, value=tuple(range(MAX_VALUES)))
    deep: Tree = All(parts=(many,) * MAX_CONDITIONS)
    for _ in range(15):
        deep = Not(part=deep)
    with database.unit(SHOP_ID) as unit:
        empty(unit)
        put(
            unit, [(CustomerFacts(customer_id=1), Past()), (CustomerFacts(customer_id=2, points=900), Past())]
        )
        assert found(unit, deep, NOW, UTC_ZONE) == {2}
