"""Take a new fit to a shop's customers: scores, stages, facts and memberships, some hundred customers at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from plugin.core.flows.base import MAX_LATENESS, Occasion, SegmentChanged, StageChanged
from plugin.core.lifecycle.crossings import crossings
from plugin.core.lifecycle.history import PurchaseHistory
from plugin.core.lifecycle.holding import REFIT, quietness, standing_of_buyer
from plugin.core.lifecycle.rhythm import Purchases
from plugin.core.lifecycle.scores import score
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.lifecycle.stages import LOYAL_FROM_DAYS, Stage, Standing, standing
from plugin.core.segments.facts import CustomerFacts
from plugin.pipeline.enroll import enroll
from plugin.pipeline.facts import derive
from plugin.pipeline.ingest import STAGES
from plugin.pipeline.membership import settle
from plugin.pipeline.people import People
from plugin.pipeline.scores import scored
from plugin.store import customers, facts, flows, histories, models, queue, shops, standings
from plugin.store.models import Walk
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

_ROUNDING = timedelta(seconds=30)  # that two ways of solving for a date may differ by
STEP = 500  # customers in one transaction; what is live waits no longer for its turn than this takes


def step(unit: Unit, walk: Walk, now: datetime) -> Walk:
    """Walk on by one step; the walk as it is then. The shop is locked, and `walk` is its newest."""
    ids = standings.page(unit, after=walk.cursor, limit=STEP, buyers_only=not walk.is_whole)
    shop = shops.get(unit)
    changed = 0
    if ids and walk.is_whole:
        changed = _derive_all(unit, shop, ids, now, is_import=walk.reason == "import")
    elif ids:
        changed = _bring_up_to_date(unit, shop, ids, now)
    return models.advance(
        unit,
        walk,
        cursor=ids[-1] if ids else walk.cursor,
        walked=walk.walked + len(ids),
        changed=walk.changed + changed,
        ended_at=now if len(ids) < STEP else None,
    )


def _derive_all(unit: Unit, shop: Shop, ids: Sequence[int], now: datetime, *, is_import: bool) -> int:
    """After a history came in: all that is derived of these customers, judged afresh. It is no news to anybody."""
    model = models.current(unit)
    people = customers.load(unit, ids)
    moved: dict[int, Standing] = {}
    changes = []
    for customer_id, person in people.items():
        stands = standing(person.state, now, zone=shop.zone, model=model)
        if stands.stage is not person.standing.stage:
            reason = "import" if is_import else REFIT
            changes.append(_change(customer_id, person.standing.stage, stands, now, reason))
        if _differs(stands, person.standing):
            moved[customer_id] = stands
            people[customer_id] = replace(person, standing=stands)
    _write_standings(unit, moved, changes)
    derive(unit, shop, people.values(), now, reason="import" if is_import else "score", bought=ids)
    return len(people)


def _bring_up_to_date(unit: Unit, shop: Shop, ids: Sequence[int], now: datetime) -> int:
    """What the model says of these buyers; only rows that say something else than before are written."""
    model = models.current(unit)
    known = facts.load(unit, ids)
    if len(known) < len(ids):
        missing = [customer_id for customer_id in ids if customer_id not in known]
        derive(unit, shop, customers.load(unit, missing).values(), now, reason="score", bought=missing)
    bought = histories.of_customers(unit, known, shop.zone)
    held = standings.load(unit, known)
    stands = _standings(model, bought.history, known, held, now)
    scores = score(model, bought.history, now, returned=bought.returned)
    renewed = []
    for index, customer_id in enumerate(bought.history.customer_ids.tolist()):
        before, said = known[customer_id], stands[customer_id]
        after = replace(before, **scored(scores.person(index)), stage=said.stage, stage_since=said.since)
        if after != before:
            renewed.append(after)
    moved = {
        one: _crossing(held[one], said, now)
        for one, said in stands.items()
        if said.stage is not held[one].stage
    }
    _write_standings(
        unit,
        {one: said for one, said in stands.items() if _differs(said, held[one])},
        [_change(one, change.before, stands[one], now, stands[one].reason) for one, change in moved.items()],
    )
    settled = settle(unit, shop, renewed, now, reason="score")
    facts.save(unit, renewed, settled.flips)
    _tell(unit, shop, moved, settled.changes, now)
    return len(renewed) + len(ids) - len(known)


def _crossing(before: Standing, after: Standing, now: datetime) -> StageChanged:
    """When it happened: the new fit may date it back. What is as good as now is now."""
    since = after.since or now
    at = since if now - since > MAX_LATENESS else now
    return StageChanged(before=before.stage, after=after.stage, at=at)


def _standings(
    model: ShopModel,
    history: PurchaseHistory,
    known: Mapping[int, CustomerFacts],
    held: Mapping[int, Standing],
    now: datetime,
) -> dict[int, Standing]:
    """Where these buyers stand now. Most are where they were, which their new dates tell all at once."""
    ids = history.customer_ids.tolist()
    seen_at = (known[customer_id].last_seen_at for customer_id in ids)
    dates = crossings(
        model,
        history,
        last_seen_at=np.array([int(seen.timestamp()) if seen else 0 for seen in seen_at], dtype=np.int64),
    )
    crossed = np.sum([date <= now.timestamp() for date in dates], axis=0).tolist()
    ahead = np.array(dates).T.tolist()
    found: dict[int, Standing] = {}
    for index, customer_id in enumerate(ids):
        said, one = held[customer_id], known[customer_id]
        if quietness(said.stage) == crossed[index] and _goes_by_silence(said.stage, one.purchase_days, model):
            found[customer_id] = _with_due(said, ahead[index][crossed[index] : crossed[index] + 1])
        else:
            purchases = _purchases(one, history, index)
            found[customer_id] = standing_of_buyer(said, purchases, one.last_seen_at, now, model=model)
    return found


def _with_due(said: Standing, dates: Sequence[int]) -> Standing:
    """The same stage with its next date, if there is one."""
    due = datetime.fromtimestamp(dates[0], UTC) if dates else None
    known = said.next_change_at
    is_same = known is not None and due is not None and abs(known - due) <= _ROUNDING
    return said if is_same else replace(said, next_change_at=due)


def _goes_by_silence(stage: Stage, days: int, model: ShopModel) -> bool:
    """Whether nothing but silence can end this stage."""
    if stage is Stage.LOYAL:
        return model.loyal_rate is None
    return stage is not Stage.WON_BACK and (stage is not Stage.ACTIVE or days < LOYAL_FROM_DAYS)


def _purchases(one: CustomerFacts, history: PurchaseHistory, index: int) -> Purchases:
    first_at, last_at = (
        known or datetime.fromtimestamp(int(at[index]), UTC)
        for known, at in ((one.first_order_at, history.first_at), (one.last_order_at, history.last_at))
    )
    return Purchases(first_at=first_at, last_at=last_at, days=int(history.days[index]))


def _differs(said: Standing, before: Standing) -> bool:
    return (said.stage, said.since, said.next_change_at) != (
        before.stage,
        before.since,
        before.next_change_at,
    )


def _change(customer_id: int, before: Stage, after: Standing, at: datetime, reason: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "at": at,
        "after": after.stage.value,
        "before": before.value,
        "reason": reason,
    }


def _write_standings(unit: Unit, moved: Mapping[int, Standing], changes: list[dict[str, Any]]) -> None:
    standings.save(unit, moved)
    customers.record_stage_changes(unit, changes)
    soonest = min((said.next_change_at for said in moved.values() if said.next_change_at), default=None)
    if soonest is not None:
        queue.wake(unit, STAGES, soonest)


def _tell(
    unit: Unit,
    shop: Shop,
    moved: Mapping[int, StageChanged],
    joined: Mapping[int, Sequence[SegmentChanged]],
    now: datetime,
) -> None:
    """Let flows act on what is news. Who became quiet some time ago, as we only see now, was missed then."""
    touched = moved.keys() | joined.keys()
    if not touched:
        return
    people = People(unit=unit, shop=shop, now=now)
    people.known.update(customers.load(unit, touched))
    occasions: dict[int, list[Occasion]] = {
        one: [*([moved[one]] if one in moved else []), *joined.get(one, ())] for one in touched
    }
    late = {one for one, change in moved.items() if now - change.at > MAX_LATENESS}
    is_at_work = shop.state in {shops.INSTALLED, shops.NEEDS_REAUTH}
    switches = flows.switches(unit)
    for is_late in (False, True):
        some = {one: told for one, told in occasions.items() if (one in late) is is_late}
        enroll(unit, people, some, switches, may_enter=is_at_work, is_late=is_late)
