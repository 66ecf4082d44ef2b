"""Bodies of `fulfillments/*`, `fulfillment_events/*` and `order_transactions/create`."""

from datetime import datetime

from devstore.model import CASH_ON_DELIVERY, CURRENCY, Order, amount, gid
from devstore.store import Store
from devstore.webhooks.parts import Body, address, local


def fulfillment(of: Order, store: Store, lines: list[Body]) -> Body:
    """The one shipment that an order of the devstore has; `lines` are those of the order's own body."""
    buyer = store.customers.get(of.customer_id)
    number = of.fulfillment_id or 0
    return {
        "id": number,
        "admin_graphql_api_id": gid("Fulfillment", number),
        "order_id": of.id,
        "status": "success",
        "created_at": local(of.fulfilled_at, store),
        "updated_at": local(of.updated_at, store),
        "service": "manual",
        "tracking_company": "Example Post",
        "tracking_number": f"EP{number}",
        "tracking_numbers": [f"EP{number}"],
        "tracking_url": None,
        "tracking_urls": [],
        "shipment_status": of.shipment_status,
        "location_id": 90_000_000_001,
        "origin_address": None,
        "email": of.email,
        "destination": address(buyer) if buyer else None,
        "receipt": {},
        "name": f"{of.name}.1",
        "line_items": lines,
    }


def fulfillment_event(number: int, of: Order, status: str, at: datetime, store: Store) -> Body:
    moment = local(at, store)
    return {
        "id": number,
        "admin_graphql_api_id": gid("FulfillmentEvent", number),
        "fulfillment_id": of.fulfillment_id,
        "order_id": of.id,
        "shop_id": store.id,
        "status": status,
        "message": None,
        "happened_at": moment,
        "created_at": moment,
        "updated_at": moment,
        "estimated_delivery_at": None,
        "city": None,
        "province": None,
        "country": None,
        "zip": None,
        "address1": None,
        "latitude": None,
        "longitude": None,
    }


def transaction(number: int, of: Order, at: datetime, store: Store) -> Body:
    """The sale that paid for an order."""
    moment = local(at, store)
    return {
        "id": number,
        "admin_graphql_api_id": gid("OrderTransaction", number),
        "order_id": of.id,
        "kind": "sale",
        "gateway": CASH_ON_DELIVERY if of.cash_on_delivery else "bogus",
        "status": "success",
        "message": None,
        "created_at": moment,
        "processed_at": moment,
        "test": of.test,
        "authorization": None,
        "parent_id": None,
        "location_id": None,
        "user_id": None,
        "device_id": None,
        "error_code": None,
        "source_name": "web",
        "receipt": {},
        "amount": amount(of.total),
        "currency": CURRENCY,
        "payment_id": f"{of.name}.1",
        "manual_payment_gateway": of.cash_on_delivery,
        "payment_details": None,
        "amount_rounding": None,
        "total_unsettled_set": {
            "presentment_money": {"amount": "0.0", "currency": CURRENCY},
            "shop_money": {"amount": "0.0", "currency": CURRENCY},
        },
    }
