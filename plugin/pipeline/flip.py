"""Memberships that time alone moves: each customer's next flip is stored, so only those due are asked again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from plugin.core.flows.base import SegmentChanged
from plugin.pipeline.enroll import enroll
from plugin.pipeline.membership import FLIPS, settle
from plugin.pipeline.people import People
from plugin.store import customers, facts, flows, imports, queue, shops
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database, Unit

BATCH = 500
_IMPORT_PAUSE = timedelta(seconds=10)


def flip(database: Database, now: datetime) -> int:
    """Settle every customer whose flip is due, shop by shop; returns how many were asked again."""
    asked = 0
    for held in queue.turns(database, FLIPS, now):
        with database.unit(held.shop_id) as unit:
            if imports.is_unfinished(unit):
                # What half a history says of a person is settled once the whole of it is there.
                queue.release(unit, held, lambda _: now + _IMPORT_PAUSE)
                continue
            asked += _flip_shop(unit, now)
            queue.release(unit, held, facts.next_flip)
    return asked


def _flip_shop(unit: Unit, now: datetime) -> int:
    customers.lock_shop(unit)
    shop = shops.get(unit)
    due = facts.load(unit, facts.due_flips(unit, now, BATCH))
    settled = settle(unit, shop, list(due.values()), now, reason="clock")
    facts.set_flips(unit, settled.flips)
    enroll_changed(unit, shop, settled.changes, now)
    return len(due)


def enroll_changed(
    unit: Unit, shop: Shop, changes: Mapping[int, Sequence[SegmentChanged]], now: datetime
) -> None:
    """Let what joined and left enter flows and leave them."""
    if not changes:
        return
    people = People(unit=unit, shop=shop, now=now)
    people.known.update(customers.load(unit, changes))
    is_at_work = shop.state in {shops.INSTALLED, shops.NEEDS_REAUTH}
    enroll(unit, people, changes, flows.switches(unit), may_enter=is_at_work)
