"""The season as the largest error of a forecast, and what last year says of it (analytics.md 3b)."""

from collections.abc import Sequence

import numpy as np

from plugin.core.lifecycle.chances import expected_orders
from plugin.core.lifecycle.history import Floats, Integers, PurchaseHistory, weighted
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.shop_model import Season

YEAR_WEEKS = 52
_MOST_WEEKS = 520  # ten years of cohorts; older ones hardly order by the model
_PSEUDO_ORDERS = 16.0  # draw the ratio to 1, as if its deviation before any order were a quarter
_DAMPING = 0.7
_WEEK_DAYS = 7


def season_of(rhythm: Rhythm, history: PurchaseHistory, today: int) -> Season | None:
    """Repeat purchases of the last 52 weeks beside those expected of the customers won until then.

    None below 52 weeks of history. `today` counts days from 1970-01-01 in the shop's zone. Only for a history
    that reaches back to the shop's first order: cohorts that are cut off at the left make it worse than nothing.
    """
    if len(history) == 0 or today - int(history.first_day.min()) < YEAR_WEEKS * _WEEK_DAYS:
        return None
    first_day = history.first_day
    actual = _by_week(history.day, today, YEAR_WEEKS) - _by_week(first_day, today, YEAR_WEEKS)
    won = _by_week(first_day, today, _MOST_WEEKS)
    by_age = repeats_by_age(rhythm, len(won))
    # A cohort won `back` weeks ago was in its week `back - week` of age `week` weeks ago.
    expected = [weighted(won[week:], by_age[: len(won) - week]) for week in range(YEAR_WEEKS)]
    return Season(last_day=today, actual=tuple(float(count) for count in actual), expected=tuple(expected))


def season_factor(season: Season | None, today: int, weeks: float) -> float:
    """By how much the coming `weeks` (up to 52) beat the model without seasons, judging by last year; else 1.

    Horizons are stretched by it. Drawn to 1 by few orders, and damped: no two Christmases are alike.
    """
    if season is None:
        return 1.0
    elapsed = (today - season.last_day) // _WEEK_DAYS
    same = [YEAR_WEEKS - 1 - ahead for ahead in range(elapsed, elapsed + round(weeks))]
    known = [week for week in same if 0 <= week < YEAR_WEEKS]
    if len(known) * 2 < len(same) or not known:
        return 1.0
    ratio = (_sum(season.actual, known) + _PSEUDO_ORDERS) / (_sum(season.expected, known) + _PSEUDO_ORDERS)
    return float(ratio**_DAMPING)


def repeats_by_age(rhythm: Rhythm, weeks: int) -> Floats:
    """Repeat purchases expected of one new customer in each of the first `weeks` weeks."""
    nobody = np.zeros(1)
    until = expected_orders(rhythm, nobody, nobody, nobody, np.arange(1, weeks + 1, dtype=np.float64))[0]
    return np.diff(until, prepend=0.0)


def _by_week(days: Integers, today: int, weeks: int) -> Floats:
    """How many of `days` lie in each of the last `weeks` weeks, newest first."""
    ago = today - days[(days <= today) & (days > today - weeks * _WEEK_DAYS)]
    return np.bincount(ago // _WEEK_DAYS, minlength=weeks).astype(np.float64)


def _sum(values: Sequence[float], weeks: Sequence[int]) -> float:
    return sum(values[week] for week in weeks)
