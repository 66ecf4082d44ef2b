"""Bodies are kept only as long as they help, keys as long as anybody may repeat a delivery."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from plugin.store.inbox import InboxStore, inbox_engine, inbox_store
from tests.store.test_inbox import NOON, OTHER, OTHER_ID, SHOP_ID, a_delivery, put

DAY = timedelta(days=1)


@pytest.fixture
def store(database_url: str) -> Iterator[InboxStore]:
    store = inbox_store(database_url)
    yield store
    store.close()


def names(database_url: str) -> list[str]:
    engine = inbox_engine(database_url)
    with engine.begin() as connection:
        found = list(connection.scalars(text("SELECT delivery_id FROM inbox ORDER BY delivery_id")))
    engine.dispose()
    return found


def test_only_settled_bodies_of_their_age_go_whosever_they_are(database_url: str, store: InboxStore) -> None:
    many = [a_delivery(f"old-{number:04}", received_at=NOON - 20 * DAY) for number in range(1500)]
    others = [
        a_delivery("other", shop=OTHER, received_at=NOON - 20 * DAY),
        a_delivery("waiting", received_at=NOON - 20 * DAY),
        a_delivery("edge", received_at=NOON - 14 * DAY),
    ]
    put(database_url, *many, *others)
    settled = [(SHOP_ID, one.delivery_id) for one in many] + [(OTHER_ID, "other"), (SHOP_ID, "edge")]
    store.mark_done(settled, NOON)
    assert store.drop_bodies(NOON - 14 * DAY) == 1501
    assert store.drop_bodies(NOON - 14 * DAY) == 0
    kept = {one.delivery_id: one.body for one in store.of_shop(SHOP_ID)}
    assert kept == {"waiting": b'{"id":1}', "edge": b'{"id":1}'}
    assert len(names(database_url)) == 1503


def test_a_repeated_delivery_is_absorbed_for_as_long_as_its_key_is_kept(
    database_url: str, store: InboxStore
) -> None:
    put(
        database_url,
        a_delivery("a", received_at=NOON - 34 * DAY),
        a_delivery("b", received_at=NOON - 36 * DAY),
    )
    store.mark_done([(SHOP_ID, "a"), (SHOP_ID, "b")], NOON)
    store.drop_bodies(NOON - 14 * DAY)
    assert store.delete_keys(NOON - 35 * DAY) == 1
    put(database_url, a_delivery("a"))
    assert store.waiting(10) == []
    assert names(database_url) == ["a"]


def test_what_was_never_understood_outlives_every_term(database_url: str, store: InboxStore) -> None:
    put(database_url, a_delivery("a", received_at=NOON - 400 * DAY))
    assert (store.drop_bodies(NOON), store.delete_keys(NOON)) == (0, 0)
    assert [one.delivery_id for one in store.waiting(10)] == ["a"]


def test_arrivals_are_counted_by_shop_time_and_topic(database_url: str, store: InboxStore) -> None:
    put(
        database_url,
        *(a_delivery(str(hour), received_at=NOON - hour * timedelta(hours=1)) for hour in range(5)),
        a_delivery("other", shop=OTHER, received_at=NOON - DAY),
    )
    assert store.received(SHOP_ID, NOON - timedelta(hours=3), NOON) == 3
    assert store.received(SHOP_ID, NOON - DAY, NOON + DAY, topic="orders/create") == 5
    assert store.received(SHOP_ID, NOON - DAY, NOON + DAY, topic="carts/update") == 0
    assert (store.last_received(SHOP_ID), store.last_received(OTHER_ID)) == (NOON, NOON - DAY)
    assert store.last_received(1) is None


def test_retention_looks_at_the_old_rows_only(database_url: str) -> None:
    """By the index, not by reading the whole table."""
    put(database_url, a_delivery("a"))
    engine = inbox_engine(database_url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            plan = connection.execute(
                text(
                    "EXPLAIN QUERY PLAN SELECT received_at, delivery_id FROM inbox WHERE shop_id = 1"
                    " AND received_at < '2026-01-01' AND state <> 'received'"
                    " ORDER BY received_at, delivery_id LIMIT 1000"
                )
            ).all()
            assert any("inbox_settled" in row.detail for row in plan)
    engine.dispose()
