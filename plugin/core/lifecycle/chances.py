"""What the rhythm of many customers promises, as arrays (analytics.md 5b). `rhythm` has the same of one customer.

Everywhere `x` is purchase days after the first, `t_x` the weeks from the first to the last of them, and `age` the
weeks from the first to today (T). All three are arrays of the same length, horizons are weeks.
"""

from functools import lru_cache

import numpy as np
from scipy.special import betainc, betaincinv, roots_jacobi

from plugin.core.lifecycle.history import Floats
from plugin.core.lifecycle.rhythm import LARGEST_EXPONENT, Rhythm

WINDOW_WEEKS = 26.0  # how far ahead a next order is dated at all
_NODES = 24  # of the quadrature over drop-out; more change a year of orders by less than one in 100,000
_TRAPEZOIDS = 200
_SMALLEST_A, _LARGEST_A, _LARGEST_B = (
    0.02,
    200.0,
    500.0,
)  # between which Gauss-Jacobi neither loses nor overflows


def probability_alive(rhythm: Rhythm, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """P(not dropped out by now)."""
    growth = (rhythm.r + x) * (np.log(rhythm.alpha + age) - np.log(rhythm.alpha + t_x))
    odds = rhythm.a / (rhythm.b + x) * np.exp(np.minimum(growth, LARGEST_EXPONENT))
    alive: Floats = 1 / (1 + odds)
    return alive


def probability_of_order(rhythm: Rhythm, x: Floats, t_x: Floats, age: Floats, horizon: float) -> Floats:
    """q(H): P(at least one order within `horizon`)."""
    still_silent = -(rhythm.r + x) * np.log1p(horizon / (rhythm.alpha + age))
    return probability_alive(rhythm, x, t_x, age) * -np.expm1(still_silent)


def expected_orders(rhythm: Rhythm, x: Floats, t_x: Floats, age: Floats, horizons: Floats) -> Floats:
    """E[Y(H)]: orders within each of `horizons`; a row per customer, a column per horizon.

    The drop-out probability is integrated out numerically: the closed form (2F1) fails for frequent buyers.
    """
    by_x = np.argsort(x, kind="stable")
    expected = np.empty((len(x), len(horizons)))
    repeats, begins = np.unique(x[by_x], return_index=True)
    ends = np.append(begins[1:], len(x))
    for count, begin, end in zip(repeats, begins, ends[: len(begins)], strict=True):
        part = by_x[begin:end]
        expected[part] = _while_alive(rhythm, float(count), age[part], horizons)
    return expected * probability_alive(rhythm, x, t_x, age)[:, np.newaxis]


def next_order_weeks(rhythm: Rhythm, x: Floats, age: Floats, share: float) -> Floats:
    """Weeks until `share` of the next orders within half a year have come, of customers who are alive."""
    shape, since = rhythm.r + x, rhythm.alpha + age
    in_window = -np.expm1(-shape * np.log1p(WINDOW_WEEKS / since))
    weeks: Floats = since * np.expm1(-np.log1p(-share * in_window) / shape)
    return weeks


def _while_alive(rhythm: Rhythm, x: float, age: Floats, horizons: Floats) -> Floats:
    """E over p ~ Beta(a, b+x+1) of (1 - ((alpha+T)/(alpha+T+pH))^(r+x)) / p."""
    drop_out, weights, at_zero = _drop_outs(rhythm.a, rhythm.b + x + 1)
    relative = horizons[np.newaxis, :] / (rhythm.alpha + age)[:, np.newaxis]
    mean = at_zero * (rhythm.r + x) * relative
    for probability, weight in zip(drop_out, weights / drop_out, strict=True):
        mean -= weight * np.expm1(-(rhythm.r + x) * np.log1p(probability * relative))
    return mean


@lru_cache(maxsize=4096)
def _drop_outs(a: float, b: float) -> tuple[Floats, Floats, float]:
    """Nodes and weights for means over Beta(a, b), and the weight of drop-outs that are as good as 0."""
    if _SMALLEST_A <= a < _LARGEST_A and b < _LARGEST_B:
        nodes, weights = roots_jacobi(_NODES, b - 1, a - 1)
        nodes = (1 + nodes) / 2
        if np.all(np.isfinite(weights)) and np.all(nodes > 0) and weights.sum() > 0:
            return nodes, weights / weights.sum(), 0.0
    return _trapezoids(a, b)


def _trapezoids(a: float, b: float) -> tuple[Floats, Floats, float]:
    """The same on an even grid of ln(p/(1-p)), where a mass near 0 or a narrow peak is no trouble."""
    nearly_zero = 1e-9
    at_zero = float(betainc(a, b, nearly_zero))
    low = max(float(betaincinv(a, b, 1e-12)), nearly_zero)
    high = min(max(float(betaincinv(a, b, 1 - 1e-12)), 2 * low), 1 - 1e-12)
    logit = np.linspace(np.log(low / (1 - low)), np.log(high / (1 - high)), _TRAPEZOIDS)
    nodes = 1 / (1 + np.exp(-logit))
    density = a * np.log(nodes) + b * np.log1p(-nodes)
    weights = np.exp(density - density.max())
    weights[[0, -1]] /= 2
    return nodes, weights / weights.sum() * (1 - at_zero), at_zero
