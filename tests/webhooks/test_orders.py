from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugin.core.events import (
    ABSENT,
    ConsentChanged,
    ConsentState,
    CustomerEvent,
    Line,
    OrderChanged,
    Person,
    RefundRecorded,
    Version,
)
from plugin.core.folding import replay
from tests.webhooks.shopify_bodies import (
    CUSTOMER_ID,
    LINE_ID,
    ORDER_ID,
    TRIGGERED,
    Body,
    a_line,
    a_refund,
    a_refund_line,
    a_transaction,
    an_order,
    money,
    said,
    without,
)


def changed(body: Body, topic: str = "orders/create") -> OrderChanged:
    event = said(topic, body)[0]
    assert isinstance(event, OrderChanged)
    return event


def ticked(body: Body) -> list[ConsentChanged]:
    return [event for event in said("orders/updated", body) if isinstance(event, ConsentChanged)]


def refunds(body: Body, topic: str = "orders/updated") -> list[RefundRecorded]:
    return [event for event in said(topic, body) if isinstance(event, RefundRecorded)]


def test_an_order_is_told_in_our_words() -> None:
    order = changed(an_order())
    at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert order.occurred_at == at
    assert order.version == Version(
        updated_at=at, triggered_at=TRIGGERED, fingerprint=order.version.fingerprint
    )
    assert order.person == Person(shopify_id=CUSTOMER_ID, email="ada@example.com")
    assert order.links == (f"order:{ORDER_ID}", "checkout:checkout-1", "cart:cart-1")
    assert order.placed_at == datetime(2026, 11, 20, 9, 58, tzinfo=UTC)
    assert (order.order_id, order.name, order.source) == (ORDER_ID, "#1001", "web")
    assert (order.financial_status, order.fulfillment_status, order.is_test) == ("paid", None, False)
    assert (order.product_minor, order.total_minor, order.currency) == (4000, 4500, "EUR")
    assert order.lines == (
        Line(
            title="Assam",
            quantity=2,
            total_minor=4000,
            product_id=788032119674292922,
            variant_id=788032119674292923,
        ),
    )
    assert order.discount_codes == ("WELCOME",)
    assert (order.checkout_token, order.cart_token) == ("checkout-1", "cart-1")
    assert (order.contact.email, order.contact.locale, order.contact.country) == (
        "ada@example.com",
        "de-DE",
        "DE",
    )


def test_one_snapshot_through_six_topics_and_two_moments_is_one_event() -> None:
    topics = ("create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled")
    ids = {
        tuple(event.id for event in said(f"orders/{topic}", an_order(), triggered_at=moment))  # type: ignore[union-attr]  # orders lead to customer events only
        for topic in topics
        for moment in (TRIGGERED, TRIGGERED + timedelta(hours=4), None)
    }
    assert len(ids) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"updated_at": "2026-11-20T11:00:01+01:00"},
        {"financial_status": "refunded"},
        {"email": "other@example.com"},
        {"line_items": [a_line(quantity=3, current_quantity=3)]},
        {"test": True},
        {"id": 1},
    ],
)
def test_another_snapshot_is_another_event(change: Body) -> None:
    assert changed(an_order(**change)).id != changed(an_order()).id


def test_of_two_snapshots_of_one_second_the_later_triggered_wins_in_any_order() -> None:
    paid = said("orders/paid", an_order(), triggered_at=TRIGGERED + timedelta(milliseconds=20))[0]
    created = said("orders/create", an_order(financial_status="pending"), triggered_at=TRIGGERED)[0]
    assert isinstance(paid, OrderChanged)
    assert isinstance(created, OrderChanged)
    both: list[list[CustomerEvent]] = [[paid, created], [created, paid]]
    assert [replay(CUSTOMER_ID, order).orders[ORDER_ID].financial_status for order in both] == [
        "paid",
        "paid",
    ]


@pytest.mark.parametrize(
    ("lines", "changes", "expected"),
    [
        ([a_line(total_discount_set=money("4.00"), total_discount="4.00")], {}, 3600),
        (
            [
                a_line(
                    total_discount_set=money("4.00"),
                    discount_allocations=[
                        {"amount": "4.00", "amount_set": money("4.00")},
                        {"amount": "6.00"},
                    ],
                )
            ],
            {},
            3000,
        ),
        ([a_line(tax_lines=[{"price": "6.39", "price_set": money("6.39")}])], {"taxes_included": True}, 3361),
        ([a_line(tax_lines=[{"price": "7.60"}])], {"taxes_included": False}, 4000),
        ([a_line(), a_line(gift_card=True)], {}, 4000),
        ([a_line(gift_card=True)], {}, 0),
        ([a_line(), a_line(title="Tip", tip={"payment_gateway": "bogus"}, price="3.00")], {}, 4000),
        ([a_line(price="22.00", price_set=money("20.00", presentment="22.00", currency="USD"))], {}, 4000),
        ([without(a_line(price=20.0), "price_set", "total_discount", "total_discount_set")], {}, 4000),
        ([a_line(price="0.00", price_set=money("0.00"))], {}, 0),
        ([a_line(total_discount_set=money("99.00"))], {}, 0),
        ([], {}, 0),
    ],
    ids=[
        "line discount",
        "every allocation, not the line total again",
        "tax included",
        "tax on top",
        "gift card beside goods",
        "gift card alone",
        "tip",
        "shop money, not the buyer's",
        "float and no sets",
        "free",
        "discount above price",
        "no lines",
    ],
)
def test_product_value_is_goods_after_discounts_without_tax(
    lines: list[Body], changes: Body, expected: int
) -> None:
    assert changed(an_order(line_items=lines, **changes)).product_minor == expected


def test_yen_have_no_decimals() -> None:
    line = without(a_line(price="2000"), "price_set", "total_discount_set")
    order = changed(an_order(currency="JPY", total_price_set=None, total_price="4500", line_items=[line]))
    assert (order.product_minor, order.total_minor, order.currency) == (4000, 4500, "JPY")


def test_a_line_taken_out_by_an_edit_was_never_bought_but_a_refunded_one_was() -> None:
    edited = changed(an_order(line_items=[a_line(current_quantity=1)]))
    assert (edited.product_minor, edited.lines[0].quantity) == (2000, 1)
    refunded = changed(an_order(line_items=[a_line(current_quantity=1)], refunds=[a_refund()]))
    assert (refunded.product_minor, refunded.lines[0].quantity) == (4000, 2)
    gone = changed(an_order(line_items=[a_line(current_quantity=0)]))
    assert (gone.product_minor, gone.lines) == (0, ())


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"email": None, "contact_email": "Contact@Example.com"}, "contact@example.com"),
        ({"email": "not an address", "contact_email": None}, "ada@example.com"),
        ({"email": None, "contact_email": None, "customer": None}, None),
        ({"email": " ADA@EXAMPLE.COM ", "customer": {}}, "ada@example.com"),
        ({"email": "a\u202eb@example.com", "contact_email": None, "customer": None}, None),
        ({"email": "two@@example.com", "contact_email": None, "customer": None}, None),
        ({"email": "ada@localhost", "contact_email": None, "customer": None}, None),
        ({"email": "ada@example.com\r\nBcc: x@example.com", "contact_email": None, "customer": None}, None),
    ],
)
def test_the_person_is_named_by_the_first_plausible_address(change: Body, names: str | None) -> None:
    assert changed(an_order(**change)).person.email == names


@pytest.mark.parametrize(
    ("phone", "known"),
    [
        ("+49 (151) 1234-5678", "+4915112345678"),
        ("0151 12345678", None),
        ("+1", None),
        (4915112345678, None),
        (None, None),
    ],
)
def test_a_phone_without_country_code_names_nobody(phone: object, known: str | None) -> None:
    assert changed(an_order(phone=phone)).person.phone == known


def test_unapproved_fields_that_are_missing_take_nothing_away() -> None:
    body = without(an_order(), "email", "contact_email", "phone", "billing_address", "customer_locale")
    body["customer"] = {"id": CUSTOMER_ID}
    order = changed(body)
    assert order.person == Person(shopify_id=CUSTOMER_ID)
    assert {
        getattr(order.contact, name) for name in ("email", "phone", "first_name", "locale", "country")
    } == {ABSENT}


def test_an_order_keeps_an_old_address_but_does_not_bring_it_back() -> None:
    order = changed(
        an_order(email="old@example.com", customer={"id": CUSTOMER_ID, "email": "new@example.com"})
    )
    assert (order.person.email, order.contact.email) == ("old@example.com", "new@example.com")


def test_a_guest_order_from_a_draft_has_no_tokens_and_still_counts() -> None:
    order = changed(without(an_order(cart_token=None, checkout_token=None), "customer"))
    assert order.links == (f"order:{ORDER_ID}",)
    assert order.person == Person(email="ada@example.com")


def test_ids_and_amounts_may_come_as_texts_or_numbers() -> None:
    body = an_order(
        id=str(ORDER_ID), total_price_set=None, total_price=45, name=1001, test="false", refunds=None
    )
    order = changed(body)
    assert (order.order_id, order.total_minor, order.name, order.is_test) == (ORDER_ID, 4500, "1001", False)


def test_a_ticked_box_is_consent_from_when_the_order_began() -> None:
    later = an_order(buyer_accepts_marketing=True, updated_at="2026-12-24T00:00:00Z")
    (consent,) = ticked(later)
    assert (consent.state, consent.source, consent.channel) == (ConsentState.SUBSCRIBED, "order", "email")
    assert consent.occurred_at == datetime(2026, 11, 20, 9, 58, tzinfo=UTC)
    assert consent.person.email == "ada@example.com"


def test_an_edit_of_the_order_repeats_the_same_consent() -> None:
    first = ticked(an_order(buyer_accepts_marketing=True))
    again = ticked(an_order(buyer_accepts_marketing=True, updated_at="2026-12-24T00:00:00Z", name="#1001-B"))
    assert [event.id for event in first] == [event.id for event in again]


def test_an_imported_old_order_is_no_fresh_consent() -> None:
    (consent,) = ticked(an_order(buyer_accepts_marketing=True, processed_at="2019-05-01T00:00:00Z"))
    assert consent.occurred_at == datetime(2019, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "change", [{"buyer_accepts_marketing": False}, {"buyer_accepts_marketing": None}, {"email": None}]
)
def test_an_unticked_box_or_a_box_without_address_says_nothing(change: Any) -> None:
    body = an_order(buyer_accepts_marketing=True, contact_email=None, customer=None) | change
    assert ticked(body) == []


def test_a_refund_in_the_order_is_the_very_event_of_refunds_create() -> None:
    (inside,) = refunds(an_order(refunds=[a_refund()]))
    (alone,) = refunds(a_refund(), "refunds/create")
    assert inside.id == alone.id
    assert (inside.person.shopify_id, alone.person.shopify_id) == (CUSTOMER_ID, None)
    state = replay(CUSTOMER_ID, [changed(an_order()), inside, alone, inside])
    assert (state.refunded_minor(ORDER_ID), state.net_minor()) == (2000, 2000)


def test_each_of_several_refunds_counts_once() -> None:
    second = a_refund(
        id=2, refund_line_items=[a_refund_line(line_item_id=LINE_ID)], transactions=[a_transaction()]
    )
    body = an_order(refunds=[a_refund(), without(second, "order_id")])
    assert [(event.refund_id, event.order_id) for event in refunds(body)] == [
        (890088186047892319, ORDER_ID),
        (2, ORDER_ID),
    ]
