"""Forecasts against what came, their intervals, the season, and what a shop's maturity allows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from plugin.core.lifecycle.chances import expected_orders
from plugin.core.lifecycle.fit_shop import fit_shop
from plugin.core.lifecycle.forecast import backtest, forecast
from plugin.core.lifecycle.maturity import Band, Maturity, band_of, maturity_of, showing
from plugin.core.lifecycle.rhythm import PRIOR, Rhythm
from plugin.core.lifecycle.season import repeats_by_age, season_factor, season_of
from plugin.core.lifecycle.shop_model import Season
from tests.core.models.shops import CALIBRATED, ENDED, cdnow, history, noon, simulated

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = int(NOW.timestamp()) // 86_400
GROCER = Rhythm(r=1.4, alpha=6.0, a=0.5, b=2.0)


def test_the_forecast_is_the_sum_of_what_is_expected_of_each() -> None:
    model = fit_shop(cdnow(CALIBRATED), noon(CALIBRATED))
    shop = cdnow(CALIBRATED)
    x, t_x = (shop.days - 1).astype(np.float64), (shop.last_day - shop.first_day) / 7
    age = (int(noon(CALIBRATED).timestamp()) // 86_400 - shop.first_day) / 7
    expected = expected_orders(model.rhythm, x, t_x, age, np.array([1.0, 13.0]))
    foretold = forecast(model, shop, noon(CALIBRATED))
    assert foretold.expected == pytest.approx(expected[:, 1].sum())
    assert foretold.by_week[0] == pytest.approx(expected[:, 0].sum())
    assert sum(foretold.by_week) == pytest.approx(foretold.expected)
    assert (foretold.weeks, len(foretold.by_week), foretold.season_factor) == (13, 13, 1.0)


def test_three_quarters_of_the_sample_come_within_their_intervals() -> None:
    """Fitted each time to what was known then; the interval is one of 80 %."""
    tested = [backtest(cdnow(), noon(ENDED) - timedelta(weeks=weeks)) for weeks in (0, 13, 26)]
    assert [test.actual for test in tested if test] == [495, 661, 726]  # 1,882 together, as published
    assert [test.is_inside for test in tested if test] == [True, True, True]


def test_without_a_past_there_is_no_backtest() -> None:
    assert backtest(history((1, 0, 1000), start=NOW), NOW) is None
    assert backtest(history(start=NOW), NOW) is None


def test_a_shop_whose_only_customer_bought_daily_and_went_away_expects_nothing() -> None:
    """Thousands of orders make it so sure that the chance of another one is smaller than any number."""
    shop = history(*((1, day, 1000) for day in range(2000)), start=NOW - timedelta(days=2800))
    foretold = forecast(fit_shop(shop, NOW), shop, NOW)
    assert foretold.expected < 1e-9
    assert (foretold.low, foretold.high) == (0, 0)


@pytest.mark.parametrize(("customers", "widest", "narrowest"), [(60, 1.6, 0.6), (4000, 0.75, 0.5)])
def test_more_orders_make_narrower_intervals_but_never_narrower_than_models_err(
    customers: int, widest: float, narrowest: float
) -> None:
    shop = simulated(GROCER, customers, NOW)
    foretold = forecast(fit_shop(shop, NOW, has_whole_past=False), shop, NOW)
    width = (foretold.high - foretold.low) / foretold.expected
    assert narrowest < width < widest
    assert foretold.low < foretold.expected < foretold.high


def test_a_simulated_shop_has_no_season() -> None:
    """104 weeks by the model alone: actual and expected agree."""
    shop = simulated(GROCER, 4000, NOW)
    season = season_of(GROCER, shop, TODAY)
    assert season is not None
    assert sum(season.actual) == pytest.approx(sum(season.expected), rel=0.05)
    assert season_factor(season, TODAY, 13) == pytest.approx(1.0, abs=0.08)


def test_a_christmas_is_expected_again() -> None:
    """Weeks 51 to 39 back are those that come now."""
    actual = [100.0] * 52
    actual[46:50] = [200.0] * 4
    season = Season(last_day=TODAY, actual=tuple(actual), expected=(100.0,) * 52)
    assert season_factor(season, TODAY, 13) == pytest.approx(((1700 + 16) / (1300 + 16)) ** 0.7)
    assert season_factor(season, TODAY + 28, 4) < 1.35
    assert season_factor(season, TODAY + 6 * 7, 13) == pytest.approx(1.0)


def test_few_orders_prove_no_season() -> None:
    season = Season(last_day=TODAY, actual=(2.0,) * 52, expected=(1.0,) * 52)
    assert season_factor(season, TODAY, 4) == pytest.approx((24 / 20) ** 0.7)


def test_a_season_too_old_says_nothing() -> None:
    season = Season(last_day=TODAY, actual=(200.0,) * 52, expected=(100.0,) * 52)
    assert season_factor(season, TODAY + 48 * 7, 13) == 1.0
    assert season_factor(None, TODAY, 13) == 1.0


def test_a_shop_younger_than_a_year_has_no_season() -> None:
    assert season_of(GROCER, simulated(GROCER, 200, NOW, weeks=51), TODAY) is None


def test_the_season_moves_the_whole_forecast() -> None:
    shop = simulated(GROCER, 500, NOW)
    model = replace(fit_shop(shop, NOW), season=None)
    busy = replace(model, season=Season(last_day=TODAY, actual=(150.0,) * 52, expected=(100.0,) * 52))
    plain, more = forecast(model, shop, NOW), forecast(busy, shop, NOW)
    assert more.season_factor == pytest.approx((1966 / 1316) ** 0.7)
    assert 1.15 < more.expected / plain.expected < more.season_factor


def test_repeats_of_a_cohort_slow_down() -> None:
    by_age = repeats_by_age(PRIOR, 60)
    assert np.all(np.diff(by_age) < 0)
    assert float(by_age.sum()) == pytest.approx(
        expected_orders(PRIOR, np.zeros(1), np.zeros(1), np.zeros(1), np.array([60.0]))[0, 0]
    )


@pytest.mark.parametrize(
    ("orders", "weeks", "maturity"),
    [
        (49, 100, Maturity.L0),
        (5000, 7.9, Maturity.L0),
        (50, 8, Maturity.L1),
        (999, 100, Maturity.L1),
        (5000, 25.9, Maturity.L1),
        (1000, 26, Maturity.L2),
        (1000, 51.9, Maturity.L2),
        (1000, 52, Maturity.L3),
    ],
)
def test_maturity_needs_orders_and_time(orders: int, weeks: float, maturity: Maturity) -> None:
    assert maturity_of(orders=orders, weeks=weeks) is maturity


def test_each_maturity_shows_what_it_can_answer_for() -> None:
    shown = {
        maturity: [
            name
            for name in ("has_person_values", "are_bands", "has_intervals", "has_season", "has_backtest")
            if getattr(showing(maturity), name)
        ]
        for maturity in Maturity
    }
    assert shown == {
        Maturity.L0: [],
        Maturity.L1: ["has_person_values", "are_bands"],
        Maturity.L2: ["has_person_values", "has_intervals"],
        Maturity.L3: ["has_person_values", "has_intervals", "has_season", "has_backtest"],
    }


def test_bands_are_thirds() -> None:
    assert [band_of(chance) for chance in (0, 0.33, 0.34, 0.66, 0.67, 1)] == [
        *[Band.LOW] * 2,
        *[Band.MEDIUM] * 2,
        *[Band.HIGH] * 2,
    ]
