"""Where a customer stands with the shop, and when that will change by itself (analytics.md 5f).

Stages follow vitality, not fixed windows: thirty silent days mean nothing for a yearly buyer and much for a
weekly one. The instants of the next crossings are solved at each order and stored, so nobody is scanned for.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from zoneinfo import ZoneInfo

from plugin.core.customers import CustomerState
from plugin.core.lifecycle.rhythm import PRIOR, Purchases, Rhythm, silence_until

AT_RISK_BELOW = 0.5
LAPSED_BELOW = 0.2
CYCLE = timedelta(days=45)  # the horizon H until the shop's own gaps are known
LOYAL_FROM_DAYS = 3


class Stage(StrEnum):
    """Exactly one per person."""

    PROSPECT = "prospect"
    NEW = "new"
    ACTIVE = "active"
    LOYAL = "loyal"
    AT_RISK = "at_risk"
    LAPSED = "lapsed"
    WON_BACK = "won_back"


QUIET_STAGES = frozenset({Stage.AT_RISK, Stage.LAPSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A stage, since when and why, and the instant at which time alone will change it."""

    stage: Stage
    since: datetime | None
    reason: str
    next_change_at: datetime | None


def purchases_of(customer: CustomerState, zone: ZoneInfo) -> Purchases | None:
    """What the customer's orders say of their rhythm; orders of one local day are one purchase."""
    moments = [order.placed_at for order in customer.counted_orders()]
    return _purchases(moments, zone) if moments else None


def standing(
    customer: CustomerState,
    now: datetime,
    *,
    zone: ZoneInfo,
    rhythm: Rhythm = PRIOR,
    cycle: timedelta = CYCLE,
) -> Standing:
    """The customer's stage at `now`."""
    moments = [order.placed_at for order in customer.counted_orders()]
    if not moments:
        return Standing(stage=Stage.PROSPECT, since=None, reason="no_order", next_change_at=None)
    purchases = _purchases(moments, zone)
    weeks = cycle / timedelta(days=7)
    at_risk_at = purchases.last_at + silence_until(
        purchases, rhythm, level=AT_RISK_BELOW, horizon_weeks=weeks
    )
    lapsed_at = purchases.last_at + silence_until(purchases, rhythm, level=LAPSED_BELOW, horizon_weeks=weeks)
    if now >= lapsed_at:
        return Standing(stage=Stage.LAPSED, since=lapsed_at, reason="silence", next_change_at=None)
    if now >= at_risk_at:
        return Standing(stage=Stage.AT_RISK, since=at_risk_at, reason="silence", next_change_at=lapsed_at)
    won_back_until = _won_back_until(moments, purchases, zone, rhythm, cycle)
    if won_back_until is not None and now < won_back_until:
        next_change = min(won_back_until, at_risk_at)
        return Standing(
            stage=Stage.WON_BACK,
            since=purchases.last_at,
            reason="order_after_silence",
            next_change_at=next_change,
        )
    return Standing(
        stage=_stage_in_rhythm(purchases),
        since=won_back_until or purchases.last_at,
        reason="order",
        next_change_at=at_risk_at,
    )


def _purchases(moments: Sequence[datetime], zone: ZoneInfo) -> Purchases:
    days = {moment.astimezone(zone).date() for moment in moments}
    return Purchases(first_at=moments[0], last_at=moments[-1], days=len(days))


def _stage_in_rhythm(purchases: Purchases) -> Stage:
    if purchases.days == 1:
        return Stage.NEW
    return Stage.LOYAL if purchases.days >= LOYAL_FROM_DAYS else Stage.ACTIVE


def _won_back_until(
    moments: Sequence[datetime], purchases: Purchases, zone: ZoneInfo, rhythm: Rhythm, cycle: timedelta
) -> datetime | None:
    """One cycle after an order that ended a silence longer than the person's own rhythm; else None."""
    today = purchases.last_at.astimezone(zone).date()
    back = list(takewhile(lambda moment: moment.astimezone(zone).date() == today, reversed(moments)))[-1]
    if purchases.days == 1:
        return None
    earlier = moments[bisect_left(moments, back) - 1]
    before = Purchases(first_at=moments[0], last_at=earlier, days=purchases.days - 1)
    weeks = cycle / timedelta(days=7)
    quiet_at = earlier + silence_until(before, rhythm, level=AT_RISK_BELOW, horizon_weeks=weeks)
    return back + cycle if back >= quiet_at else None
