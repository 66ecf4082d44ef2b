"""How many orders the customers of today will place in the coming weeks, with an interval (analytics.md 3c).

Only people who have bought already are in it: how many new ones come depends on advertising, which no model of
buying knows. So are the purchases counted that a forecast is compared with.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.special import gammaincinv

from plugin.core.lifecycle.chances import expected_orders, probability_alive
from plugin.core.lifecycle.fit_rhythm import rhythm_of, theta_of
from plugin.core.lifecycle.fit_shop import fit_shop
from plugin.core.lifecycle.history import Floats, PurchaseHistory, local_day, weighted
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.scores import shared_rows
from plugin.core.lifecycle.season import season_factor
from plugin.core.lifecycle.shop_model import PRIOR_MODEL, ShopModel

QUARTER_WEEKS = 13
MODEL_ERROR = 0.22
"""Standard deviation of the logarithm of what comes over what was forecast, on nine sets of four retailers."""
INTERVAL = (0.1, 0.9)  # 80 %
_STEP = 1e-3
_NOTHING = 1e-9  # orders: the square of less may be 0, and so the variance that it is divided by


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Purchase days of customers known at `made_at`, in `weeks` weeks from then."""

    made_at: datetime
    weeks: int
    expected: float
    low: float
    high: float
    """Eight of ten such intervals should hold what comes."""
    by_week: tuple[float, ...]
    """Expected in each week, the coming one first."""
    season_factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A forecast for a past period, made from what was known before it, and what came."""

    forecast: Forecast
    actual: int

    @property
    def is_inside(self) -> bool:
        return self.forecast.low <= self.actual <= self.forecast.high


def forecast(
    model: ShopModel, history: PurchaseHistory, now: datetime, *, weeks: int = QUARTER_WEEKS
) -> Forecast:
    """The coming `weeks` weeks of the shop's customers, with the season where the model knows it."""
    today = local_day(now, history.zone)
    (x, t_x, age), which = shared_rows(history, today)
    sharing = np.bincount(which, minlength=len(x)).astype(np.float64)
    factor = season_factor(model.season, today, weeks)
    horizons = np.arange(1, weeks + 1, dtype=np.float64) * factor
    cumulative = np.einsum("i,ij->j", sharing, expected_orders(model.rhythm, x, t_x, age, horizons))
    expected = float(cumulative[-1])
    variance = _variance(model, (x, t_x, age), sharing, horizons[-1:]) if len(history) else 0.0
    low, high = _interval(expected, variance)
    return Forecast(
        made_at=now,
        weeks=weeks,
        expected=expected,
        low=low,
        high=high,
        by_week=tuple(float(orders) for orders in np.diff(cumulative, prepend=0.0)),
        season_factor=factor,
    )


def backtest(
    history: PurchaseHistory,
    now: datetime,
    *,
    weeks: int = QUARTER_WEEKS,
    has_whole_past: bool = True,
    previous: ShopModel = PRIOR_MODEL,
) -> Backtest | None:
    """What would have been forecast `weeks` weeks ago beside what came since; None if nobody had bought by then.

    The model is fitted again to that past: today's has already seen the answer.
    """
    then = now - timedelta(weeks=weeks)
    until, today = local_day(then, history.zone), local_day(now, history.zone)
    known = history.until_day(until)
    if len(known) == 0:
        return None
    made = forecast(
        fit_shop(known, then, previous=previous, has_whole_past=has_whole_past), known, then, weeks=weeks
    )
    return Backtest(forecast=made, actual=orders_of_known(history, until, today))


def orders_of_known(history: PurchaseHistory, since_day: int, until_day: int) -> int:
    """Purchase days after `since_day` up to `until_day` by customers who had bought up to `since_day`."""
    was_known = np.repeat(history.first_day <= since_day, history.days)
    return int(np.sum(was_known & (history.day > since_day) & (history.day <= until_day)))


def _interval(expected: float, variance: float) -> tuple[float, float]:
    """The middle 80 % of a Gamma distribution, which few orders leave above 0 and many make nearly log-normal."""
    if expected < _NOTHING:
        return 0.0, 0.0
    low, high = gammaincinv(expected**2 / variance, INTERVAL) * variance / expected
    return float(low), float(high)


def _variance(
    model: ShopModel, x_t_x_age: tuple[Floats, Floats, Floats], sharing: Floats, horizon: Floats
) -> float:
    """Of the sum: the parameters' uncertainty, chance, and what the model gets wrong."""
    x, t_x, age = x_t_x_age

    def total(rhythm: Rhythm) -> float:
        return weighted(sharing, expected_orders(rhythm, x, t_x, age, horizon)[:, 0])

    theta = theta_of(model.rhythm)
    slopes = np.array(
        [
            (total(rhythm_of(theta + step)) - total(rhythm_of(theta - step))) / (2 * _STEP)
            for step in np.eye(4) * _STEP
        ]
    )
    of_parameters = float(slopes @ np.asarray(model.covariance) @ slopes)
    each = expected_orders(model.rhythm, x, t_x, age, horizon)[:, 0]
    alive = np.maximum(probability_alive(model.rhythm, x, t_x, age), 1e-300)
    # Of one customer the count is a Poisson one whose mean is itself uncertain: dead or alive, and at what rate.
    of_chance = weighted(sharing, each + each * (each / (model.rhythm.r + x) + each / alive * (1 - alive)))
    of_model = weighted(sharing, each) ** 2 * float(np.expm1(MODEL_ERROR**2))
    return of_parameters + of_chance + of_model
