"""The curves of many customers: equal to those of one, and to the closed form where that is known to work."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.special import hyp2f1

from plugin.core.lifecycle import rhythm as scalar
from plugin.core.lifecycle.chances import (
    WINDOW_WEEKS,
    expected_orders,
    next_order_weeks,
    probability_alive,
    probability_of_order,
)
from plugin.core.lifecycle.history import Floats
from plugin.core.lifecycle.rhythm import PRIOR, WEEK, Purchases, Rhythm

BEGAN = datetime(2020, 1, 1, tzinfo=UTC)

rhythms = st.builds(
    Rhythm, r=st.floats(0.05, 5), alpha=st.floats(0.5, 60), a=st.floats(0.005, 5), b=st.floats(0.1, 5)
)
people = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 30), st.integers(0, 50_000)), st.integers(0, 500), st.integers(0, 500)
    ),
    min_size=1,
    max_size=8,
)


def rows(of: list[tuple[int, int, int]]) -> tuple[Floats, Floats, Floats]:
    """(repeats, weeks to the last order, weeks of silence) as x, t_x, T."""
    x, t_x, silence = np.array(of, np.float64).T
    t_x = np.where(x > 0, t_x, 0)
    return x, t_x, t_x + silence


@given(rhythm=rhythms, of=people, horizon=st.floats(0.1, 104))
def test_the_arrays_say_of_each_what_is_said_of_one(
    rhythm: Rhythm, of: list[tuple[int, int, int]], horizon: float
) -> None:
    x, t_x, age = rows(of)
    alive, order = probability_alive(rhythm, x, t_x, age), probability_of_order(rhythm, x, t_x, age, horizon)
    for index in range(len(x)):
        who = Purchases(first_at=BEGAN, last_at=BEGAN + float(t_x[index]) * WEEK, days=int(x[index]) + 1)
        silence = float(age[index] - t_x[index])
        assert alive[index] == pytest.approx(
            scalar.probability_alive(who, rhythm, silence), rel=1e-6, abs=1e-12
        )
        assert order[index] == pytest.approx(
            scalar.probability_of_order(who, rhythm, silence, horizon), rel=1e-6, abs=1e-12
        )


@given(rhythm=rhythms, of=people)
def test_more_time_never_means_fewer_orders(rhythm: Rhythm, of: list[tuple[int, int, int]]) -> None:
    expected = expected_orders(rhythm, *rows(of), np.array([0.0, 1.0, 13.0, 52.0]))
    assert np.all(expected >= 0)
    assert np.all(expected[:, 0] == 0)
    assert np.all(np.diff(expected, axis=1) >= 0)
    assert np.all(np.isfinite(expected))


@given(rhythm=rhythms, of=people, horizon=st.floats(1, 52))
def test_as_many_orders_are_expected_as_there_is_chance_of_one_at_least(
    rhythm: Rhythm, of: list[tuple[int, int, int]], horizon: float
) -> None:
    x, t_x, age = rows(of)
    expected = expected_orders(rhythm, x, t_x, age, np.array([horizon]))[:, 0]
    chance = probability_of_order(rhythm, x, t_x, age, horizon)
    assert np.all(chance >= 0)
    assert np.all(chance <= 1)
    assert np.all(expected >= chance * (1 - 1e-5) - 1e-12)


@pytest.mark.parametrize("a", [0.3, 0.79, 2.5])
@pytest.mark.parametrize("horizon", [1.0, 13.0, 52.0])
def test_the_quadrature_is_the_closed_form(a: float, horizon: float) -> None:
    """The published 2F1 for BG/NBD (Fader, Hardie and Lee 2005, eq. 10), which is MBG/NBD with b - 1."""
    r, alpha, b = 0.24, 4.41, 2.43
    x, t_x, age = rows([(1, 10, 3), (2, 30, 8), (7, 30, 1), (20, 60, 5)])
    z = horizon / (alpha + age + horizon)
    series = hyp2f1(r + x, b + x, a + b + x - 1, z)
    power = ((alpha + age) / (alpha + age + horizon)) ** (r + x)
    dead_odds = a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    closed = (a + b + x - 1) / (a - 1) * (1 - power * series) / (1 + dead_odds)
    mine = expected_orders(Rhythm(r=r, alpha=alpha, a=a, b=b - 1), x, t_x, age, np.array([horizon]))[:, 0]
    assert mine == pytest.approx(closed, rel=1e-7)


def test_where_hardly_anyone_drops_out_orders_come_at_the_rate() -> None:
    never = Rhythm(r=2.0, alpha=10.0, a=1e-6, b=5.0)
    x, t_x, age = rows([(0, 0, 4), (3, 20, 2), (500, 100, 1)])
    expected = expected_orders(never, x, t_x, age, np.array([52.0]))[:, 0]
    assert expected == pytest.approx((never.r + x) / (never.alpha + age) * 52, rel=1e-3)


def test_the_two_ways_of_integrating_agree_where_they_meet() -> None:
    just_below, just_above = (Rhythm(r=1.0, alpha=10.0, a=a, b=1.0) for a in (0.019999, 0.020001))
    of = rows([(0, 0, 4), (3, 20, 2), (40, 100, 1)])
    below, above = (
        expected_orders(rhythm, *of, np.array([13.0, 52.0])) for rhythm in (just_below, just_above)
    )
    assert below == pytest.approx(above, rel=1e-4)


def test_a_customer_of_50_000_orders_is_expected_to_go_on() -> None:
    x, t_x, age = rows([(50_000, 520, 0)])
    expected = expected_orders(PRIOR, x, t_x, age, np.array([1.0]))[0, 0]
    assert expected == pytest.approx(50_001 / 532.5, rel=0.01)


def test_the_window_holds_its_share_of_next_orders() -> None:
    """Between the 10 % and 90 % points lie eight of ten orders that come within half a year."""
    x, _, age = rows([(4, 30, 3)])
    chance = default_rng(3)
    rates = chance.gamma(PRIOR.r + 4, 1 / (PRIOR.alpha + 33), size=200_000)
    waits = chance.exponential(1, size=200_000) / rates
    waits = waits[waits <= WINDOW_WEEKS]
    early, late = (float(next_order_weeks(PRIOR, x, age, share)[0]) for share in (0.1, 0.9))
    assert float(np.mean((early <= waits) & (waits <= late))) == pytest.approx(0.8, abs=0.005)
    assert 0 < early < late < WINDOW_WEEKS
