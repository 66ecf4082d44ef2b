"""What counts as an order, a purchase, an open checkout and an open cart."""

from dataclasses import replace
from time import perf_counter

import pytest
from hypothesis import given

from plugin.core.events import CustomerEvent
from plugin.core.folding import replay
from tests.builders import (
    DAY,
    HOUR,
    NOW,
    a_cart,
    a_checkout,
    a_customer,
    a_deleted_checkout,
    a_refund,
    an_order,
)
from tests.core.strategies import histories


@pytest.mark.parametrize("status", ["authorized", "paid", "partially_paid", "partially_refunded"])
def test_an_order_that_is_paid_or_promised_is_a_purchase(status: str) -> None:
    customer = a_customer(an_order(1, status=status, product_minor=5000))
    assert [order.order_id for order in customer.counted_orders()] == [1]
    assert customer.net_minor() == 5000


@pytest.mark.parametrize(
    "order",
    [
        an_order(is_test=True),
        an_order(cancelled_at=NOW),
        an_order(status="pending"),
        an_order(status="voided"),
        an_order(status="expired"),
        an_order(status="refunded"),
        an_order(product_minor=0),
        an_order(product_minor=-1),
    ],
    ids=["test", "cancelled", "pending", "voided", "expired", "refunded", "zero", "negative"],
)
def test_an_order_that_brought_no_money_is_no_purchase(order: CustomerEvent) -> None:
    customer = a_customer(order)
    assert customer.counted_orders() == []
    assert customer.net_minor() == 0


@pytest.mark.parametrize(("refunded", "purchases"), [(9499, 1), (9500, 0), (10000, 0), (12000, 0)])
def test_a_purchase_given_back_by_95_percent_is_none(refunded: int, purchases: int) -> None:
    customer = a_customer(an_order(1, product_minor=10000), a_refund(1, order_id=1, product_minor=refunded))
    assert len(customer.counted_orders()) == purchases
    assert customer.net_minor() == (10000 - refunded if purchases else 0)


def test_a_partial_refund_is_taken_off_once_however_often_it_is_told() -> None:
    refund = a_refund(1, order_id=1, product_minor=1000)
    customer = a_customer(an_order(1, product_minor=5000), refund, refund, refund)
    assert customer.net_minor() == 4000


def test_two_refunds_of_one_order_add_up_and_touch_no_other_order() -> None:
    customer = a_customer(
        an_order(1, product_minor=5000),
        an_order(2, product_minor=5000),
        a_refund(1, order_id=1, product_minor=1000),
        a_refund(2, order_id=1, product_minor=500),
    )
    assert customer.refunded_minor(1) == 1500
    assert customer.net_minor() == 8500


def test_a_pending_order_is_placed_though_no_purchase() -> None:
    customer = a_customer(an_order(1, at=NOW, status="pending"))
    assert [order.order_id for order in customer.placed_orders()] == [1]
    assert customer.last_order_at() == NOW


@given(history=histories)
def test_all_the_questions_agree_with_each_other(history: list[CustomerEvent]) -> None:
    customer = replay(1, history)
    counted = customer.counted_orders()
    assert counted == [order for order in customer.placed_orders() if customer.is_purchase(order)]
    assert counted == sorted(counted, key=lambda order: (order.placed_at, order.order_id))
    assert customer.net_minor() == sum(map(customer.net_minor_of, counted))
    assert all(customer.net_minor_of(order) > 0 for order in counted)


def test_a_checkout_with_content_and_a_way_back_is_open() -> None:
    customer = a_customer(a_checkout("c1", at=NOW))
    checkout = customer.open_checkout()
    assert checkout is not None
    assert checkout.token == "c1"


@pytest.mark.parametrize(
    "events",
    [
        [a_checkout(completed_at=NOW)],
        [a_checkout(lines=())],
        [a_checkout(url=None)],
        [a_checkout(), a_deleted_checkout(token="c1", at=NOW - DAY)],
        [a_checkout(cart_token="k1"), a_deleted_checkout(cart_token="k1", at=NOW)],
        [a_checkout(at=NOW), an_order(at=NOW)],
        [a_checkout(at=NOW), an_order(at=NOW + HOUR, status="pending")],
        [a_checkout("c1", at=NOW), an_order(at=NOW - DAY, checkout_token="c1")],
        [a_checkout("c1", at=NOW, cart_token="k1"), an_order(at=NOW - DAY, cart_token="k1")],
    ],
    ids=[
        "completed",
        "emptied",
        "no way back",
        "deleted",
        "deleted with its cart",
        "ordered at the same moment",
        "ordered later, unpaid",
        "ordered by token",
        "ordered by cart",
    ],
)
def test_a_checkout_that_asks_for_nothing_any_more_is_not_open(events: list[CustomerEvent]) -> None:
    assert a_customer(*events).open_checkout() is None


@pytest.mark.parametrize(
    "order",
    [
        an_order(at=NOW - HOUR),
        an_order(at=NOW + HOUR, is_test=True),
        an_order(at=NOW + HOUR, cancelled_at=NOW + 2 * HOUR),
    ],
    ids=["earlier order", "test order", "cancelled order"],
)
def test_an_order_that_is_not_this_purchase_leaves_the_checkout_open(order: CustomerEvent) -> None:
    assert a_customer(a_checkout(at=NOW), order).open_checkout() is not None


def test_a_checkout_touched_again_after_its_cart_was_deleted_is_open_again() -> None:
    gone = a_deleted_checkout(cart_token="k1", at=NOW)
    assert a_customer(a_checkout(cart_token="k1", at=NOW + HOUR), gone).open_checkout() is not None


def test_of_several_open_checkouts_the_newest_counts() -> None:
    customer = a_customer(a_checkout("new", at=NOW), a_checkout("old", at=NOW - HOUR))
    checkout = customer.open_checkout()
    assert checkout is not None
    assert checkout.token == "new"


def test_a_cart_is_open_until_it_is_emptied_checked_out_or_ordered() -> None:
    assert a_customer(a_cart("k1")).open_cart() is not None
    assert a_customer(a_cart("k1", lines=())).open_cart() is None
    assert a_customer(a_cart("k1"), a_checkout(cart_token="k1")).open_cart() is None
    assert a_customer(a_cart("k1"), an_order(cart_token="k1")).open_cart() is None


def test_the_newest_of_several_open_carts_counts() -> None:
    cart = a_customer(a_cart("new", at=NOW), a_cart("old", at=NOW - HOUR)).open_cart()
    assert cart is not None
    assert cart.token == "new"


def test_a_counter_that_sells_as_one_customer_is_asked_in_moments() -> None:
    one = a_customer(an_order(1), a_refund(1, order_id=1, product_minor=1))
    counter = replace(
        one,
        orders={n: replace(one.orders[1], order_id=n) for n in range(50_000)},
        refunds={n: replace(one.refunds[1], refund_id=n, order_id=n) for n in range(50_000)},
        checkouts=a_customer(*(a_checkout(f"c{n}", at=NOW + n * HOUR) for n in range(20))).checkouts,
    )
    begun = perf_counter()
    assert counter.net_minor() == 50_000 * 4999
    assert counter.open_checkout() is not None
    assert perf_counter() - begun < 3  # seconds; an order times refunds loop takes minutes
