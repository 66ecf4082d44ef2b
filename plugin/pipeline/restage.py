"""Lifecycle stages that time alone moves: each customer's next crossing is stored, so only those due are touched."""

from dataclasses import replace
from datetime import datetime, timedelta

from plugin.core.flows.base import Occasion, StageChanged
from plugin.core.lifecycle.holding import standing_still
from plugin.pipeline.enroll import enroll
from plugin.pipeline.ingest import STAGES
from plugin.pipeline.people import People
from plugin.store import customers, flows, models, queue, shops
from plugin.store.unit_of_work import Database, Unit

BATCH = 500
_IMPORT_PAUSE = timedelta(seconds=10)


def restage(database: Database, now: datetime) -> int:
    """Move every stage whose time has come, shop by shop; returns how many moved."""
    moved = 0
    for held in queue.turns(database, STAGES, now):
        with database.unit(held.shop_id) as unit:
            if models.is_history_pending(unit):
                # Half a history would call regulars lapsed; the walk that follows the whole of it judges afresh.
                queue.release(unit, held, lambda _: now + _IMPORT_PAUSE)
                continue
            moved += _restage_shop(unit, now)
            queue.release(unit, held, customers.next_stage_change)
    return moved


def _restage_shop(unit: Unit, now: datetime) -> int:
    customers.lock_shop(unit)
    shop = shops.get(unit)
    people = People(unit=unit, shop=shop, now=now)
    occasions: dict[int, list[Occasion]] = {}
    rows = []
    for customer_id, person in customers.load(unit, customers.due_stage_changes(unit, now, BATCH)).items():
        people.before[customer_id] = person
        stands = standing_still(person.standing, person.state, now, zone=shop.zone, model=people.model)
        people.update(replace(person, standing=stands))
        if stands.stage is person.standing.stage:
            continue
        occasions[customer_id] = [StageChanged(before=person.standing.stage, after=stands.stage, at=now)]
        rows.append(
            {
                "customer_id": customer_id,
                "at": stands.since or now,
                "after": stands.stage.value,
                "before": person.standing.stage.value,
                "reason": stands.reason,
            }
        )
    for customer_id, changes in people.save("clock").items():
        occasions.setdefault(customer_id, []).extend(changes)
    customers.record_stage_changes(unit, rows)
    is_at_work = shop.state in {shops.INSTALLED, shops.NEEDS_REAUTH}
    enroll(unit, people, occasions, flows.switches(unit), may_enter=is_at_work)
    return len(rows)
