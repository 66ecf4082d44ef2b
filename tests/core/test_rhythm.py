"""The model of a buying rhythm: published values, first principles, and what must hold for every shop."""

import math
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.lifecycle.rhythm import (
    PRIOR,
    WEEK,
    Purchases,
    Rhythm,
    probability_alive,
    probability_of_order,
    silence_until,
    vitality,
)
from tests.builders import DAY, MINUTE, NOW

CDNOW = Rhythm(r=0.524843, alpha=6.183085, a=0.891359, b=1.614002)
"""MBG/NBD fitted to the CDNOW sample: lifetimes and BTYDplus print .525, 6.183, .891, 1.614."""

MONTH = 45 / 7  # weeks; the default cycle


def bought(days: int, span: timedelta = timedelta(0)) -> Purchases:
    return Purchases(first_at=NOW - span, last_at=NOW, days=days)


purchases = st.builds(
    bought,
    st.one_of(st.integers(1, 30), st.integers(1, 50_000)),
    st.integers(0, 365 * 20).map(lambda days: days * DAY),
)
rhythms = st.builds(
    Rhythm,
    r=st.floats(0.05, 5),
    alpha=st.floats(0.5, 60),
    a=st.floats(0.1, 5),
    b=st.floats(0.1, 5),
)
horizons = st.floats(2, 17)  # weeks: the 14 to 120 days a cycle may have
silences = st.floats(0, 520)


def test_the_published_probability_of_customer_1516_is_reproduced() -> None:
    """BTYD's walkthrough has .9688523 under BG/NBD, which is MBG/NBD with `b` less by one (x > 0)."""
    bg_as_mbg = Rhythm(r=0.24259452, alpha=4.41360202, a=0.79292202, b=2.42590678 - 1)
    alive = probability_alive(bought(27, 216 * DAY), bg_as_mbg, 31 - 216 / 7)
    assert alive == pytest.approx(0.9688523, abs=3e-6)


def test_the_published_silence_limits_of_a_one_time_buyer_are_reproduced() -> None:
    """analytics.md 5f: 55 and 186 days; its fit is rounded and its cycle is near 53 days, hence the tolerance."""
    limits = [
        silence_until(bought(1), CDNOW, level=level, horizon_weeks=53 / 7) / DAY for level in (0.5, 0.2)
    ]
    assert limits == pytest.approx([55, 186], abs=2)


@pytest.mark.parametrize(
    ("days", "weeks", "silence"), [(1, 0, 0), (1, 0, 30), (2, 5, 3), (4, 40, 10), (11, 60, 25)]
)
def test_probability_alive_is_the_living_share_of_the_published_likelihood(
    days: int, weeks: int, silence: int
) -> None:
    """analytics.md 5b: the two terms (b+x)(alpha+T)^-(r+x) and a(alpha+t_x)^-(r+x)."""
    x, r = days - 1, CDNOW.r
    living = (CDNOW.b + x) * (CDNOW.alpha + weeks + silence) ** -(r + x)
    dead = CDNOW.a * (CDNOW.alpha + weeks) ** -(r + x)
    alive = probability_alive(bought(days, weeks * WEEK), CDNOW, silence)
    assert alive == pytest.approx(living / (living + dead), rel=1e-12)


@pytest.mark.parametrize(("days", "weeks", "silence"), [(1, 0, 4), (3, 12, 6), (6, 30, 1)])
def test_both_probabilities_are_what_summing_over_all_rates_and_drop_outs_gives(
    days: int, weeks: int, silence: int
) -> None:
    shop, horizon, x = Rhythm(r=2.0, alpha=8.0, a=2.0, b=3.0), 6.0, days - 1
    rates = np.linspace(0, 6, 60_001)
    rate_density = rates ** (shop.r - 1) * np.exp(-shop.alpha * rates)
    drop_outs = np.linspace(0, 1, 20_001)
    drop_density = drop_outs ** (shop.a - 1) * (1 - drop_outs) ** (shop.b - 1)

    def over_rates(weeks_observed: float) -> float:
        return float(np.trapezoid(rate_density * rates**x * np.exp(-rates * weeks_observed), rates))

    stayed = float(np.trapezoid(drop_density * (1 - drop_outs) ** (x + 1), drop_outs))
    left = float(np.trapezoid(drop_density * drop_outs * (1 - drop_outs) ** x, drop_outs))
    alive, dead = stayed * over_rates(weeks + silence), left * over_rates(weeks)
    ordering = stayed * (over_rates(weeks + silence) - over_rates(weeks + silence + horizon))
    who = bought(days, weeks * WEEK)
    assert probability_alive(who, shop, silence) == pytest.approx(alive / (alive + dead), rel=1e-6)
    assert probability_of_order(who, shop, silence, horizon) == pytest.approx(
        ordering / (alive + dead), rel=1e-6
    )


@given(who=purchases, rhythm=rhythms, silence=silences, horizon=horizons)
def test_probabilities_are_probabilities_and_an_order_needs_a_living_customer(
    who: Purchases, rhythm: Rhythm, silence: float, horizon: float
) -> None:
    alive = probability_alive(who, rhythm, silence)
    order = probability_of_order(who, rhythm, silence, horizon)
    assert 0 <= order <= alive <= 1
    assert math.isfinite(order)


@given(who=purchases, rhythm=rhythms, horizon=horizons, moments=st.lists(silences, min_size=2, max_size=8))
def test_vitality_starts_at_one_and_only_falls(
    who: Purchases, rhythm: Rhythm, horizon: float, moments: list[float]
) -> None:
    course = [vitality(who, rhythm, silence, horizon) for silence in [0.0, *sorted(moments)]]
    assert course[0] == pytest.approx(1.0)
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(course))
    assert all(0 <= value <= 1 + 1e-12 for value in course)


@given(who=purchases, rhythm=rhythms, horizon=horizons, level=st.sampled_from([0.2, 0.5, 0.9]))
def test_the_silence_found_is_the_minute_at_which_vitality_reaches_the_level(
    who: Purchases, rhythm: Rhythm, horizon: float, level: float
) -> None:
    silence = silence_until(who, rhythm, level=level, horizon_weeks=horizon)
    assert timedelta(0) < silence < 52 * 200 * WEEK
    assert vitality(who, rhythm, silence / WEEK + 1e-9, horizon) <= level
    assert vitality(who, rhythm, max(silence - MINUTE, timedelta(0)) / WEEK, horizon) > level


@given(who=purchases, rhythm=rhythms, horizon=horizons)
def test_a_lower_level_is_never_reached_earlier(who: Purchases, rhythm: Rhythm, horizon: float) -> None:
    at_risk = silence_until(who, rhythm, level=0.5, horizon_weeks=horizon)
    lapsed = silence_until(who, rhythm, level=0.2, horizon_weeks=horizon)
    assert at_risk <= lapsed


def test_a_frequent_buyer_is_missed_sooner_than_a_rare_one() -> None:
    weekly = silence_until(bought(52, 364 * DAY), PRIOR, level=0.5, horizon_weeks=MONTH)
    yearly = silence_until(bought(5, 4 * 364 * DAY), PRIOR, level=0.5, horizon_weeks=MONTH)
    assert timedelta(weeks=3) < weekly < timedelta(weeks=8)
    assert timedelta(weeks=30) < yearly < timedelta(weeks=120)


def test_a_customer_of_50_000_purchase_days_has_finite_odds() -> None:
    who = bought(50_000, 50_000 * DAY)
    assert probability_alive(who, PRIOR, 0) == pytest.approx(1, abs=1e-4)
    assert probability_alive(who, PRIOR, 5200) == pytest.approx(0, abs=1e-12)
    assert silence_until(who, PRIOR, level=0.2, horizon_weeks=MONTH) < timedelta(weeks=4)
