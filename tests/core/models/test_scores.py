"""Scores of one and of many, at every maturity, also of who bought fifty thousand times."""

from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.lifecycle.chances import expected_orders
from plugin.core.lifecycle.clv import DISCOUNT, clv_interval, year_of_orders
from plugin.core.lifecycle.fit_shop import fit_shop
from plugin.core.lifecycle.maturity import Maturity
from plugin.core.lifecycle.rfm import RfmGroup
from plugin.core.lifecycle.rhythm import PRIOR
from plugin.core.lifecycle.scores import NO_DATE, PersonScores, Scores, score
from plugin.core.lifecycle.shop_model import PRIOR_MODEL, Season
from tests.core.models.shops import CALIBRATED, cdnow, history, noon, one, simulated

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MODEL = fit_shop(cdnow(CALIBRATED), noon(CALIBRATED))

orders = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 700), st.integers(-1000, 100_000)), min_size=1, max_size=40
)


def per_customer(scores: Scores) -> dict[str, Any]:
    """The arrays with an element per customer, without the model."""
    arrays = {name: getattr(scores, name) for name in (field.name for field in fields(scores))}
    return {name: value for name, value in arrays.items() if isinstance(value, np.ndarray)}


@given(orders=orders, maturity=st.sampled_from(Maturity))
@settings(max_examples=60)
def test_each_customers_scores_are_the_same_alone_and_among_others(
    orders: list[tuple[int, int, int]], maturity: Maturity
) -> None:
    shop = history(*orders, start=NOW - timedelta(days=700))
    model = replace(MODEL, maturity=maturity)
    together = score(model, shop, NOW)
    for index in range(len(shop)):
        alone = score(model, one(shop, index), NOW)
        for name, values in per_customer(together).items():
            assert per_customer(alone)[name][0] == pytest.approx(values[index], rel=1e-9, abs=1e-9), name
        said, alone_said = asdict(together.person(index)), asdict(alone.person(0))
        assert said.keys() == alone_said.keys()
        assert said["rfm_group"] == alone_said["rfm_group"]


@given(orders=orders)
@settings(max_examples=60)
def test_scores_are_finite_and_within_their_borders(orders: list[tuple[int, int, int]]) -> None:
    shop = history(*orders, start=NOW - timedelta(days=700))
    scores = score(MODEL, shop, NOW)
    for chance in (scores.order_chance, scores.alive_chance, scores.vitality):
        assert np.all((chance >= 0) & (chance <= 1 + 1e-9))
    assert np.all(scores.order_chance <= scores.alive_chance)
    assert np.all(scores.expected_orders >= scores.discounted_orders)
    assert np.all(scores.clv_minor >= 0)
    is_dated = scores.next_order_from != NO_DATE
    assert np.all(scores.next_order_from[is_dated] < scores.next_order_until[is_dated])
    assert np.all(shop.days[is_dated] >= 2)
    assert np.all(scores.alive_chance[is_dated] >= 0.5)


def test_a_shop_with_few_orders_tells_nothing_of_single_people_but_their_rfm() -> None:
    shop = history((1, 0, 1000), (2, 90, 3000), start=NOW - timedelta(days=100))
    model = fit_shop(shop, NOW)
    assert model.maturity is Maturity.L0
    assert score(model, shop, NOW).person(1) == PersonScores(
        rfm_recency=5, rfm_frequency=1, rfm_monetary=5, rfm_group=RfmGroup.ACTIVE
    )


def test_the_prior_alone_scores_without_money_or_rfm() -> None:
    shop = history((1, 0, 1000), start=NOW)
    scores = score(PRIOR_MODEL, shop, NOW)
    assert scores.person(0) == PersonScores()
    assert (scores.rfm, scores.clv_minor.tolist()) == (None, [0.0])


def test_a_frequent_buyer_of_the_sample_is_read_like_this() -> None:
    """Customer 1516 bought on 27 days, the last one yesterday."""
    person = score(MODEL, cdnow(CALIBRATED), noon(CALIBRATED)).person(1515)
    assert (person.order_chance, person.alive_chance) == (97, 97)
    assert person.expected_orders == pytest.approx(24.4, abs=1.5)
    assert person.next_order_from is not None
    assert person.next_order_until is not None
    assert person.next_order_from - noon(CALIBRATED) < timedelta(days=3)
    assert timedelta(days=14) < person.next_order_until - noon(CALIBRATED) < timedelta(days=35)
    assert (person.rfm_recency, person.rfm_frequency, person.rfm_monetary) == (5, 5, 5)
    assert person.rfm_group is RfmGroup.CHAMPIONS


def test_fifty_thousand_orders_are_scored() -> None:
    shop = history(*((1, hour / 24, 1000) for hour in range(50_000)), start=NOW - timedelta(days=2090))
    assert shop.days.tolist() == [2084]
    scores = score(MODEL, shop, NOW)
    assert 0 < float(scores.order_chance[0]) <= 1
    assert np.isfinite(scores.clv_minor[0])


def test_an_order_of_this_moment_is_scored() -> None:
    scores = score(MODEL, history((1, 0, 1000), start=NOW), NOW)
    assert scores.vitality[0] == pytest.approx(1.0)
    assert scores.alive_chance[0] == pytest.approx(MODEL.rhythm.b / (MODEL.rhythm.a + MODEL.rhythm.b))


def test_an_order_dated_in_the_future_is_one_of_today() -> None:
    ahead = score(MODEL, history((1, 3, 1000), start=NOW), NOW)
    today = score(MODEL, history((1, 0, 1000), start=NOW), NOW)
    assert ahead.order_chance.tolist() == today.order_chance.tolist()
    assert ahead.vitality.tolist() == pytest.approx(today.vitality.tolist())


def test_the_season_stretches_the_horizon() -> None:
    shop = simulated(PRIOR, 50, NOW)
    today = int(NOW.timestamp()) // 86_400
    busy = replace(MODEL, season=Season(last_day=today, actual=(30.0,) * 52, expected=(20.0,) * 52))
    more, plain = score(busy, shop, NOW), score(MODEL, shop, NOW)
    assert np.all(more.order_chance > plain.order_chance)
    assert more.expected_orders.tolist() == plain.expected_orders.tolist()


def test_a_year_in_quarters_is_discounted_like_a_year_in_weeks() -> None:
    """analytics.md 5d sums 52 weeks."""
    x, t_x, age = np.array([0.0, 3.0, 30.0]), np.array([0.0, 20.0, 100.0]), np.array([5.0, 30.0, 101.0])
    weekly = np.diff(expected_orders(PRIOR, x, t_x, age, np.arange(1.0, 53.0)), prepend=0.0, axis=1)
    exact = weekly @ (1 + DISCOUNT) ** (-(np.arange(1, 53) - 0.5) / 52)
    assert year_of_orders(PRIOR, x, t_x, age)[1] == pytest.approx(exact, rel=1e-3)


def test_money_scales_with_the_currency() -> None:
    """A shop in yen or in dinars gets the same classes and proportions."""
    small = simulated(PRIOR, 400, NOW)
    large = replace(small, value_minor=small.value_minor * 1000)
    ours, theirs = (score(fit_shop(shop, NOW), shop, NOW) for shop in (small, large))
    assert theirs.clv_minor == pytest.approx(1000 * ours.clv_minor, rel=1e-3)
    assert float(np.mean(ours.value_class == theirs.value_class)) > 0.99


def test_a_persons_interval_holds_the_prediction_and_is_the_same_every_time() -> None:
    shop = cdnow(CALIBRATED)
    scores = score(MODEL, shop, noon(CALIBRATED))
    for index in (0, 5, 100, 1515):
        low, high = clv_interval(MODEL, one(shop, index), noon(CALIBRATED), seed=index)
        assert 0 <= low <= scores.clv_minor[index] + 1
        assert scores.clv_minor[index] - 1 <= high
        assert (low, high) == clv_interval(MODEL, one(shop, index), noon(CALIBRATED), seed=index)


def test_intervals_hold_what_came_about_as_often_as_they_say() -> None:
    """Eight of ten, over people who live by a rhythm that the model has learnt from others like them."""
    then = NOW - timedelta(weeks=52)
    shop = replace(one_price(simulated(PRIOR, 1500, NOW, weeks=120)), zone=cdnow().zone)
    known = shop.until_day(int(then.timestamp()) // 86_400)
    model = fit_shop(known, then)
    came = np.isin(shop.customer_ids, known.customer_ids)
    bought = shop.days[came] - known.days
    active = np.flatnonzero(score(model, known, then).expected_orders > 1)[:150]
    held = 0
    for index in active:
        low, high = clv_interval(model, one(known, int(index)), then, seed=int(index))
        profit = float(bought[index]) * 1000 * model.margin * (1 + DISCOUNT) ** -0.5
        held += low <= profit + 1 <= high + 2
    assert 0.72 <= held / len(active) <= 0.95


def one_price(shop: Any) -> Any:
    return replace(shop, value_minor=np.full_like(shop.value_minor, 1000.0))


def test_scores_of_nobody_are_empty() -> None:
    assert len(score(MODEL, history(start=NOW), NOW)) == 0
