"""What waits between the door and the disk: bounded in rows, bytes, age, and for each shop.

Deliveries that arrive while one commit runs share the next one; no timer decides when. A delivery that cannot
be stored soon is refused instead of kept: Shopify tries again for four hours, memory does not come back.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable

import zstandard

from plugin.core.deliveries import Delivery
from plugin.store.tables.inbox import PLAIN, ZSTD

STORE_LIMIT = 3.5  # seconds a delivery may wait to be stored; the public contract promises an answer within 4
SWEEP_EVERY = 0.25  # seconds between two looks for deliveries that have waited too long
MAX_WAITING = 10_000  # deliveries
MAX_WAITING_OF_A_SHOP = (
    5_000  # deliveries; one shop's flash sale leaves the other half of the queue to the rest
)
MAX_WAITING_BYTES = 64 * 1024 * 1024
BATCH_ROWS = 1024
BATCH_BYTES = 16 * 1024 * 1024
COMPRESS_ABOVE = (
    8 * 1024
)  # bytes; below this, compressing costs more than it saves (measured: -7 to -15 % rate)


class InboxUnavailableError(Exception):
    """The delivery was not confirmed as stored. Answer 503; the sender's retry is absorbed if it was after all."""


class Ticket:
    """One delivery waiting for the commit that contains it."""

    __slots__ = ("delivery", "since", "stored")

    def __init__(self, delivery: Delivery, stored: asyncio.Future[None], since: float) -> None:
        self.delivery = delivery
        self.stored = stored
        self.since = since


class InboxQueue:
    """The waiting deliveries of one writer. Everything but `take` runs on the event loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
        self._loop = loop
        self._wake = wake
        self._wake_is_due = False
        self._to_take: deque[Ticket] = deque()
        self._open: dict[Ticket, None] = {}
        self._bytes = 0
        self._of_shop: Counter[int] = Counter()
        self._sweep_at = loop.call_later(SWEEP_EVERY, self._sweep)

    async def put(self, delivery: Delivery) -> None:
        """Return once a commit contains `delivery`; raise `InboxUnavailableError` after `STORE_LIMIT` seconds."""
        of_shop = self._of_shop[delivery.shop_id]
        if (
            len(self._open) >= MAX_WAITING
            or self._bytes >= MAX_WAITING_BYTES
            or of_shop >= MAX_WAITING_OF_A_SHOP
        ):
            raise InboxUnavailableError("too many deliveries are waiting to be stored")
        ticket = Ticket(delivery, self._loop.create_future(), self._loop.time())
        self._open[ticket] = None
        self._of_shop[delivery.shop_id] = of_shop + 1
        self._bytes += len(delivery.body)
        self._to_take.append(ticket)
        self._wake_soon()
        try:
            await ticket.stored
        finally:
            self._release(ticket)

    def take(self) -> list[Ticket]:
        """The next batch, in order of arrival; may be called from the writer's own thread."""
        batch: list[Ticket] = []
        room = BATCH_BYTES
        while self._to_take and room > 0 and len(batch) < BATCH_ROWS:
            ticket = self._to_take.popleft()
            if not ticket.stored.done():
                batch.append(ticket)
                room -= len(ticket.delivery.body)
        return batch

    def settle(self, batch: Iterable[Ticket]) -> None:
        for ticket in batch:
            if not ticket.stored.done():
                ticket.stored.set_result(None)
        if self._to_take:
            self._wake_soon()

    def refuse(self, batch: Iterable[Ticket], reason: str) -> None:
        for ticket in batch:
            if not ticket.stored.done():
                ticket.stored.set_exception(InboxUnavailableError(reason))
        if self._to_take:
            self._wake_soon()

    def has_waiting(self) -> bool:
        return bool(self._to_take)

    def close(self) -> None:
        self._sweep_at.cancel()
        self.refuse(list(self._open), "the inbox was closed")

    def _wake_soon(self) -> None:
        """Wake the writer once the loop has gone round: what arrived in the same round shares the batch."""
        if not self._wake_is_due:
            self._wake_is_due = True
            self._loop.call_soon(self._wake_now)

    def _wake_now(self) -> None:
        self._wake_is_due = False
        self._wake()

    def _release(self, ticket: Ticket) -> None:
        del self._open[ticket]
        shop_id = ticket.delivery.shop_id
        self._bytes -= len(ticket.delivery.body)
        self._of_shop[shop_id] -= 1
        if not self._of_shop[shop_id]:
            del self._of_shop[shop_id]

    def _sweep(self) -> None:
        oldest_allowed = self._loop.time() - STORE_LIMIT
        too_old = []
        for ticket in self._open:
            if ticket.since > oldest_allowed:
                break
            too_old.append(ticket)
        self.refuse(too_old, f"not stored within {STORE_LIMIT} s")
        self._sweep_at = self._loop.call_later(SWEEP_EVERY, self._sweep)


def encoded(body: bytes) -> tuple[str, bytes]:
    """The body as it is kept: `(encoding, bytes)`."""
    if len(body) <= COMPRESS_ABOVE:
        return PLAIN, body
    return ZSTD, zstandard.ZstdCompressor(level=1).compress(body)


def decoded(encoding: str, body: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(body) if encoding == ZSTD else body
