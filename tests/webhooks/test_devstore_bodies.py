"""Everything the simulated store sends is understood: its bodies were written without knowing our models."""

from collections.abc import Iterator
from typing import get_args

import pytest

from devstore.model import ConsentState as Consent
from plugin.core.deliveries import Delivery
from plugin.core.events import (
    CartChanged,
    CheckoutChanged,
    CheckoutDeleted,
    ConsentChanged,
    CustomerChanged,
    CustomerErasureRequested,
    CustomerEvent,
    CustomersMerged,
    FulfillmentChanged,
    OrderChanged,
    OrderDeleted,
    PaymentRecorded,
    ProductChanged,
    ProductDeleted,
    PurchasesSummed,
    RefundRecorded,
    ShipmentReported,
    ShopEvent,
    StockChanged,
    TagsChanged,
)
from plugin.core.folding import replay
from plugin.core.fulfilment import CashPhase
from plugin.core.keys import shop_id_of
from plugin.webhooks.topics import TOPICS
from plugin.webhooks.understand import ShopFacts, understand
from tests.devstore.world import SHOP, World, a_world

FACTS = ShopFacts(shop_id=shop_id_of(SHOP), domain=SHOP, currency="USD")


@pytest.fixture
def world() -> Iterator[World]:
    made = a_world()
    made.devstore.store(SHOP).install()
    yield made
    made.devstore.close()


def heard(world: World) -> list[tuple[str, CustomerEvent | ShopEvent]]:
    """Every event of every topic of ours that the store has sent, in order."""
    found: list[tuple[str, CustomerEvent | ShopEvent]] = []
    for sent in world.devstore.deliveries(SHOP):
        if sent.topic not in TOPICS:
            continue
        delivery = Delivery(
            shop_id=FACTS.shop_id,
            shop=SHOP,
            topic=sent.topic,
            delivery_id="1",
            event_id=None,
            triggered_at=sent.triggered_at,
            api_version="2026-10",
            received_at=sent.triggered_at,
            body=sent.body,
        )
        found.extend((sent.topic, event) for event in understand(delivery, FACTS))
    return found


def test_a_shoppers_whole_life_is_understood(world: World) -> None:
    shoppers = world.devstore.shoppers(SHOP)
    customer = shoppers.create_customer(email="Ada@Example.com", consent=Consent.SUBSCRIBED, locale="fa")
    left = shoppers.abandon_checkout(customer.id)
    world.clock.move(minutes=5)
    order = shoppers.place_order(from_checkout=left.token)
    world.clock.move(days=1)
    shoppers.refund(order.id, 500)
    shoppers.fulfil(order.id)
    forgotten = shoppers.abandon_checkout(email="guest@example.com")
    shoppers.delete_checkout(forgotten.token)
    shoppers.set_consent(customer.id, Consent.UNSUBSCRIBED)
    world.clock.move(minutes=5)
    shoppers.cancel(order.id)
    shoppers.data_request(customer.id)
    shoppers.redact(customer.id)
    shoppers.uninstall()
    shoppers.redact_shop()

    events = heard(world)
    kinds = {type(event) for _, event in events}
    assert {
        CartChanged,
        CheckoutChanged,
        CheckoutDeleted,
        ConsentChanged,
        CustomerChanged,
        CustomerErasureRequested,
        OrderChanged,
        RefundRecorded,
    } <= kinds
    orders = [event for _, event in events if isinstance(event, OrderChanged)]
    state = replay(
        customer.id, [event for _, event in events if isinstance(event, OrderChanged | RefundRecorded)]
    )
    known = state.orders[order.id]
    assert known.product_minor == order.total
    assert known.cancelled_at is not None
    assert state.refunded_minor(order.id) == 500
    assert {event.person.email for event in orders} == {"ada@example.com"}
    assert {event.checkout_token for event in orders} == {left.token}


def test_created_paid_and_updated_of_one_moment_are_one_event(world: World) -> None:
    shoppers = world.devstore.shoppers(SHOP)
    shoppers.place_order(shoppers.create_customer().id, amount=2500)
    told = [(topic, event.id) for topic, event in heard(world) if isinstance(event, OrderChanged)]
    assert [topic for topic, _ in told] == ["orders/create", "orders/paid", "orders/updated"]
    assert len({event_id for _, event_id in told}) == 1


def test_an_order_paid_for_at_the_door_is_understood_from_promise_to_cash(world: World) -> None:
    shoppers = world.devstore.shoppers(SHOP)
    customer = shoppers.create_customer()
    taken = shoppers.place_order(customer.id, amount=2500, cash_on_delivery=True)
    refused = shoppers.place_order(customer.id, amount=4000, cash_on_delivery=True)
    phases = []
    for act in (lambda _: None, shoppers.fulfil, shoppers.deliver):
        world.clock.move(hours=1)
        act(taken.id)
        state = replay(customer.id, [e for _, e in heard(world) if isinstance(e, get_args(CustomerEvent))])
        phases.append(state.cash_phase(state.orders[taken.id]))
    assert phases == [CashPhase.PLACED, CashPhase.SHIPPED, CashPhase.PAID]
    shoppers.fulfil(refused.id)
    shoppers.refuse(refused.id)
    state = replay(customer.id, [e for _, e in heard(world) if isinstance(e, get_args(CustomerEvent))])
    assert state.cash_phase(state.orders[refused.id]) is CashPhase.REFUSED
    assert [order.order_id for order in state.counted_orders()] == [taken.id]


def test_every_topic_that_the_store_sends_is_one_of_ours(world: World) -> None:
    shoppers = world.devstore.shoppers(SHOP)
    customer, other = shoppers.create_customer(), shoppers.create_customer()
    order = shoppers.place_order(other.id)
    shoppers.fulfil(order.id)
    shoppers.deliver(order.id)
    shoppers.tag(customer.id, "vip")
    shoppers.untag(customer.id, "vip")
    shoppers.merge_customers(customer.id, other.id)
    shoppers.delete_order(order.id)
    shoppers.sell_out(0)
    shoppers.restock(0)
    shoppers.unpublish(1)
    shoppers.delete_product(2)
    assert {sent.topic for sent in world.devstore.deliveries(SHOP)} <= set(TOPICS)
    kinds = {type(event) for _, event in heard(world)}
    assert {
        CustomersMerged,
        FulfillmentChanged,
        OrderDeleted,
        PaymentRecorded,
        ProductChanged,
        ProductDeleted,
        PurchasesSummed,
        ShipmentReported,
        StockChanged,
        TagsChanged,
    } <= kinds
