"""The story of a buyer who became quiet."""

import pytest

from plugin.core.events import CustomerEvent
from plugin.core.flows.base import Entry, Exit, Refusal, Send, StageChanged, decide
from plugin.core.flows.win_back import WIN_BACK
from plugin.core.lifecycle.stages import QUIET_STAGES, Stage
from tests.builders import (
    DAY,
    HOUR,
    NOW,
    a_checkout,
    a_customer,
    a_situation,
    an_enrollment,
    an_order,
)
from tests.core.stories import ending, live_through, sent, skipped

FLOW = WIN_BACK
LAST_ORDER = NOW - 100 * DAY
KEY = f"silence:{LAST_ORDER.isoformat()}"
QUIET = a_customer(orders=2, last_order_at=LAST_ORDER)
ENROLLED = an_enrollment(FLOW, trigger_key=KEY, context={})


def moved(after: Stage = Stage.AT_RISK) -> StageChanged:
    return StageChanged(before=Stage.ACTIVE, after=after, at=NOW)


def test_two_messages_a_week_apart_and_then_it_is_over() -> None:
    story = live_through(FLOW, ENROLLED, lambda _: a_situation(QUIET, stage=Stage.AT_RISK), now=NOW)
    assert sent(story) == [("we_miss_you", NOW), ("still_here", NOW + 7 * DAY)]
    assert ending(story) == "completed"


@pytest.mark.parametrize("stage", sorted(QUIET_STAGES))
def test_a_buyer_who_becomes_quiet_enters_once_per_silence(stage: Stage) -> None:
    entry = FLOW.enters(a_situation(QUIET, stage=stage), moved(stage), NOW)
    assert entry == Entry(trigger_key=KEY, entered_at=NOW)


def test_a_new_silence_after_another_order_is_another_entry() -> None:
    again = a_customer(an_order(5, at=NOW), orders=2, last_order_at=LAST_ORDER)
    entry = FLOW.enters(a_situation(again, stage=Stage.LAPSED), moved(Stage.LAPSED), NOW + 200 * DAY)
    assert isinstance(entry, Entry)
    assert entry.trigger_key == f"silence:{NOW.isoformat()}"


@pytest.mark.parametrize("stage", sorted(set(Stage) - QUIET_STAGES))
def test_becoming_anything_but_quiet_brings_nobody_in(stage: Stage) -> None:
    assert FLOW.enters(a_situation(QUIET, stage=stage), moved(stage), NOW) is None


def test_who_was_lost_and_looks_in_again_has_not_become_quiet() -> None:
    seen = StageChanged(before=Stage.LOST, after=Stage.LAPSED, at=NOW)
    assert FLOW.enters(a_situation(QUIET, stage=Stage.LAPSED), seen, NOW) is None


def test_an_entry_begins_when_the_silence_did_not_when_we_noticed() -> None:
    entry = FLOW.enters(a_situation(QUIET, stage=Stage.AT_RISK), moved(), NOW + 3 * DAY)
    assert entry == Entry(trigger_key=KEY, entered_at=NOW)


def test_who_is_lost_is_let_go() -> None:
    assert decide(FLOW, ENROLLED, a_situation(QUIET, stage=Stage.LOST), NOW) == Exit(reason="lost")


def test_an_order_or_a_checkout_brings_nobody_in() -> None:
    for occasion in (an_order(), a_checkout()):
        assert FLOW.enters(a_situation(QUIET, stage=Stage.AT_RISK), occasion, NOW) is None


def test_a_person_who_never_ordered_cannot_be_won_back() -> None:
    assert FLOW.enters(a_situation(a_customer(), stage=Stage.AT_RISK), moved(), NOW) is None


def test_a_buyer_whose_order_awaits_payment_is_not_missed() -> None:
    on_delivery = an_order(5, at=NOW - DAY, status="pending")
    waiting = a_customer(on_delivery, orders=2, last_order_at=LAST_ORDER)
    refusal = FLOW.enters(a_situation(waiting, stage=Stage.AT_RISK), moved(), NOW)
    assert refusal == Refusal(trigger_key=f"silence:{(NOW - DAY).isoformat()}", reason="recent_order")


def test_an_order_that_was_never_paid_stops_nothing_for_ever() -> None:
    never_paid = an_order(5, at=NOW - 31 * DAY, status="pending")
    customer = a_customer(never_paid, orders=2, last_order_at=LAST_ORDER)
    assert isinstance(FLOW.enters(a_situation(customer, stage=Stage.LAPSED), moved(), NOW), Entry)


def test_a_daily_buyer_who_is_quiet_after_two_weeks_is_missed() -> None:
    daily = a_customer(orders=200, every=DAY, last_order_at=NOW - 14 * DAY)
    assert isinstance(FLOW.enters(a_situation(daily, stage=Stage.AT_RISK), moved(), NOW), Entry)


@pytest.mark.parametrize(
    "order",
    [
        an_order(5, at=NOW + HOUR),
        an_order(5, at=NOW + HOUR, status="pending"),
        an_order(5, at=NOW - DAY, updated_at=NOW + HOUR),
    ],
    ids=["paid", "not paid yet", "placed before the entry and heard of after it"],
)
def test_any_order_ends_it_at_once(order: CustomerEvent) -> None:
    back = a_customer(order, orders=2, last_order_at=LAST_ORDER)
    for stage in (Stage.AT_RISK, Stage.WON_BACK):
        decision = decide(FLOW, ENROLLED, a_situation(back, stage=stage), NOW + 2 * HOUR)
        assert decision == Exit(reason="ordered")


def test_an_order_taken_back_is_not_taken_for_a_new_one() -> None:
    cancelled = an_order(901, at=LAST_ORDER, updated_at=NOW, cancelled_at=NOW)
    customer = a_customer(cancelled, orders=2, last_order_at=LAST_ORDER)
    assert decide(FLOW, ENROLLED, a_situation(customer, stage=Stage.LAPSED), NOW) == Send(step=FLOW.steps[0])


def test_a_buyer_who_is_no_longer_quiet_leaves() -> None:
    decision = decide(FLOW, ENROLLED, a_situation(QUIET, stage=Stage.ACTIVE), NOW)
    assert decision == Exit(reason="no_longer_quiet")


def test_becoming_lapsed_while_at_risk_goes_on_with_the_same_passage() -> None:
    story = live_through(
        FLOW,
        ENROLLED,
        lambda at: a_situation(QUIET, stage=Stage.AT_RISK if at == NOW else Stage.LAPSED),
        now=NOW,
    )
    assert [step for step, _ in sent(story)] == ["we_miss_you", "still_here"]


def test_without_consent_both_messages_are_skipped_with_the_reason() -> None:
    silent = a_customer(orders=2, last_order_at=LAST_ORDER, consent=None)
    story = live_through(FLOW, ENROLLED, lambda _: a_situation(silent, stage=Stage.AT_RISK), now=NOW)
    assert skipped(story) == [("we_miss_you", "no_consent"), ("still_here", "no_consent")]
