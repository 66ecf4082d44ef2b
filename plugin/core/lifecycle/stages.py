"""Where a customer stands with the shop, and when that will change by itself (analytics.md 5f).

Stages follow vitality, not fixed windows: thirty silent days mean nothing for a yearly buyer and much for a
weekly one. The instants of the next crossings are solved at each order and stored, so nobody is scanned for.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from zoneinfo import ZoneInfo

from plugin.core.customers import CustomerState
from plugin.core.events import ConsentState
from plugin.core.lifecycle.rhythm import WEEK, Purchases, probability_of_order, silence_until
from plugin.core.lifecycle.shop_model import PRIOR_MODEL, ShopModel

AT_RISK_BELOW = 0.5
LAPSED_BELOW = 0.2
LOYAL_FROM_DAYS = 3
LOST_HORIZON = timedelta(days=90)
LOST_BELOW = 0.01  # the chance of an order within the horizon
LOST_UNSEEN_FOR = timedelta(days=180)
MARKETING_CHANNELS = ("email", "sms")


class Stage(StrEnum):
    """Exactly one per person."""

    PROSPECT = "prospect"
    SUBSCRIBER = "subscriber"
    NEW = "new"
    ACTIVE = "active"
    LOYAL = "loyal"
    AT_RISK = "at_risk"
    LAPSED = "lapsed"
    LOST = "lost"
    WON_BACK = "won_back"


BEFORE_ORDERS = frozenset({Stage.PROSPECT, Stage.SUBSCRIBER})
QUIET_STAGES = frozenset({Stage.AT_RISK, Stage.LAPSED})
"""Silent, and worth a word: who is lost is let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A stage, since when and why, and the instant at which time alone will change it."""

    stage: Stage
    since: datetime | None
    reason: str
    next_change_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What time alone will do to a buyer. Each date is when that part of the course begins, or has begun."""

    purchases: Purchases
    seen_at: datetime
    """The newest sign of life."""
    back_at: datetime | None
    """The order that ended a silence; None when the last purchase day ended none."""
    won_back_until: datetime | None
    loyal_until: datetime | None
    """From then on the person buys too seldom; None while the shop's own measure of that is unknown."""
    at_risk_at: datetime
    lapsed_at: datetime
    lost_at: datetime


def standing(
    customer: CustomerState, now: datetime, *, zone: ZoneInfo, model: ShopModel = PRIOR_MODEL
) -> Standing:
    """The customer's stage at `now`, judged afresh: for whoever's orders have changed."""
    course = course_of(customer, zone=zone, model=model)
    return standing_on(course, now) if course else standing_without_order(customer)


def purchases_of(customer: CustomerState, zone: ZoneInfo) -> Purchases | None:
    """What the customer's orders say of their rhythm; orders of one local day are one purchase."""
    moments = [order.placed_at for order in customer.counted_orders()]
    return _purchases(moments, zone) if moments else None


def course_of(customer: CustomerState, *, zone: ZoneInfo, model: ShopModel) -> Course | None:
    """The course of a buyer; None of a person without a purchase."""
    moments = [order.placed_at for order in customer.counted_orders()]
    if not moments:
        return None
    purchases = _purchases(moments, zone)
    course = course_ahead(purchases, customer.last_seen_at(), model)
    back_at = _back_at(moments, purchases, zone, model)
    return (
        course if back_at is None else replace(course, back_at=back_at, won_back_until=back_at + model.cycle)
    )


def course_ahead(purchases: Purchases, seen_at: datetime | None, model: ShopModel) -> Course:
    """The course from the last purchase on, without a look at what was before it; `seen_at` is a later sign of life."""
    seen_at = max(seen_at or purchases.last_at, purchases.last_at)
    lapsed_at = silent_until(purchases, model, LAPSED_BELOW)
    hopeless_at = purchases.last_at + _hopeless_after(purchases, model)
    return Course(
        purchases=purchases,
        seen_at=seen_at,
        back_at=None,
        won_back_until=None,
        loyal_until=None if model.loyal_rate is None else rate_until(purchases, model, model.loyal_rate),
        at_risk_at=silent_until(purchases, model, AT_RISK_BELOW),
        lapsed_at=lapsed_at,
        lost_at=max(lapsed_at, hopeless_at, seen_at + LOST_UNSEEN_FOR),
    )


def standing_on(course: Course, now: datetime) -> Standing:
    """The stage at `now` of who is on this course."""
    if now >= course.lost_at:
        return Standing(stage=Stage.LOST, since=course.lost_at, reason="long_silence", next_change_at=None)
    if now >= course.lapsed_at:
        return Standing(
            stage=Stage.LAPSED, since=course.lapsed_at, reason="silence", next_change_at=course.lost_at
        )
    if now >= course.at_risk_at:
        return Standing(
            stage=Stage.AT_RISK, since=course.at_risk_at, reason="silence", next_change_at=course.lapsed_at
        )
    if course.won_back_until is not None and now < course.won_back_until:
        return Standing(
            stage=Stage.WON_BACK,
            since=course.back_at,
            reason="order_after_silence",
            next_change_at=min(course.won_back_until, course.at_risk_at),
        )
    return _standing_in_rhythm(course, now)


def standing_without_order(customer: CustomerState) -> Standing:
    """A subscriber when any marketing channel is open, else a prospect; time changes neither."""
    words = [customer.consent_for(channel) for channel in MARKETING_CHANNELS]
    said_yes = [word.at for word in words if word is not None and word.state is ConsentState.SUBSCRIBED]
    if said_yes:
        return Standing(stage=Stage.SUBSCRIBER, since=min(said_yes), reason="subscribed", next_change_at=None)
    return Standing(stage=Stage.PROSPECT, since=None, reason="no_order", next_change_at=None)


def silent_until(purchases: Purchases, model: ShopModel, level: float) -> datetime:
    """When vitality will have fallen to `level`."""
    weeks = model.cycle / WEEK
    return purchases.last_at + silence_until(purchases, model.rhythm, level=level, horizon_weeks=weeks)


def rate_until(purchases: Purchases, model: ShopModel, rate: float) -> datetime:
    """When the expected number of orders a week, which time alone lets sink, will have fallen to `rate`."""
    weeks = (model.rhythm.r + purchases.repeats) / rate - model.rhythm.alpha
    weeks = min(max(weeks, 0.0), _FOREVER_WEEKS)
    return purchases.first_at + timedelta(seconds=weeks * WEEK // timedelta(seconds=1) + 1)


_FOREVER_WEEKS = 52.0 * 100


def _standing_in_rhythm(course: Course, now: datetime) -> Standing:
    since = course.purchases.last_at
    if course.won_back_until is not None:
        since = max(since, course.won_back_until)
    if course.purchases.days < LOYAL_FROM_DAYS:
        stage = Stage.NEW if course.purchases.days == 1 else Stage.ACTIVE
        return Standing(stage=stage, since=since, reason="order", next_change_at=course.at_risk_at)
    until = course.loyal_until
    if until is None or now < until:
        next_change = course.at_risk_at if until is None else min(until, course.at_risk_at)
        return Standing(stage=Stage.LOYAL, since=since, reason="order", next_change_at=next_change)
    reason, since = ("order", since) if until <= since else ("slower", until)
    return Standing(stage=Stage.ACTIVE, since=since, reason=reason, next_change_at=course.at_risk_at)


def _hopeless_after(purchases: Purchases, model: ShopModel) -> timedelta:
    """The silence after which hardly anybody comes back within the horizon."""
    weeks = LOST_HORIZON / WEEK
    fresh = probability_of_order(purchases, model.rhythm, 0.0, weeks)
    if fresh <= LOST_BELOW:
        return timedelta(0)
    return silence_until(purchases, model.rhythm, level=LOST_BELOW / fresh, horizon_weeks=weeks)


def _purchases(moments: Sequence[datetime], zone: ZoneInfo) -> Purchases:
    days = {moment.astimezone(zone).date() for moment in moments}
    return Purchases(first_at=moments[0], last_at=moments[-1], days=len(days))


def _back_at(
    moments: Sequence[datetime], purchases: Purchases, zone: ZoneInfo, model: ShopModel
) -> datetime | None:
    """The first order of the last purchase day, if it ended a silence longer than the person's own rhythm."""
    if purchases.days == 1:
        return None
    today = purchases.last_at.astimezone(zone).date()
    back = list(takewhile(lambda moment: moment.astimezone(zone).date() == today, reversed(moments)))[-1]
    earlier = moments[bisect_left(moments, back) - 1]
    before = Purchases(first_at=moments[0], last_at=earlier, days=purchases.days - 1)
    return back if back >= silent_until(before, model, AT_RISK_BELOW) else None
