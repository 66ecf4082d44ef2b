"""A count is exact when there is time, and says how sure it is when there is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from plugin.core.segments.conditions import All, Any_, Condition, Tree
from plugin.core.segments.facts import CustomerFacts
from plugin.core.segments.operators import Operator
from plugin.queries.segments_count import SAMPLE, Count, count, sample
from plugin.store import facts
from plugin.store.unit_of_work import Database
from tests.builders import NOW, UTC_ZONE
from tests.queries.segment_worlds import placed

SHOP_ID, OTHER_ID = 11, 12
PEOPLE = 3000
THIRD: Tree = Condition(field="points", operator=Operator.EQ, value=0)
NOBODY: Tree = Any_(parts=())
EVERYONE: Tree = All(parts=())


def ticking(seconds: float) -> Callable[[], float]:
    """A clock on which every look takes so long."""
    now = 0.0

    def monotonic() -> float:
        nonlocal now
        now += seconds
        return now

    return monotonic


@pytest.fixture
def filled(database: Database) -> Database:
    for shop_id, people in ((SHOP_ID, PEOPLE), (OTHER_ID, 10)):
        with database.unit(shop_id) as unit:
            made = (
                CustomerFacts(customer_id=number, points=number % 3, is_mailable=number % 2 == 0)
                for number in range(1, people + 1)
            )
            facts.save(unit, [placed(shop_id, person) for person in made], {})
    return database


def asked(database: Database, tree: Tree, *, shop_id: int = SHOP_ID, seconds: float = 0.0) -> Count:
    with database.reading(shop_id) as unit:
        return count(
            unit.connection,
            shop_id,
            tree,
            NOW,
            zone=UTC_ZONE,
            monotonic=ticking(seconds),
            budget=timedelta(seconds=1),
        )


def test_with_time_enough_the_count_is_exact(filled: Database) -> None:
    found = asked(filled, THIRD)
    assert found.is_exact
    assert (found.customers, found.low, found.high) == (PEOPLE // 3, PEOPLE // 3, PEOPLE // 3)
    assert (found.mailable, found.everyone, found.share) == (PEOPLE // 6, PEOPLE, 1 / 3)


def test_without_time_it_is_an_estimate_whose_interval_holds_the_truth(filled: Database) -> None:
    found = asked(filled, THIRD, seconds=0.15)
    assert not found.is_exact
    assert found.low < PEOPLE // 3 < found.high
    assert found.low <= found.customers <= found.high
    assert found.high - found.low < PEOPLE // 2
    assert found.everyone == pytest.approx(PEOPLE, rel=0.3)


def test_the_least_time_still_gives_an_answer(filled: Database) -> None:
    found = asked(filled, THIRD, seconds=5.0)
    assert not found.is_exact
    assert found.low <= PEOPLE // 3 <= found.high


def test_nobody_and_everybody_are_not_surer_than_what_was_counted(filled: Database) -> None:
    none, all_ = asked(filled, NOBODY, seconds=5.0), asked(filled, EVERYONE, seconds=5.0)
    assert (none.customers, none.low) == (0, 0)
    assert none.high > 0
    assert all_.customers == all_.high == all_.everyone
    assert all_.low < all_.everyone


def test_more_time_makes_it_surer(filled: Database) -> None:
    hasty, patient = asked(filled, THIRD, seconds=0.4), asked(filled, THIRD, seconds=0.05)
    assert patient.high - patient.low < hasty.high - hasty.low


def test_an_empty_shop_has_nobody_and_divides_by_nothing(database: Database) -> None:
    for tree in (NOBODY, EVERYONE):
        found = asked(database, tree)
        assert (found.customers, found.mailable, found.everyone, found.share) == (0, 0, 0, 0.0)
        assert found.is_exact
    assert asked(database, EVERYONE, seconds=5.0).high == 0


def test_another_shop_is_not_counted(filled: Database) -> None:
    assert asked(filled, EVERYONE, shop_id=OTHER_ID).customers == 10


def test_a_sample_is_of_those_who_answer(filled: Database) -> None:
    found = asked(filled, THIRD)
    with filled.reading(SHOP_ID) as unit:
        people = sample(unit.connection, SHOP_ID, THIRD, NOW, zone=UTC_ZONE, found_in=found.found_in)
    assert len(people) == len(set(people)) == SAMPLE
    assert all(number % 3 == 0 for number in people)


def test_the_one_who_answers_is_found_wherever_they_are(filled: Database) -> None:
    tree: Tree = Condition(field="orders", operator=Operator.EQ, value=7)
    for number in (1, 1499, 3000):
        with filled.unit(SHOP_ID) as unit:
            person = placed(SHOP_ID, CustomerFacts(customer_id=number, orders_count=7))
            facts.save(unit, [person], {})
            found = count(unit.connection, SHOP_ID, tree, NOW, zone=UTC_ZONE, monotonic=ticking(0.001))
            people = sample(unit.connection, SHOP_ID, tree, NOW, zone=UTC_ZONE, found_in=found.found_in)
            facts.save(unit, [placed(SHOP_ID, CustomerFacts(customer_id=number))], {})
        assert people == [number]
