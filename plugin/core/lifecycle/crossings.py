"""When silence alone will move customers to a quieter stage, of many at once (analytics.md 5f).

`rhythm.silence_until` is the same of one customer, to the second.
"""

from typing import NamedTuple

import numpy as np

from plugin.core.lifecycle.chances import probability_of_order
from plugin.core.lifecycle.history import WEEK_SECONDS, Floats, Integers, PurchaseHistory
from plugin.core.lifecycle.rhythm import (
    FOREVER_WEEKS,
    LARGEST_EXPONENT,
    MOST_STEPS,
    PRECISION_WEEKS,
    WEEK,
    Rhythm,
)
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.lifecycle.stages import (
    AT_RISK_BELOW,
    LAPSED_BELOW,
    LOST_BELOW,
    LOST_HORIZON,
    LOST_UNSEEN_FOR,
)

LOST_WEEKS = LOST_HORIZON / WEEK
_LOST_SECONDS = int(LOST_UNSEEN_FOR.total_seconds())
_BLOCK = 16_384  # customers whose numbers stay in the processor's cache together
_CERTAIN = 40.0  # ln(1 + e^x) is x from here on
_SPAN_BITS = 32  # of seconds: 136 years


class Crossings(NamedTuple):
    """Instants in whole seconds since 1970, one per customer, if nothing happens before."""

    at_risk_at: Integers
    lapsed_at: Integers
    lost_at: Integers


def crossings(
    model: ShopModel, history: PurchaseHistory, *, last_seen_at: Integers | None = None
) -> Crossings:
    """When each customer becomes at risk, lapsed and lost.

    `last_seen_at` is the newest sign of life of each (an order, a checkout, a click); by default the last order.
    """
    horizon = model.cycle.total_seconds() / WEEK_SECONDS
    span = history.last_at - history.first_at
    # Half of all buyers bought on one day only, and all of them fade alike.
    shared, which = np.unique((history.days << _SPAN_BITS) | span, return_inverse=True)
    x = ((shared >> _SPAN_BITS) - 1).astype(np.float64)
    t_x = (shared & ((1 << _SPAN_BITS) - 1)) / WEEK_SECONDS
    lost_level = LOST_BELOW / probability_of_order(model.rhythm, x, t_x, t_x, LOST_WEEKS)
    at_risk, lapsed, hopeless = (
        history.last_at + _seconds(silences(model.rhythm, x, t_x, level, within))[which]
        for level, within in ((AT_RISK_BELOW, horizon), (LAPSED_BELOW, horizon), (lost_level, LOST_WEEKS))
    )
    seen_at = history.last_at if last_seen_at is None else np.maximum(last_seen_at, history.last_at)
    lost = np.maximum(np.maximum(lapsed, hopeless), seen_at + _LOST_SECONDS)
    return Crossings(at_risk, lapsed, lost)


def vitalities(model: ShopModel, history: PurchaseHistory, now: int) -> Floats:
    """q(H) at `now` (seconds since 1970) over q(H) just after the last order, of each customer; in (0, 1]."""
    horizon = model.cycle.total_seconds() / WEEK_SECONDS
    x = (history.days - 1).astype(np.float64)
    t_x = (history.last_at - history.first_at) / WEEK_SECONDS
    age = np.maximum(now - history.first_at, history.last_at - history.first_at) / WEEK_SECONDS
    fresh = probability_of_order(model.rhythm, x, t_x, t_x, horizon)
    return probability_of_order(model.rhythm, x, t_x, age, horizon) / fresh


def silences(rhythm: Rhythm, x: Floats, t_x: Floats, level: Floats | float, horizon: float) -> Floats:
    """Weeks of silence after which q(`horizon`) is `level` of what it was just after the last order.

    Newton's method on the logarithm of vitality over the logarithm of age, as in `rhythm.silence_until`.
    """
    shape, since_first = rhythm.r + x, rhythm.alpha + t_x
    dead_odds = np.log(rhythm.a / (rhythm.b + x))
    fresh = np.log(-np.expm1(-shape * np.log1p(horizon / since_first))) - np.logaddexp(0, dead_odds)
    fades = np.stack([shape, since_first, dead_odds, fresh + np.log(np.minimum(level, 1.0))])
    blocks = [_solved(fades[:, start : start + _BLOCK], horizon) for start in range(0, len(x), _BLOCK)]
    return since_first * np.expm1(np.concatenate(blocks)) if blocks else np.zeros(0)


def _solved(fades: Floats, horizon: float) -> Floats:
    """The logarithm of how much older each will be than at the last order."""
    ages = np.zeros(fades.shape[1])
    going_on = np.arange(len(ages))
    for _ in range(MOST_STEPS):
        step, weeks = _newton(fades[:, going_on], ages[going_on], horizon)
        ages[going_on] += step
        going_on = going_on[np.abs(weeks) >= PRECISION_WEEKS]
        if not len(going_on):
            break
    return ages


def _newton(fades: Floats, ages: Floats, horizon: float) -> tuple[Floats, Floats]:
    """The next step of the logarithm of age, and how many weeks that is."""
    shape, since_first, dead_odds, target = fades
    age = since_first * np.exp(ages)
    dead = dead_odds + shape * ages
    odds = np.exp(np.minimum(dead, LARGEST_EXPONENT))
    orders = np.expm1(np.minimum(shape * np.log1p(horizon / age), LARGEST_EXPONENT))
    off = np.log(orders / (1 + orders)) - np.where(dead > _CERTAIN, dead, np.log1p(odds)) - target
    slope = -shape * (odds / (1 + odds) + horizon / ((age + horizon) * orders))
    step = np.clip(ages - off / slope, 0.0, np.log1p(FOREVER_WEEKS / since_first)) - ages
    return step, step * age


def _seconds(weeks: Floats) -> Integers:
    """The first whole second after."""
    return np.floor(weeks * WEEK_SECONDS).astype(np.int64) + 1
