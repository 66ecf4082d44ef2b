"""Bodies lose keys, gain them and change types; what is known is not lost, and nobody is taken for another."""

from typing import Any

import pytest

from plugin.core.events import CheckoutChanged, CustomerChanged, OrderChanged, PaymentRecorded
from plugin.core.folding import replay
from tests.webhooks.shopify_bodies import (
    CUSTOMER_ID,
    Body,
    a_checkout,
    a_customer,
    an_order,
    an_order_transaction,
    said,
    without,
)

LATER = "2026-11-20T12:00:00+01:00"


def picture(*bodies: tuple[str, Body]) -> Any:
    return replay(CUSTOMER_ID, [event for topic, body in bodies for event in said(topic, body)])  # type: ignore[misc]


def test_fields_that_the_app_may_no_longer_read_keep_their_last_value() -> None:
    unapproved = without(a_customer(updated_at=LATER), "email", "phone", "first_name", "last_name")
    known = picture(("customers/update", a_customer()), ("customers/update", unapproved))
    assert known.email == "ada@example.com"
    assert known.contact_value("first_name") == "Ada"


def test_an_order_without_any_address_keeps_the_one_that_is_known() -> None:
    anonymous = without(an_order(updated_at=LATER), "email", "contact_email", "phone")
    anonymous["customer"] = {"id": CUSTOMER_ID}
    known = picture(("customers/update", a_customer()), ("orders/updated", anonymous))
    assert known.email == "ada@example.com"


@pytest.mark.parametrize("address", [[], None, {}])
def test_no_address_is_written_in_three_ways(address: Any) -> None:
    (event, *_) = said("checkouts/update", a_checkout(shipping_address=address, billing_address=address))
    assert isinstance(event, CheckoutChanged)


@pytest.mark.parametrize("customer", [None, {}, []])
def test_a_checkout_may_know_no_customer(customer: Any) -> None:
    (event, *_) = said("checkouts/update", a_checkout(customer=customer))
    assert event.person.shopify_id is None  # type: ignore[union-attr]
    assert said("checkouts/update", without(a_checkout(), "customer"))


def test_a_checkout_may_have_come_from_no_cart_and_has_no_id() -> None:
    (event, *_) = said("checkouts/update", without(a_checkout(cart_token=None), "id"))
    assert isinstance(event, CheckoutChanged)
    assert (event.token, event.cart_token) == ("checkout-1", None)


def test_an_id_beyond_what_a_double_holds_stays_exact() -> None:
    (event, *_) = said("orders/create", an_order(id=9007199254740993))
    assert isinstance(event, OrderChanged)
    assert event.order_id == 9007199254740993


def test_a_customer_without_tags_consent_and_counters_is_a_customer() -> None:
    (event,) = said("customers/update", a_customer())
    assert isinstance(event, CustomerChanged)
    state = picture(("customers/update", a_customer()))
    assert state.consents == {}
    assert state.tags == frozenset()


def test_keys_that_we_never_heard_of_are_passed_over() -> None:
    (event,) = said("order_transactions/create", an_order_transaction(brand_new={"deep": [1]}))
    assert isinstance(event, PaymentRecorded)
