"""What a new fit may change of a stage, and what it may not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.lifecycle.holding import MARGIN, REFIT, SEEN_AGAIN, standing_of_buyer
from plugin.core.lifecycle.rhythm import WEEK, Purchases, Rhythm, vitality
from plugin.core.lifecycle.shop_model import PRIOR_MODEL, ShopModel
from plugin.core.lifecycle.stages import (
    LOST_UNSEEN_FOR,
    Stage,
    Standing,
    course_ahead,
    silent_until,
    standing_on,
)
from tests.builders import DAY, HOUR, NOW

BOUGHT = Purchases(first_at=NOW - 200 * DAY, last_at=NOW, days=4)
SECOND = timedelta(seconds=1)


def by(level: float, *, at: datetime, loyal_rate: float | None = None) -> ShopModel:
    """A model by which the buyer's vitality at `at` is `level`."""
    seldom, often = 0.01, 100.0
    for _ in range(100):
        r = (seldom * often) ** 0.5
        model = replace(PRIOR_MODEL, rhythm=Rhythm(r=r), loyal_rate=loyal_rate)
        seldom, often = (r, often) if vitality_at(at, model) > level else (seldom, r)
    assert vitality_at(at, model) == pytest.approx(level, abs=1e-6)
    return model


def vitality_at(at: datetime, model: ShopModel) -> float:
    return vitality(BOUGHT, model.rhythm, (at - NOW) / WEEK, model.cycle / WEEK)


def held(stage: Stage, *, since: datetime = NOW, due: datetime | None = NOW + 900 * DAY) -> Standing:
    return Standing(stage=stage, since=since, reason="stored", next_change_at=due)


def after_refit(
    before: Standing, model: ShopModel, at: datetime, seen_at: datetime | None = None
) -> Standing:
    return standing_of_buyer(before, BOUGHT, seen_at, at, model=model)


LATER = NOW + 100 * DAY


@pytest.mark.parametrize(
    ("stage", "level", "after"),
    [
        (Stage.ACTIVE, 0.46, Stage.ACTIVE),
        (Stage.ACTIVE, 0.44, Stage.AT_RISK),
        (Stage.ACTIVE, 0.19, Stage.LAPSED),
        (Stage.AT_RISK, 0.54, Stage.AT_RISK),
        (Stage.AT_RISK, 0.56, Stage.LOYAL),
        (Stage.AT_RISK, 0.16, Stage.AT_RISK),
        (Stage.AT_RISK, 0.14, Stage.LAPSED),
        (Stage.LAPSED, 0.24, Stage.LAPSED),
        (Stage.LAPSED, 0.26, Stage.AT_RISK),
        (Stage.LAPSED, 0.54, Stage.AT_RISK),
        (Stage.LAPSED, 0.56, Stage.LOYAL),
        (Stage.LOST, 0.26, Stage.AT_RISK),
        (Stage.WON_BACK, 0.46, Stage.ACTIVE),
    ],
)
def test_a_refit_moves_only_who_is_clearly_beyond_the_border(
    stage: Stage, level: float, after: Stage
) -> None:
    model = by(level, at=LATER)
    if after is Stage.ACTIVE:
        model = replace(model, loyal_rate=10.0)
    if stage is Stage.WON_BACK:
        after = Stage.ACTIVE  # its cycle is over, whatever the fit says
    said = after_refit(held(stage), model, LATER, LATER - DAY)
    assert said.stage is after
    if after is stage:
        assert (said.since, said.reason) == (NOW, "stored")
    elif stage is not Stage.WON_BACK:
        assert said.reason == (SEEN_AGAIN if stage is Stage.LOST else REFIT)


def test_who_is_held_on_a_border_crosses_it_when_the_margin_is_used_up() -> None:
    model = replace(by(0.46, at=LATER), loyal_rate=10.0)
    said = after_refit(held(Stage.ACTIVE), model, LATER)
    clearly_at = silent_until(BOUGHT, model, 0.5 - MARGIN)
    assert (said.stage, said.next_change_at) == (Stage.ACTIVE, clearly_at)
    crossed = after_refit(said, model, clearly_at)
    assert crossed.stage is Stage.AT_RISK
    assert crossed.since == clearly_at
    assert crossed.reason == "silence"
    assert crossed.next_change_at == silent_until(BOUGHT, model, 0.2)


def test_the_date_that_was_promised_needs_no_margin() -> None:
    model = by(0.49, at=LATER)
    said = after_refit(held(Stage.LOYAL, due=LATER), model, LATER)
    assert (said.stage, said.reason, said.since) == (Stage.AT_RISK, "silence", LATER)


def test_a_crossing_that_only_the_new_fit_sees_is_dated_when_it_was_clear() -> None:
    model = by(0.3, at=LATER)
    said = after_refit(held(Stage.LOYAL), model, LATER)
    assert (said.stage, said.reason) == (Stage.AT_RISK, REFIT)
    assert said.since == silent_until(BOUGHT, model, 0.5 - MARGIN)
    assert said.since < LATER


def test_who_comes_back_by_a_refit_does_so_now() -> None:
    said = after_refit(held(Stage.LAPSED, since=NOW + 50 * DAY), by(0.6, at=LATER), LATER)
    assert (said.stage, said.since, said.reason) == (Stage.LOYAL, LATER, REFIT)


def test_a_refit_wins_nobody_back_and_ends_no_return_before_its_cycle() -> None:
    model = by(0.8, at=NOW + 10 * DAY)
    assert after_refit(held(Stage.AT_RISK), model, NOW + 10 * DAY).stage is Stage.LOYAL
    back = held(Stage.WON_BACK, due=NOW + 20 * DAY)
    said = after_refit(back, replace(PRIOR_MODEL, cycle=30 * DAY), NOW + 10 * DAY)
    assert (said.stage, said.since, said.next_change_at) == (Stage.WON_BACK, NOW, NOW + 30 * DAY)


@pytest.mark.parametrize(
    ("stage", "share", "after"),
    [
        (Stage.LOYAL, 1.05, Stage.LOYAL),
        (Stage.LOYAL, 1.2, Stage.ACTIVE),
        (Stage.ACTIVE, 0.95, Stage.ACTIVE),
        (Stage.ACTIVE, 0.8, Stage.LOYAL),
    ],
)
def test_the_border_of_the_loyal_has_its_margin_too(stage: Stage, share: float, after: Stage) -> None:
    rate = (1 + 3) / (12.5 + 210 / 7)
    model = replace(PRIOR_MODEL, loyal_rate=rate * share)
    said = after_refit(held(stage), model, NOW + 10 * DAY)
    assert said.stage is after


def test_who_was_lost_comes_back_by_a_sign_of_life_only() -> None:
    at = NOW + 2000 * DAY
    lost = held(Stage.LOST, since=NOW + 1000 * DAY, due=None)
    assert after_refit(lost, PRIOR_MODEL, at) == lost
    hopeful = replace(PRIOR_MODEL, rhythm=Rhythm(a=0.02, b=5.0))
    assert course_ahead(BOUGHT, None, hopeful).lost_at > at
    assert after_refit(lost, hopeful, at).stage is not Stage.LAPSED
    seen = at - HOUR
    said = after_refit(lost, PRIOR_MODEL, at, seen)
    assert (said.stage, said.since, said.reason) == (Stage.LAPSED, at, SEEN_AGAIN)
    assert said.next_change_at == seen + LOST_UNSEEN_FOR


buyers = st.builds(
    lambda span, days: Purchases(first_at=NOW - span * DAY, last_at=NOW, days=days if span else 1),
    st.integers(0, 1500),
    st.integers(1, 40),
)
models = st.builds(
    ShopModel,
    rhythm=st.builds(
        Rhythm, r=st.floats(0.2, 4), alpha=st.floats(2, 40), a=st.floats(0.2, 3), b=st.floats(0.2, 5)
    ),
    cycle=st.integers(14, 120).map(lambda days: days * DAY),
    loyal_rate=st.none() | st.floats(0.01, 0.5),
)


@given(buyer=buyers, model=models, silence=st.integers(0, 3000))
def test_the_same_model_again_changes_nothing(buyer: Purchases, model: ShopModel, silence: int) -> None:
    at = NOW + silence * DAY
    fresh = standing_on(course_ahead(buyer, None, model), at)
    assert standing_of_buyer(fresh, buyer, None, at, model=model) == fresh


@given(
    buyer=buyers,
    first=models,
    then=st.lists(models, max_size=4),
    hours=st.lists(st.integers(1, 9000), max_size=8),
)
def test_whatever_is_learnt_the_next_change_lies_ahead_and_the_end_is_lost(
    buyer: Purchases, first: ShopModel, then: list[ShopModel], hours: list[int]
) -> None:
    at = NOW
    said = standing_on(course_ahead(buyer, None, first), at)
    learnt = [*then, first]
    for number, wait in enumerate(hours):
        at += wait * HOUR
        model = learnt[number % len(learnt)]
        said = standing_of_buyer(said, buyer, None, at, model=model)
        assert said.since is not None
        assert said.since <= at
        assert said.next_change_at is None or said.next_change_at > at
        assert (said.next_change_at is None) is (said.stage is Stage.LOST)
    for _ in range(8):
        if said.next_change_at is None:
            break
        at = said.next_change_at
        said = standing_of_buyer(said, buyer, None, at, model=first)
    assert said.stage is Stage.LOST


@given(buyer=buyers, model=models, silence=st.integers(0, 400), nights=st.integers(1, 30))
def test_nights_that_learn_next_to_nothing_move_nobody_to_and_fro(
    buyer: Purchases, model: ShopModel, silence: int, nights: int
) -> None:
    at = NOW + silence * DAY
    said = standing_on(course_ahead(buyer, None, model), at)
    stages = [said.stage]
    for night in range(nights):
        at += DAY
        jitter = 1 + (0.01 if night % 2 else -0.01)
        tonight = replace(model, rhythm=replace(model.rhythm, alpha=model.rhythm.alpha * jitter))
        said = standing_of_buyer(said, buyer, None, at, model=tonight)
        if said.stage is not stages[-1]:
            stages.append(said.stage)
    assert len(stages) == len(set(stages))
