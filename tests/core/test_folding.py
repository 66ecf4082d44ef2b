"""The state of a customer does not depend on the order, the number or the addressee of what was heard."""

from dataclasses import replace
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from plugin.core.customers import CustomerState
from plugin.core.events import ABSENT, ConsentState, ContactFacts, CustomerEvent
from plugin.core.folding import _FOLDS, REMEMBERED_CHECKOUTS, fold, join, replay
from tests.builders import (
    DAY,
    HOUR,
    MINA,
    NOW,
    a_cart,
    a_checkout,
    a_consent,
    a_customer,
    a_deleted_record,
    a_record,
    a_refund,
    an_order,
)
from tests.core.strategies import histories, living_events


def _empty(customer_id: int = 1) -> CustomerState:
    return CustomerState(id=customer_id)


@given(history=histories, data=st.data())
def test_the_order_of_events_does_not_matter(history: list[CustomerEvent], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(history))
    assert replay(1, shuffled) == replay(1, history)


@given(history=histories, data=st.data())
def test_hearing_something_again_changes_nothing(history: list[CustomerEvent], data: st.DataObject) -> None:
    state = replay(1, history)
    again = data.draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    for event in again:
        assert fold(state, event) == state


@given(left=histories, right=histories)
def test_joining_two_pictures_is_hearing_everything(
    left: list[CustomerEvent], right: list[CustomerEvent]
) -> None:
    assert join(replay(1, left), replay(2, right)) == replay(1, [*left, *right])


@given(left=histories, right=histories)
def test_joining_commutes_up_to_the_id(left: list[CustomerEvent], right: list[CustomerEvent]) -> None:
    a, b = replay(1, left), replay(2, right)
    assert replace(join(a, b), id=0) == replace(join(b, a), id=0)


@given(histories, histories, histories)
def test_joining_is_associative(
    first: list[CustomerEvent], second: list[CustomerEvent], third: list[CustomerEvent]
) -> None:
    a, b, c = replay(1, first), replay(2, second), replay(3, third)
    assert join(join(a, b), c) == join(a, join(b, c))


@given(history=histories)
def test_joining_is_idempotent(history: list[CustomerEvent]) -> None:
    state = replay(1, history)
    assert join(state, state) == state
    assert join(state, _empty(2)) == state


def test_a_word_that_was_not_sent_overwrites_nothing() -> None:
    customer = a_customer(a_record(at=NOW, first_name="Mina"))
    assert customer.email == MINA
    assert customer.contact_value("first_name") == "Mina"


def test_a_record_that_says_there_is_no_address_erases_it() -> None:
    assert a_customer(a_record(at=NOW, email=None)).email is None


def test_an_order_or_checkout_without_an_address_says_nothing_of_the_persons_address() -> None:
    silent = ContactFacts(email=None)
    assert a_customer(an_order(at=NOW, contact=silent)).email == MINA
    assert a_customer(a_checkout(at=NOW, contact=silent)).email == MINA


def test_an_order_with_a_newer_address_corrects_the_persons_address() -> None:
    spoken = ContactFacts(email="new@example.com", first_name=ABSENT)
    assert a_customer(an_order(at=NOW, contact=spoken)).email == "new@example.com"


@given(event=living_events)
def test_old_news_never_overwrites_newer_news(event: CustomerEvent) -> None:
    newer = a_customer(
        *(an_order(n, at=NOW, updated_at=NOW + DAY, checkout_token="z") for n in (1, 2, 3)),
        *(a_refund(n, order_id=9, at=NOW + DAY) for n in (1, 2, 3)),
        *(a_checkout(token, at=NOW + DAY) for token in "abc"),
        *(a_cart(token, at=NOW + DAY) for token in "abc"),
        *(a_consent(ConsentState.UNSUBSCRIBED, at=NOW + DAY, channel=name) for name in ("email", "sms")),
        a_record(at=NOW + DAY, email=MINA, first_name="Mina"),
    )
    after = fold(newer, event)
    assert replace(after, gone={}) == newer


def test_a_webhook_retried_with_yesterdays_payload_leaves_todays_order_alone() -> None:
    today = an_order(1, at=NOW - DAY, updated_at=NOW, status="refunded")
    yesterday = an_order(1, at=NOW - DAY, updated_at=NOW - DAY, status="paid")
    assert a_customer(today, yesterday).orders[1].financial_status == "refunded"


def test_of_two_words_about_consent_the_later_counts() -> None:
    yes, no = a_consent(at=NOW), a_consent(ConsentState.UNSUBSCRIBED, at=NOW - HOUR)
    consent = replay(1, [yes, no]).consent_for("email")
    assert consent is not None
    assert consent.state is ConsentState.SUBSCRIBED


def test_of_two_words_at_the_same_instant_the_refusal_counts() -> None:
    for refusal in set(ConsentState) - {ConsentState.SUBSCRIBED}:
        for words in ([a_consent(), a_consent(refusal)], [a_consent(refusal), a_consent()]):
            consent = replay(1, words).consent_for("email")
            assert consent is not None
            assert consent.state is refusal


def test_consent_to_one_channel_is_none_to_another() -> None:
    customer = replay(1, [a_consent(channel="email")])
    assert customer.consent_for("sms") is None


@given(
    minutes=st.lists(
        st.tuples(st.integers(1, REMEMBERED_CHECKOUTS + 8), st.integers(0, 90)),
        max_size=3 * REMEMBERED_CHECKOUTS,
    ),
    data=st.data(),
)
def test_forgetting_old_checkouts_and_carts_depends_on_no_order(
    minutes: list[tuple[int, int]], data: st.DataObject
) -> None:
    events: list[CustomerEvent] = []
    for number, minute in minutes:
        events.append(a_checkout(f"c{number}", at=NOW + minute * HOUR))
        events.append(a_cart(f"k{number}", at=NOW + minute * HOUR))
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    state = replay(1, events)
    assert replay(1, shuffled) == state
    assert join(replay(1, shuffled[:cut]), replay(2, shuffled[cut:])) == state
    assert len(state.checkouts) <= REMEMBERED_CHECKOUTS
    assert len(state.carts) <= REMEMBERED_CHECKOUTS


def test_the_newest_checkouts_are_the_ones_remembered() -> None:
    events = [a_checkout(f"c{n}", at=NOW + n * HOUR) for n in range(REMEMBERED_CHECKOUTS + 5)]
    assert set(replay(1, events).checkouts) == {f"c{n}" for n in range(5, REMEMBERED_CHECKOUTS + 5)}


def test_the_latest_deletion_of_a_record_is_kept() -> None:
    assert a_customer(a_deleted_record(at=NOW), a_deleted_record(at=NOW - DAY)).deleted_at == NOW


def test_a_record_absorbed_by_another_does_not_take_the_survivor_with_it() -> None:
    survivor, absorbed = a_customer(), a_customer(a_deleted_record(shopify_id=7002), customer_id=7002)
    assert join(survivor, absorbed).deleted_at is None
    assert join(absorbed, survivor).deleted_at == NOW


def test_every_kind_of_event_has_its_way_into_the_picture() -> None:
    assert set(get_args(CustomerEvent)) == set(_FOLDS)
