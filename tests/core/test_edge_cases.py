"""Which orders count, and for how much: one sentence for each rule (analytics.md 5, edge cases; features 6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from plugin.core.customers import CustomerState
from plugin.core.events import CustomerEvent, OrderChanged
from plugin.core.folding import replay
from plugin.core.fulfilment import CashPhase, is_cash_on_delivery
from plugin.core.loyalty.earning import EarningRule, points_due
from tests.builders import (
    DAY,
    HOUR,
    NOW,
    a_cart,
    a_checkout,
    a_deleted_order,
    a_payment,
    a_refund,
    a_report,
    a_shipment,
    an_order,
)
from tests.webhooks import shopify_bodies as bodies

COD = ("Cash on Delivery (COD)",)
A_POINT = EarningRule(unit_minor=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    sentence: str
    events: Sequence[CustomerEvent]
    counts: bool
    net_minor: int = 0
    points: int | None = None
    """Where they are not one for each 100."""


def cash(*, cancelled_at: datetime | None = None) -> OrderChanged:
    return an_order(1, at=NOW, status="pending", gateways=COD, cancelled_at=cancelled_at)


RULES = (
    Rule(sentence="a paid order is a purchase", events=[an_order()], counts=True, net_minor=5000),
    Rule(sentence="a test order is none", events=[an_order(is_test=True)], counts=False),
    Rule(sentence="a cancelled order is none", events=[an_order(cancelled_at=NOW)], counts=False),
    Rule(sentence="an order that was never paid is none", events=[an_order(status="pending")], counts=False),
    Rule(sentence="a voided order is none", events=[an_order(status="voided")], counts=False),
    Rule(sentence="an expired order is none", events=[an_order(status="expired")], counts=False),
    Rule(
        sentence="an authorized order is a purchase, and earns once it is paid",
        events=[an_order(status="authorized")],
        counts=True,
        net_minor=5000,
        points=0,
    ),
    Rule(sentence="an order of value nought is none", events=[an_order(product_minor=0)], counts=False),
    Rule(
        sentence="a partly refunded order is a purchase of what was kept",
        events=[an_order(status="partially_refunded"), a_refund(product_minor=2000)],
        counts=True,
        net_minor=3000,
    ),
    Rule(
        sentence="each refund counts once, however often it is heard of",
        events=[an_order(), a_refund(1), a_refund(1), a_refund(2)],
        counts=True,
        net_minor=3000,
    ),
    Rule(
        sentence="an order refunded to 95 in the hundred is none",
        events=[an_order(), a_refund(product_minor=4750)],
        counts=False,
    ),
    Rule(
        sentence="a refund larger than the order is no debt",
        events=[an_order(), a_refund(product_minor=9000)],
        counts=False,
    ),
    Rule(
        sentence="an edited order counts as it is now",
        events=[an_order(at=NOW), an_order(at=NOW, updated_at=NOW + HOUR, product_minor=8000)],
        counts=True,
        net_minor=8000,
    ),
    Rule(
        sentence="a deleted order is gone, whatever is heard of it later",
        events=[a_deleted_order(at=NOW + HOUR), an_order(at=NOW, updated_at=NOW + DAY)],
        counts=False,
    ),
    Rule(
        sentence="an order from a till or a draft, without tokens, is a purchase",
        events=[replace(an_order(), source="pos", checkout_token=None, cart_token=None)],
        counts=True,
        net_minor=5000,
    ),
    Rule(sentence="cash on delivery: a placed order is a promise", events=[cash()], counts=False),
    Rule(
        sentence="cash on delivery: a confirmed order is a promise",
        events=[cash(), a_shipment(status="open")],
        counts=False,
    ),
    Rule(
        sentence="cash on delivery: a shipped order is a promise",
        events=[cash(), a_shipment(), a_report(status="in_transit")],
        counts=False,
    ),
    Rule(
        sentence="cash on delivery: a delivered order is a purchase",
        events=[cash(), a_shipment(), a_report(status="delivered", at=NOW + DAY)],
        counts=True,
        net_minor=5000,
    ),
    Rule(
        sentence="cash on delivery: delivered may be the fulfillment's own word",
        events=[cash(), a_shipment(shipment_status="delivered")],
        counts=True,
        net_minor=5000,
    ),
    Rule(
        sentence="cash on delivery: captured money is a purchase before any order tells of it",
        events=[cash(), a_payment(kind="sale")],
        counts=True,
        net_minor=5000,
    ),
    Rule(
        sentence="cash on delivery: a try to take the money that failed is none",
        events=[cash(), a_payment(kind="sale", status="failure")],
        counts=False,
    ),
    Rule(
        sentence="cash on delivery: a refused order is none",
        events=[cash(), a_shipment(), a_report(status="failure", at=NOW + DAY)],
        counts=False,
    ),
    Rule(
        sentence="cash on delivery: refused once and taken at the second try is a purchase",
        events=[
            cash(),
            a_shipment(),
            a_report(1, status="failure", at=NOW + DAY),
            a_report(2, status="delivered", at=NOW + 2 * DAY),
        ],
        counts=True,
        net_minor=5000,
    ),
    Rule(
        sentence="cash on delivery: a delivery that was reported by mistake is unsaid",
        events=[
            cash(),
            a_shipment(),
            a_report(status="delivered"),
            a_report(status="delivered", is_withdrawn=True),
        ],
        counts=False,
    ),
    Rule(
        sentence="cash on delivery: delivered and then cancelled is none",
        events=[cash(cancelled_at=NOW + DAY), a_shipment(shipment_status="delivered")],
        counts=False,
    ),
    Rule(
        sentence="cash on delivery: a shipment that was called off proves nothing",
        events=[cash(), a_shipment(status="cancelled", shipment_status="delivered")],
        counts=False,
    ),
    Rule(
        sentence="a parcel that failed takes nothing from an order that was paid in advance",
        events=[an_order(), a_shipment(shipment_status="failure")],
        counts=True,
        net_minor=5000,
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.sentence)
def test_an_order_counts_as_the_rule_says(rule: Rule) -> None:
    for told in (rule.events, list(reversed(rule.events))):
        customer = replay(7001, told)
        assert len(customer.counted_orders()) == int(rule.counts)
        assert customer.net_minor() == rule.net_minor
        due = points_due(customer, customer.orders[1], A_POINT)
        assert due == (rule.net_minor // 100 if rule.points is None else rule.points)


@pytest.mark.parametrize(
    ("events", "phase"),
    [
        ([], CashPhase.PLACED),
        ([a_shipment(status="pending")], CashPhase.CONFIRMED),
        ([a_report(status="label_printed")], CashPhase.CONFIRMED),
        ([a_shipment()], CashPhase.SHIPPED),
        ([a_shipment(), a_report(status="attempted_delivery", at=NOW + HOUR)], CashPhase.SHIPPED),
        ([a_shipment(), a_report(status="delivered")], CashPhase.DELIVERED),
        ([a_shipment(), a_report(status="failure")], CashPhase.REFUSED),
        ([a_payment()], CashPhase.PAID),
    ],
)
def test_cash_on_delivery_goes_from_placed_to_paid_or_refused(
    events: list[CustomerEvent], phase: CashPhase
) -> None:
    customer = replay(7001, [cash(), *events])
    assert customer.cash_phase(customer.orders[1]) is phase


@pytest.mark.parametrize(
    "name",
    [
        "Cash on Delivery (COD)",
        "cash_on_delivery",
        "COD",
        "الدفع عند الاستلام",
        "پرداخت در محل",
        "Thanh toán khi nhận hàng",
        "Nachnahme",
        "Contrassegno",
    ],
)
def test_cash_on_delivery_is_known_by_the_names_it_goes_by(name: str) -> None:
    assert is_cash_on_delivery([name])


@pytest.mark.parametrize("name", ["shopify_payments", "codan", "paypal", "bogus", "manual", ""])
def test_no_other_payment_is_taken_for_cash(name: str) -> None:
    assert not is_cash_on_delivery([name])


def heard(**changes: object) -> CustomerState:
    events = bodies.said("orders/updated", bodies.an_order(**changes))
    return replay(7001, [event for event in events if isinstance(event, OrderChanged)])


def test_money_is_the_shops_own_whatever_the_buyer_paid_in() -> None:
    line = bodies.a_line(price="99.00", price_set=bodies.money("20.00", presentment="99.00", currency="USD"))
    assert heard(line_items=[line], presentment_currency="USD").net_minor() == 4000


def test_a_gift_card_is_money_kept_not_goods_sold() -> None:
    card = bodies.a_line(id=2, gift_card=True, price="50.00", price_set=bodies.money("50.00"), quantity=1)
    assert heard(line_items=[bodies.a_line(), card]).net_minor() == 4000
    assert heard(line_items=[card]).counted_orders() == []


def test_shipping_and_tax_are_no_product_value() -> None:
    assert heard(total_price="99.00", total_price_set=bodies.money("99.00")).net_minor() == 4000


def test_goods_that_were_edited_out_were_never_bought() -> None:
    assert heard(line_items=[bodies.a_line(current_quantity=1)]).net_minor() == 2000


def test_an_order_counts_from_when_it_was_processed_not_imported() -> None:
    order = heard(
        created_at="2026-11-20T10:59:00+01:00", processed_at="2020-01-01T00:00:00Z"
    ).counted_orders()
    assert order[0].placed_at.year == 2020


def test_a_cart_a_checkout_and_an_order_are_joined_by_tokens() -> None:
    """The order is older than the checkout's last change, so that nothing but the token tells."""
    left: list[CustomerEvent] = [a_cart("k"), a_checkout("c", cart_token="k", at=NOW)]
    assert replay(1, left).open_cart() is None
    open_checkout = replay(1, left).open_checkout()
    assert open_checkout is not None
    for bought in (
        an_order(at=NOW - HOUR, checkout_token="c"),  # a checkout's token is no password
        an_order(at=NOW - HOUR, cart_token="k"),  # nor is a cart's
    ):
        assert replay(1, [*left, bought]).open_checkout() is None
    assert replay(1, [*left, an_order(at=NOW - HOUR)]).open_checkout() == open_checkout


def test_of_several_checkouts_of_one_person_the_newest_is_the_one_to_remind_of() -> None:
    devices = [a_checkout("phone", at=NOW - HOUR), a_checkout("laptop", at=NOW)]
    newest = replay(1, devices).open_checkout()
    assert newest is not None
    assert newest.token == "laptop"


def test_a_deleted_order_no_longer_tells_that_somebody_ordered() -> None:
    customer = replay(1, [an_order(at=NOW), a_deleted_order()])
    assert customer.last_order_at() is None
    assert customer.placed_orders() == []
