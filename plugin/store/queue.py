"""Which shop has due work, and who is on it. The small row that is locked before any other (design.md, Fairness).

A worker claims a shop for one queue, works on that shop's rows only, and gives it back with the next due
time. Shops take turns by when they were last served, so a shop with a million due rows delays nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlmodel import col

from plugin.core.keys import NO_SHOP
from plugin.store.tables import ShopQueueRow
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import insert_new

LEASE = timedelta(minutes=2)  # a worker that says nothing for this long is taken for dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one shop's queue until the lease ends. `fence` tells a late claimant from the current."""

    shop_id: int
    queue: str
    fence: int


def wake(unit: Unit, queue: str, at: datetime) -> None:
    """This shop has work in `queue` at `at`, if not before."""
    insert_new(unit, ShopQueueRow, [{"queue": queue, "next_due": at}])
    unit.connection.execute(
        update(ShopQueueRow)
        .where(
            col(ShopQueueRow.shop_id) == unit.shop_id,
            col(ShopQueueRow.queue) == queue,
            or_(col(ShopQueueRow.next_due).is_(None), col(ShopQueueRow.next_due) > at),
        )
        .values(next_due=at)
    )


def claim(database: Database, queue: str, now: datetime, *, lease: timedelta = LEASE) -> Claim | None:
    """Claim the shop that has waited longest for a turn, or None when none is due."""
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
            .values(lease_until=now + lease, served_at=now, fence=row.fence + 1)
        )
        return Claim(shop_id=row.shop_id, queue=queue, fence=row.fence + 1)


def release(unit: Unit, held: Claim, next_due: datetime | None) -> bool:
    """Give the shop back; False when the lease had been taken over meanwhile."""
    changed = unit.connection.execute(
        update(ShopQueueRow)
        .where(
            col(ShopQueueRow.shop_id) == held.shop_id,
            col(ShopQueueRow.queue) == held.queue,
            col(ShopQueueRow.fence) == held.fence,
        )
        .values(lease_until=None, next_due=next_due)
    )
    return changed.rowcount == 1


def is_held(unit: Unit, held: Claim) -> bool:
    """Whether `held` is still the current claim; asked inside the transaction that acts on it."""
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
