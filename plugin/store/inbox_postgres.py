"""The inbox's writer on PostgreSQL: two connections take turns, each commit carries everything that waits."""

import asyncio
import logging
from typing import Any

import asyncpg
from sqlalchemy import URL

from plugin.core.deliveries import Delivery
from plugin.store.inbox_queue import COMPRESS_ABOVE, InboxQueue, InboxUnavailableError, Ticket, encoded

log = logging.getLogger(__name__)

FLUSHERS = 2  # connections; one fills while the other commits, more bring nothing (measured 1, 2 and 4)
STATEMENT_LIMIT = 3.0  # seconds; below the queue's own limit
RECONNECT_PAUSE = 0.2  # seconds between two attempts to reach the server
DRAIN_LIMIT = 10.0  # seconds to store what waits when the app stops

_INSERT = """
INSERT INTO inbox (shop_id, delivery_id, shop, topic, event_id, triggered_at, api_version, received_at, encoding, body)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
                     $8::timestamptz[], $9::text[], $10::bytea[])
ON CONFLICT (shop_id, delivery_id) DO NOTHING
"""

_ROW_ERRORS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError)
"""What one bad row raises, on the server or here (ValueError); anything else concerns the whole batch."""

_TRY_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""Two batches held the same retried deliveries in another order; one of them only has to go second."""

_Row = tuple[Any, ...]


class PostgresInboxWriter:
    """Group commit into the `inbox` table behind `url`. Reconnects by itself after the server was away."""

    def __init__(self, url: URL) -> None:
        without_driver = url.set(drivername="postgresql").difference_update_query(["connect_timeout"])
        self._dsn = without_driver.render_as_string(hide_password=False)
        self._work = asyncio.Event()
        self._stopping = False
        self._queue: InboxQueue | None = None
        self._flushers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        if self._queue is not None:
            return
        self._stopping = False
        self._work = asyncio.Event()
        self._queue = InboxQueue(asyncio.get_running_loop(), self._work.set)
        self._flushers = [asyncio.create_task(self._flush(self._queue)) for _ in range(FLUSHERS)]

    async def stop(self) -> None:
        if self._queue is None:
            return
        self._stopping = True
        self._work.set()
        _, late = await asyncio.wait(self._flushers, timeout=DRAIN_LIMIT)
        for task in late:
            task.cancel()
        self._queue.close()
        self._queue = None

    async def put(self, delivery: Delivery) -> None:
        if self._queue is None:
            raise InboxUnavailableError("the inbox is not open")
        await self._queue.put(delivery)

    async def _flush(self, queue: InboxQueue) -> None:
        connection: asyncpg.Connection | None = None
        try:
            while True:
                await self._work.wait()
                if batch := queue.take():
                    connection = await self._store(connection, batch, queue)
                elif self._stopping:
                    break
                else:
                    self._work.clear()
        finally:
            if connection is not None:
                connection.terminate()

    async def _store(
        self, connection: "asyncpg.Connection | None", batch: list[Ticket], queue: InboxQueue
    ) -> "asyncpg.Connection | None":
        """Try until the batch is stored, or until the queue has refused every delivery in it for its age."""
        while batch := [ticket for ticket in batch if not ticket.stored.done()]:
            try:
                connection = connection or await self._connect()
                refused = await _commit(connection, [ticket.delivery for ticket in batch])
            except _TRY_AGAIN:
                continue
            except Exception as error:  # noqa: BLE001 - the edge of a batch: the next one must be tried
                log.warning("inbox batch of %d not stored: %s", len(batch), type(error).__name__)
                if connection is not None:
                    connection.terminate()
                    connection = None
                await asyncio.sleep(RECONNECT_PAUSE)
                continue
            if refused:
                log.error("inbox refused %d of %d rows", len(refused), len(batch))
                queue.refuse([batch[index] for index in refused], "the row cannot be stored")
            queue.settle(batch)
        return connection

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._dsn, timeout=STATEMENT_LIMIT, command_timeout=STATEMENT_LIMIT
        )
        if await connection.fetchval("SHOW synchronous_commit") == "off":
            await connection.execute("SET synchronous_commit = on")
        return connection


async def _commit(connection: asyncpg.Connection, deliveries: list[Delivery]) -> frozenset[int]:
    """Store `deliveries`; return the positions of those that no transaction can store."""
    if any(len(delivery.body) > COMPRESS_ABOVE for delivery in deliveries):
        rows = await asyncio.to_thread(_rows, deliveries)
    else:
        rows = _rows(deliveries)
    try:
        await _insert(connection, rows)
    except _ROW_ERRORS:
        return await _insert_one_by_one(connection, rows)
    return frozenset()


async def _insert(connection: asyncpg.Connection, rows: list[_Row]) -> None:
    await connection.execute(_INSERT, *map(list, zip(*rows, strict=True)))


async def _insert_one_by_one(connection: asyncpg.Connection, rows: list[_Row]) -> frozenset[int]:
    refused = set()
    for index, row in enumerate(rows):
        try:
            await _insert(connection, [row])
        except _ROW_ERRORS:
            refused.add(index)
    return frozenset(refused)


def _rows(deliveries: list[Delivery]) -> list[_Row]:
    return [
        (
            delivery.shop_id,
            delivery.delivery_id,
            delivery.shop,
            delivery.topic,
            delivery.event_id,
            delivery.triggered_at,
            delivery.api_version,
            delivery.received_at,
            *encoded(delivery.body),
        )
        for delivery in deliveries
    ]
