from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.events import (
    ABSENT,
    ConsentChanged,
    ConsentState,
    CustomerChanged,
    CustomerEvent,
    Line,
    OrderChanged,
    Person,
    RefundRecorded,
)
from plugin.core.folding import replay
from plugin.shopify.import_refunds import OrderSums, goods_refunded
from plugin.shopify.import_rows import InvalidRowError, customer_events, order_events

Row = dict[str, Any]

CUSTOMER_ID = 706405506930370084
ORDER_ID = 820982911946154508


def money(amount: str) -> Row:
    return {"shopMoney": {"amount": amount}}


def a_customer(**changes: Any) -> Row:
    return {
        "id": f"gid://shopify/Customer/{CUSTOMER_ID}",
        "firstName": "Ada",
        "lastName": None,
        "locale": "fa",
        "createdAt": "2024-01-02T03:04:05Z",
        "updatedAt": "2026-11-20T10:00:00Z",
        "tags": [],
        "numberOfOrders": "3",
        "amountSpent": {"amount": "90.0", "currencyCode": "EUR"},
        "dataSaleOptOut": False,
        "defaultEmailAddress": {
            "emailAddress": "Ada@Example.com",
            "marketingState": "SUBSCRIBED",
            "marketingOptInLevel": "SINGLE_OPT_IN",
            "marketingUpdatedAt": "2025-05-01T00:00:00Z",
        },
    } | changes


def a_line(**changes: Any) -> Row:
    return {
        "id": "gid://shopify/LineItem/1",
        "title": "Assam",
        "quantity": 2,
        "currentQuantity": 2,
        "isGiftCard": False,
        "product": {"id": "gid://shopify/Product/7"},
        "variant": None,
        "originalTotalSet": money("40.0"),
        "discountAllocations": [],
        "taxLines": [],
        "priceAfterAllDiscountsBeforeTaxesSet": money("40.0"),
    } | changes


def an_order(**changes: Any) -> Row:
    return {
        "id": f"gid://shopify/Order/{ORDER_ID}",
        "name": "#1001",
        "createdAt": "2026-11-20T09:59:00Z",
        "processedAt": "2026-11-20T09:58:00Z",
        "updatedAt": "2026-11-20T10:00:00Z",
        "cancelledAt": None,
        "test": False,
        "sourceName": "web",
        "displayFinancialStatus": "PARTIALLY_REFUNDED",
        "displayFulfillmentStatus": "UNFULFILLED",
        "email": "ada@example.com",
        "customerLocale": "de-DE",
        "customer": {"id": f"gid://shopify/Customer/{CUSTOMER_ID}"},
        "cartToken": "cart-1?key=secret",
        "checkoutToken": "checkout-1",
        "discountCodes": ["WELCOME"],
        "currencyCode": "EUR",
        "presentmentCurrencyCode": "USD",
        "taxesIncluded": False,
        "totalPriceSet": money("45.0"),
        "totalTaxSet": money("0.0"),
        "totalRefundedSet": money("0.0"),
        "totalRefundedShippingSet": money("0.0"),
        "refunds": [],
    } | changes


def a_refund(number: int, amount: str) -> Row:
    return {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": "2026-11-21T08:00:00Z",
        "totalRefundedSet": money(amount),
    }


def order(row: Row, *lines: Row) -> OrderChanged:
    event = order_events(row, lines or [a_line()])[0]
    assert isinstance(event, OrderChanged)
    return event


def refunds(row: Row, *lines: Row) -> list[tuple[int, int, int]]:
    events = order_events(row, lines or [a_line()])
    return [
        (event.refund_id, event.product_minor, event.money_minor)
        for event in events
        if isinstance(event, RefundRecorded)
    ]


def test_a_customers_row_tells_the_record_and_the_consent() -> None:
    changed, consent = customer_events(a_customer())
    assert isinstance(changed, CustomerChanged)
    assert changed.person == Person(shopify_id=CUSTOMER_ID, email="ada@example.com")
    assert (changed.contact.first_name, changed.contact.last_name, changed.contact.locale) == (
        "Ada",
        ABSENT,
        "fa",
    )
    assert isinstance(consent, ConsentChanged)
    assert (consent.state, consent.source, consent.opt_in_level) == (
        ConsentState.SUBSCRIBED,
        "import",
        "single_opt_in",
    )
    assert consent.occurred_at == datetime(2025, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "at"),
    [
        ("SUBSCRIBED", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("UNSUBSCRIBED", datetime(2026, 11, 20, 10, tzinfo=UTC)),
    ],
)
def test_an_undated_yes_never_outlives_a_refusal_given_to_us(state: str, at: datetime) -> None:
    address = {"emailAddress": "ada@example.com", "marketingState": state, "marketingUpdatedAt": None}
    consent = customer_events(a_customer(defaultEmailAddress=address))[1]
    assert consent.occurred_at == at


def test_a_field_we_may_not_read_takes_nothing_away() -> None:
    (changed,) = customer_events(a_customer(defaultEmailAddress=None, firstName=None))
    assert isinstance(changed, CustomerChanged)
    assert (changed.contact.email, changed.contact.first_name) == (ABSENT, ABSENT)


def test_reading_a_row_again_gives_the_same_ids() -> None:
    def ids(events: tuple[CustomerEvent, ...]) -> list[str]:
        return [event.id for event in events]

    assert ids(customer_events(a_customer())) == ids(customer_events(a_customer()))
    row = an_order(refunds=[a_refund(1, "5.0")])
    assert ids(order_events(row, [a_line()])) == ids(order_events(row, [a_line()]))


def test_an_orders_row_is_told_as_a_webhook_would() -> None:
    event = order(an_order())
    assert (event.order_id, event.name, event.source, event.is_test) == (ORDER_ID, "#1001", "web", False)
    assert event.placed_at == datetime(2026, 11, 20, 9, 58, tzinfo=UTC)
    assert (event.financial_status, event.fulfillment_status) == ("partially_refunded", None)
    assert (event.product_minor, event.total_minor, event.currency) == (4000, 4500, "EUR")
    assert event.links == (f"order:{ORDER_ID}", "checkout:checkout-1", "cart:cart-1")
    assert event.lines == (Line(title="Assam", quantity=2, total_minor=4000, product_id=7),)
    assert event.discount_codes == ("WELCOME",)
    assert event.person == Person(shopify_id=CUSTOMER_ID, email="ada@example.com")


def test_an_old_orders_address_is_taken_from_guests_only() -> None:
    assert order(an_order()).contact.email is ABSENT
    assert order(an_order(customer=None)).contact.email == "ada@example.com"


@pytest.mark.parametrize(
    ("line", "taxes_included", "expected"),
    [
        ({"discountAllocations": [{"allocatedAmountSet": money("4.0")}, {"allocatedAmountSet": money("6.0")}]},
         False, 3000),
        ({"taxLines": [{"priceSet": money("6.39")}]}, True, 3361),
        ({"taxLines": [{"priceSet": money("6.39")}]}, False, 4000),
        ({"isGiftCard": True}, False, 0),
        ({"currentQuantity": 1}, False, 2000),
    ],
    ids=["discounts", "tax included", "tax on top", "gift card", "taken out by an edit"],
)  # fmt: skip
def test_product_value_of_an_imported_order(line: Row, taxes_included: bool, expected: int) -> None:  # noqa: FBT001
    assert order(an_order(taxesIncluded=taxes_included), a_line(**line)).product_minor == expected


@pytest.mark.parametrize(
    ("changes", "line", "expected"),
    [
        ({"refunds": [a_refund(1, "20.0")]}, {"currentQuantity": 1}, [(1, 2000, 2000)]),
        ({"refunds": [a_refund(1, "45.0")], "totalRefundedShippingSet": money("5.0")}, {"currentQuantity": 0},
         [(1, 4000, 4500)]),
        ({"refunds": [a_refund(1, "5.0")], "totalRefundedShippingSet": money("5.0")}, {}, [(1, 0, 500)]),
        ({"refunds": [a_refund(1, "47.6")], "totalTaxSet": money("7.6")}, {"currentQuantity": 0},
         [(1, 4000, 4760)]),
        ({"refunds": [a_refund(1, "10.0"), a_refund(2, "30.0")]}, {"currentQuantity": 0},
         [(1, 1000, 1000), (2, 3000, 3000)]),
        ({"refunds": [a_refund(1, "0.0")]}, {"currentQuantity": 1}, [(1, 2000, 0)]),
        ({"refunds": [a_refund(1, "99.0")]}, {"currentQuantity": 0}, [(1, 4000, 9900)]),
    ],
    ids=["one of two", "all and shipping", "shipping only", "tax on top", "two refunds", "an edit", "too much"],
)  # fmt: skip
def test_refunds_of_an_imported_order(changes: Row, line: Row, expected: list[tuple[int, int, int]]) -> None:
    assert refunds(an_order(**changes), a_line(**line)) == expected


def test_a_refunded_order_keeps_its_value_before_refunds() -> None:
    assert order(an_order(refunds=[a_refund(1, "20.0")]), a_line(currentQuantity=1)).product_minor == 4000


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.lists(st.integers(0, 10**6), max_size=6),
)
def test_shares_of_refunds_are_whole_and_never_exceed_the_goods(
    product: int, tax: int, gone: int, money: list[int]
) -> None:
    sums = OrderSums(
        product=product, tax=tax, goods_gone=min(gone, product), gift_cards_gone=0, shipping_refunded=0
    )
    shares = goods_refunded(sums, money)
    assert len(shares) == len(money)
    assert all(share >= 0 for share in shares)
    assert sum(shares) <= product
    if tax == 0 and 0 not in money:
        assert sum(shares) == min(product, sum(money))


@pytest.mark.parametrize(
    "row",
    [
        {},
        an_order(id="gid://shopify/Customer/1"),
        an_order(updatedAt=None),
        an_order(updatedAt="yesterday"),
        an_order(updatedAt="2026-11-20T10:00:00"),
        an_order(totalPriceSet=money("a lot")),
        an_order(currencyCode=None),
        an_order(name="#\x00"),
        an_order(customer={"id": "ada@example.com"}),
    ],
)
def test_a_row_that_is_no_order_is_refused_without_repeating_it(row: Row) -> None:
    with pytest.raises(InvalidRowError) as refusal:
        order_events(row, [])
    assert "ada@" not in str(refusal.value)


@pytest.mark.parametrize(
    "row", [{}, a_customer(id=1), a_customer(defaultEmailAddress={"marketingState": "MAYBE"})]
)
def test_a_row_that_is_no_customer_is_refused(row: Row) -> None:
    with pytest.raises(InvalidRowError):
        customer_events(row)


def test_an_older_import_never_overwrites_a_newer_picture() -> None:
    old = order(an_order(updatedAt="2026-11-19T00:00:00Z", displayFinancialStatus="PENDING"))
    new = order(an_order())
    pictures = [replay(CUSTOMER_ID, events).orders[ORDER_ID] for events in ([old, new], [new, old])]
    assert [picture.financial_status for picture in pictures] == ["partially_refunded"] * 2


def test_an_order_paid_for_at_the_door_comes_with_its_parcels() -> None:
    parcel = {"id": "gid://shopify/Fulfillment/5", "status": "SUCCESS", "updatedAt": "2026-03-03T00:00:00Z"}
    node = an_order(
        displayFinancialStatus="PENDING",
        paymentGatewayNames=["Cash on Delivery (COD)"],
        fulfillments=[parcel],
    )
    for word, counts in (("FULFILLED", 0), ("DELIVERED", 1), ("NOT_DELIVERED", 0)):
        told = node | {"fulfillments": [parcel | {"displayStatus": word}]}
        assert len(replay(7, order_events(told, [a_line()])).counted_orders()) == counts


def test_the_parcels_of_an_order_that_was_paid_in_advance_are_not_asked_about() -> None:
    parcel = {"id": "gid://shopify/Fulfillment/5", "status": "SUCCESS", "updatedAt": "2026-03-03T00:00:00Z"}
    assert len(order_events(an_order(fulfillments=[parcel]), [a_line()])) == 1


def test_a_word_on_text_messages_is_a_word_of_its_own() -> None:
    phone = {
        "phoneNumber": "+49 151 12345678",
        "smsMarketingConsent": {
            "state": "UNSUBSCRIBED",
            "optInLevel": "CONFIRMED_OPT_IN",
            "updatedAt": "2025-06-01T00:00:00Z",
        },
    }
    record, email, sms = customer_events(a_customer(defaultPhoneNumber=phone))
    assert isinstance(record, CustomerChanged)
    assert isinstance(email, ConsentChanged)
    assert isinstance(sms, ConsentChanged)
    assert record.contact.phone == "+4915112345678"
    assert (email.channel, sms.channel) == ("email", "sms")
    assert (sms.state, sms.opt_in_level) == (ConsentState.UNSUBSCRIBED, "confirmed_opt_in")
    assert sms.occurred_at == datetime(2025, 6, 1, tzinfo=UTC)
    assert sms.id != email.id


@pytest.mark.parametrize(
    ("metafield", "birthday"),
    [({"value": "1990-02-28"}, "1990-02-28"), ({"value": "soon"}, ABSENT), (None, ABSENT)],
)
def test_a_birthday_is_taken_over_where_it_is_a_date(metafield: Row | None, birthday: object) -> None:
    record = customer_events(a_customer(metafield=metafield))[0]
    assert isinstance(record, CustomerChanged)
    assert record.contact.birthday == birthday
