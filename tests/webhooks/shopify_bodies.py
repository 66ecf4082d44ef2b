"""Webhook bodies in Shopify's shape, written by hand; each has the keys that decide and a few that must not."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

from plugin.core.deliveries import Delivery
from plugin.core.events import CustomerEvent, ShopEvent
from plugin.core.keys import shop_id_of
from plugin.webhooks.understand import ShopFacts, understand

Body = dict[str, Any]
Events = tuple[CustomerEvent | ShopEvent, ...]

SHOP = "tea-house.myshopify.com"
OTHER_SHOP = "rival.myshopify.com"
FACTS = ShopFacts(shop_id=shop_id_of(SHOP), domain=SHOP, currency="EUR")
TRIGGERED = datetime(2026, 11, 20, 10, 0, 5, tzinfo=UTC)
RECEIVED = datetime(2026, 11, 20, 10, 0, 6, tzinfo=UTC)

ORDER_ID = 820982911946154508
CUSTOMER_ID = 706405506930370084
REFUND_ID = 890088186047892319
LINE_ID = 487817672276298554


def a_delivery(topic: str, body: Body | bytes, *, triggered_at: datetime | None = TRIGGERED) -> Delivery:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Delivery(
        shop_id=FACTS.shop_id,
        shop=SHOP,
        topic=topic,
        delivery_id="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        event_id=None,
        triggered_at=triggered_at,
        api_version="2026-10",
        received_at=RECEIVED,
        body=raw,
    )


def said(topic: str, body: Body | bytes, *, triggered_at: datetime | None = TRIGGERED) -> Events:
    return understand(a_delivery(topic, body, triggered_at=triggered_at), FACTS)


def money(amount: str, *, presentment: str | None = None, currency: str = "EUR") -> Body:
    return {
        "shop_money": {"amount": amount, "currency_code": "EUR"},
        "presentment_money": {"amount": presentment or amount, "currency_code": currency},
    }


def without(body: Body, *keys: str) -> Body:
    return {key: value for key, value in copy.deepcopy(body).items() if key not in keys}


def a_customer(**changes: Any) -> Body:
    return {
        "id": CUSTOMER_ID,
        "created_at": "2026-01-02T03:04:05+01:00",
        "updated_at": "2026-11-20T11:00:00+01:00",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "state": "disabled",
        "verified_email": True,
        "tax_exempt": False,
        "email": "Ada@Example.com",
        "phone": "+49 151 12345678",
        "currency": "EUR",
        "addresses": [],
        "admin_graphql_api_id": f"gid://shopify/Customer/{CUSTOMER_ID}",
        "default_address": {"id": 1, "country_code": "DE", "country": "Germany"},
    } | changes


def a_deleted_customer(**changes: Any) -> Body:
    return {
        "id": CUSTOMER_ID,
        "tax_exemptions": [],
        "admin_graphql_api_id": f"gid://shopify/Customer/{CUSTOMER_ID}",
    } | changes


def a_line(**changes: Any) -> Body:
    return {
        "id": LINE_ID,
        "title": "Assam",
        "quantity": 2,
        "current_quantity": 2,
        "price": "20.00",
        "price_set": money("20.00"),
        "total_discount": "0.00",
        "total_discount_set": money("0.00"),
        "discount_allocations": [],
        "tax_lines": [],
        "product_id": 788032119674292922,
        "variant_id": 788032119674292923,
        "gift_card": False,
    } | changes


def an_order(**changes: Any) -> Body:
    return {
        "id": ORDER_ID,
        "admin_graphql_api_id": f"gid://shopify/Order/{ORDER_ID}",
        "name": "#1001",
        "order_number": 1001,
        "created_at": "2026-11-20T10:59:00+01:00",
        "processed_at": "2026-11-20T10:58:00+01:00",
        "updated_at": "2026-11-20T11:00:00+01:00",
        "cancelled_at": None,
        "financial_status": "paid",
        "fulfillment_status": None,
        "test": False,
        "currency": "EUR",
        "presentment_currency": "EUR",
        "taxes_included": False,
        "total_price": "45.00",
        "total_price_set": money("45.00"),
        "total_shipping_price_set": money("5.00"),
        "buyer_accepts_marketing": False,
        "cart_token": "cart-1?key=secret",
        "checkout_token": "checkout-1",
        "customer_locale": "de-DE",
        "discount_codes": [{"code": "WELCOME ", "amount": "0.00", "type": "percentage"}],
        "email": "ada@example.com",
        "contact_email": "ada@example.com",
        "phone": None,
        "source_name": "web",
        "customer": {
            "id": CUSTOMER_ID,
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "phone": None,
            "default_address": {"country_code": "DE"},
        },
        "billing_address": {"country_code": "AT"},
        "shipping_address": [],
        "line_items": [a_line()],
        "refunds": [],
    } | changes


def a_refund_line(**changes: Any) -> Body:
    return {
        "id": 1,
        "line_item_id": LINE_ID,
        "quantity": 1,
        "subtotal": 20.0,
        "subtotal_set": money("20.00"),
        "total_tax": 0.0,
        "total_tax_set": money("0.00"),
        "line_item": {"id": LINE_ID, "gift_card": False},
    } | changes


def a_transaction(amount: str = "20.00", **changes: Any) -> Body:
    return {"id": 9, "kind": "refund", "status": "success", "amount": amount, "currency": "EUR"} | changes


def a_refund(**changes: Any) -> Body:
    return {
        "id": REFUND_ID,
        "admin_graphql_api_id": f"gid://shopify/Refund/{REFUND_ID}",
        "order_id": ORDER_ID,
        "created_at": "2026-11-21T09:00:00+01:00",
        "note": None,
        "refund_line_items": [a_refund_line()],
        "transactions": [a_transaction()],
        "order_adjustments": [],
        "refund_shipping_lines": [],
    } | changes


def a_checkout(**changes: Any) -> Body:
    return {
        "token": "checkout-1",
        "cart_token": "cart-1",
        "email": "ada@example.com",
        "created_at": "2026-11-20T10:30:00+01:00",
        "updated_at": "2026-11-20T10:45:00+01:00",
        "completed_at": None,
        "abandoned_checkout_url": "https://tea-house.example/checkouts/checkout-1/recover?key=secret",
        "buyer_accepts_marketing": False,
        "currency": "EUR",
        "presentment_currency": "EUR",
        "taxes_included": False,
        "total_price": "45.00",
        "customer_locale": "fa",
        "phone": None,
        "line_items": [
            {
                "title": "Assam",
                "quantity": 2,
                "price": "20.00",
                "line_price": "40.00",
                "applied_discounts": [],
                "discount_allocations": [],
                "tax_lines": [],
                "product_id": 788032119674292922,
                "variant_id": 788032119674292923,
                "gift_card": False,
            }
        ],
        "shipping_address": [],
    } | changes


def a_deleted_checkout(**changes: Any) -> Body:
    return {
        "id": 981820079255243537,
        "presentment_currency": "EUR",
        "total_price": "45.00",
        "cart_token": "cart-1",
        "reservation_token": None,
    } | changes


def a_cart(**changes: Any) -> Body:
    return {
        "id": "cart-1",
        "token": "cart-1?key=secret",
        "note": None,
        "created_at": "2026-11-20T09:00:00.000Z",
        "updated_at": "2026-11-20T09:10:00.000Z",
        "line_items": [
            {
                "title": "Assam",
                "quantity": 2,
                "variant_id": 788032119674292923,
                "product_id": 788032119674292922,
                "gift_card": False,
                "line_price": "44.00",
                "line_price_set": money("40.00", presentment="44.00", currency="USD"),
            }
        ],
    } | changes


def a_consent(state: str | None = "subscribed", at: str | None = "2026-11-20T10:59:59+01:00") -> Body:
    return {
        "customer_id": CUSTOMER_ID,
        "email_address": "ada@example.com",
        "email_marketing_consent": {
            "state": state,
            "opt_in_level": "single_opt_in",
            "consent_updated_at": at,
        },
    }


def a_shop_resource(**changes: Any) -> Body:
    return {
        "id": 548380009,
        "name": "Tea House",
        "email": "owner@tea-house.example",
        "domain": None,
        "myshopify_domain": None,
        "plan_name": "basic",
        "shop_owner": "Tea Owner",
        "currency": "EUR",
    } | changes


def a_scopes_update(**changes: Any) -> Body:
    return {
        "id": 1,
        "shop_id": "gid://shopify/Shop/548380009",
        "previous": ["read_orders"],
        "current": ["read_products", "read_orders"],
        "updated_at": "2026-11-20T10:00:00.000Z",
    } | changes


def an_order_edit(**changes: Any) -> Body:
    edit = {
        "id": 78912328793123780,
        "order_id": ORDER_ID,
        "committed_at": "2026-11-20T11:30:00+01:00",
        "line_items": {"additions": [{"id": 1, "delta": 2}], "removals": [{"id": 2, "delta": 1}]},
    }
    return {"order_edit": edit | changes}


def a_deleted_resource(number: int = ORDER_ID) -> Body:
    return {"id": number}


def an_order_transaction(**changes: Any) -> Body:
    return {
        "id": 120560818172775265,
        "order_id": ORDER_ID,
        "kind": "sale",
        "gateway": "Cash on Delivery (COD)",
        "status": "success",
        "created_at": "2026-11-22T10:00:00+01:00",
        "processed_at": None,
        "test": False,
        "receipt": {},
        "amount": "45.00",
        "currency": "EUR",
    } | changes


def a_fulfillment(**changes: Any) -> Body:
    return {
        "id": 123456,
        "order_id": ORDER_ID,
        "status": "success",
        "shipment_status": None,
        "created_at": "2026-11-21T10:00:00+01:00",
        "updated_at": "2026-11-21T10:00:00+01:00",
        "tracking_company": "UPS",
        "email": "ada@example.com",
        "destination": {"country_code": "DE"},
        "line_items": [a_line()],
    } | changes


def a_fulfillment_event(**changes: Any) -> Body:
    return {
        "id": 1234567,
        "fulfillment_id": 123456,
        "order_id": ORDER_ID,
        "status": "delivered",
        "happened_at": "2026-11-22T09:00:00+01:00",
        "created_at": "2026-11-22T09:00:00+01:00",
        "updated_at": "2026-11-22T09:00:00+01:00",
        "shop_id": 548380009,
    } | changes


def a_return(status: str = "requested", **changes: Any) -> Body:
    return {
        "id": 123134564567890,
        "admin_graphql_api_id": "gid://shopify/Return/123134564567890",
        "status": status,
        "order": {"id": ORDER_ID, "admin_graphql_api_id": f"gid://shopify/Order/{ORDER_ID}"},
        "return_line_items": [],
    } | changes


def an_ended_return(status: str = "closed") -> Body:
    return without(a_return(status), "order", "return_line_items") | {"order_id": ORDER_ID}


def an_updated_return() -> Body:
    return {
        "admin_graphql_api_id": "gid://shopify/Return/123134564567890",
        "return_line_items": {"removals": [{"delta": 2}]},
        "restocking_fees": {"updates": []},
    }


def an_sms_consent(state: str | None = "subscribed") -> Body:
    return {
        "id": CUSTOMER_ID,
        "phone": "+4915112345678",
        "sms_marketing_consent": {
            "state": state,
            "opt_in_level": state and "single_opt_in",
            "consent_updated_at": state and "2026-11-20T10:59:59+01:00",
            "consent_collected_from": "other",
        },
    }


def a_whats_app_consent(state: str | None = "subscribed") -> Body:
    consent = an_sms_consent(state)
    return without(consent, "sms_marketing_consent") | {
        "whats_app_marketing_consent": consent["sms_marketing_consent"]
    }


def tags(*names: str, at: str = "2026-11-20T10:00:00.000Z") -> Body:
    return {
        "customerId": f"gid://shopify/Customer/{CUSTOMER_ID}",
        "tags": list(names) or ["vip"],
        "occurredAt": at,
    }


def a_merge(status: str = "completed", **changes: Any) -> Body:
    return {
        "admin_graphql_api_customer_kept_id": f"gid://shopify/Customer/{CUSTOMER_ID}",
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
        "admin_graphql_api_job_id": None,
        "status": status,
        "errors": [],
    } | changes


def a_purchasing_summary(**changes: Any) -> Body:
    return {
        "customerId": f"gid://shopify/Customer/{CUSTOMER_ID}",
        "numberOfOrders": 3,
        "amountSpent": {"amount": "135.00", "currencyCode": "EUR"},
        "lastOrderId": f"gid://shopify/Order/{ORDER_ID}",
        "occurredAt": "2026-11-20T10:00:00.000Z",
    } | changes


def a_segment(**changes: Any) -> Body:
    return {
        "id": 77,
        "name": "Tea lovers",
        "query": "number_of_orders > 1",
        "creationDate": "2026-01-01T00:00:00.000Z",
        "lastEditDate": "2026-01-01T00:00:00.000Z",
    } | changes


def a_product(**changes: Any) -> Body:
    return {
        "id": 788032119674292922,
        "admin_graphql_api_id": "gid://shopify/Product/788032119674292922",
        "title": "Assam",
        "product_type": "Tea",
        "status": "active",
        "published_at": "2026-01-01T00:00:00+01:00",
        "updated_at": "2026-11-20T10:00:00+01:00",
        "tags": "black",
        "variants": [
            {
                "id": 788032119674292923,
                "inventory_item_id": 39072856,
                "inventory_policy": "deny",
                "inventory_quantity": 75,
            }
        ],
        "variant_gids": [{"admin_graphql_api_id": "gid://shopify/ProductVariant/788032119674292923"}],
    } | changes


def a_variant(**changes: Any) -> Body:
    return {
        "id": 788032119674292923,
        "product_id": 788032119674292922,
        "title": "100 g",
        "price": "20.00",
        "inventory_policy": "deny",
        "inventory_quantity": 0,
        "created_at": "2026-01-01T00:00:00+01:00",
        "updated_at": "2026-11-20T10:00:00+01:00",
    } | changes


def an_inventory_level(available: int | None = 3) -> Body:
    return {
        "inventory_item_id": 39072856,
        "location_id": 905684977,
        "available": available,
        "updated_at": "2026-11-20T10:00:00+01:00",
        "admin_graphql_api_id": "gid://shopify/InventoryLevel/905684977?inventory_item_id=39072856",
    }


def a_discount(**changes: Any) -> Body:
    return {
        "admin_graphql_api_id": "gid://shopify/DiscountCodeNode/1",
        "title": "Loyalty",
        "status": "EXPIRED",
        "created_at": "2026-11-01T00:00:00Z",
        "updated_at": "2026-11-20T00:00:00Z",
    } | changes


def a_deleted_discount() -> Body:
    return {
        "admin_graphql_api_id": "gid://shopify/DiscountCodeNode/1",
        "deleted_at": "2026-11-20T00:00:00Z",
    }


def a_redeem_code(code: str = "code1") -> Body:
    return {
        "admin_graphql_api_id": "gid://shopify/DiscountCodeNode/1",
        "redeem_code": {"id": "gid://shopify/DiscountRedeemCode/1", "code": code},
        "updated_at": "2026-11-20T00:00:00.000Z",
    }


def a_bulk_operation(**changes: Any) -> Body:
    return {
        "admin_graphql_api_id": "gid://shopify/BulkOperation/147595010",
        "completed_at": "2026-11-20T10:00:00Z",
        "created_at": "2026-11-20T09:00:00Z",
        "error_code": None,
        "status": "completed",
        "type": "query",
    } | changes


def a_data_request(**changes: Any) -> Body:
    return {
        "shop_id": 954889,
        "shop_domain": SHOP,
        "customer": {"id": 191167, "email": "John@Example.com", "phone": "555-625-1199"},
        "orders_requested": [299938, "280263"],
        "data_request": {"id": 9999},
    } | changes


def a_customer_redact(**changes: Any) -> Body:
    return {
        "shop_id": 954889,
        "shop_domain": SHOP,
        "customer": {"id": 191167, "email": "John@Example.com", "phone": "555-625-1199"},
        "orders_to_redact": [299938],
    } | changes


def a_shop_redact(**changes: Any) -> Body:
    return {"shop_id": 954889, "shop_domain": SHOP} | changes


BODY_OF: dict[str, Body] = {
    "app/uninstalled": a_shop_resource(),
    "app/scopes_update": a_scopes_update(),
    "shop/update": a_shop_resource(),
    "bulk_operations/finish": a_bulk_operation(),
    "carts/create": a_cart(),
    "carts/update": a_cart(),
    "checkouts/create": a_checkout(),
    "checkouts/update": a_checkout(),
    "checkouts/delete": a_deleted_checkout(),
    "orders/create": an_order(),
    "orders/updated": an_order(),
    "orders/paid": an_order(),
    "orders/cancelled": an_order(),
    "orders/fulfilled": an_order(),
    "orders/partially_fulfilled": an_order(),
    "orders/edited": an_order_edit(),
    "orders/delete": a_deleted_resource(),
    "order_transactions/create": an_order_transaction(),
    "refunds/create": a_refund(),
    "fulfillments/create": a_fulfillment(),
    "fulfillments/update": a_fulfillment(),
    "fulfillment_events/create": a_fulfillment_event(),
    "fulfillment_events/delete": a_fulfillment_event(),
    "returns/request": a_return(),
    "returns/approve": a_return("open"),
    "returns/decline": a_return("declined"),
    "returns/cancel": an_ended_return("canceled"),
    "returns/close": an_ended_return(),
    "returns/reopen": an_ended_return("open"),
    "returns/update": an_updated_return(),
    "customers/create": a_customer(),
    "customers/update": a_customer(),
    "customers/enable": a_customer(),
    "customers/disable": a_customer(),
    "customers/delete": a_deleted_customer(),
    "customers_email_marketing_consent/update": a_consent(),
    "customers_marketing_consent/update": an_sms_consent(),
    "customers_whats_app_marketing_consent/update": a_whats_app_consent(),
    "customer.tags_added": tags(),
    "customer.tags_removed": tags(),
    "customers/merge": a_merge(),
    "customers/purchasing_summary": a_purchasing_summary(),
    "segments/create": a_segment(),
    "segments/update": a_segment(),
    "segments/delete": a_deleted_resource(77),
    "products/create": a_product(),
    "products/update": a_product(),
    "products/delete": a_deleted_resource(788032119674292922),
    "variants/in_stock": a_variant(),
    "variants/out_of_stock": a_variant(),
    "inventory_levels/update": an_inventory_level(),
    "discounts/create": a_discount(),
    "discounts/update": a_discount(),
    "discounts/delete": a_deleted_discount(),
    "discounts/redeemcode_added": a_redeem_code(),
    "discounts/redeemcode_removed": a_redeem_code(),
    "customers/data_request": a_data_request(),
    "customers/redact": a_customer_redact(),
    "shop/redact": a_shop_redact(),
}
"""One good body of every topic; the conformance test asks that none is missing."""
