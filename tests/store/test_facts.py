"""Facts at rest: what is read back is what was written, and tags can be asked for on both databases."""

from collections.abc import Iterator
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from plugin.core.keys import shop_id_of
from plugin.core.segments.facts import CustomerFacts, bucket_of
from plugin.store import facts
from plugin.store.facts import SCORED, has_word, words_in, words_text
from plugin.store.tables import CustomerFactsRow
from plugin.store.upserts import table_of
from tests.builders import DAY, NOW, some_facts
from tests.world import OTHER_SHOP, SHOP, World, a_world

_facts = table_of(CustomerFactsRow)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    is_sqlite = request.param == "sqlite"
    url = request.getfixturevalue("sqlite_url" if is_sqlite else "migrated_postgres_url")
    made = a_world(url, migrated=not is_sqlite)
    made.install(SHOP)
    made.install(OTHER_SHOP)
    yield made
    made.close()


def of_shop(world: World, customer_id: int, **changes: object) -> CustomerFacts:
    return some_facts(customer_id=customer_id, bucket=bucket_of(world.shop_id, customer_id), **changes)  # type: ignore[arg-type]  # the fields' own types


def test_every_fact_has_a_column_of_its_name() -> None:
    assert {field.name for field in fields(CustomerFacts)} == set(_facts.c.keys()) - {"shop_id", "flip_at"}
    assert set(SCORED) <= {field.name for field in fields(CustomerFacts)}


def test_what_is_read_back_is_what_was_written(world: World) -> None:
    people = [
        of_shop(world, 1, tags=frozenset({"vip", "top_10%", "a,b"}), order_chance=40, expected_orders=1.5),
        of_shop(world, -2, last_order_at=NOW, orders_count=3, spent_minor=2**40),
    ]
    with world.database.unit(world.shop_id) as unit:
        facts.save(unit, people, {1: NOW, -2: None})
        assert facts.load(unit, [1, -2, 3]) == {each.customer_id: each for each in people}
        assert facts.scores(unit, [1])[1]["order_chance"] == 40
        assert facts.due_flips(unit, NOW - DAY, 10) == []
        assert facts.due_flips(unit, NOW, 10) == [1]
        assert facts.next_flip(unit) == NOW
        facts.remove(unit, 1)
        assert list(facts.load(unit, [1, -2])) == [-2]
    with world.database.reading(shop_id_of(OTHER_SHOP)) as unit:
        assert facts.load(unit, [1, -2]) == {}


def test_a_tag_is_found_whole_and_only_whole(world: World) -> None:
    tags = [{"vip"}, {"vip gold", "x"}, {"top_10%"}, {"topx10y"}, set()]
    with world.database.unit(world.shop_id) as unit:
        people = [of_shop(world, number, tags=frozenset(words)) for number, words in enumerate(tags, start=1)]
        facts.save(unit, people, {})

        def who_has(tag: str) -> int:
            query = select(func.count()).where(_facts.c.shop_id == unit.shop_id, has_word(_facts.c.tags, tag))
            return unit.connection.scalar(query) or 0

        assert [who_has(tag) for tag in ("vip", "vip gold", "gold", "top_10%", "x", "")] == [1, 1, 0, 1, 1, 0]


@given(words=st.sets(st.text(min_size=1, max_size=8)))
def test_words_come_back_in_order_with_their_spaces_tidied(words: set[str]) -> None:
    assert words_in(words_text(words)) == tuple(sorted({" ".join(word.split()) for word in words} - {""}))
