"""After a definition changed, a walk over the shop's customers settles everybody, in steps that survive a kill.

Whoever is touched by a fact meanwhile is settled by the new definition at once; the walk brings the rest.
Nobody enters a flow because the merchant changed a definition: that would write to a crowd at a stroke.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from plugin.pipeline.membership import settle
from plugin.store import customers, facts, imports, members, queue, segments, shops
from plugin.store.live_segments import house_fingerprint, live_of
from plugin.store.segments import Sync
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database, Unit

SYNC = "segments"
"""The queue of shops whose customers are to be asked again because a definition changed."""

STEP = 250  # customers settled in one transaction; what is live waits no longer for its turn than this takes
_PURGE = 5_000  # rows of deleted segments removed in one
_PAUSE = timedelta(seconds=10)  # while a history is being imported
_AFTER_ERROR = timedelta(minutes=5)
_log = logging.getLogger(__name__)


def sync(database: Database, now: datetime) -> int:
    """Take every shop's walk to its end, in turns; returns how many customers were settled and rows removed."""
    settled = 0
    for held in queue.turns(database, SYNC, now):
        try:
            with database.unit(held.shop_id) as unit:
                if imports.is_unfinished(unit):
                    queue.release(unit, held, lambda _: now + _PAUSE)
                    continue
                settled += _step(unit, now)
                queue.release(unit, held, partial(_next_due, now=now))
        except Exception as error:  # noqa: BLE001  # one shop's trouble stops no other shop's walk
            _log.exception("the walk over a shop's customers could not go on")
            with database.unit(held.shop_id) as unit:
                segments.change_sync(unit, reason=type(error).__name__)
                queue.release(unit, held, lambda _: now + _AFTER_ERROR)
    return settled


def resync(unit: Unit, now: datetime) -> None:
    """Have the walk begin as soon as the worker comes by."""
    segments.change_sync(unit, reason="")
    queue.wake(unit, SYNC, now)


def renew(database: Database, now: datetime) -> int:
    """Wake the walk of shops whose members follow another version of the house's segments; returns how many."""
    woken = 0
    for shop_id in shops.installed_ids(database):
        with database.reading(shop_id) as unit:
            found = is_stale(segments.sync_of(unit), shops.get(unit).zone)
        if found:
            woken += 1
            with database.unit(shop_id) as unit:
                queue.wake(unit, SYNC, now)
    return woken


def _next_due(unit: Unit, *, now: datetime) -> datetime | None:
    """Looked at when nobody can wake the shop behind our back: the definition may have changed again."""
    shop = shops.get(unit)
    walk = segments.sync_of(unit)
    has_more = walk.walking is not None or is_stale(walk, shop.zone) or _has_leftovers(unit, shop)
    return now if has_more else None


def _has_leftovers(unit: Unit, shop: Shop) -> bool:
    """Whether there are rows of segments that were deleted."""
    live = live_of(unit, shop)
    return members.has_others(unit, keep=live.ids | live.broken)


def _step(unit: Unit, now: datetime) -> int:
    """Settle the next customers; returns how many, or how many rows of deleted segments were removed."""
    customers.lock_shop(unit)
    shop = shops.get(unit)
    live = live_of(unit, shop)
    if removed := members.purge(unit, keep=live.ids | live.broken, limit=_PURGE):
        return removed
    walk = segments.sync_of(unit)
    if walk.walking is None:
        if not is_stale(walk, shop.zone):
            return 0
        segments.change_sync(
            unit,
            walking=walk.wanted,
            walking_house=house_fingerprint(shop.zone),
            began_at=now,
            bucket=0,
            customer_id=None,
            reason="",
        )
        walk = segments.sync_of(unit)
    people = facts.page(unit, after=_place(walk), limit=STEP)
    outcome = settle(unit, shop, people, now, reason="definition")
    facts.set_flips(unit, outcome.flips)
    if len(people) == STEP:
        last = people[-1]
        segments.change_sync(unit, bucket=last.bucket, customer_id=last.customer_id, reason="")
        return len(people)
    segments.change_sync(
        unit, settled=walk.walking, house=walk.walking_house, walking=None, ended_at=now, reason=""
    )
    return len(people)


def is_stale(walk: Sync, zone: ZoneInfo) -> bool:
    """Whether some customers have not been asked what the segments ask now."""
    return walk.settled < walk.wanted or walk.house != house_fingerprint(zone)


def _place(walk: Sync) -> tuple[int, int] | None:
    return None if walk.customer_id is None else (walk.bucket, walk.customer_id)
