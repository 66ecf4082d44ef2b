"""How a person's buying rhythm fades: MBG/NBD, in closed form (analytics.md 5b and 5f).

While alive a customer orders at a rate drawn from Gamma(r, alpha) per week; after every order, the first
included, they may drop out with a probability drawn from Beta(a, b). Time is in weeks of seven days.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

WEEK = timedelta(days=7)

FOREVER_WEEKS = 52.0 * 100
PRECISION_WEEKS = 1 / (7 * 24 * 60 * 60)  # one second
MOST_STEPS = 60
LARGEST_EXPONENT = 700.0  # e to the power of more is no float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The shop's parameters. The default is the prior that four retailers share (analytics.md 3c)."""

    r: float = 1.0
    alpha: float = 12.5
    a: float = 0.605
    b: float = 1.217


PRIOR = Rhythm()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """The sufficient statistic of one customer: the days on which they bought."""

    first_at: datetime
    last_at: datetime
    days: int
    """Distinct purchase days, at least 1."""

    @property
    def repeats(self) -> int:
        return self.days - 1

    @property
    def span_weeks(self) -> float:
        return (self.last_at - self.first_at) / WEEK


def probability_alive(purchases: Purchases, rhythm: Rhythm, silence_weeks: float) -> float:
    """P(the customer has not dropped out), `silence_weeks` after the last purchase."""
    return 1 / (1 + _dead_odds(purchases, rhythm, silence_weeks))


def probability_of_order(
    purchases: Purchases, rhythm: Rhythm, silence_weeks: float, horizon_weeks: float
) -> float:
    """q(H) = P(at least one order within `horizon_weeks`)."""
    shape = rhythm.r + purchases.repeats
    age = rhythm.alpha + purchases.span_weeks + silence_weeks
    still_silent = math.exp(shape * (math.log(age) - math.log(age + horizon_weeks)))
    return probability_alive(purchases, rhythm, silence_weeks) * (1 - still_silent)


def vitality(purchases: Purchases, rhythm: Rhythm, silence_weeks: float, horizon_weeks: float) -> float:
    """How much of the promise of the last purchase is left: q(H) now over q(H) just after it; in (0, 1]."""
    fresh = probability_of_order(purchases, rhythm, 0.0, horizon_weeks)
    return probability_of_order(purchases, rhythm, silence_weeks, horizon_weeks) / fresh


def silence_until(purchases: Purchases, rhythm: Rhythm, *, level: float, horizon_weeks: float) -> timedelta:
    """The silence after which vitality has fallen to `level`, to the second.

    By Newton's method on the logarithm of vitality over the logarithm of the customer's age. There vitality is
    concave, so that the first step lands at or beyond the answer and each further one closes in on it from there.
    """
    silence = _silence_until(purchases.days, purchases.span_weeks, rhythm, level, horizon_weeks) * WEEK
    return timedelta(seconds=silence // timedelta(seconds=1) + 1)


def silence_until_unlikely(
    purchases: Purchases, rhythm: Rhythm, *, chance: float, horizon_weeks: float
) -> timedelta:
    """The silence after which an order within `horizon_weeks` is no likelier than `chance`; 0 if it never is."""
    level = chance / probability_of_order(purchases, rhythm, 0.0, horizon_weeks)
    if level >= 1:
        return timedelta(0)
    return silence_until(purchases, rhythm, level=level, horizon_weeks=horizon_weeks)


@lru_cache(maxsize=4096)  # half of all buyers have bought on one day only, and all of them ask the same
def _silence_until(days: int, span_weeks: float, rhythm: Rhythm, level: float, horizon_weeks: float) -> float:
    shape = rhythm.r + days - 1
    since_first = rhythm.alpha + span_weeks
    dead_odds = math.log(rhythm.a / (rhythm.b + days - 1))
    fresh = math.log(-math.expm1(-shape * math.log1p(horizon_weeks / since_first))) - _softplus(dead_odds)
    ages, oldest = 0.0, math.log1p(FOREVER_WEEKS / since_first)
    for _ in range(MOST_STEPS):
        age = since_first * math.exp(ages)
        dead = dead_odds + shape * ages
        orders = min(shape * math.log1p(horizon_weeks / age), LARGEST_EXPONENT)
        value = math.log(-math.expm1(-orders)) - _softplus(dead) - fresh - math.log(level)
        slope = -shape * (_logistic(dead) + horizon_weeks / ((age + horizon_weeks) * math.expm1(orders)))
        step = min(ages - value / slope, oldest) - ages
        ages += step
        if abs(step) * age < PRECISION_WEEKS:
            break
    return since_first * math.expm1(ages)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -LARGEST_EXPONENT else 0.0


def _dead_odds(purchases: Purchases, rhythm: Rhythm, silence_weeks: float) -> float:
    """The odds of having dropped out; in logarithms, because fifty thousand orders overflow a power."""
    shape = rhythm.r + purchases.repeats
    since_first = rhythm.alpha + purchases.span_weeks
    exponent = shape * (math.log(since_first + silence_weeks) - math.log(since_first))
    return rhythm.a / (rhythm.b + purchases.repeats) * math.exp(min(exponent, LARGEST_EXPONENT))
