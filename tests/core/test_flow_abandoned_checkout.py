"""The story of an abandoned checkout."""

from datetime import timedelta

import pytest

from plugin.core.events import ConsentState, CustomerEvent
from plugin.core.flows.abandoned_checkout import ABANDONED_CHECKOUT
from plugin.core.flows.base import Entry, Exit, Refusal, Send, Skip, StageChanged, Wait, decide
from plugin.core.lifecycle.stages import Stage
from tests.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_cart,
    a_checkout,
    a_consent,
    a_customer,
    a_deleted_checkout,
    a_record,
    a_situation,
    an_enrollment,
    an_order,
)
from tests.core.stories import ending, live_through, sent, skipped

FLOW = ABANDONED_CHECKOUT
LEFT = a_checkout("c1", at=NOW)
FIRST, SECOND, THIRD = FLOW.steps


def test_the_three_reminders_come_after_1_24_and_72_hours_and_then_it_is_over() -> None:
    situation = a_situation(a_customer(LEFT))
    story = live_through(FLOW, an_enrollment(FLOW), lambda _: situation, now=NOW)
    assert sent(story) == [
        ("reminder_1", NOW + HOUR),
        ("reminder_2", NOW + 24 * HOUR),
        ("reminder_3", NOW + 72 * HOUR),
    ]
    assert ending(story) == "completed"


def test_a_person_who_leaves_a_checkout_enters_from_their_last_touch() -> None:
    entry = FLOW.enters(a_situation(a_customer(LEFT)), LEFT, NOW + 10 * MINUTE)
    assert entry == Entry(
        trigger_key="checkout:c1",
        entered_at=NOW,
        context={"checkout": "c1"},
        restarts_waiting=True,
    )


def test_a_person_who_never_agreed_enters_too_so_that_the_reason_is_on_record() -> None:
    entry = FLOW.enters(a_situation(a_customer(LEFT, consent=None)), LEFT, NOW)
    assert isinstance(entry, Entry)


def test_nobody_enters_by_anything_but_a_checkout() -> None:
    situation = a_situation(a_customer(LEFT))
    moved = StageChanged(before=Stage.NEW, after=Stage.AT_RISK, at=NOW)
    for occasion in (an_order(), a_cart(), a_consent(), a_record(), moved):
        assert FLOW.enters(situation, occasion, NOW) is None


@pytest.mark.parametrize(
    "later",
    [an_order(at=NOW), a_checkout("c2", at=NOW + MINUTE), a_deleted_checkout(token="c1")],
    ids=["ordered", "a newer checkout", "deleted"],
)
def test_a_checkout_that_is_not_the_open_one_brings_nobody_in(later: CustomerEvent) -> None:
    assert FLOW.enters(a_situation(a_customer(LEFT, later)), LEFT, NOW + HOUR) is None


def test_a_checkout_heard_of_after_its_last_reminder_would_be_missed_is_stale() -> None:
    situation = a_situation(a_customer(LEFT))
    assert isinstance(FLOW.enters(situation, LEFT, NOW + 120 * HOUR), Entry)
    assert FLOW.enters(situation, LEFT, NOW + 120 * HOUR + MINUTE) == Refusal(
        trigger_key="checkout:c1", reason="stale"
    )


def test_a_person_without_an_address_is_refused_by_name() -> None:
    situation = a_situation(a_customer(LEFT, email=None))
    assert FLOW.enters(situation, LEFT, NOW) == Refusal(trigger_key="checkout:c1", reason="no_address")


@pytest.mark.parametrize(
    "order",
    [
        an_order(at=NOW + MINUTE),
        an_order(at=NOW),
        an_order(at=NOW + MINUTE, status="pending"),
        an_order(at=NOW + MINUTE, product_minor=0),
        an_order(at=NOW + MINUTE, checkout_token="another"),
    ],
    ids=["paid", "in the same second", "not paid yet", "worth nothing", "through another checkout"],
)
def test_any_order_of_the_person_ends_it_at_once(order: CustomerEvent) -> None:
    for step, at in ((0, NOW + 2 * MINUTE), (1, NOW + 2 * HOUR), (2, NOW + 72 * HOUR)):
        enrollment = an_enrollment(FLOW, step=step)
        assert decide(FLOW, enrollment, a_situation(a_customer(LEFT, order)), at) == Exit(reason="ordered")


def test_an_order_from_before_the_checkout_ends_nothing() -> None:
    situation = a_situation(a_customer(LEFT, an_order(at=NOW - MINUTE)))
    assert decide(FLOW, an_enrollment(FLOW), situation, NOW + HOUR) == Send(step=FIRST)


def test_an_order_between_two_touches_of_the_checkout_ends_it() -> None:
    began = a_checkout("c1", at=NOW, created_at=NOW - HOUR)
    situation = a_situation(a_customer(began, an_order(at=NOW - 30 * MINUTE)))
    assert decide(FLOW, an_enrollment(FLOW), situation, NOW + HOUR) == Exit(reason="ordered")


def test_a_cancelled_or_test_order_ends_nothing() -> None:
    for order in (
        an_order(at=NOW + MINUTE, is_test=True),
        an_order(at=NOW + MINUTE, cancelled_at=NOW + HOUR),
    ):
        situation = a_situation(a_customer(LEFT, order))
        assert decide(FLOW, an_enrollment(FLOW), situation, NOW + HOUR) == Send(step=FIRST)


def test_a_checkout_that_shopify_calls_complete_is_an_order_before_the_order_arrives() -> None:
    situation = a_situation(a_customer(a_checkout("c1", at=NOW, completed_at=NOW)))
    assert decide(FLOW, an_enrollment(FLOW), situation, NOW + HOUR) == Exit(reason="ordered")


@pytest.mark.parametrize(
    "change",
    [
        a_deleted_checkout(token="c1", at=NOW + MINUTE),
        a_checkout("c1", at=NOW + MINUTE, lines=()),
        a_checkout("c1", at=NOW + MINUTE, url=None),
    ],
    ids=["deleted", "emptied", "without a way back"],
)
def test_a_checkout_with_nothing_to_come_back_to_ends_it(change: CustomerEvent) -> None:
    situation = a_situation(a_customer(LEFT, change))
    assert decide(FLOW, an_enrollment(FLOW), situation, NOW + HOUR) == Exit(reason="checkout_gone")


def test_a_newer_checkout_replaces_the_older() -> None:
    customer = a_customer(LEFT, a_checkout("c2", at=NOW + MINUTE))
    enrollment = an_enrollment(FLOW, step=1, acted_at=NOW + HOUR)
    assert decide(FLOW, enrollment, a_situation(customer), NOW + HOUR) == Exit(reason="replaced")
    newer = an_enrollment(FLOW, entered_at=NOW + MINUTE, context={"checkout": "c2"})
    assert decide(FLOW, newer, a_situation(customer), NOW + 2 * HOUR) == Send(step=FIRST)


@pytest.mark.parametrize(
    ("consent", "reason"),
    [
        (None, "no_consent"),
        (ConsentState.NOT_SUBSCRIBED, "no_consent"),
        (ConsentState.UNSUBSCRIBED, "unsubscribed"),
        (ConsentState.PENDING, "consent_pending"),
        (ConsentState.INVALID, "bad_address"),
        (ConsentState.REDACTED, "redacted"),
    ],
)
def test_every_reminder_that_may_not_go_is_skipped_with_its_reason(
    consent: ConsentState | None, reason: str
) -> None:
    situation = a_situation(a_customer(LEFT, consent=consent))
    story = live_through(FLOW, an_enrollment(FLOW), lambda _: situation, now=NOW)
    assert sent(story) == []
    assert skipped(story) == [(step.id, reason) for step in FLOW.steps]
    assert ending(story) == "completed"


def test_a_person_who_agrees_between_two_reminders_gets_those_that_follow() -> None:
    silent = a_situation(a_customer(LEFT, consent=None))
    agreed = a_situation(a_customer(LEFT, a_consent(at=NOW + 2 * HOUR), consent=None))
    story = live_through(
        FLOW, an_enrollment(FLOW), lambda at: silent if at < NOW + 2 * HOUR else agreed, now=NOW
    )
    assert [step for step, _ in sent(story)] == ["reminder_2", "reminder_3"]


def test_after_an_outage_of_thirty_hours_one_reminder_goes_and_not_two() -> None:
    situation = a_situation(a_customer(LEFT))
    story = live_through(FLOW, an_enrollment(FLOW), lambda _: situation, now=NOW, delays=[29 * HOUR])
    assert skipped(story) == [("reminder_1", "overtaken")]
    assert sent(story) == [("reminder_2", NOW + 30 * HOUR), ("reminder_3", NOW + 72 * HOUR)]


def test_a_reminder_more_than_48_hours_late_is_missed() -> None:
    enrollment, situation = an_enrollment(FLOW, step=2), a_situation(a_customer(LEFT))
    assert decide(FLOW, enrollment, situation, NOW + 120 * HOUR) == Send(step=THIRD)
    assert decide(FLOW, enrollment, situation, NOW + 120 * HOUR + MINUTE) == Skip(step=THIRD, reason="missed")


def test_a_late_first_reminder_is_not_followed_by_the_second_on_its_heels() -> None:
    enrollment = an_enrollment(FLOW, step=1, acted_at=NOW + 23 * HOUR)
    due = NOW + 23 * HOUR + timedelta(hours=11.5)
    situation = a_situation(a_customer(LEFT))
    assert decide(FLOW, enrollment, situation, NOW + 24 * HOUR) == Wait(until=due)
    assert decide(FLOW, enrollment, situation, due) == Send(step=SECOND)


def test_a_checkout_we_have_forgotten_is_gone() -> None:
    assert decide(FLOW, an_enrollment(FLOW), a_situation(a_customer()), NOW + DAY) == Exit(
        reason="checkout_gone"
    )
