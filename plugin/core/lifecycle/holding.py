"""What a new fit may change of a buyer's stage: only what it says clearly (analytics.md 5f, hysteresis).

Each fit differs a little from the one before. Without a margin people on a border would cross it every night, there
and back. So a stage changes when the date that was promised comes, when an order or a sign of life does, or when the
new fit sees the person clearly beyond the border. The dates ahead may move.
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from plugin.core.customers import CustomerState
from plugin.core.lifecycle.rhythm import Purchases
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.lifecycle.stages import (
    AT_RISK_BELOW,
    LAPSED_BELOW,
    LOST_UNSEEN_FOR,
    Course,
    Stage,
    Standing,
    course_ahead,
    purchases_of,
    rate_until,
    silent_until,
    standing_on,
    standing_without_order,
)

MARGIN = 0.05  # of vitality
RATE_MARGIN = 0.1  # of the rate that makes a buyer loyal

REFIT = "refit"
SEEN_AGAIN = "seen_again"

_QUIETNESS = {Stage.AT_RISK: 1, Stage.LAPSED: 2, Stage.LOST: 3}


def standing_still(
    held: Standing, customer: CustomerState, now: datetime, *, zone: ZoneInfo, model: ShopModel
) -> Standing:
    """The stage at `now` of a customer whose orders are those by which `held` was said."""
    purchases = purchases_of(customer, zone)
    if purchases is None:
        return standing_without_order(customer)
    return standing_of_buyer(held, purchases, customer.last_seen_at(), now, model=model)


def standing_of_buyer(
    held: Standing, purchases: Purchases, seen_at: datetime | None, now: datetime, *, model: ShopModel
) -> Standing:
    """The same of a buyer, by their purchases alone."""
    is_due = held.next_change_at is not None and held.next_change_at <= now
    course = _held(held, course_ahead(purchases, seen_at, model), now, model, is_due=is_due)
    found = standing_on(course, now)
    if found.stage is held.stage:
        return replace(found, since=held.since, reason=held.reason)
    becomes_quieter = quietness(found.stage) > quietness(held.stage)
    if is_due and (becomes_quieter or not quietness(held.stage)):
        return replace(found, since=_latest(found.since, held.next_change_at))
    if becomes_quieter:
        return replace(found, since=_latest(found.since, held.since), reason=REFIT)
    was_seen = held.stage is Stage.LOST and course.seen_at + LOST_UNSEEN_FOR > now
    return replace(found, since=now, reason=SEEN_AGAIN if was_seen else REFIT)


def _held(held: Standing, course: Course, now: datetime, model: ShopModel, *, is_due: bool) -> Course:
    match held.stage:
        case Stage.AT_RISK:
            return _held_at_risk(course, now, model, is_due=is_due)
        case Stage.LAPSED | Stage.LOST:
            course = _held_lapsed(course, now, model)
            is_unseen = course.lapsed_at <= now and course.seen_at + LOST_UNSEEN_FOR <= now
            return replace(course, lost_at=now) if held.stage is Stage.LOST and is_unseen else course
        case _:
            return _held_in_rhythm(held, course, now, model, is_due=is_due)


def _held_in_rhythm(
    held: Standing, course: Course, now: datetime, model: ShopModel, *, is_due: bool
) -> Course:
    if not is_due and course.at_risk_at <= now:
        clearly_at = silent_until(course.purchases, model, AT_RISK_BELOW - MARGIN)
        course = replace(course, at_risk_at=clearly_at)
    if held.stage is Stage.WON_BACK and held.since is not None:
        return replace(course, back_at=held.since, won_back_until=held.since + model.cycle)
    if model.loyal_rate is None or course.loyal_until is None:
        return course
    if held.stage is Stage.LOYAL and not is_due:
        clearly_until = rate_until(course.purchases, model, model.loyal_rate * (1 - RATE_MARGIN))
        return replace(course, loyal_until=clearly_until if course.loyal_until <= now else course.loyal_until)
    if held.stage is Stage.ACTIVE:
        clearly_until = rate_until(course.purchases, model, model.loyal_rate * (1 + RATE_MARGIN))
        return course if clearly_until > now else replace(course, loyal_until=min(course.loyal_until, now))
    return course


def _held_at_risk(course: Course, now: datetime, model: ShopModel, *, is_due: bool) -> Course:
    if not is_due and course.lapsed_at <= now:
        clearly_at = silent_until(course.purchases, model, LAPSED_BELOW - MARGIN)
        course = replace(course, lapsed_at=clearly_at, lost_at=max(clearly_at, course.lost_at))
        if clearly_at > now:
            return course
    is_clearly_back = now < silent_until(course.purchases, model, AT_RISK_BELOW + MARGIN)
    return course if is_clearly_back else replace(course, at_risk_at=min(course.at_risk_at, now))


def _held_lapsed(course: Course, now: datetime, model: ShopModel) -> Course:
    if now < silent_until(course.purchases, model, LAPSED_BELOW + MARGIN):
        is_clearly_back = now < silent_until(course.purchases, model, AT_RISK_BELOW + MARGIN)
        return course if is_clearly_back else replace(course, at_risk_at=min(course.at_risk_at, now))
    return replace(course, at_risk_at=min(course.at_risk_at, now), lapsed_at=min(course.lapsed_at, now))


def quietness(stage: Stage) -> int:
    """How many of the three dates of silence lie behind who is in this stage."""
    return _QUIETNESS.get(stage, 0)


def _latest(left: datetime | None, right: datetime | None) -> datetime | None:
    return max((at for at in (left, right) if at is not None), default=None)
