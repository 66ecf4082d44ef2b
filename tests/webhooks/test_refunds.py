from datetime import UTC, datetime

import pytest

from plugin.core.events import RefundRecorded
from tests.webhooks.shopify_bodies import (
    ORDER_ID,
    REFUND_ID,
    Body,
    a_refund,
    a_refund_line,
    a_transaction,
    money,
    said,
    without,
)


def recorded(**changes: object) -> RefundRecorded:
    (event,) = said("refunds/create", a_refund(**changes))
    assert isinstance(event, RefundRecorded)
    return event


def taken_back(**changes: object) -> tuple[int, int]:
    event = recorded(**changes)
    return event.product_minor, event.money_minor


def shipping(amount: str) -> Body:
    return {"kind": "shipping_refund", "amount": amount, "amount_set": money(amount), "tax_amount": "0.00"}


def discrepancy(amount: str) -> Body:
    return {"kind": "refund_discrepancy", "amount": amount, "amount_set": money(amount), "tax_amount": "0.00"}


TAXED_LINE = a_refund_line(
    subtotal_set=money("119.00"), subtotal=119.0, total_tax=19.0, total_tax_set=money("19.00")
)
NET_LINE = a_refund_line(
    subtotal_set=money("100.00"), subtotal=100.0, total_tax=19.0, total_tax_set=money("19.00")
)


def test_a_refund_is_told_in_our_words() -> None:
    event = recorded()
    assert event.occurred_at == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    assert (event.refund_id, event.order_id, event.links) == (REFUND_ID, ORDER_ID, (f"order:{ORDER_ID}",))
    assert (event.product_minor, event.money_minor) == (2000, 2000)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"transactions": []}, (2000, 0)),
        ({"transactions": [a_transaction(status="pending"), a_transaction(status="failure")]}, (2000, 0)),
        ({"transactions": [a_transaction(kind="void")]}, (2000, 0)),
        ({"transactions": [a_transaction("15.00"), a_transaction("5.00", gateway="gift_card")]}, (2000, 2000)),
        ({"transactions": [a_transaction(currency=None)]}, (2000, 2000)),
        ({"refund_line_items": [], "transactions": [a_transaction("5.00")], "order_adjustments": [shipping("-5.00")]},
         (0, 500)),
        ({"refund_line_items": [], "transactions": [a_transaction("5.00")],
          "refund_shipping_lines": [{"subtotal_amount_set": money("5.00")}]}, (0, 500)),
        ({"refund_line_items": [], "transactions": [a_transaction("30.00")],
          "order_adjustments": [discrepancy("-30.00")]}, (3000, 3000)),
        ({"transactions": [a_transaction("16.00")], "order_adjustments": [discrepancy("4.00")]}, (1600, 1600)),
        ({"transactions": [a_transaction("0.00")], "order_adjustments": [discrepancy("25.00")]}, (0, 0)),
        ({"transactions": [a_transaction("25.00")], "order_adjustments": [shipping("-5.00")]}, (2000, 2500)),
        ({"refund_line_items": [a_refund_line(line_item={"gift_card": True})]}, (0, 2000)),
        ({"refund_line_items": [a_refund_line(line_item={"tip": {"payment_gateway": "x"}})]}, (0, 2000)),
        ({"refund_line_items": [without(a_refund_line(subtotal=20.0), "subtotal_set")]}, (2000, 2000)),
        ({"refund_line_items": None, "transactions": None, "order_adjustments": None}, (0, 0)),
        ({"refund_line_items": [TAXED_LINE], "transactions": [a_transaction("119.00")]}, (10000, 11900)),
        ({"refund_line_items": [NET_LINE], "transactions": [a_transaction("119.00")]}, (10000, 11900)),
        ({"refund_line_items": [TAXED_LINE], "transactions": [a_transaction("124.00")],
          "order_adjustments": [shipping("-5.00")]}, (10000, 12400)),
    ],
    ids=[
        "no money moved",
        "pending and failed are not money back",
        "a void is not money back",
        "two payments",
        "currency not told",
        "shipping only",
        "shipping only, newer form",
        "amount without lines is taken off the goods",
        "restocking fee",
        "fee above the value",
        "goods and shipping",
        "gift card",
        "tip",
        "float subtotal without set",
        "nothing at all",
        "tax inside the subtotal",
        "tax on top",
        "tax inside, and shipping",
    ],
)  # fmt: skip
def test_goods_and_money_of_a_refund(changes: Body, expected: tuple[int, int]) -> None:
    assert taken_back(**changes) == expected


def test_money_paid_in_another_currency_is_counted_at_the_refunds_own_rate() -> None:
    line = a_refund_line(subtotal_set=money("20.00", presentment="22.00", currency="USD"))
    paid = a_transaction("11.00", currency="USD")
    assert taken_back(refund_line_items=[line], transactions=[paid]) == (2000, 1000)


def test_without_a_rate_the_lines_tell_the_money() -> None:
    assert taken_back(transactions=[a_transaction("99.00", currency="GBP")]) == (2000, 2000)


def test_a_settled_transaction_makes_it_another_statement_about_the_same_refund() -> None:
    pending = recorded(transactions=[a_transaction(status="pending")])
    settled = recorded()
    assert pending.refund_id == settled.refund_id
    assert pending.id != settled.id
