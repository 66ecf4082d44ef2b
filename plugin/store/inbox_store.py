"""The worker's face of the inbox: what waits, what became of it, and how to have it understood again.

Handing a delivery out twice is harmless (understanding is idempotent) and happens after a crash. Beyond that,
workers on PostgreSQL take deliveries under a lease, so that two of them do not do the same work; on SQLite there
is one worker, and a second one (`regulars tick` beside `regulars serve`) only does some work twice.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    text,
    tuple_,
    update,
)

from plugin.store import inbox_arrivals
from plugin.store.inbox_queue import decoded
from plugin.store.inbox_retention import sweep
from plugin.store.inbox_rows import FailedDelivery, StoredDelivery
from plugin.store.tables.inbox import (
    DONE,
    DROPPED,
    FAILED,
    IGNORED,
    IS_NOT_UNDERSTOOD,
    IS_WAITING,
    RECEIVED,
    inbox_metadata,
)

__all__ = ["FailedDelivery", "InboxStore", "Key", "StoredDelivery"]

LEASE = 120  # seconds a worker may take for what it was handed, before another worker is handed it too
HANDOUT_BYTES = 32 * 1024 * 1024  # bodies in one hand-out; a limit in rows alone could be gigabytes
_CHUNK = 1000  # rows changed per transaction, so that the door never waits long for a sweeping change
_MAX_REASON = 500  # characters

_inbox = inbox_metadata.tables["inbox"]
_c = _inbox.c
_key = tuple_(_c.shop_id, _c.delivery_id)
_is_waiting: ColumnElement[bool] = literal_column(IS_WAITING)
_is_not_understood: ColumnElement[bool] = literal_column(IS_NOT_UNDERSTOOD)
_stored_columns: tuple[ColumnElement[Any], ...] = (
    *(_c.shop_id, _c.shop, _c.topic, _c.delivery_id, _c.event_id, _c.triggered_at, _c.api_version),
    *(_c.received_at, _c.seq, _c.attempts, _c.encoding, _c.body),
)

Key = tuple[int, str]
"""`(shop_id, delivery_id)`"""


class InboxStore:
    """Reads and marks the inbox through `engine`. Each method is its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(begin="IMMEDIATE")
        self._leases = engine.dialect.name == "postgresql"

    def close(self) -> None:
        """Give up the engine's idle connections; the store may still be used."""
        self._engine.dispose()

    def waiting(self, limit: int) -> list[StoredDelivery]:
        """Up to `limit` deliveries not yet understood, in order of arrival, within `HANDOUT_BYTES` (one at least)."""
        if self._leases:
            with self._writing.begin() as connection:
                rows = connection.execute(_LEASE_WAITING, {"limit": limit, "bytes": HANDOUT_BYTES}).all()
            return sorted((_stored(row) for row in rows), key=lambda delivery: delivery.seq)
        with self._engine.begin() as connection:
            return _within_bytes(connection, limit)

    def mark_done(self, keys: Iterable[Key], at: datetime) -> None:
        self._mark(DONE, [(*key, None) for key in keys], at)

    def mark_failed(self, failures: Iterable[tuple[int, str, str]], at: datetime) -> None:
        """`failures` are `(shop_id, delivery_id, reason)`; a reason carries no personal value."""
        self._mark(FAILED, failures, at)

    def mark_ignored(self, ignored: Iterable[tuple[int, str, str]], at: datetime) -> None:
        """Understood to be none of our business, for the reason given, such as `shop_not_installed`."""
        self._mark(IGNORED, ignored, at)

    def counts(self, shop_id: int | None = None) -> dict[str, int]:
        """How many deliveries are in each state, of one shop or of all; every state has its entry."""
        mine = [] if shop_id is None else [_c.shop_id == shop_id]
        stored = select(func.count()).select_from(_inbox).where(*mine)
        received = stored.where(_is_waiting)
        failed = stored.where(_is_not_understood, _c.state == FAILED)
        ignored = stored.where(_is_not_understood, _c.state == IGNORED)
        # One statement, so that the four numbers are of one moment; `done`, the many, is what the indexes leave.
        query = select(*(part.scalar_subquery() for part in (stored, received, failed, ignored)))
        with self._engine.begin() as connection:
            total, *others = connection.execute(query).one()
        return {DONE: total - sum(others), **dict(zip((RECEIVED, FAILED, IGNORED), others, strict=True))}

    def failed_count(self, shop_id: int) -> int:
        """How many failures of a shop can be tried again. Cheap: the index holds nothing but failures."""
        query = (
            select(func.count())
            .select_from(_inbox)
            .where(_c.shop_id == shop_id, _is_not_understood, _c.state == FAILED, _c.encoding != DROPPED)
        )
        with self._engine.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def failed(self, shop_id: int, limit: int) -> list[FailedDelivery]:
        """The newest `limit` failures of a shop, newest first."""
        columns = (_c.shop_id, _c.delivery_id, _c.topic, _c.received_at, _c.attempts, _c.reason)
        query = (
            select(*columns, (_c.encoding != DROPPED).label("is_kept"))
            .where(_c.shop_id == shop_id, _is_not_understood, _c.state == FAILED)
            .order_by(_c.seq.desc())
            .limit(limit)
        )
        with self._engine.begin() as connection:
            return [FailedDelivery(**row) for row in connection.execute(query).mappings()]

    def oldest_waiting(self) -> datetime | None:
        query = select(_c.received_at).where(_is_waiting).order_by(_c.seq).limit(1)
        with self._engine.begin() as connection:
            return connection.execute(query).scalar_one_or_none()

    def of_shop(self, shop_id: int, *, after: str = "", limit: int = 100) -> list[StoredDelivery]:
        """A page of what is kept of a shop, in any state, by delivery id: to find what mentions a person."""
        query = (
            select(*_stored_columns)
            .where(_c.shop_id == shop_id, _c.delivery_id > after, _c.encoding != DROPPED)
            .order_by(_c.delivery_id)
            .limit(limit)
        )
        with self._engine.begin() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def reopen(
        self,
        shop_id: int | None = None,
        *,
        only_failed: bool = False,
        since: datetime | None = None,
        reason: str | None = None,
        delivery_id: str | None = None,
    ) -> int:
        """Have stored deliveries understood again; return how many. Those whose body was dropped stay as they are.

        `since` compares the time of receipt; `reason` picks those marked failed or ignored for exactly that reason;
        `delivery_id` picks a single one, of one shop.
        """
        conditions: list[ColumnElement[bool]] = [_c.state != RECEIVED, _c.encoding != DROPPED]
        if shop_id is not None:
            conditions.append(_c.shop_id == shop_id)
        if only_failed:
            conditions += [_is_not_understood, _c.state == FAILED]
        if since is not None:
            conditions.append(_c.received_at >= since)
        if reason is not None:
            conditions += [_is_not_understood, _c.reason == reason]
        if delivery_id is not None:
            conditions.append(_c.delivery_id == delivery_id)
        values = {"state": RECEIVED, "reason": None, "understood_at": None, "claimed_until": None}
        return self._change(values, conditions)

    def drop_bodies(self, before: datetime) -> int:
        """Retention: forget the bodies of settled deliveries received before then. Their keys still absorb retries."""
        change = update(_inbox).values(body=b"", encoding=DROPPED)
        return sweep(self._engine, change, before, _c.encoding != DROPPED)

    def delete_keys(self, before: datetime) -> int:
        """Retention: forget settled deliveries received before then altogether. Nobody repeats them any more."""
        return sweep(self._engine, delete(_inbox), before)

    def received(self, shop_id: int, since: datetime, until: datetime, *, topic: str | None = None) -> int:
        """How many deliveries of a shop came in from `since` up to, not including, `until`."""
        return inbox_arrivals.received(self._engine, shop_id, since, until, topic=topic)

    def last_received(self, shop_id: int) -> datetime | None:
        """When a shop's newest delivery came in, as far as it is kept."""
        return inbox_arrivals.last_received(self._engine, shop_id)

    def erase(self, shop_id: int, delivery_ids: Sequence[str] | None = None) -> int:
        """Forget the bodies of these deliveries of a shop, or of all (None), whatever their state."""
        conditions: list[ColumnElement[bool]] = [_c.shop_id == shop_id, _c.encoding != DROPPED]
        was_waiting = _c.state == RECEIVED
        values = {
            "body": b"",
            "encoding": DROPPED,
            "state": case((was_waiting, IGNORED), else_=_c.state),
            "reason": case((was_waiting, "erased"), else_=_c.reason),
        }
        if delivery_ids is None:
            return self._change(values, conditions)
        chunks = [delivery_ids[start : start + _CHUNK] for start in range(0, len(delivery_ids), _CHUNK)]
        return sum(self._change(values, [*conditions, _c.delivery_id.in_(chunk)]) for chunk in chunks)

    def _mark(self, state: str, marks: Iterable[tuple[int, str, str | None]], at: datetime) -> None:
        rows = [
            {"key_shop_id": shop_id, "key_delivery_id": delivery_id, "why": _short(reason)}
            for shop_id, delivery_id, reason in marks
        ]
        if not rows:
            return
        mark = (
            update(_inbox)
            .where(_c.shop_id == bindparam("key_shop_id"), _c.delivery_id == bindparam("key_delivery_id"))
            .values(
                state=state,
                reason=bindparam("why"),
                understood_at=at,
                attempts=_c.attempts + 1,
                claimed_until=None,
            )
        )
        with self._writing.begin() as connection:
            connection.execute(mark, rows)

    def _change(self, values: dict[str, Any], conditions: Sequence[ColumnElement[bool]]) -> int:
        changed = 0
        after: Key = (-1, "")
        while True:
            page = select(_c.shop_id, _c.delivery_id).where(_key > after, *conditions)
            with self._writing.begin() as connection:
                keys = [
                    (shop_id, delivery_id)
                    for shop_id, delivery_id in connection.execute(
                        page.order_by(_c.shop_id, _c.delivery_id).limit(_CHUNK)
                    )
                ]
                if not keys:
                    return changed
                done = connection.execute(update(_inbox).where(_key.in_(keys), *conditions).values(values))
                changed += done.rowcount
            after = keys[-1]


def _within_bytes(connection: Connection, limit: int) -> list[StoredDelivery]:
    query = select(*_stored_columns).where(_is_waiting).order_by(_c.seq).limit(limit)
    deliveries: list[StoredDelivery] = []
    room = HANDOUT_BYTES
    with connection.execution_options(stream_results=True).execute(query) as rows:
        for row in rows:
            deliveries.append(_stored(row))
            room -= len(row.body)
            if room <= 0:
                break
    return deliveries


# The lease runs on the server's clock: it is about machines being alive, not about what a delivery means.
_LEASE_WAITING = text(f"""
UPDATE inbox SET claimed_until = now() + interval '{LEASE} seconds'
FROM (
    SELECT shop_id, delivery_id, sum(size) OVER (ORDER BY seq) - size AS before
    FROM (
        SELECT shop_id, delivery_id, seq, octet_length(body) AS size FROM inbox
        WHERE {IS_WAITING} AND (claimed_until IS NULL OR claimed_until < now())
        ORDER BY seq LIMIT :limit FOR UPDATE SKIP LOCKED
    ) AS free
) AS due
WHERE inbox.shop_id = due.shop_id AND inbox.delivery_id = due.delivery_id AND due.before < :bytes
RETURNING {", ".join(f"inbox.{column.key}" for column in _stored_columns)}
""").columns(*_stored_columns)  # noqa: S608 - constants


def _stored(row: Row[Any]) -> StoredDelivery:
    return StoredDelivery(
        shop_id=row.shop_id,
        shop=row.shop,
        topic=row.topic,
        delivery_id=row.delivery_id,
        event_id=row.event_id,
        triggered_at=row.triggered_at,
        api_version=row.api_version,
        received_at=row.received_at,
        body=decoded(row.encoding, bytes(row.body)),
        seq=row.seq,
        attempts=row.attempts,
    )


def _short(reason: str | None) -> str | None:
    return None if reason is None else reason.replace("\x00", "")[:_MAX_REASON]
