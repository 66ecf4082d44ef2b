"""Fit the rhythm of a shop to its purchases: MBG/NBD by maximum a posteriori (analytics.md 5b and 3c).

Below a thousand orders plain maximum likelihood ends on a border in one shop of five; the prior of
`shop_model.PRIOR_MEANS` ends that, and hardly weighs against many orders. Coordinates ("theta") are
those of the prior: ln(r/alpha), ln r, logit(a/(a+b)), ln(a+b).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, psi

from plugin.core.lifecycle.history import Floats, Integers, weighted
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.shop_model import PRIOR_DEVIATIONS, PRIOR_MEANS, Covariance

MOST_EXACT_ROWS = 50_000
"""Different histories beyond which they are rounded to whole weeks for the fit: costs alpha half a percent."""

_BORDERS = ((-10.0, 4.0), (-6.0, 6.0), (-8.0, 8.0), (-6.0, 8.0))
_NEWTON_STEPS = 3
_LONGEST_STEP = 0.5
_STEP = 1e-4  # for the second derivatives, from exact first ones
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmFit:
    """A rhythm, how well it is known, and whether the fit can be trusted."""

    rhythm: Rhythm
    covariance: Covariance
    """Of theta, by Laplace's approximation."""
    log_likelihood: float
    """Without the prior."""
    is_sound: bool
    """Inside all borders, with a positive definite Hessian."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Different histories and how many customers share each. Weeks."""

    x: Floats
    t_x: Floats
    age: Floats
    weight: Floats
    repeats: Floats
    """The different values of `x`; gamma functions depend on nothing else."""
    which: NDArray[np.intp]
    """Of `repeats`, each row's."""


def fit_rhythm(
    x: Integers, t_x_days: Integers, age_days: Integers, *, has_prior: bool = True, is_exact: bool = False
) -> RhythmFit:
    """Fit one shop. Arrays with an element per customer: repeats, days to the last purchase, days to today.

    Without the prior it is maximum likelihood, as in the published tables. `is_exact` never rounds to weeks.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  # 20 MB, which only a fit shall cost

    rows = _rows(x, t_x_days, age_days, is_exact=is_exact)
    means = np.asarray(PRIOR_MEANS)
    precision = np.asarray(PRIOR_DEVIATIONS) ** -2.0 if has_prior else np.zeros(4)
    customers = max(float(rows.weight.sum()), 1.0)

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(theta, rows)
        off = theta - means
        posterior = value - 0.5 * float(off @ (precision * off))
        return -posterior / customers, -(gradient - precision * off) / customers

    # L-BFGS-B asks threads of the linear algebra library about 4 x 4 numbers: 20 ms a step on a busy machine.
    found = minimize(
        loss, means, jac=True, method="SLSQP", bounds=_BORDERS, options={"ftol": 1e-12, "maxiter": 200}
    )
    theta, hessian = _polished(loss, np.asarray(found.x))
    curvatures = np.linalg.eigvalsh(hessian * customers)
    is_inside = all(low < value < high for value, (low, high) in zip(theta, _BORDERS, strict=True))
    is_sound = is_inside and bool(curvatures.min() > 1e-8 * max(curvatures.max(), 1.0))
    inverse = np.linalg.pinv(hessian * customers, hermitian=True)
    return RhythmFit(
        rhythm=rhythm_of(theta),
        covariance=tuple(tuple(float(value) for value in row) for row in inverse),
        log_likelihood=log_likelihood(theta, rows)[0],
        is_sound=is_sound,
    )


def theta_of(rhythm: Rhythm) -> Floats:
    together = rhythm.a + rhythm.b
    theta: Floats = np.log(np.array([rhythm.r / rhythm.alpha, rhythm.r, rhythm.a / rhythm.b, together]))
    return theta


def rhythm_of(theta: Floats) -> Rhythm:
    r, drop_out, together = np.exp(theta[1]), 1 / (1 + np.exp(-theta[2])), np.exp(theta[3])
    return Rhythm(
        r=float(r),
        alpha=float(r / np.exp(theta[0])),
        a=float(drop_out * together),
        b=float((1 - drop_out) * together),
    )


def log_likelihood(theta: Floats, rows: Rows) -> tuple[float, Floats]:
    """The logarithm of the likelihood, and its gradient by theta."""
    rhythm = rhythm_of(theta)
    r, alpha, a, b = rhythm.r, rhythm.alpha, rhythm.a, rhythm.b
    x, weight = rows.x, rows.weight
    log_age, log_t_x = np.log(alpha + rows.age), np.log(alpha + rows.t_x)
    alive_term = np.log(b + rows.repeats)[rows.which] - (r + x) * log_age
    dead_term = np.log(a) - (r + x) * log_t_x
    both = np.logaddexp(alive_term, dead_term)
    dead = np.exp(dead_term - both)
    by_x = _of_repeats(r, alpha, a, b, rows.repeats)
    of_x, dead_by_x = (
        np.bincount(rows.which, weights=weights, minlength=len(rows.repeats)).astype(np.float64)
        for weights in (weight, weight * dead)
    )
    value = weighted(of_x, by_x) + weighted(weight, both)

    n = rows.repeats
    psi_both = psi(a + b) - psi(a + b + n) - 1 / (a + b + n)
    by_r = weighted(of_x, psi(r + n) - psi(r) + np.log(alpha)) - weighted(
        weight, log_age - dead * (log_age - log_t_x)
    )
    by_alpha = of_x.sum() * r / alpha - weighted(
        weight, (r + x) * ((1 - dead) / (alpha + rows.age) + dead / (alpha + rows.t_x))
    )
    by_a = weighted(of_x, psi_both) + dead_by_x.sum() / a
    by_b = weighted(of_x, psi_both + psi(b + n) - psi(b)) + weighted(of_x - dead_by_x, 1 / (b + n))
    share = a / (a + b)
    gradient = np.array(
        [
            -alpha * by_alpha,
            r * by_r + alpha * by_alpha,
            share * b * (by_a - by_b),
            a * by_a + b * by_b,
        ]
    )
    return value, gradient


def _of_repeats(r: float, alpha: float, a: float, b: float, x: Floats) -> Floats:
    """What the likelihood takes from the number of repeats alone."""
    terms: Floats = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + gammaln(a + b)
        + gammaln(b + x)
        - gammaln(b)
        - gammaln(a + b + x)
        - np.log(a + b + x)
    )
    return terms


def _rows(x: Integers, t_x_days: Integers, age_days: Integers, *, is_exact: bool) -> Rows:
    age_days = np.maximum(age_days, t_x_days)
    rows, weight = _shared(x, t_x_days, age_days)
    if len(weight) > MOST_EXACT_ROWS and not is_exact:
        in_weeks = np.rint(np.stack([t_x_days, age_days]) / _WEEK_DAYS).astype(np.int64) * _WEEK_DAYS
        rows, weight = _shared(x, in_weeks[0], in_weeks[1])
    repeats, which = np.unique(rows[0], return_inverse=True)
    return Rows(
        x=rows[0].astype(np.float64),
        t_x=rows[1] / _WEEK_DAYS,
        age=rows[2] / _WEEK_DAYS,
        weight=weight.astype(np.float64),
        repeats=repeats.astype(np.float64),
        which=which,
    )


def _shared(x: Integers, t_x_days: Integers, age_days: Integers) -> tuple[Integers, Integers]:
    """The different histories, a column each, and how many share them."""
    bits = 20  # of a number of days: a million, 2,800 years
    keys, weight = np.unique((x << 2 * bits) | (t_x_days << bits) | age_days, return_counts=True)
    ones = (1 << bits) - 1
    return np.stack([keys >> 2 * bits, keys >> bits & ones, keys & ones]), weight.astype(np.int64)


def _polished(
    loss: Callable[[Floats], tuple[float, Floats]], theta: Floats
) -> tuple[Floats, NDArray[np.float64]]:
    """A few steps of Newton's from where the search ended, and the Hessian there."""
    hessian = _hessian(loss, theta)
    for _ in range(_NEWTON_STEPS):
        value, gradient = loss(theta)
        if np.linalg.eigvalsh(hessian).min() <= 0:
            break
        step = np.linalg.solve(hessian, gradient)
        if np.abs(step).max() > _LONGEST_STEP or loss(theta - step)[0] > value + 1e-13:
            break
        theta = theta - step
        if np.abs(step).max() < 1e-7:
            break
    return theta, _hessian(loss, theta)


def _hessian(loss: Callable[[Floats], tuple[float, Floats]], theta: Floats) -> NDArray[np.float64]:
    columns = [(loss(theta + shift)[1] - loss(theta - shift)[1]) / (2 * _STEP) for shift in np.eye(4) * _STEP]
    return (np.stack(columns) + np.stack(columns).T) / 2
