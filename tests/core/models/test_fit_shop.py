"""A whole shop: what is learnt, what is kept, and that no shop is too odd to be fitted."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.lifecycle.fit_shop import fit_shop, gaps_of
from plugin.core.lifecycle.forecast import backtest, forecast
from plugin.core.lifecycle.history import joined
from plugin.core.lifecycle.maturity import Maturity
from plugin.core.lifecycle.rhythm import PRIOR, Rhythm
from plugin.core.lifecycle.scores import score
from plugin.core.lifecycle.shop_model import PRIOR_MODEL, ShopModel
from tests.core.models.shops import CALIBRATED, ENDED, cdnow, history, noon, simulated

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
START = NOW - timedelta(days=400)
GROCER = Rhythm(r=1.4, alpha=6.0, a=0.5, b=2.0)


def stored(model: ShopModel) -> ShopModel:
    """After a trip through the database: strict JSON, no infinities."""
    return ShopModel.from_json(json.loads(json.dumps(model.to_json(), allow_nan=False)))


def customers_at(
    *, days: list[float], value: float = 1000, count: int = 30
) -> list[tuple[int, float, float]]:
    return [(who, day, value) for who in range(1, count + 1) for day in days]


ODD_SHOPS: dict[str, list[tuple[int, float, float]]] = {
    "nobody": [],
    "one customer, one order": [(1, 0, 1000)],
    "one customer, today": [(1, 400, 1000)],
    "everyone bought once, on one day": customers_at(days=[0]),
    "everyone bought once, all for nothing": customers_at(days=[0], value=0),
    "everyone bought twice on the same days": customers_at(days=[0, 30]),
    "everyone buys every day": customers_at(days=[float(day) for day in range(60)], count=3),
    "one buys daily, the rest once": [
        *customers_at(days=[5.0], count=80),
        *((99, float(day), 500.0) for day in range(300)),
    ],
    "negative and zero values": [(1, 0, -500), (1, 9, 0), (2, 3, -1), (3, 5, 0)],
    "one enormous value": [*customers_at(days=[1.0, 50.0]), (99, 20, 1e13)],
    "an order in the future": [*customers_at(days=[1.0]), (99, 900, 1000)],
    "decades": [(who, who * 300 - 9000, 1000) for who in range(60)],
}


@pytest.mark.parametrize("name", ODD_SHOPS)
def test_no_shop_is_too_odd(name: str) -> None:
    shop = history(*ODD_SHOPS[name], start=START)
    model = fit_shop(shop, NOW)
    assert stored(model) == model
    scores = score(model, shop, NOW)
    assert np.all(np.isfinite(scores.clv_minor))
    assert [scores.person(index) for index in range(len(shop))] == [
        score(stored(model), shop, NOW).person(index) for index in range(len(shop))
    ]
    foretold = forecast(model, shop, NOW)
    assert 0 <= foretold.low <= foretold.high < 1e6
    backtest(shop, NOW)


@given(
    orders=st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 400), st.integers(-100, 10_000)), min_size=1, max_size=60
    ),
    returned=st.lists(st.integers(0, 5), min_size=9, max_size=9),
)
@settings(max_examples=60)
def test_every_small_shop_is_fitted_scored_and_foretold(
    orders: list[tuple[int, int, int]], returned: list[int]
) -> None:
    shop = history(*orders, start=START)
    back = np.array(returned[: len(shop)], np.int64)
    model = fit_shop(shop, NOW, returned=back)
    assert stored(model) == model
    assert model.kept_because is None
    assert timedelta(days=14) <= model.cycle <= timedelta(days=120)
    assert np.all(np.isfinite(score(model, shop, NOW, returned=back).clv_minor))


def test_a_shop_of_the_sample_is_learnt() -> None:
    model = fit_shop(cdnow(), noon(ENDED))
    assert (model.customers, model.orders, model.maturity) == (2357, 6696, Maturity.L3)
    assert model.weeks == pytest.approx(545 / 7)
    assert float(np.median(gaps_of(cdnow()))) == 34
    assert timedelta(days=34) < model.cycle < timedelta(days=34, hours=2)
    assert model.season is not None
    assert model.spend is not None
    assert model.loyal_rate == pytest.approx(0.0612, abs=5e-3)
    assert stored(model) == model


def test_the_cycle_is_the_shops_own_gap_drawn_to_45_days() -> None:
    """analytics.md 5f: (30 gaps of 10 days and 20 of 45) / 50."""
    model = fit_shop(history(*customers_at(days=[0, 10]), start=START), NOW)
    assert model.cycle == timedelta(days=(30 * 10 + 20 * 45) / 50)


def test_loyal_are_the_40_percent_most_frequent_of_active_repeaters() -> None:
    shop = simulated(GROCER, 2000, NOW)
    model = fit_shop(shop, NOW)
    scores = score(model, shop, NOW)
    is_active = (shop.days >= 2) & (scores.vitality >= 0.5)
    assert model.loyal_rate is not None
    assert float(np.mean(scores.rate[is_active] >= model.loyal_rate)) == pytest.approx(0.4, abs=0.02)


def test_a_counter_that_buys_every_day_is_scored_but_not_learnt_from() -> None:
    people = simulated(GROCER, 500, NOW)
    plain = fit_shop(people, NOW)
    counter = history(*((9999, day, 5000) for day in range(700)), start=NOW - timedelta(days=700))
    both = joined([people, counter])
    model = fit_shop(both, NOW)
    assert model.rhythm == plain.rhythm
    assert model.spend == plain.spend
    assert model.customers == plain.customers + 1
    assert score(model, both, NOW).order_chance[-1] > 0.9


def test_companies_can_be_left_out() -> None:
    people = simulated(GROCER, 500, NOW)
    is_company = people.customer_ids % 10 == 0
    assert fit_shop(people, NOW, left_out=is_company).rhythm == fit_shop(people.only(~is_company), NOW).rhythm


def test_a_history_that_does_not_reach_back_to_the_first_order_has_no_season() -> None:
    assert fit_shop(cdnow(), noon(ENDED), has_whole_past=False).season is None


def yesterday() -> ShopModel:
    return fit_shop(simulated(GROCER, 1500, NOW), NOW)


def test_a_jump_without_new_orders_keeps_the_rhythm_of_yesterday() -> None:
    before = replace(yesterday(), rhythm=Rhythm(r=0.4, alpha=30, a=2.0, b=1.0))
    model = fit_shop(simulated(GROCER, 1500, NOW), NOW + timedelta(days=1), previous=before)
    assert model.kept_because == "jumped"
    assert (model.rhythm, model.covariance) == (before.rhythm, before.covariance)
    assert model.fitted_at == NOW + timedelta(days=1)


def test_a_jump_with_many_new_orders_is_believed() -> None:
    before = replace(yesterday(), rhythm=Rhythm(r=0.4, alpha=30, a=2.0, b=1.0))
    model = fit_shop(simulated(GROCER, 1700, NOW), NOW, previous=before)
    assert model.kept_because is None
    assert model.rhythm != before.rhythm


def test_a_quiet_day_moves_the_rhythm_a_little() -> None:
    before = yesterday()
    model = fit_shop(simulated(GROCER, 1500, NOW), NOW + timedelta(days=1), previous=before)
    assert model.kept_because is None
    assert model.rhythm != before.rhythm
    assert model.rhythm.alpha == pytest.approx(before.rhythm.alpha, rel=0.02)


def test_a_shop_never_fitted_believes_its_first_fit() -> None:
    model = fit_shop(simulated(GROCER, 300, NOW), NOW, previous=PRIOR_MODEL)
    assert model.rhythm != PRIOR
    assert model.kept_because is None


def test_when_everyone_was_forgotten_the_model_stays() -> None:
    before = yesterday()
    model = fit_shop(history(start=START), NOW, previous=before)
    assert (model.rhythm, model.kept_because) == (before.rhythm, "no_orders")
    assert (model.maturity, model.customers) == (Maturity.L0, 0)


def test_the_share_of_returns_is_learnt() -> None:
    shop = history(*customers_at(days=[0, 40]), start=START)
    model = fit_shop(shop, NOW, returned=np.array([1] * 20 + [0] * 10, np.int64))
    assert model.return_share == pytest.approx(20 / 80)


def test_gaps_are_within_one_customer() -> None:
    shop = history((1, 0, 1), (1, 7, 1), (2, 100, 1), (2, 130, 1), (3, 0, 1), start=START)
    assert gaps_of(shop).tolist() == [7, 30]


def test_the_calibration_period_alone_is_not_yet_a_year() -> None:
    assert fit_shop(cdnow(CALIBRATED), noon(date(1997, 9, 30))).maturity is Maturity.L2
