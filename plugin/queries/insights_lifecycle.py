"""The cycle as numbers: who stands where, who moved on within a period, and where people leave.

Two sources, each for what it knows. *Steps* (first, second, third purchase day) are read off the orders, so they are
exact for any period, also before this app was installed. *Moves* (at risk, lapsed, lost, won back) are rows of
`stage_changes`; an import writes none but its own, so they are known only from the end of the import on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import ColumnElement, case, distinct, func, select

from plugin.core.lifecycle.history import Integers, local_day
from plugin.core.lifecycle.holding import REFIT
from plugin.core.lifecycle.stages import Stage
from plugin.queries.insights_purchases import Past
from plugin.store import imports
from plugin.store.tables import CustomerFactsRow, CustomerRow, StageChangeRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

PERIODS = (30, 90, 365)  # days
STEPS = ("first", "second", "third")
"""Purchase days: selection to acquisition, acquisition to retention, retention to extension."""
MOVES = (Stage.AT_RISK, Stage.LAPSED, Stage.LOST, Stage.WON_BACK)
"""The stages in which people leave, and that of coming back."""
NO_MOVES = ("import", "stored", REFIT)
"""Reasons of stage changes in which nobody moved: we heard of the past, or learnt to see it better."""

_facts, _customers, _changes = table_of(CustomerFactsRow), table_of(CustomerRow), table_of(StageChangeRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """People who stand in one stage now."""

    customers: int
    mailable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the cycle within a period.

    `moved` are those whose purchase day of that number lies within the period; `could` are they and all who
    had taken the step before it by now (for the first: everybody we know) but not this one before the period.
    """

    id: str
    moved: int
    could: int

    @property
    def share(self) -> float | None:
        return self.moved / self.could if self.could else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The cycle of a shop; `share` of the customers was looked at for the steps, 1 being all of them."""

    days: int
    customers: int
    standing: Mapping[Stage, Standing]
    steps: tuple[Step, ...]
    moves: Mapping[Stage, int]
    """Different people who came into the stage within the period and after `moves_since`."""
    moves_since: datetime | None
    """From when on moves are known; None while the history is still being imported."""
    share: float


def lifecycle(unit: Unit, zone: ZoneInfo, now: datetime, past: Past, *, days: int) -> Lifecycle:
    """The last `days` local days, today included, as of `now`; `past` is of the same moment."""
    standing = _standing(unit)
    customers = sum(each.customers for each in standing.values())
    looked_at = customers if past.share == 1 else _customers_in(unit, past.buckets)
    since = moves_since(unit)
    begins = now - timedelta(days=days)
    return Lifecycle(
        days=days,
        customers=customers,
        standing=standing,
        steps=steps(past.nth_days(len(STEPS)), looked_at, local_day(now, zone) - days + 1),
        moves=_moves(unit, max(begins, since), now) if since else {},
        moves_since=since,
        share=past.share,
    )


def steps(nth: Integers, customers: int, from_day: int) -> tuple[Step, ...]:
    """The steps since `from_day`, of `customers` people whose buyers' purchase days are the rows of `nth`."""
    candidates = customers
    found: list[Step] = []
    for place, name in enumerate(STEPS):
        has, is_before = nth[:, place] >= 0, nth[:, place] < from_day
        earlier = int((has & is_before).sum())
        found.append(Step(id=name, moved=int(has.sum()) - earlier, could=candidates - earlier))
        candidates = int(has.sum())
    return tuple(found)


def who_stepped(past: Past, step: str, from_day: int) -> list[int]:
    """The customers whose step lies on `from_day` or later; highest id first. Raises `KeyError` for no step."""
    if step not in STEPS:
        raise KeyError(step)
    days = past.nth_days(len(STEPS))[:, STEPS.index(step)]
    chosen: Integers = np.sort(past.history.customer_ids[days >= from_day])[::-1]
    return [int(customer_id) for customer_id in chosen]


def who_moved(unit: Unit, stage: Stage, now: datetime, *, days: int) -> list[int]:
    """The customers who came into `stage` within the last `days`; highest id first."""
    since = moves_since(unit)
    if since is None:
        return []
    query = (
        select(_changes.c.customer_id)
        .distinct()
        .where(_is_move(unit, max(now - timedelta(days=days), since), now), _changes.c.after == stage.value)
        .order_by(_changes.c.customer_id.desc())
    )
    return list(unit.connection.scalars(query))


def moves_since(unit: Unit) -> datetime | None:
    """When the imported history was whole, or the first stage was noted in a shop without one."""
    if imports.is_unfinished(unit):
        return None
    came_in = imports.newest_end(unit)
    if came_in is not None:
        return came_in
    query = select(func.min(_customers.c.created_at)).where(_customers.c.shop_id == unit.shop_id)
    first: datetime | None = unit.connection.scalar(query)
    return first


def _standing(unit: Unit) -> dict[Stage, Standing]:
    mailable = func.sum(case((_facts.c.is_mailable, 1), else_=0))
    query = (
        select(_facts.c.stage, func.count(), mailable)
        .where(_facts.c.shop_id == unit.shop_id)
        .group_by(_facts.c.stage)
    )
    return {
        Stage(row[0]): Standing(customers=row[1], mailable=int(row[2]))
        for row in unit.connection.execute(query)
    }


def _customers_in(unit: Unit, buckets: int) -> int:
    query = select(func.count()).where(_facts.c.shop_id == unit.shop_id, _facts.c.bucket < buckets)
    return int(unit.connection.scalar(query) or 0)


def _moves(unit: Unit, begins: datetime, now: datetime) -> dict[Stage, int]:
    query = (
        select(_changes.c.after, func.count(distinct(_changes.c.customer_id)))
        .where(_is_move(unit, begins, now), _changes.c.after.in_([stage.value for stage in MOVES]))
        .group_by(_changes.c.after)
    )
    counted = {Stage(row[0]): int(row[1]) for row in unit.connection.execute(query)}
    return {stage: counted.get(stage, 0) for stage in MOVES}


def _is_move(unit: Unit, begins: datetime, now: datetime) -> ColumnElement[bool]:
    columns = _changes.c
    is_within = columns.at.between(begins, now)
    return (columns.shop_id == unit.shop_id) & is_within & columns.reason.not_in(NO_MOVES)
