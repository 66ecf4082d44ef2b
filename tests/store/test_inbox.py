"""The inbox keeps its promises on both databases."""

import asyncio
import resource
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, make_url, text

from plugin.core.deliveries import Delivery
from plugin.core.keys import shop_id_of
from plugin.store import inbox_queue
from plugin.store.inbox import (
    FailedDelivery,
    InboxStore,
    InboxUnavailableError,
    InboxWriter,
    StoredDelivery,
    UnsupportedInboxUrlError,
    inbox_engine,
    inbox_store,
    inbox_url,
    inbox_writer,
)
from plugin.store.inbox_postgres import PostgresInboxWriter
from plugin.store.migrations.inbox import VERSION_TABLE, upgrade_inbox
from plugin.store.tables.inbox import inbox_metadata
from tests.databases import PostgresCluster

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP, OTHER = "tea.myshopify.com", "cake.myshopify.com"
SHOP_ID, OTHER_ID = shop_id_of(SHOP), shop_id_of(OTHER)


def a_delivery(
    delivery_id: str,
    *,
    shop: str = SHOP,
    body: bytes = b'{"id":1}',
    received_at: datetime = NOON,
    triggered_at: datetime | None = None,
) -> Delivery:
    return Delivery(
        shop_id=shop_id_of(shop),
        shop=shop,
        topic="orders/create",
        delivery_id=delivery_id,
        event_id=f"event-{delivery_id}",
        triggered_at=triggered_at,
        api_version="2026-10",
        received_at=received_at,
        body=body,
    )


@pytest.fixture
def store(database_url: str) -> Iterator[InboxStore]:
    store = inbox_store(database_url)
    yield store
    store.close()


def writing(url: str, use: Callable[[InboxWriter], Awaitable[None]]) -> None:
    """Run `use` with a started writer, and stop the writer after it."""

    async def run() -> None:
        writer = inbox_writer(url)
        await writer.start()
        try:
            await use(writer)
        finally:
            await writer.stop()

    asyncio.run(run())


def put(url: str, *deliveries: Delivery) -> None:
    async def each_in_turn(writer: InboxWriter) -> None:
        for delivery in deliveries:
            await writer.put(delivery)

    writing(url, each_in_turn)


def test_a_put_delivery_is_committed_when_put_returns(database_url: str, store: InboxStore) -> None:
    triggered = NOON - timedelta(seconds=3, microseconds=7)
    delivery = a_delivery("a", body=b'{"\xff":"\\ud800\x00"}', triggered_at=triggered)

    async def put_then_read(writer: InboxWriter) -> None:
        await writer.put(delivery)
        (stored,) = await asyncio.to_thread(store.waiting, 10)
        assert stored == StoredDelivery(
            shop_id=SHOP_ID,
            shop=SHOP,
            topic="orders/create",
            delivery_id="a",
            event_id="event-a",
            triggered_at=triggered,
            api_version="2026-10",
            received_at=NOON,
            body=b'{"\xff":"\\ud800\x00"}',
            seq=stored.seq,
            attempts=0,
        )

    writing(database_url, put_then_read)


def test_ten_copies_at_once_are_all_acknowledged_and_stored_once(
    database_url: str, store: InboxStore
) -> None:
    async def ten_at_once(writer: InboxWriter) -> None:
        await asyncio.gather(*(writer.put(a_delivery("same", body=b"{%d}" % n)) for n in range(10)))

    writing(database_url, ten_at_once)
    assert [delivery.delivery_id for delivery in store.waiting(10)] == ["same"]


def test_the_same_delivery_id_in_two_shops_is_two_deliveries(database_url: str, store: InboxStore) -> None:
    put(database_url, a_delivery("same"), a_delivery("same", shop=OTHER))
    assert [delivery.shop for delivery in store.waiting(10)] == [SHOP, OTHER]


def test_a_retry_does_not_replace_what_was_stored_first(database_url: str, store: InboxStore) -> None:
    put(database_url, a_delivery("a", body=b'{"first":1}'))
    put(database_url, a_delivery("a", body=b'{"second":2}'))
    assert [delivery.body for delivery in store.waiting(10)] == [b'{"first":1}']


def test_waiting_deliveries_come_in_order_of_arrival_across_restarts(
    database_url: str, store: InboxStore
) -> None:
    put(database_url, *(a_delivery(name) for name in "zyx"))
    put(database_url, *(a_delivery(name, shop=OTHER) for name in "cab"))
    handed_out = store.waiting(5)
    assert [delivery.delivery_id for delivery in handed_out] == ["z", "y", "x", "c", "a"]
    assert sorted({delivery.seq for delivery in handed_out}) == [delivery.seq for delivery in handed_out]


def test_a_thousand_concurrent_deliveries_are_all_stored(database_url: str, store: InboxStore) -> None:
    async def all_at_once(writer: InboxWriter) -> None:
        await asyncio.gather(*(writer.put(a_delivery(str(n))) for n in range(1000)))

    writing(database_url, all_at_once)
    assert {delivery.delivery_id for delivery in store.waiting(2000)} == {str(n) for n in range(1000)}


@pytest.mark.parametrize("size", [100, 8 * 1024, 8 * 1024 + 1, 5 * 1024 * 1024])
def test_a_body_comes_back_byte_for_byte(database_url: str, store: InboxStore, size: int) -> None:
    body = (b'{"key":"value \x00\xff"}' * (size // 16 + 1))[:size]
    put(database_url, a_delivery("a", body=body))
    assert [delivery.body for delivery in store.waiting(1)] == [body]


def test_a_large_body_is_kept_compressed(database_url: str) -> None:
    put(database_url, a_delivery("small", body=b"x" * 8192), a_delivery("large", body=b"x" * 8193))
    engine = inbox_engine(database_url)
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT delivery_id, encoding FROM inbox")).all()
    engine.dispose()
    assert {(name, encoding) for name, encoding in rows} == {("small", ""), ("large", "zstd")}


def test_one_row_that_cannot_be_stored_does_not_harm_its_batch_mates(
    database_url: str, store: InboxStore
) -> None:
    too_wide = Delivery(
        shop_id=1 << 70,
        shop=SHOP,
        topic="orders/create",
        delivery_id="bad",
        event_id=None,
        triggered_at=None,
        api_version="",
        received_at=NOON,
        body=b"{}",
    )

    async def good_and_bad(writer: InboxWriter) -> None:
        deliveries = [a_delivery("a"), too_wide, a_delivery("b"), a_delivery("c")]
        results = await asyncio.gather(*(writer.put(d) for d in deliveries), return_exceptions=True)
        assert [type(result) for result in results] == [
            type(None),
            InboxUnavailableError,
            type(None),
            type(None),
        ]

    writing(database_url, good_and_bad)
    assert [delivery.delivery_id for delivery in store.waiting(10)] == ["a", "b", "c"]


def test_done_failed_and_ignored_deliveries_wait_no_more_and_are_counted(
    database_url: str, store: InboxStore
) -> None:
    put(database_url, *(a_delivery(name) for name in "abcde"), a_delivery("a", shop=OTHER))
    store.mark_done([(SHOP_ID, "a"), (SHOP_ID, "b")], NOON)
    store.mark_failed([(SHOP_ID, "c", "bad_json")], NOON)
    store.mark_ignored([(SHOP_ID, "d", "shop_not_installed")], NOON)
    assert [delivery.shop + delivery.delivery_id for delivery in store.waiting(10)] == [
        SHOP + "e",
        OTHER + "a",
    ]
    assert store.counts() == {"received": 2, "done": 2, "failed": 1, "ignored": 1}
    assert store.counts(SHOP_ID) == {"received": 1, "done": 2, "failed": 1, "ignored": 1}
    assert store.counts(OTHER_ID) == {"received": 1, "done": 0, "failed": 0, "ignored": 0}


def test_an_empty_inbox_counts_nothing_and_hands_out_nothing(store: InboxStore) -> None:
    assert store.counts() == {"received": 0, "done": 0, "failed": 0, "ignored": 0}
    assert store.waiting(10) == []
    assert store.oldest_waiting() is None


def test_failures_are_shown_newest_first_with_their_reason(database_url: str, store: InboxStore) -> None:
    put(database_url, *(a_delivery(name) for name in "abc"), a_delivery("a", shop=OTHER))
    store.mark_failed(
        [(SHOP_ID, "a", "bad_json"), (SHOP_ID, "c", "wrong\x00shape"), (OTHER_ID, "a", "x")], NOON
    )
    newest = FailedDelivery(
        shop_id=SHOP_ID,
        delivery_id="c",
        topic="orders/create",
        received_at=NOON,
        attempts=1,
        reason="wrongshape",
    )
    assert store.failed(SHOP_ID, 1) == [newest]
    assert [failure.delivery_id for failure in store.failed(SHOP_ID, 10)] == ["c", "a"]


def test_a_failure_whose_body_was_dropped_is_shown_but_no_longer_counted(
    database_url: str, store: InboxStore
) -> None:
    put(database_url, a_delivery("a"), a_delivery("b"), a_delivery("a", shop=OTHER))
    store.mark_failed([(SHOP_ID, "a", "x"), (SHOP_ID, "b", "x"), (OTHER_ID, "a", "x")], NOON)
    assert store.failed_count(SHOP_ID) == 2
    store.erase(SHOP_ID, ["a"])
    assert store.failed_count(SHOP_ID) == 1
    assert [(each.delivery_id, each.is_kept) for each in store.failed(SHOP_ID, 10)] == [
        ("b", True),
        ("a", False),
    ]
    assert store.reopen(SHOP_ID, only_failed=True) == 1


def test_one_failure_of_a_shop_is_reopened_by_its_id(database_url: str, store: InboxStore) -> None:
    put(database_url, *(a_delivery(name) for name in "ab"), a_delivery("a", shop=OTHER))
    store.mark_failed([(SHOP_ID, "a", "x"), (SHOP_ID, "b", "x"), (OTHER_ID, "a", "x")], NOON)
    assert store.reopen(SHOP_ID, only_failed=True, delivery_id="a") == 1
    assert [(each.shop, each.delivery_id) for each in store.waiting(10)] == [(SHOP, "a")]
    assert store.reopen(SHOP_ID, only_failed=True, delivery_id="unheard") == 0


def test_the_oldest_waiting_is_the_first_that_came(database_url: str, store: InboxStore) -> None:
    put(database_url, *(a_delivery(str(n), received_at=NOON + timedelta(hours=n)) for n in range(3)))
    store.mark_done([(SHOP_ID, "0")], NOON)
    assert store.oldest_waiting() == NOON + timedelta(hours=1)


def test_reopening_the_failed_ones_of_a_shop_leaves_all_others(database_url: str, store: InboxStore) -> None:
    put(database_url, *(a_delivery(name) for name in "abc"), a_delivery("a", shop=OTHER))
    store.mark_done([(SHOP_ID, "a")], NOON)
    store.mark_failed([(SHOP_ID, "b", "bad_json"), (OTHER_ID, "a", "bad_json")], NOON)
    store.mark_ignored([(SHOP_ID, "c", "shop_not_installed")], NOON)
    assert store.reopen(SHOP_ID, only_failed=True) == 1
    assert [(d.shop, d.delivery_id, d.attempts) for d in store.waiting(10)] == [(SHOP, "b", 1)]


def test_reopening_by_reason_finds_what_came_before_the_installation(
    database_url: str, store: InboxStore
) -> None:
    put(database_url, *(a_delivery(name) for name in "ab"))
    store.mark_ignored([(SHOP_ID, "a", "shop_not_installed"), (SHOP_ID, "b", "unknown_topic")], NOON)
    assert store.reopen(SHOP_ID, reason="shop_not_installed") == 1
    assert [delivery.delivery_id for delivery in store.waiting(10)] == ["a"]


def test_reopening_since_an_instant_includes_that_instant(database_url: str, store: InboxStore) -> None:
    put(database_url, *(a_delivery(str(n), received_at=NOON + timedelta(hours=n)) for n in range(3)))
    store.mark_done([(SHOP_ID, str(n)) for n in range(3)], NOON)
    assert store.reopen(since=NOON + timedelta(hours=1)) == 2
    assert [delivery.delivery_id for delivery in store.waiting(10)] == ["1", "2"]


def test_reopening_walks_past_one_chunk(
    database_url: str, store: InboxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.store.inbox_store._CHUNK", 3)
    put(database_url, *(a_delivery(str(n)) for n in range(8)), a_delivery("x", shop=OTHER))
    store.mark_done([(SHOP_ID, str(n)) for n in range(8)] + [(OTHER_ID, "x")], NOON)
    assert store.reopen() == 9
    assert store.counts()["received"] == 9


def test_retention_drops_settled_bodies_but_still_absorbs_their_retries(
    database_url: str, store: InboxStore
) -> None:
    later = NOON + timedelta(days=1)
    put(database_url, a_delivery("old"), a_delivery("waiting"), a_delivery("new", received_at=later))
    store.mark_done([(SHOP_ID, "old"), (SHOP_ID, "new")], later)
    assert store.drop_bodies(before=later) == 1
    put(database_url, a_delivery("old"))
    assert [delivery.delivery_id for delivery in store.waiting(10)] == ["waiting"]
    assert store.reopen() == 1
    assert {delivery.delivery_id for delivery in store.of_shop(SHOP_ID)} == {"waiting", "new"}


def test_erasing_forgets_the_bodies_of_one_shop_only(database_url: str, store: InboxStore) -> None:
    put(database_url, a_delivery("a"), a_delivery("b"), a_delivery("c"), a_delivery("a", shop=OTHER))
    store.mark_done([(SHOP_ID, "b")], NOON)
    assert store.erase(SHOP_ID, ["a", "b"]) == 2
    assert [delivery.delivery_id for delivery in store.of_shop(SHOP_ID)] == ["c"]
    assert store.counts(SHOP_ID) == {"received": 1, "done": 1, "failed": 0, "ignored": 1}
    assert store.erase(SHOP_ID) == 1
    assert store.of_shop(SHOP_ID) == []
    assert [delivery.body for delivery in store.of_shop(OTHER_ID)] == [b'{"id":1}']


def test_what_is_kept_of_a_shop_can_be_paged_through(database_url: str, store: InboxStore) -> None:
    put(database_url, *(a_delivery(name) for name in "cab"), a_delivery("b", shop=OTHER))
    first = store.of_shop(SHOP_ID, limit=2)
    rest = store.of_shop(SHOP_ID, after=first[-1].delivery_id, limit=2)
    assert [delivery.delivery_id for delivery in first + rest] == ["a", "b", "c"]


def test_one_hand_out_is_bounded_in_bytes(
    database_url: str, store: InboxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database_url, *(a_delivery(str(n), body=b"x" * 7000) for n in range(6)))
    monkeypatch.setattr("plugin.store.inbox_store.HANDOUT_BYTES", 5 * 7000)
    assert len(store.waiting(10)) == 5


def test_the_next_waiting_delivery_is_found_by_index_beside_settled_ones(database_url: str) -> None:
    engine = inbox_engine(database_url)
    explain = "EXPLAIN QUERY PLAN" if database_url.startswith("sqlite") else "EXPLAIN"
    with engine.begin() as connection:
        if not database_url.startswith("sqlite"):
            connection.execute(text("SET enable_seqscan = off"))
        plan = connection.execute(
            text(explain + " SELECT body FROM inbox WHERE state = 'received' ORDER BY seq LIMIT 10")  # noqa: S608 - constants
        )
        lines = " ".join(str(row) for row in plan)
    engine.dispose()
    assert "inbox_waiting" in lines


def test_the_migrations_and_the_table_agree(database_url: str) -> None:
    engine = inbox_engine(database_url)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, inbox_metadata)
    engine.dispose()
    assert differences == []


def test_the_sqlite_inbox_is_a_file_beside_the_main_one() -> None:
    assert inbox_url("sqlite:///regulars.db") == "sqlite:///regulars-inbox.db"
    assert inbox_url("sqlite:////var/lib/a.b.sqlite") == "sqlite:////var/lib/a.b-inbox.sqlite"


def test_the_postgres_inbox_is_in_the_main_database() -> None:
    assert inbox_url("postgresql+psycopg://u:p@h/d") == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/d"])
def test_a_database_that_cannot_keep_is_refused(url: str) -> None:
    with pytest.raises(UnsupportedInboxUrlError, match="DATABASE_URL"):
        inbox_url(url)


def test_a_writer_that_was_never_started_refuses(sqlite_url: str) -> None:
    with pytest.raises(InboxUnavailableError, match="not open"):
        asyncio.run(inbox_writer(sqlite_url).put(a_delivery("a")))


def test_stopping_stores_what_still_waits(database_url: str, store: InboxStore) -> None:
    async def put_and_stop(writer: InboxWriter) -> None:
        puts = [asyncio.create_task(writer.put(a_delivery(str(n)))) for n in range(50)]
        await asyncio.sleep(0)
        await writer.stop()
        await asyncio.gather(*puts)

    writing(database_url, put_and_stop)
    assert store.counts()["received"] == 50


def test_a_missing_inbox_file_is_refused_and_not_created(sqlite_url: str) -> None:
    async def put_nowhere(writer: InboxWriter) -> None:
        with pytest.raises(InboxUnavailableError, match="locked, full or missing"):
            await writer.put(a_delivery("a"))

    writing(sqlite_url, put_nowhere)
    assert not _inbox_file(sqlite_url).exists()


def test_a_locked_file_refuses_within_four_seconds_and_then_stores_again(sqlite_url: str) -> None:
    migrate(sqlite_url)

    async def put_while_locked(writer: InboxWriter) -> None:
        await writer.put(a_delivery("before"))
        other = sqlite3.connect(_inbox_file(sqlite_url), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        loop = asyncio.get_running_loop()
        started = loop.time()
        with pytest.raises(InboxUnavailableError):
            await writer.put(a_delivery("during"))
        assert loop.time() - started < 4
        other.execute("ROLLBACK")
        other.close()
        await writer.put(a_delivery("after"))

    writing(sqlite_url, put_while_locked)
    store = inbox_store(sqlite_url)
    assert [delivery.delivery_id for delivery in store.waiting(10)] == ["before", "after"]
    store.close()


def test_a_full_disk_refuses_at_once_stores_no_half_and_then_stores_again(sqlite_url: str) -> None:
    migrate(sqlite_url)

    async def put_when_full(writer: InboxWriter) -> None:
        await writer.put(a_delivery("before"))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, limits[1]))
        try:
            with pytest.raises(InboxUnavailableError):
                await writer.put(a_delivery("during", body=noise(300_000)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        await writer.put(a_delivery("after"))

    writing(sqlite_url, put_when_full)
    store = inbox_store(sqlite_url)
    assert [delivery.delivery_id for delivery in store.waiting(10)] == ["before", "after"]
    store.close()


def test_a_full_queue_refuses_at_once(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_queue, "MAX_WAITING", 3)
    monkeypatch.setattr(inbox_queue, "MAX_WAITING_OF_A_SHOP", 2)
    migrate(sqlite_url)

    async def put_too_many(writer: InboxWriter) -> None:
        shops = [SHOP, SHOP, SHOP, OTHER, OTHER]
        puts = (writer.put(a_delivery(str(n), shop=shop)) for n, shop in enumerate(shops))
        results = await asyncio.gather(*puts, return_exceptions=True)
        assert [result is None for result in results] == [True, True, False, True, False]
        await writer.put(a_delivery("later"))

    writing(sqlite_url, put_too_many)


def test_a_long_log_is_emptied(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.store.inbox_sqlite.MAX_WAL_BYTES", 100_000)
    migrate(sqlite_url)

    async def put_much(writer: InboxWriter) -> None:
        log = Path(f"{_inbox_file(sqlite_url)}-wal")
        for n in range(8):
            await writer.put(a_delivery(str(n), body=noise(60_000)))
            sizes.append(await asyncio.to_thread(lambda: log.stat().st_size))

    sizes: list[int] = []
    writing(sqlite_url, put_much)
    assert sum(sizes) > 0
    assert max(sizes) < 300_000


@pytest.mark.postgres
def test_two_workers_are_never_handed_the_same_delivery(postgres_url: str) -> None:
    migrate(postgres_url)
    put(postgres_url, *(a_delivery(str(n)) for n in range(10)))
    one, two = inbox_store(postgres_url), inbox_store(postgres_url)
    first = [delivery.delivery_id for delivery in one.waiting(6)]
    second = [delivery.delivery_id for delivery in two.waiting(6)]
    assert (first, second) == (["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9"])
    one.close()
    two.close()


@pytest.mark.postgres
def test_a_lease_that_ran_out_hands_the_delivery_to_another_worker(postgres_url: str) -> None:
    migrate(postgres_url)
    put(postgres_url, a_delivery("a"))
    store = inbox_store(postgres_url)
    assert len(store.waiting(1)) == 1
    assert store.waiting(1) == []
    engine = inbox_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE inbox SET claimed_until = now() - interval '1 second'"))
    engine.dispose()
    assert [delivery.delivery_id for delivery in store.waiting(1)] == ["a"]
    store.close()


@pytest.mark.postgres
def test_a_server_restart_loses_nothing_and_needs_no_help(
    postgres_url: str, postgres_cluster: PostgresCluster
) -> None:
    migrate(postgres_url)

    async def put_around_a_restart(writer: InboxWriter) -> None:
        await writer.put(a_delivery("before"))
        await asyncio.to_thread(postgres_cluster.stop)
        with pytest.raises(InboxUnavailableError):
            await writer.put(a_delivery("during"))
        await asyncio.to_thread(postgres_cluster.start)
        await writer.put(a_delivery("after"))

    writing(postgres_url, put_around_a_restart)
    store = inbox_store(postgres_url)
    assert [delivery.delivery_id for delivery in store.waiting(10)] == ["before", "after"]
    store.close()


@pytest.mark.postgres
def test_parameters_only_the_other_driver_knows_are_left_out(postgres_url: str) -> None:
    migrate(postgres_url)
    url = make_url(postgres_url).update_query_dict({"connect_timeout": "5", "sslmode": "prefer"})

    async def put_one() -> None:
        writer = PostgresInboxWriter(url)
        await writer.start()
        await writer.put(a_delivery("a"))
        await writer.stop()

    asyncio.run(put_one())


def noise(size: int) -> bytes:
    """Bytes that do not compress."""
    return b"".join(sha256(b"%d" % n).digest() for n in range(size // 32))


def migrate(url: str) -> None:
    engine = inbox_engine(url)
    with engine.begin() as connection:
        upgrade_inbox(connection)
    engine.dispose()


def _inbox_file(url: str) -> Path:
    return Path(make_url(inbox_url(url)).database or "")


def test_a_shops_failures_are_counted_without_reading_its_other_deliveries(sqlite_url: str) -> None:
    engine = inbox_engine(sqlite_url)
    with engine.begin() as connection:
        upgrade_inbox(connection)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    assert InboxStore(engine).failed_count(SHOP_ID) == 0
    statement, parameters = next(found for found in asked if "count" in found[0])
    with engine.begin() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    engine.dispose()
    assert "USING INDEX inbox_not_understood (shop_id=? AND state=?)" in str(plan)
