from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.events import (
    ABSENT,
    CartChanged,
    CheckoutChanged,
    CheckoutDeleted,
    ConsentChanged,
    ConsentState,
    Line,
    Person,
)
from plugin.webhooks.parsing import UnintelligibleError
from tests.webhooks.shopify_bodies import (
    CUSTOMER_ID,
    TRIGGERED,
    Body,
    a_cart,
    a_checkout,
    a_deleted_checkout,
    said,
    without,
)


def checkout(**changes: object) -> CheckoutChanged:
    event = said("checkouts/update", a_checkout(**changes))[0]
    assert isinstance(event, CheckoutChanged)
    return event


def cart(**changes: object) -> CartChanged:
    (event,) = said("carts/update", a_cart(**changes))
    assert isinstance(event, CartChanged)
    return event


def deleted(**changes: object) -> CheckoutDeleted:
    (event,) = said("checkouts/delete", a_deleted_checkout(**changes))
    assert isinstance(event, CheckoutDeleted)
    return event


TEA = Line(
    title="Assam",
    quantity=2,
    total_minor=4000,
    product_id=788032119674292922,
    variant_id=788032119674292923,
)


def test_a_checkout_is_told_in_our_words() -> None:
    event = checkout()
    assert event.occurred_at == datetime(2026, 11, 20, 9, 45, tzinfo=UTC)
    assert event.created_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert (event.token, event.cart_token, event.completed_at) == ("checkout-1", "cart-1", None)
    assert (event.total_minor, event.currency, event.lines) == (4500, "EUR", (TEA,))
    assert event.url == "https://tea-house.example/checkouts/checkout-1/recover?key=secret"
    assert event.links == ("checkout:checkout-1", "cart:cart-1")
    assert event.person == Person(email="ada@example.com")
    assert (event.contact.email, event.contact.locale, event.contact.country) == (
        "ada@example.com",
        "fa",
        ABSENT,
    )


def test_create_and_update_with_one_snapshot_are_one_event() -> None:
    (created,) = said("checkouts/create", a_checkout(), triggered_at=TRIGGERED - timedelta(seconds=1))
    assert isinstance(created, CheckoutChanged)
    assert created.id == checkout().id


def test_a_known_customer_is_named_by_id_and_by_what_was_typed() -> None:
    event = checkout(customer={"id": CUSTOMER_ID, "email": None, "first_name": "Ada", "default_address": []})
    assert event.person == Person(shopify_id=CUSTOMER_ID, email="ada@example.com")
    assert (event.contact.first_name, event.contact.last_name) == ("Ada", ABSENT)


@pytest.mark.parametrize("cart_token", [None, "", "cart-2?key=abc"])
def test_the_cart_token_may_be_null_and_never_carries_its_key(cart_token: str | None) -> None:
    event = checkout(cart_token=cart_token)
    assert event.cart_token == ("cart-2" if cart_token else None)
    assert "key" not in "".join(event.links)


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "//evil.example", "/checkouts/1"])
def test_a_way_back_that_no_browser_opens_is_no_way_back(url: str | None) -> None:
    assert checkout(abandoned_checkout_url=url).url is None


def test_discounts_and_included_tax_come_off_a_line() -> None:
    line = a_checkout()["line_items"][0] | {
        "discount_allocations": [{"amount": "4.00"}],
        "tax_lines": [{"price": "3.00"}],
    }
    assert checkout(line_items=[line]).lines[0].total_minor == 3600
    assert checkout(line_items=[line], taxes_included=True).lines[0].total_minor == 3300


def test_a_completed_checkout_says_when() -> None:
    done = checkout(completed_at="2026-11-20T11:00:00+01:00")
    assert done.completed_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def test_a_ticked_box_counts_from_when_the_checkout_began_and_only_once() -> None:
    first = said("checkouts/update", a_checkout(buyer_accepts_marketing=True))[1]
    again = said(
        "checkouts/update", a_checkout(buyer_accepts_marketing=True, updated_at="2026-12-24T00:00:00Z")
    )[1]
    assert isinstance(first, ConsentChanged)
    assert isinstance(again, ConsentChanged)
    assert (first.state, first.source) == (ConsentState.SUBSCRIBED, "checkout")
    assert first.occurred_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert first.id == again.id


@pytest.mark.parametrize("change", [{}, {"buyer_accepts_marketing": True, "email": None}])
def test_no_box_or_no_address_is_no_consent(change: Body) -> None:
    assert len(said("checkouts/update", a_checkout(**change))) == 1


@pytest.mark.parametrize("missing", ["token", "abandoned_checkout_url", "line_items"])
def test_a_checkout_without_its_token_or_way_back_is_another_topics_body(missing: str) -> None:
    with pytest.raises(UnintelligibleError, match="wrong_shape:checkouts/update"):
        said("checkouts/update", without(a_checkout(), missing))


def test_a_deleted_checkout_is_found_through_its_cart() -> None:
    event = deleted()
    assert (event.token, event.cart_token, event.links) == (None, "cart-1", ("cart:cart-1",))
    assert event.occurred_at == TRIGGERED
    assert deleted(token="checkout-1").links == ("checkout:checkout-1", "cart:cart-1")


def test_a_deleted_checkout_that_names_nothing_we_know_is_nothing() -> None:
    assert said("checkouts/delete", a_deleted_checkout(cart_token=None)) == ()


def test_a_cart_is_told_in_shop_money_without_its_secret() -> None:
    event = cart()
    assert event.token == "cart-1"
    assert event.links == ("cart:cart-1",)
    assert event.lines == (TEA,)
    assert event.occurred_at == datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
    assert event.created_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert event.person == Person()


def test_an_emptied_cart_has_no_lines_and_an_unpriced_line_no_price() -> None:
    assert cart(line_items=[]).lines == ()
    assert cart(line_items=[{"quantity": "1", "title": None}]).lines == (
        Line(title="", quantity=1, total_minor=None),
    )


def test_a_cart_without_a_token_is_nothing() -> None:
    assert said("carts/update", a_cart(token="?key=x")) == ()
