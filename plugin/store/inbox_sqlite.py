"""The inbox's writer on SQLite: one thread, one connection, one commit for everything that waits."""

import asyncio
import logging
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from plugin.core.deliveries import Delivery
from plugin.store.inbox_queue import InboxQueue, InboxUnavailableError, Ticket, encoded

log = logging.getLogger(__name__)

BUSY_TIMEOUT = 3.0  # seconds to wait for another writer's lock; stays below the queue's own limit
CHECKPOINT_PAGES = 4000  # 16 MB of log between checkpoints: fewer of them, each still far below a slow answer
MAX_WAL_BYTES = 64 * 1024 * 1024  # beyond this the log is emptied; a passive checkpoint never shrinks it
DRAIN_LIMIT = 10.0  # seconds to store what waits when the app stops

_COLUMNS = (
    "rowid",
    "seq",
    "shop_id",
    "delivery_id",
    "shop",
    "topic",
    "event_id",
    "triggered_at",
    "api_version",
    "received_at",
    "encoding",
    "body",
)
_INSERT = (
    f"INSERT INTO inbox ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - constants
    "ON CONFLICT (shop_id, delivery_id) DO NOTHING"
)

_ROW_ERRORS = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    UnicodeError,
)
"""What one bad row raises; anything else is about the file and concerns the whole batch."""

_Row = tuple[Any, ...]


class SqliteInboxWriter:
    """Group commit into `path`, durable through power loss (WAL, synchronous=FULL).

    While one transaction commits, the next batch fills. The file must have been migrated.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._work = Event()
        self._stopping = False
        self._thread: Thread | None = None
        self._queue: InboxQueue | None = None
        self._connection: sqlite3.Connection | None = None

    async def start(self) -> None:
        if self._thread is not None:
            return
        loop = asyncio.get_running_loop()
        self._stopping = False
        self._queue = InboxQueue(loop, self._work.set)
        self._thread = Thread(target=self._run, args=(self._queue, loop), name="inbox-writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        if self._thread is None or self._queue is None:
            return
        self._stopping = True
        self._work.set()
        await asyncio.to_thread(self._thread.join, DRAIN_LIMIT)
        self._queue.close()
        self._thread = self._queue = None

    async def put(self, delivery: Delivery) -> None:
        if self._queue is None:
            raise InboxUnavailableError("the inbox is not open")
        await self._queue.put(delivery)

    def _run(self, queue: InboxQueue, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopping:
            self._work.wait()
            self._work.clear()
            if batch := queue.take():
                self._store(batch, queue, loop)
        while batch := queue.take():
            self._store(batch, queue, loop)
        self._close()

    def _store(self, batch: list[Ticket], queue: InboxQueue, loop: asyncio.AbstractEventLoop) -> None:
        try:
            if self._connection is None:
                self._connection = _connect(self._path)
            refused = _commit(self._connection, [ticket.delivery for ticket in batch])
        except Exception as error:  # noqa: BLE001 - the edge of a batch: the next one must be tried
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            log.warning("inbox batch of %d not stored: %s", len(batch), name)
            self._close()
            loop.call_soon_threadsafe(queue.refuse, batch, "the inbox file is locked, full or missing")
            return
        if refused:
            log.error("inbox refused %d of %d rows", len(refused), len(batch))
            bad = [batch[index] for index in refused]
            loop.call_soon_threadsafe(queue.refuse, bad, "the row cannot be stored")
        loop.call_soon_threadsafe(queue.settle, [t for i, t in enumerate(batch) if i not in refused])
        self._empty_a_long_log()

    def _empty_a_long_log(self) -> None:
        with suppress(OSError, sqlite3.Error):
            if self._connection and Path(f"{self._path}-wal").stat().st_size > MAX_WAL_BYTES:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a missing file is an error here, never a new and empty inbox without its schema.
    connection = sqlite3.connect(
        f"file:{_quoted(path)}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    connection.execute("PRAGMA cache_size=-32768")
    return connection


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _commit(connection: sqlite3.Connection, deliveries: list[Delivery]) -> frozenset[int]:
    """Store `deliveries` in one transaction; return the positions of those that no transaction can store."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # The rowid doubles as the arrival number: its maximum costs no index of its own.
        (last,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM inbox").fetchone()
        try:
            connection.executemany(_INSERT, [_row(d, seq) for seq, d in enumerate(deliveries, last + 1)])
            refused: frozenset[int] = frozenset()
        except _ROW_ERRORS:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            refused = _insert_one_by_one(connection, deliveries, last + 1)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return refused


def _insert_one_by_one(
    connection: sqlite3.Connection, deliveries: list[Delivery], first: int
) -> frozenset[int]:
    refused = set()
    for index, delivery in enumerate(deliveries):
        try:
            connection.execute(_INSERT, _row(delivery, first + index))
        except _ROW_ERRORS:
            refused.add(index)
    return frozenset(refused)


def _row(delivery: Delivery, seq: int) -> _Row:
    encoding, body = encoded(delivery.body)
    return (
        seq,
        seq,
        delivery.shop_id,
        delivery.delivery_id,
        delivery.shop,
        delivery.topic,
        delivery.event_id,
        delivery.triggered_at and _instant(delivery.triggered_at),
        delivery.api_version,
        _instant(delivery.received_at),
        encoding,
        body,
    )


def _instant(at: datetime) -> str:
    """The text SQLAlchemy keeps for an instant in SQLite (see UTCDateTime)."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
