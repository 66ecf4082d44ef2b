"""The instants of many customers are those of each one."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.lifecycle.chances import probability_of_order
from plugin.core.lifecycle.crossings import LOST_WEEKS, crossings, vitalities
from plugin.core.lifecycle.history import WEEK_SECONDS
from plugin.core.lifecycle.rhythm import PRIOR, Purchases, Rhythm, silence_until, silence_until_unlikely
from plugin.core.lifecycle.shop_model import PRIOR_MODEL, ShopModel
from plugin.core.lifecycle.stages import AT_RISK_BELOW, LAPSED_BELOW
from tests.core.models.shops import history

START = datetime(2024, 3, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)

models = st.builds(
    lambda r, alpha, a, b, days: ShopModel(
        rhythm=Rhythm(r=r, alpha=alpha, a=a, b=b), cycle=timedelta(days=days)
    ),
    st.floats(0.1, 4),
    st.floats(1, 40),
    st.floats(0.1, 3),
    st.floats(0.1, 3),
    st.integers(14, 120),
)
order_days = st.lists(
    st.lists(st.integers(0, 900), min_size=1, max_size=10, unique=True), min_size=1, max_size=6
)


@given(model=models, of=order_days)
def test_each_crossing_is_the_one_solved_at_an_order(model: ShopModel, of: list[list[int]]) -> None:
    shop = history(*((who, day, 1000) for who, days in enumerate(of, 1) for day in days), start=START)
    at_risk_at, lapsed_at, lost_at = crossings(model, shop)
    weeks = model.cycle / timedelta(weeks=1)
    for index, days in enumerate(of):
        last_at = START + max(days) * DAY
        person = Purchases(first_at=START + min(days) * DAY, last_at=last_at, days=len(days))
        for found, level in ((at_risk_at, AT_RISK_BELOW), (lapsed_at, LAPSED_BELOW)):
            silence = silence_until(person, model.rhythm, level=level, horizon_weeks=weeks)
            assert abs(int(found[index]) - (last_at + silence).timestamp()) <= 1
        hopeless = silence_until_unlikely(person, model.rhythm, chance=0.01, horizon_weeks=LOST_WEEKS)
        expected = max(int(lapsed_at[index]), (last_at + max(hopeless, 180 * DAY)).timestamp())
        assert abs(int(lost_at[index]) - expected) <= 1


@given(model=models, of=order_days)
def test_vitality_falls_through_the_borders_at_the_crossings(model: ShopModel, of: list[list[int]]) -> None:
    shop = history(*((who, day, 1000) for who, days in enumerate(of, 1) for day in days), start=START)
    found = crossings(model, shop)
    for index in range(len(of)):
        alone = shop.only(np.arange(len(of)) == index)
        for at, level in ((found.at_risk_at, AT_RISK_BELOW), (found.lapsed_at, LAPSED_BELOW)):
            assert vitalities(model, alone, int(at[index]) + 60)[0] < level
            assert vitalities(model, alone, int(at[index]) - 60)[0] > level


def test_lost_is_who_will_hardly_order_and_shows_no_sign_of_life() -> None:
    shop = history((1, 0, 1000), start=START)
    lost_at = int(crossings(PRIOR_MODEL, shop).lost_at[0])
    age = np.array([(lost_at - int(shop.first_at[0])) / WEEK_SECONDS])
    nobody = np.zeros(1)
    assert probability_of_order(PRIOR, nobody, nobody, age, LOST_WEEKS)[0] == pytest.approx(0.01, rel=1e-5)
    clicked_at = np.array([lost_at], np.int64)
    still_there = crossings(PRIOR_MODEL, shop, last_seen_at=clicked_at)
    assert int(still_there.lost_at[0]) == lost_at + 180 * 86_400


def test_nobody_has_no_crossings() -> None:
    assert [len(found) for found in crossings(PRIOR_MODEL, history(start=START))] == [0, 0, 0]
