"""What shoppers do, and what the store knows afterwards."""

from datetime import UTC, datetime

import pytest

from devstore.model import ConsentState, Discount
from devstore.shoppers import Item, ShopperError
from tests.devstore.world import World


def a_discount(world: World, **changes: object) -> Discount:
    now = world.clock()
    values: dict[str, object] = {
        "id": world.devstore.store().next_id(),
        "code": "TEN",
        "title": "Ten",
        "created_at": now,
        "updated_at": now,
        "starts_at": now,
        "percentage": 0.10,
    }
    discount = Discount(**(values | changes))  # type: ignore[arg-type]  # a builder: the caller names real fields
    world.devstore.store().discounts.put(discount)
    return discount


def test_a_shopper_leaves_a_checkout_and_comes_back(world: World) -> None:
    shoppers = world.devstore.shoppers()
    customer = shoppers.create_customer(locale="fa", consent=ConsentState.SUBSCRIBED)
    left = shoppers.abandon_checkout(customer.id)
    told = world.bodies("checkouts/update")[-1]
    assert (told["email"], told["completed_at"], told["customer_locale"]) == (customer.email, None, "fa")
    assert told["customer"]["id"] == customer.id
    assert told["buyer_accepts_marketing"] is True
    world.clock.move(hours=2)
    order = shoppers.place_order(from_checkout=left.token)
    assert (order.total, order.checkout_token, order.cart_token) == (left.total, left.token, left.cart_token)
    assert world.bodies("checkouts/update")[-1]["completed_at"] == "2026-11-21T12:00:00+00:00"
    assert [topic for topic in world.topics() if topic.startswith("orders/")] == [
        "orders/create",
        "orders/paid",
        "orders/updated",
    ]
    kept = world.devstore.store().customers.get(customer.id)
    assert kept is not None
    assert (kept.orders, kept.spent, kept.last_order_id) == (1, order.total, order.id)
    with pytest.raises(ShopperError, match="no open checkout"):
        shoppers.place_order(from_checkout=left.token)


def test_a_guest_who_pays_becomes_a_customer(world: World) -> None:
    shoppers = world.devstore.shoppers()
    left = shoppers.abandon_checkout(email="guest@example.com", locale="vi", accepts_marketing=True)
    assert "customer" not in world.bodies("checkouts/create")[0]
    order = shoppers.place_order(from_checkout=left.token)
    customer = world.devstore.store().customers.get(order.customer_id)
    assert customer is not None
    assert (customer.email, customer.consent.state) == ("guest@example.com", ConsentState.SUBSCRIBED)
    second = shoppers.abandon_checkout(email="GUEST@example.com")
    assert shoppers.place_order(from_checkout=second.token).customer_id == customer.id


@pytest.mark.parametrize("cents", [1, 999, 1400, 50_100, 123_456])
def test_an_order_of_an_amount_costs_exactly_that(world: World, cents: int) -> None:
    shoppers = world.devstore.shoppers()
    order = shoppers.place_order(shoppers.create_customer().id, amount=cents)
    assert order.total == cents
    assert all(line.quantity > 0 and line.price >= 0 for line in order.lines)


def test_named_items_cost_what_the_catalogue_says(world: World) -> None:
    shoppers = world.devstore.shoppers()
    order = shoppers.place_order(
        shoppers.create_customer().id, items=[Item(product=0, quantity=2), Item(product=5)]
    )
    assert [(line.title, line.quantity, line.price) for line in order.lines] == [
        ("Night Tram", 2, 1199),
        ("Saffron Blues", 1, 1399),
    ]
    assert len({line.id for line in order.lines}) == 2


def test_a_code_lowers_the_price_once_for_its_own_customer(world: World) -> None:
    shoppers = world.devstore.shoppers()
    ours, other = shoppers.create_customer(), shoppers.create_customer()
    a_discount(world, customer_ids=(ours.id,), once_per_customer=True)
    with pytest.raises(ShopperError, match="does not apply"):
        shoppers.place_order(other.id, amount=10_000, discount_code="ten")
    order = shoppers.place_order(ours.id, amount=10_000, discount_code="ten")
    assert (order.subtotal, order.total) == (10_000, 9_000)
    told = world.bodies("orders/create")[-1]
    assert told["discount_codes"] == [{"code": "TEN", "amount": "10.00", "type": "percentage"}]
    assert (told["total_price"], told["total_discounts"]) == ("90.00", "10.00")
    with pytest.raises(ShopperError, match="does not apply"):
        shoppers.place_order(ours.id, amount=10_000, discount_code="TEN")


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": datetime(2026, 11, 20, tzinfo=UTC)},
        {"starts_at": datetime(2026, 11, 22, tzinfo=UTC)},
        {"usage_limit": 0},
        {"minimum_subtotal": 10_001},
    ],
)
def test_a_code_that_is_not_to_be_used_is_not(world: World, changes: dict[str, object]) -> None:
    shoppers = world.devstore.shoppers()
    a_discount(world, **changes)
    with pytest.raises(ShopperError, match="does not apply"):
        shoppers.place_order(shoppers.create_customer().id, amount=10_000, discount_code="TEN")


def test_refunds_add_up_and_stop_at_the_price(world: World) -> None:
    shoppers = world.devstore.shoppers()
    order = shoppers.place_order(shoppers.create_customer().id, amount=5_000)
    shoppers.refund(order.id, 1_500)
    assert world.bodies("refunds/create")[0]["transactions"][0]["amount"] == "15.00"
    told = world.bodies("orders/updated")[-1]
    assert (told["financial_status"], told["current_total_price"], told["total_price"]) == (
        "partially_refunded",
        "35.00",
        "50.00",
    )
    with pytest.raises(ShopperError, match="what is left"):
        shoppers.refund(order.id, 3_501)
    shoppers.refund(order.id, 3_500)
    assert world.bodies("orders/updated")[-1]["financial_status"] == "refunded"


def test_a_cancelled_order_leaves_the_customers_figures(world: World) -> None:
    shoppers = world.devstore.shoppers()
    customer = shoppers.create_customer()
    order = shoppers.place_order(customer.id, amount=5_000)
    shoppers.cancel(order.id)
    kept = world.devstore.store().customers.get(customer.id)
    assert kept is not None
    assert (kept.orders, kept.spent) == (0, 0)
    assert world.bodies("orders/cancelled")[0]["cancel_reason"] == "customer"
    with pytest.raises(ShopperError, match="cancelled already"):
        shoppers.cancel(order.id)


def test_an_act_that_fails_sends_and_changes_nothing(world: World) -> None:
    shoppers = world.devstore.shoppers()
    left = shoppers.abandon_checkout(email="guest@example.com")
    before = world.topics()
    with pytest.raises(ShopperError, match="does not apply"):
        shoppers.place_order(from_checkout=left.token, discount_code="NOPE")
    assert world.topics() == before
    assert world.devstore.store().customers.count() == 0


def test_redaction_names_the_orders_and_the_person_is_gone(world: World) -> None:
    shoppers = world.devstore.shoppers()
    customer = shoppers.create_customer()
    order = shoppers.place_order(customer.id, amount=100)
    shoppers.redact(customer.id)
    told = world.bodies("customers/redact")[0]
    assert told["orders_to_redact"] == [order.id]
    assert told["customer"]["email"] == customer.email
    assert world.devstore.store().customers.get(customer.id) is None
