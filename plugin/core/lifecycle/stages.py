"""Where a customer stands with the shop, and when that will change by itself (analytics.md 5f).

Stages follow vitality, not fixed windows: thirty silent days mean nothing for a yearly buyer and much for a
weekly one. The instants of the next crossings are solved at each order and stored, so nobody is scanned for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
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
    if not moments:
        return None
    days = {moment.astimezone(zone).date() for moment in moments}
    return Purchases(first_at=moments[0], last_at=moments[-1], days=len(days))


def standing(
    customer: CustomerState,
    now: datetime,
    *,
    zone: ZoneInfo,
    rhythm: Rhythm = PRIOR,
    cycle: timedelta = CYCLE,
) -> Standing:
    """The customer's stage at `now`."""
    purchases = purchases_of(customer, zone)
    if purchases is None:
        return Standing(stage=Stage.PROSPECT, since=None, reason="no_order", next_change_at=None)
    weeks = cycle / timedelta(days=7)
    at_risk_at = purchases.last_at + silence_until(
        purchases, rhythm, level=AT_RISK_BELOW, horizon_weeks=weeks
    )
    lapsed_at = purchases.last_at + silence_until(purchases, rhythm, level=LAPSED_BELOW, horizon_weeks=weeks)
    if now >= lapsed_at:
        return Standing(stage=Stage.LAPSED, since=lapsed_at, reason="silence", next_change_at=None)
    if now >= at_risk_at:
        return Standing(stage=Stage.AT_RISK, since=at_risk_at, reason="silence", next_change_at=lapsed_at)
    won_back_until = _won_back_until(customer, purchases, zone, rhythm, cycle)
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


def _stage_in_rhythm(purchases: Purchases) -> Stage:
    if purchases.days == 1:
        return Stage.NEW
    return Stage.LOYAL if purchases.days >= LOYAL_FROM_DAYS else Stage.ACTIVE


def _won_back_until(
    customer: CustomerState, purchases: Purchases, zone: ZoneInfo, rhythm: Rhythm, cycle: timedelta
) -> datetime | None:
    """One cycle after an order that ended a silence longer than the person's own rhythm; else None."""
    moments = [order.placed_at for order in customer.counted_orders()]
    today = purchases.last_at.astimezone(zone).date()
    latest = [moment for moment in moments if moment.astimezone(zone).date() == today]
    earlier = moments[: len(moments) - len(latest)]
    if not earlier:
        return None
    days = {moment.astimezone(zone).date() for moment in earlier}
    before = Purchases(first_at=earlier[0], last_at=earlier[-1], days=len(days))
    weeks = cycle / timedelta(days=7)
    quiet_at = before.last_at + silence_until(before, rhythm, level=AT_RISK_BELOW, horizon_weeks=weeks)
    return latest[0] + cycle if latest[0] >= quiet_at else None
