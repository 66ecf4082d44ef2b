"""What a purchase is worth: shrunk to the shop, capped, and never learnt from what was given away."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from plugin.core.lifecycle.shop_model import Spend
from plugin.core.lifecycle.spend import expected_value, fit_spend, shop_spend, usual_values
from tests.core.models.shops import CALIBRATED, cdnow, history

START = datetime(2024, 3, 1, 8, tzinfo=UTC)


def test_the_parameters_of_a_simulated_shop_are_found() -> None:
    chance = default_rng(4)
    orders = chance.geometric(0.4, size=6000).astype(np.float64)
    own_scale = 1 / chance.gamma(4.0, 1 / 15.0, size=6000)
    mean = chance.gamma(6.0 * orders, own_scale) / orders
    fit = fit_spend(orders, mean)
    assert (fit.p, fit.q, fit.gamma) == pytest.approx((6.0, 4.0, 15.0), rel=0.12)
    assert fit.is_sound


def test_the_spending_of_the_sample_is_learnt_from_all_orders() -> None:
    spend = shop_spend(cdnow(CALIBRATED))
    assert spend is not None
    assert spend.prior_shape is not None
    assert spend.prior_shape > 1
    assert spend.mean_minor == pytest.approx(3479, abs=5)


@given(
    mean=st.floats(100, 100_000),
    orders=st.integers(1, 500),
    more=st.integers(1, 500),
    fitted=st.sampled_from([{}, {"shape": 6.0, "prior_shape": 4.0, "scale": 1500.0}]),
)
def test_the_more_orders_the_more_a_persons_own_mean_counts(
    mean: float, orders: int, more: int, fitted: dict[str, float]
) -> None:
    spend = Spend(mean_minor=3000, cap_minor=1e9, **fitted)
    few, many = expected_value(spend, np.array([orders, orders + more], np.float64), np.array([mean, mean]))
    assert abs(many - mean) <= abs(few - mean) + 1e-6
    assert few > 0


def test_below_fifty_orders_a_mean_is_drawn_to_the_shops_by_one_order() -> None:
    shop = history(*((who, who, 1000.0) for who in range(20)), (99, 1, 4000), (99, 2, 4000), start=START)
    spend = shop_spend(shop)
    assert spend is not None
    assert spend.shape is None
    orders, mean = usual_values(shop, spend.cap_minor)
    assert expected_value(spend, orders, mean)[-1] == pytest.approx((2 * 4000 + spend.mean_minor) / 3)


def test_where_all_spend_the_same_that_is_what_is_expected() -> None:
    shop = history(*((who, day, 2500.0) for who in range(60) for day in (0, 30)), start=START)
    spend = shop_spend(shop)
    assert spend is not None
    assert expected_value(spend, *usual_values(shop, spend.cap_minor)) == pytest.approx(np.full(60, 2500.0))


def test_gifts_and_corrections_are_no_spending() -> None:
    shop = history((1, 0, 0), (1, 5, 1000), (1, 9, -300), (2, 3, 0), start=START)
    spend = shop_spend(shop)
    assert spend == Spend(mean_minor=1000.0, cap_minor=1000.0)
    orders, mean = usual_values(shop, spend.cap_minor)
    assert (orders.tolist(), mean.tolist()) == ([1.0, 0.0], [1000.0, 0.0])


def test_one_enormous_order_does_not_lift_the_rest() -> None:
    usual = [(who, who % 90, 1000.0 + who) for who in range(400)]
    plain, with_one = (
        shop_spend(history(*usual, *extra, start=START)) for extra in ((), ((999, 50, 90_000_000.0),))
    )
    assert plain is not None
    assert with_one is not None
    assert with_one.cap_minor < 1500
    assert with_one.mean_minor == pytest.approx(plain.mean_minor, rel=0.01)


def test_a_shop_that_sold_nothing_for_money_has_no_spending() -> None:
    assert shop_spend(history((1, 0, 0), (2, 3, -5), start=START)) is None
    assert shop_spend(history(start=START)) is None
