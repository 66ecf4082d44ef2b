"""What holds for every flow, whatever happens to the person and however late we wake."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.events import ConsentState, CustomerEvent
from plugin.core.flows import FLOW_BY_ID, FLOWS
from plugin.core.flows.base import (
    MAX_LATENESS,
    Enrollment,
    Entry,
    Flow,
    IssueReward,
    Refusal,
    Send,
    Situation,
    StageChanged,
    Wait,
    decide,
    due_at,
)
from plugin.core.folding import fold, replay
from plugin.core.lifecycle.stages import Stage
from tests.builders import (
    DAY,
    HOUR,
    MINA_ID,
    MINUTE,
    NOW,
    a_checkout,
    a_consent,
    a_customer,
    a_record,
    a_situation,
    an_enrollment,
    an_order,
)
from tests.core.stories import live_through, sent
from tests.core.strategies import histories, living_events

LONG_AGO = NOW - 100 * DAY
OLD_ORDER = an_order(900, at=LONG_AGO)
ENROLLMENTS = {
    "abandoned_checkout": an_enrollment(FLOW_BY_ID["abandoned_checkout"]),
    "loyalty_reward": an_enrollment(FLOW_BY_ID["loyalty_reward"], trigger_key="reward:1", context={}),
    "win_back": an_enrollment(
        FLOW_BY_ID["win_back"], trigger_key=f"silence:{LONG_AGO.isoformat()}", context={}
    ),
}
QUIET_NOW = {"abandoned_checkout": Stage.NEW, "loyalty_reward": Stage.LOYAL, "win_back": Stage.AT_RISK}

delays = st.lists(st.integers(0, 80 * 60).map(lambda minutes: minutes * MINUTE), max_size=8)
moments = st.integers(0, 10 * 24).map(lambda hours: NOW + hours * HOUR)
every_flow = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.id)


def living(flow: Flow, *happenings: CustomerEvent) -> Callable[[datetime], Situation]:
    """The person of the enrollment, who has heard or done `happenings` by the time each of them occurs."""
    person = a_customer(OLD_ORDER, a_checkout("c1", at=NOW), consent=None)

    def at(now: datetime) -> Situation:
        customer = person
        for event in happenings:
            if event.occurred_at <= now:
                customer = fold(customer, event)
        return a_situation(customer, stage=QUIET_NOW[flow.id], points=500)

    return at


YES = a_consent(at=NOW - DAY)


@every_flow
@given(first=moments, late=delays)
def test_every_flow_ends_and_sends_no_step_twice(flow: Flow, first: datetime, late: list[timedelta]) -> None:
    story = live_through(flow, ENROLLMENTS[flow.id], living(flow, YES), now=first, delays=late)
    steps = [step for step, _ in sent(story)]
    assert len(steps) == len(set(steps))
    assert len(story) <= 2 * len(flow.steps) + 1


@every_flow
@given(first=moments, late=delays)
def test_nothing_is_sent_before_its_time_or_long_after_it_or_on_the_heels_of_another(
    flow: Flow, first: datetime, late: list[timedelta]
) -> None:
    enrollment = ENROLLMENTS[flow.id]
    story = live_through(flow, enrollment, living(flow, YES), now=first, delays=late)
    planned = {step.id: step.after for step in flow.steps}
    for (earlier, sent_at), (later, next_at) in pairwise(sent(story)):
        assert next_at - sent_at >= (planned[later] - planned[earlier]) / 2
    acted_at: datetime | None = None
    for chapter in story:
        if isinstance(chapter.decision, Send):
            step = flow.steps.index(chapter.decision.step)
            due = due_at(flow, replace(enrollment, step=step, acted_at=acted_at))
            assert enrollment.entered_at + chapter.decision.step.after <= chapter.at
            assert chapter.at <= due + MAX_LATENESS
        if isinstance(chapter.decision, Send | IssueReward):
            acted_at = chapter.at


@pytest.mark.parametrize(
    "flow", [FLOW_BY_ID["abandoned_checkout"], FLOW_BY_ID["win_back"]], ids=lambda f: f.id
)
@given(
    ordered_at=moments,
    status=st.sampled_from(["paid", "pending", "authorized", "voided"]),
    first=moments,
    late=delays,
)
def test_nothing_is_sent_after_an_order(
    flow: Flow, ordered_at: datetime, status: str, first: datetime, late: list[timedelta]
) -> None:
    order = an_order(5, at=ordered_at, status=status)
    story = live_through(flow, ENROLLMENTS[flow.id], living(flow, YES, order), now=first, delays=late)
    assert all(at < ordered_at for _, at in sent(story))


@every_flow
@given(
    words=st.lists(st.tuples(st.sampled_from(ConsentState), moments), max_size=4),
    first=moments,
    late=delays,
)
def test_nothing_is_sent_without_a_yes_that_still_stands(
    flow: Flow, words: list[tuple[ConsentState, datetime]], first: datetime, late: list[timedelta]
) -> None:
    situation_at = living(flow, *(a_consent(state, at=at) for state, at in words))
    for _, at in sent(live_through(flow, ENROLLMENTS[flow.id], situation_at, now=first, delays=late)):
        said = [(when, state) for state, when in words if when <= at]
        newest = max(when for when, _ in said)
        assert {state for when, state in said if when == newest} == {ConsentState.SUBSCRIBED}


@every_flow
@given(address_lost_at=moments, first=moments, late=delays)
def test_nothing_is_sent_to_a_person_without_an_address(
    flow: Flow, address_lost_at: datetime, first: datetime, late: list[timedelta]
) -> None:
    lost = a_record(at=address_lost_at, email=None)
    story = live_through(flow, ENROLLMENTS[flow.id], living(flow, YES, lost), now=first, delays=late)
    assert all(at < address_lost_at for _, at in sent(story))


@every_flow
@given(at=moments, step=st.integers(0, 4), acted=st.none() | moments)
def test_the_same_question_has_the_same_answer_and_a_wait_is_for_what_is_due(
    flow: Flow, at: datetime, step: int, acted: datetime | None
) -> None:
    enrollment: Enrollment = replace(ENROLLMENTS[flow.id], step=step, acted_at=acted)
    situation = living(flow, YES)(at)
    decision = decide(flow, enrollment, situation, at)
    assert decision == decide(flow, enrollment, situation, at)
    if isinstance(decision, Wait):
        assert decision.until == due_at(flow, enrollment) > at
        assert not isinstance(decide(flow, enrollment, situation, decision.until), Wait)


@every_flow
@given(
    history=histories,
    occasion=living_events,
    stage=st.sampled_from(Stage),
    points=st.sampled_from([0, 499, 500, 9000]),
    data=st.data(),
)
def test_who_enters_and_under_what_name_follows_from_what_is_known(
    flow: Flow,
    *,
    history: list[CustomerEvent],
    occasion: CustomerEvent,
    stage: Stage,
    points: int,
    data: st.DataObject,
) -> None:
    heard = [*history, occasion]
    shuffled = data.draw(st.permutations(heard))
    moved = StageChanged(before=Stage.NEW, after=stage, at=NOW)
    for why in (occasion, moved):
        situation = a_situation(replay(MINA_ID, heard), stage=stage, points=points)
        entry = flow.enters(situation, why, NOW)
        again = flow.enters(replace(situation, customer=replay(MINA_ID, shuffled)), why, NOW)
        later = flow.enters(situation, why, NOW + HOUR)
        assert entry is None or isinstance(entry, Entry | Refusal)
        assert again == entry
        if entry is not None:
            assert later is not None
            assert later.trigger_key == entry.trigger_key
            assert ":" in entry.trigger_key


@every_flow
def test_a_flow_names_its_steps_once_and_plans_them_in_order(flow: Flow) -> None:
    names = [step.id for step in flow.steps]
    assert len(names) == len(set(names)) > 0
    assert [step.after for step in flow.steps] == sorted(step.after for step in flow.steps)
