"""The story of a person whose points have reached a reward."""

import pytest

from plugin.core.events import ConsentState
from plugin.core.flows.base import Entry, Exit, IssueReward, Refusal, Send, Skip, StageChanged, decide
from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.core.lifecycle.stages import Stage
from tests.builders import (
    DAY,
    HOUR,
    NOW,
    a_customer,
    a_deleted_record,
    a_situation,
    an_enrollment,
    an_order,
)
from tests.core.stories import ending, live_through, sent

FLOW = LOYALTY_REWARD
ISSUE, REWARD = FLOW.steps
BUYER = a_customer(orders=3)
ENROLLED = an_enrollment(FLOW, trigger_key="reward:1", context={"reward": "discount_500"})


def test_the_reward_is_issued_and_then_told_and_then_it_is_over() -> None:
    story = live_through(FLOW, ENROLLED, lambda _: a_situation(BUYER, points=500), now=NOW)
    assert [chapter.decision for chapter in story] == [
        IssueReward(step=ISSUE),
        Send(step=REWARD),
        Exit(reason="completed"),
    ]


def test_the_points_spent_on_the_reward_do_not_end_the_passage_before_the_message() -> None:
    told = an_enrollment(FLOW, step=1, acted_at=NOW, trigger_key="reward:1", context={})
    assert decide(FLOW, told, a_situation(BUYER, points=0, redemptions=1), NOW) == Send(step=REWARD)


@pytest.mark.parametrize(("points", "enters"), [(499, False), (500, True), (5000, True)])
def test_a_person_enters_at_the_price_of_the_cheapest_reward(points: int, *, enters: bool) -> None:
    entry = FLOW.enters(a_situation(BUYER, points=points), an_order(), NOW)
    assert isinstance(entry, Entry) is enters
    if isinstance(entry, Entry):
        assert entry == Entry(trigger_key="reward:1", entered_at=NOW, context={"reward": "discount_500"})


def test_every_reward_is_entered_once_under_its_number() -> None:
    entry = FLOW.enters(a_situation(BUYER, points=500, redemptions=4), an_order(), NOW)
    assert isinstance(entry, Entry)
    assert entry.trigger_key == "reward:5"


def test_time_alone_brings_no_reward() -> None:
    moved = StageChanged(before=Stage.ACTIVE, after=Stage.AT_RISK, at=NOW)
    assert FLOW.enters(a_situation(BUYER, points=500), moved, NOW) is None


@pytest.mark.parametrize(
    ("consent", "reason"), [(None, "no_consent"), (ConsentState.UNSUBSCRIBED, "unsubscribed")]
)
def test_a_person_who_could_not_be_told_keeps_the_points(consent: ConsentState | None, reason: str) -> None:
    situation = a_situation(a_customer(orders=3, consent=consent), points=500)
    assert FLOW.enters(situation, an_order(), NOW) == Refusal(trigger_key="reward:1", reason=reason)


def test_a_guest_has_no_record_to_tie_a_code_to() -> None:
    guest = a_situation(a_customer(orders=3, customer_id=-5), points=500)
    assert FLOW.enters(guest, an_order(), NOW) == Refusal(
        trigger_key="reward:1", reason="no_shopify_customer"
    )


def test_points_lost_to_a_refund_before_the_reward_end_it() -> None:
    assert decide(FLOW, ENROLLED, a_situation(BUYER, points=499), NOW) == Exit(reason="points_gone")


def test_a_deleted_customer_leaves() -> None:
    gone = a_customer(a_deleted_record(), orders=3)
    assert decide(FLOW, ENROLLED, a_situation(gone, points=500), NOW) == Exit(reason="customer_deleted")


def test_a_reward_that_took_days_to_issue_is_told_when_it_is_there() -> None:
    late = an_enrollment(FLOW, step=1, acted_at=NOW + 5 * DAY, trigger_key="reward:1", context={})
    assert decide(FLOW, late, a_situation(BUYER), NOW + 5 * DAY) == Send(step=REWARD)
    assert decide(FLOW, late, a_situation(BUYER), NOW + 8 * DAY) == Skip(step=REWARD, reason="missed")


def test_orders_do_not_end_a_reward() -> None:
    busy = a_situation(a_customer(an_order(at=NOW + HOUR), orders=3), points=500)
    story = live_through(FLOW, ENROLLED, lambda _: busy, now=NOW)
    assert [step for step, _ in sent(story)] == ["reward"]
    assert ending(story) == "completed"
