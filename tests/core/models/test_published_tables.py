"""The tables of the literature that the CDNOW sample reproduces (reference: analytics.md 1a), one test each."""

import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from plugin.core.lifecycle.chances import expected_orders, probability_alive
from plugin.core.lifecycle.fit_rhythm import fit_rhythm
from plugin.core.lifecycle.forecast import orders_of_known
from plugin.core.lifecycle.history import Floats
from plugin.core.lifecycle.rfm import rank_scores
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.scores import rfm_measures
from plugin.core.lifecycle.shop_model import Spend
from plugin.core.lifecycle.spend import expected_value, fit_spend
from tests.core.models.shops import CALIBRATED, ENDED, cdnow, day_number, repeats_spans_ages, shares

BG = Rhythm(r=0.24259452, alpha=4.41360202, a=0.79292202, b=2.42590678 - 1)
"""BG/NBD as fitted to the sample. It is MBG/NBD with `b` less by one, for people who bought again."""


def weeks() -> tuple[Floats, Floats, Floats]:
    x, span, age = repeats_spans_ages(cdnow(CALIBRATED), CALIBRATED)
    return x.astype(np.float64), span / 7, age / 7


def unconditional_bg(horizons: list[float]) -> Floats:
    """E[X(t)] of a customer just won, who cannot have dropped out yet under BG/NBD."""
    nobody = np.zeros(1)
    alive = probability_alive(BG, nobody, nobody, nobody)
    expected: Floats = expected_orders(BG, nobody, nobody, nobody, np.array(horizons))[0] / alive
    return expected


def fitted_by_lifetimes(fitter: Any) -> Any:
    x, t_x, age = weeks()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fitter.fit(x, t_x, age)


def test_the_sample_is_summarised_as_published() -> None:
    x, _, age = weeks()
    assert (len(x), int((x > 0).sum())) == (2357, 946)
    assert (float(age.min()), float(age.max())) == pytest.approx((27, 272 / 7))


def test_mbg_nbd_parameters_and_likelihood() -> None:
    """The packages lifetimes and BTYDplus print .525, 6.183, .891, 1.614; the likelihood is ours and clvkit's."""
    fit = fit_rhythm(*repeats_spans_ages(cdnow(CALIBRATED), CALIBRATED), has_prior=False)
    assert (fit.rhythm.r, fit.rhythm.alpha, fit.rhythm.a, fit.rhythm.b) == pytest.approx(
        (0.524843, 6.183085, 0.891359, 1.614002), abs=2e-6
    )
    assert fit.log_likelihood == pytest.approx(-9582.135716, abs=1e-5)
    assert fit.is_sound


def test_mbg_nbd_is_what_lifetimes_finds(lifetimes: ModuleType) -> None:
    theirs = fitted_by_lifetimes(lifetimes.ModifiedBetaGeoFitter())
    fit = fit_rhythm(*repeats_spans_ages(cdnow(CALIBRATED), CALIBRATED), has_prior=False)
    parameters = [theirs.params_[name] for name in ("r", "alpha", "a", "b")]
    assert [fit.rhythm.r, fit.rhythm.alpha, fit.rhythm.a, fit.rhythm.b] == pytest.approx(parameters, rel=2e-3)


def test_bg_nbd_parameters_come_out_of_our_summary(lifetimes: ModuleType) -> None:
    """Fader, Hardie and Lee 2005: .243, 4.414, .793, 2.426; CLVTools has seven digits."""
    theirs = fitted_by_lifetimes(lifetimes.BetaGeoFitter())
    parameters = [theirs.params_[name] for name in ("r", "alpha", "a", "b")]
    assert parameters == pytest.approx([0.2425945, 4.4136019, 0.7929199, 2.4258881], rel=1e-3)
    mean_loss = theirs._negative_log_likelihood(np.log(parameters), *weeks(), np.ones(2357), 0.0)
    assert -2357 * float(mean_loss) == pytest.approx(-9582.429, abs=0.01)


def test_bg_nbd_expected_orders_of_a_person() -> None:
    """Hardie's sheet: 1.226 for x = 2, t_x = 30.43, T = 38.86 within 39 weeks."""
    row = (np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert expected_orders(BG, *row, np.array([39.0]))[0, 0] == pytest.approx(1.226, abs=5e-4)


def test_bg_nbd_expected_orders_of_a_new_customer() -> None:
    """Hardie's sheet, and BTYD for 52 weeks."""
    expected = unconditional_bg([0.1429, 1, 3, 31.8571, 32, 78, 52])
    published = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576, 1.444004]
    assert expected == pytest.approx(np.array(published), abs=5e-4)


def test_bg_nbd_customer_1516() -> None:
    """BTYD's walkthrough: 25.75659 orders within 52 weeks, alive with .9688523."""
    row = (np.array([26.0]), np.array([216 / 7]), np.array([31.0]))
    assert expected_orders(BG, *row, np.array([52.0]))[0, 0] == pytest.approx(25.75659, abs=2e-3)
    assert probability_alive(BG, *row)[0] == pytest.approx(0.9688523, abs=3e-6)


def test_cumulative_repeat_orders_of_week_78() -> None:
    """Fader, Hardie and Lee 2005: 4 % below what came. Actual 4,339, BG/NBD 4,160.6."""
    whole = cdnow()
    expected = unconditional_bg([float(day_number(ENDED) - day) / 7 for day in whole.first_day])
    assert int((whole.days - 1).sum()) == 4339
    assert float(expected.sum()) == pytest.approx(4160.6, abs=0.5)


def test_holdout_of_39_weeks() -> None:
    """1,882 orders came; MBG/NBD expects 1,576.728, to the digit what clvkit says."""
    fit = fit_rhythm(*repeats_spans_ages(cdnow(CALIBRATED), CALIBRATED), has_prior=False)
    expected = expected_orders(fit.rhythm, *weeks(), np.array([39.0]))[:, 0]
    assert orders_of_known(cdnow(), day_number(CALIBRATED), day_number(ENDED)) == 1882
    assert float(expected.sum()) == pytest.approx(1576.728, abs=5e-3)


def test_gamma_gamma_parameters_and_likelihood() -> None:
    """Fader and Hardie 2013, CLVTools: 6.25, 3.74, 15.44 and -4055.9177, on the repeats of 946 people."""
    known = cdnow(CALIBRATED)
    is_repeat = np.ones(len(known.day), dtype=bool)
    is_repeat[known.starts] = False
    again = known.days > 1
    orders = (known.days - 1)[again].astype(np.float64)
    mean = known.sum_by_customer(np.where(is_repeat, known.value_minor, 0))[again] / orders / 100
    fit = fit_spend(orders, mean)
    assert float(mean.mean()) == pytest.approx(35.08, abs=5e-3)
    assert (fit.p, fit.q, fit.gamma) == pytest.approx((6.249572, 3.744224, 15.443520), abs=2e-5)
    assert fit.log_likelihood == pytest.approx(-4055.917695, abs=1e-5)


def test_gamma_gamma_expected_values_of_the_first_ten(lifetimes: ModuleType) -> None:
    """Hardie's note 025 by way of lifetimes; p, q and gamma are rounded, hence the tolerance."""
    summary = lifetimes.datasets.load_cdnow_summary_data_with_monetary_value().head(10)
    spend = Spend(mean_minor=35.22, cap_minor=1e9, shape=6.25, prior_shape=3.74, scale=15.44)
    expected = expected_value(
        spend, summary.frequency.to_numpy(np.float64), summary.monetary_value.to_numpy(np.float64)
    )
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert expected == pytest.approx(np.array(published), abs=0.1)


def test_rfm_scores_of_the_sample() -> None:
    recency, frequency, monetary = rfm_measures(cdnow(CALIBRATED), day_number(CALIBRATED))
    by_recency = rank_scores(recency, descending=True)
    by_monetary = rank_scores(monetary)
    assert np.bincount(by_recency)[1:].tolist() == [466, 475, 476, 467, 473]
    assert np.bincount(by_monetary)[1:].tolist() == [480, 462, 472, 471, 472]
    assert {
        int(s): int(n) for s, n in zip(*np.unique(rank_scores(frequency), return_counts=True), strict=True)
    } == {
        2: 1411,
        4: 439,
        5: 507,
    }


def test_rfm_scores_tell_who_will_buy_again() -> None:
    """Repurchase within 39 weeks by score, lowest first."""
    known, whole = cdnow(CALIBRATED), cdnow()
    came_back = (whole.days > known.days).tolist()
    recency, frequency, monetary = rfm_measures(known, day_number(CALIBRATED))
    by_recency = rank_scores(recency, descending=True)
    assert shares(by_recency, came_back) == pytest.approx([0.112, 0.141, 0.179, 0.368, 0.651], abs=2e-3)
    assert shares(rank_scores(frequency), came_back) == pytest.approx([0.137, 0.358, 0.659], abs=2e-3)
    by_monetary = shares(rank_scores(monetary), came_back)
    assert by_monetary == pytest.approx([0.125, 0.158, 0.229, 0.348, 0.591], abs=2e-3)
