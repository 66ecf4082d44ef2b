"""The fit: it finds the truth, never fails, and its prior gives way to evidence."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.lifecycle import fit_rhythm as module
from plugin.core.lifecycle.fit_rhythm import fit_rhythm, rhythm_of, theta_of
from plugin.core.lifecycle.history import Floats
from plugin.core.lifecycle.rhythm import PRIOR, Rhythm
from plugin.core.lifecycle.shop_model import PRIOR_DEVIATIONS, PRIOR_MEANS
from tests.core.models.shops import CALIBRATED, cdnow, repeats_spans_ages, simulated

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
GROCER = Rhythm(r=1.4, alpha=6.0, a=0.5, b=2.0)

days = st.lists(st.integers(0, 700), min_size=1, max_size=12, unique=True)
tiny_shops = st.lists(st.tuples(days, st.integers(0, 300)), min_size=1, max_size=50)


def integers(values: list[int]) -> Any:
    return np.array(values, np.int64)


def test_the_prior_is_the_rhythm_of_a_shop_not_fitted_yet() -> None:
    prior = rhythm_of(np.array(PRIOR_MEANS))
    assert (prior.r, prior.alpha, prior.a, prior.b) == pytest.approx(
        (PRIOR.r, PRIOR.alpha, PRIOR.a, PRIOR.b), rel=1e-3
    )


def test_theta_and_rhythm_are_each_others_inverse() -> None:
    assert theta_of(rhythm_of(theta_of(GROCER))) == pytest.approx(theta_of(GROCER))


@given(theta=st.tuples(*[st.floats(-2, 2)] * 4))
@settings(max_examples=30)
def test_the_gradient_is_the_slope(theta: tuple[float, ...]) -> None:
    x, span, age = repeats_spans_ages(cdnow(CALIBRATED), CALIBRATED)
    rows = module._rows(x[:200], span[:200], age[:200], is_exact=True)
    at: Floats = np.array(theta)
    gradient = module.log_likelihood(at, rows)[1]
    for index, step in enumerate(np.eye(4) * 1e-5):
        up, down = module.log_likelihood(at + step, rows)[0], module.log_likelihood(at - step, rows)[0]
        assert gradient[index] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-3)


def test_the_truth_of_a_simulated_shop_is_found() -> None:
    shop = simulated(GROCER, 4_000, NOW)
    fit = fit_rhythm(*repeats_spans_ages(shop, TODAY))
    errors = np.sqrt(np.diag(np.asarray(fit.covariance)))
    assert np.all(np.abs(theta_of(fit.rhythm) - theta_of(GROCER)) < 3 * errors)
    assert np.all(errors < 0.2)
    assert fit.is_sound


def test_against_many_orders_the_prior_hardly_weighs() -> None:
    rows = repeats_spans_ages(simulated(GROCER, 4_000, NOW), TODAY)
    with_prior, without = fit_rhythm(*rows), fit_rhythm(*rows, has_prior=False)
    assert theta_of(with_prior.rhythm) == pytest.approx(theta_of(without.rhythm), abs=0.05)


def test_without_any_evidence_the_prior_stands() -> None:
    """A first order today says nothing of rate or drop-out."""
    fit = fit_rhythm(integers([0]), integers([0]), integers([0]))
    assert theta_of(fit.rhythm) == pytest.approx(np.array(PRIOR_MEANS), abs=1e-6)
    assert np.sqrt(np.diag(np.asarray(fit.covariance))) == pytest.approx(np.array(PRIOR_DEVIATIONS), rel=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_fifty_orders_are_always_enough_for_a_sound_fit(seed: int) -> None:
    shop = simulated(PRIOR, 25, NOW, weeks=40, seed=seed)
    fit = fit_rhythm(*repeats_spans_ages(shop, TODAY))
    assert fit.is_sound
    assert np.all(np.abs(theta_of(fit.rhythm) - np.array(PRIOR_MEANS)) < 4 * np.array(PRIOR_DEVIATIONS))


@given(shop=tiny_shops)
@settings(max_examples=60)
def test_every_tiny_shop_has_a_sound_fit(shop: list[tuple[list[int], int]]) -> None:
    fit = fit_rhythm(
        integers([len(days) - 1 for days, _ in shop]),
        integers([max(days) - min(days) for days, _ in shop]),
        integers([max(days) - min(days) + silence for days, silence in shop]),
    )
    assert fit.is_sound
    assert all(value > 0 for value in (fit.rhythm.r, fit.rhythm.alpha, fit.rhythm.a, fit.rhythm.b))


def test_plain_maximum_likelihood_says_when_it_has_no_answer() -> None:
    fit = fit_rhythm(integers([0] * 40), integers([0] * 40), integers(list(range(40))), has_prior=False)
    assert not fit.is_sound


def test_sharing_rows_changes_nothing() -> None:
    x, span, age = repeats_spans_ages(cdnow(CALIBRATED), CALIBRATED)
    once, thrice = fit_rhythm(x, span, age), fit_rhythm(*(np.tile(part, 3) for part in (x, span, age)))
    assert thrice.log_likelihood == pytest.approx(
        3 * module.log_likelihood(theta_of(thrice.rhythm), module._rows(x, span, age, is_exact=True))[0]
    )
    assert thrice.rhythm.r == pytest.approx(once.rhythm.r, rel=0.05)


def test_whole_weeks_are_close_enough_where_there_are_too_many_days(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = repeats_spans_ages(cdnow(CALIBRATED), CALIBRATED)
    exact = fit_rhythm(*rows)
    monkeypatch.setattr(module, "MOST_EXACT_ROWS", 100)
    rounded = fit_rhythm(*rows)
    assert rounded.rhythm != exact.rhythm
    assert theta_of(rounded.rhythm) == pytest.approx(theta_of(exact.rhythm), abs=0.06)
    assert fit_rhythm(*rows, is_exact=True).rhythm == exact.rhythm
