"""Value classes: few, stable, and never below zero on the strength of ordinary orders."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.lifecycle.fit_shop import fit_shop
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.scores import Scores, score
from plugin.core.lifecycle.value import CLASSES, ValueClass, most_valuable_from
from tests.core.models.shops import ENDED as LAST_DAY
from tests.core.models.shops import cdnow, history, noon, simulated

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GROCER = Rhythm(r=1.4, alpha=6.0, a=0.5, b=2.0)


def in_class(scores: Scores, value_class: ValueClass) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(scores.value_class == CLASSES.index(value_class))


def test_the_most_valuable_hold_half_of_what_is_to_come() -> None:
    scores = score(fit_shop(cdnow(), noon(LAST_DAY)), cdnow(), noon(LAST_DAY))
    best = in_class(scores, ValueClass.MOST_VALUABLE)
    held = scores.clv_minor[best].sum() / scores.clv_minor.sum()
    assert held == pytest.approx(0.5, abs=0.02)
    assert best.mean() < 0.2
    assert np.all(cdnow().days[best] >= 2)
    assert np.all(scores.alive_chance[best] >= 0.3)


def test_at_most_a_fifth_of_all_buyers_is_most_valuable() -> None:
    clv, twice, alive = np.full(100, 500.0), np.full(100, 2), np.full(100, 0.9)
    assert most_valuable_from(clv, twice, alive) == 500.0
    clv[:15] = 600.0
    clv[15:30] = 550.0
    assert most_valuable_from(clv, twice, alive) == 550.0
    assert most_valuable_from(clv[:4], twice[:4], alive[:4]) is None
    assert most_valuable_from(clv, np.full(100, 1), alive) is None
    assert most_valuable_from(np.zeros(100), twice, alive) is None


def test_those_with_the_most_room_are_worth_less_than_comparable_people() -> None:
    shop = simulated(GROCER, 3000, NOW)
    model = fit_shop(shop, NOW)
    scores = score(model, shop, NOW)
    growable = in_class(scores, ValueClass.MOST_GROWABLE)
    assert 0.05 < growable.mean() < 0.2
    assert np.all(scores.alive_chance[growable] >= 0.5)
    others = in_class(scores, ValueClass.MAINTAIN) & (scores.alive_chance >= 0.5)
    assert np.median(scores.clv_minor[growable]) < np.median(scores.clv_minor[others])


def test_who_gives_back_nearly_everything_is_below_zero() -> None:
    shop = simulated(GROCER, 600, NOW)
    returned = np.zeros(len(shop), np.int64)
    returned[::40] = 1
    known = fit_shop(shop, NOW, returned=returned)
    person = history((1, 0, 900), start=NOW - timedelta(days=60))
    few, many = (score(known, person, NOW, returned=np.array([count], np.int64)) for count in (1, 30))
    assert CLASSES[few.value_class[0]] is not ValueClass.BELOW_ZERO
    assert CLASSES[many.value_class[0]] is ValueClass.BELOW_ZERO
    assert many.clv_minor[0] < 0 < few.clv_minor[0]


@given(days=st.lists(st.integers(0, 700), min_size=1, max_size=20), value=st.integers(-1000, 100_000))
@settings(max_examples=60)
def test_ordinary_orders_never_put_anybody_below_zero(days: list[int], value: int) -> None:
    model = fit_shop(cdnow(), noon(LAST_DAY))
    person = history(*((1, day, value) for day in days), start=NOW - timedelta(days=700))
    assert CLASSES[score(model, person, NOW).value_class[0]] is not ValueClass.BELOW_ZERO
