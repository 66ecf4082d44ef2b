"""Which shop has due work, and who is on it. The small row that is locked before any other (design.md, Fairness).

A worker claims a shop for one queue, works on that shop's rows only, and gives it back with the next due
time. Shops take turns by when they were last served, so a shop with a million due rows delays nobody.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import and_, case, func, or_, select, update
from sqlmodel import col

from plugin.core.keys import NO_SHOP
from plugin.store.tables import ShopQueueRow
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import insert_into

LEASE = timedelta(minutes=2)  # a worker that says nothing for this long is taken for dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one shop's queue until the lease ends. `fence` tells a late claimant from the current."""

    shop_id: int
    queue: str
    fence: int


def wake(unit: Unit, queue: str, at: datetime) -> None:
    """This shop has work in `queue` at `at`, if not before. Say so after the work itself is written.

    The row is locked even where it already says so: else a holder could give the shop back without having seen
    the work, and take this word with it.
    """
    known = col(ShopQueueRow.next_due)
    statement = insert_into(unit, ShopQueueRow).values(shop_id=unit.shop_id, queue=queue, next_due=at)
    sooner = case((or_(known.is_(None), known > at), statement.excluded.next_due), else_=known)
    key = ["shop_id", "queue"]
    unit.connection.execute(statement.on_conflict_do_update(index_elements=key, set_={"next_due": sooner}))


def turns(database: Database, queue: str, now: datetime, *, lease: timedelta = LEASE) -> Iterator[Claim]:
    """One claim after the other until no shop is due: each shop is served once before any is served again."""
    for turn in count():
        held = claim(database, queue, now, turn=turn, lease=lease)
        if held is None:
            return
        yield held


def claim(
    database: Database, queue: str, now: datetime, *, turn: int = 0, lease: timedelta = LEASE
) -> Claim | None:
    """Claim the shop that has waited longest for a turn, or None when none is due.

    `turn` counts the claims made at the same `now`, so that a shop just served goes to the end of the line.
    """
    is_due = and_(
        col(ShopQueueRow.queue) == queue,
        col(ShopQueueRow.next_due) <= now,
        or_(col(ShopQueueRow.lease_until).is_(None), col(ShopQueueRow.lease_until) <= now),
    )
    query = (
        select(col(ShopQueueRow.shop_id), col(ShopQueueRow.fence))
        .where(is_due)
        .order_by(col(ShopQueueRow.served_at).nulls_first(), col(ShopQueueRow.shop_id))
        .limit(1)
    )
    with database.reading(NO_SHOP) as unit:
        if unit.connection.execute(query).first() is None:
            return None
    with database.unit(NO_SHOP) as unit:
        locked = query.with_for_update(skip_locked=True) if unit.is_postgres else query
        row = unit.connection.execute(locked).first()
        if row is None:
            return None
        unit.connection.execute(
            update(ShopQueueRow)
            .where(col(ShopQueueRow.shop_id) == row.shop_id, col(ShopQueueRow.queue) == queue)
            .values(
                lease_until=now + lease, served_at=now + turn * timedelta(microseconds=1), fence=row.fence + 1
            )
        )
        return Claim(shop_id=row.shop_id, queue=queue, fence=row.fence + 1)


def release(unit: Unit, held: Claim, next_due: Callable[[Unit], datetime | None]) -> bool:
    """Give the shop back; False when the lease had been taken over meanwhile.

    The row is locked before `next_due` looks: whoever has work for the shop writes that work first and this row
    after, so it is either seen here, or wakes the shop once this unit has ended.
    """
    if not is_held(unit, held):
        return False
    unit.connection.execute(
        update(ShopQueueRow)
        .where(col(ShopQueueRow.shop_id) == held.shop_id, col(ShopQueueRow.queue) == held.queue)
        .values(lease_until=None, next_due=next_due(unit))
    )
    return True


def is_held(unit: Unit, held: Claim) -> bool:
    """Whether `held` is still the current claim, which it stays until this unit ends."""
    query = select(col(ShopQueueRow.fence)).where(
        col(ShopQueueRow.shop_id) == held.shop_id, col(ShopQueueRow.queue) == held.queue
    )
    if unit.is_postgres:
        query = query.with_for_update()
    return unit.connection.scalar(query) == held.fence


def next_due_anywhere(database: Database, queues: list[str]) -> datetime | None:
    """When the next work of any shop in these queues is due."""
    with database.reading(NO_SHOP) as unit:
        return unit.connection.scalar(
            select(func.min(col(ShopQueueRow.next_due))).where(col(ShopQueueRow.queue).in_(queues))
        )
