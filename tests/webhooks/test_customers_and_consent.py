from datetime import UTC, datetime

import pytest

from plugin.core.events import (
    ABSENT,
    ConsentChanged,
    ConsentState,
    ContactFacts,
    CustomerChanged,
    Person,
)
from plugin.webhooks.parsing import UnintelligibleError
from tests.webhooks.shopify_bodies import (
    CUSTOMER_ID,
    TRIGGERED,
    Body,
    a_consent,
    a_customer,
    said,
    without,
)

CONSENT = "customers_email_marketing_consent/update"


def changed(body: Body, topic: str = "customers/update") -> CustomerChanged:
    event = said(topic, body)[0]
    assert isinstance(event, CustomerChanged)
    return event


def consent(topic: str, body: Body) -> ConsentChanged:
    event = said(topic, body)[-1]
    assert isinstance(event, ConsentChanged)
    return event


def test_a_customer_is_told_in_our_words() -> None:
    event = changed(a_customer())
    assert event.shopify_id == CUSTOMER_ID
    assert event.person == Person(shopify_id=CUSTOMER_ID, email="ada@example.com", phone="+4915112345678")
    assert event.created_at == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert event.occurred_at == event.version.updated_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert event.contact == ContactFacts(
        email="ada@example.com",
        phone="+4915112345678",
        first_name="Ada",
        last_name="Lovelace",
        country="DE",
    )


def test_one_record_through_four_topics_is_one_event() -> None:
    topics = ("create", "update", "enable", "disable")
    assert len({changed(a_customer(), f"customers/{topic}").id for topic in topics}) == 1


def test_a_missing_key_says_nothing_and_a_null_says_there_is_none() -> None:
    missing = without(a_customer(), "email", "phone", "first_name", "last_name", "default_address")
    assert changed(missing).contact == ContactFacts()
    nulls = a_customer(email=None, phone=None, first_name=None, last_name="", default_address=None)
    assert changed(nulls).contact == ContactFacts(
        email=None, phone=None, first_name=None, last_name=None, country=None
    )


@pytest.mark.parametrize(
    ("address", "country"),
    [([], None), ({}, None), ({"country_code": None}, None), ({"city": "Ottawa"}, ABSENT)],
)
def test_an_address_may_be_empty_or_silent_about_its_country(address: object, country: object) -> None:
    assert changed(a_customer(default_address=address)).contact.country == country


def test_a_customer_body_without_consent_says_nothing_of_consent() -> None:
    assert len(said("customers/update", a_customer())) == 1
    assert len(said("customers/update", a_customer(email_marketing_consent=None))) == 1


def test_an_old_version_still_sends_consent_with_the_record() -> None:
    body = a_customer(
        email_marketing_consent={
            "state": "unsubscribed",
            "opt_in_level": "confirmed_opt_in",
            "consent_updated_at": "2026-11-19T00:00:00Z",
        }
    )
    event = consent("customers/update", body)
    assert (event.state, event.opt_in_level) == (ConsentState.UNSUBSCRIBED, "confirmed_opt_in")
    assert event.occurred_at == datetime(2026, 11, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "at"),
    [
        ("subscribed", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ("not_subscribed", datetime(2026, 11, 20, 10, 0, tzinfo=UTC)),
    ],
)
def test_an_undated_yes_is_as_old_as_the_record_and_an_undated_no_as_new(state: str, at: datetime) -> None:
    body = a_customer(email_marketing_consent={"state": state, "consent_updated_at": None})
    assert consent("customers/update", body).occurred_at == at


def test_an_undated_yes_on_a_record_without_a_first_day_grants_nothing() -> None:
    body = a_customer(created_at=None, email_marketing_consent={"state": "subscribed"})
    assert len(said("customers/update", body)) == 1


@pytest.mark.parametrize("state", list(ConsentState))
@pytest.mark.parametrize("is_upper", [False, True])
def test_every_word_of_shopify_is_known_in_both_spellings(state: ConsentState, *, is_upper: bool) -> None:
    word = state.value.upper() if is_upper else state.value
    event = consent(CONSENT, a_consent(word))
    assert (event.state, event.channel, event.source) == (state, "email", "shopify")
    assert event.occurred_at == datetime(2026, 11, 20, 9, 59, 59, tzinfo=UTC)
    assert event.person == Person(shopify_id=CUSTOMER_ID, email="ada@example.com")


def test_no_state_is_no_event() -> None:
    assert said(CONSENT, a_consent(None)) == ()
    assert said(CONSENT, a_consent() | {"email_marketing_consent": None}) == ()


def test_an_undated_word_was_said_when_the_topic_fired() -> None:
    assert consent(CONSENT, a_consent("not_subscribed", None)).occurred_at == TRIGGERED


def test_a_word_we_do_not_know_grants_nothing() -> None:
    with pytest.raises(UnintelligibleError, match="unknown_consent_state"):
        said(CONSENT, a_consent("probably"))


def test_a_consent_may_name_its_customer_in_text_and_no_address() -> None:
    event = consent(CONSENT, a_consent() | {"customer_id": str(CUSTOMER_ID), "email_address": None})
    assert event.person == Person(shopify_id=CUSTOMER_ID)
