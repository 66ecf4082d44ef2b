"""Webhook bodies of API version 2026-10: same keys, nulls and types as Shopify's, values from the store.

Money is a string with two decimals. Times carry the shop's offset. Since 2025-01 a customer has no tags, consent or
counters here; since 2026-04 a checkout has no `id` and an order no `checkout_id`.
"""

from datetime import UTC, datetime
from typing import Any

from devstore.model import CURRENCY, Checkout, Customer, DiscountUse, Line, Order, Refund, amount, gid
from devstore.store import Store

Body = dict[str, Any]


def cart(checkout: Checkout) -> Body:
    return {
        "id": checkout.cart_token,
        "token": checkout.cart_token,
        "line_items": [_cart_line(line) for line in checkout.lines],
        "note": None,
        "updated_at": _utc(checkout.updated_at),
        "created_at": _utc(checkout.created_at),
    }


def checkout(value: Checkout, store: Store) -> Body:
    buyer = store.customers.get(value.customer_id) if value.customer_id else None
    body = {
        "token": value.token,
        "cart_token": value.cart_token,
        "email": value.email,
        "gateway": None,
        "buyer_accepts_marketing": value.accepts_marketing,
        "buyer_accepts_sms_marketing": False,
        "sms_marketing_phone": None,
        "created_at": _local(value.created_at, store),
        "updated_at": _local(value.updated_at, store),
        "landing_site": "/",
        "note": "",
        "note_attributes": [],
        "referring_site": "",
        "shipping_lines": [],
        "taxes_included": False,
        "total_weight": 100 * _records(value.lines),
        "currency": CURRENCY,
        "presentment_currency": CURRENCY,
        "completed_at": _local(value.completed_at, store),
        "closed_at": None,
        "user_id": None,
        "location_id": None,
        "source_identifier": None,
        "source_url": None,
        "source_name": "web",
        "device_id": None,
        "phone": None,
        "customer_locale": value.locale,
        "line_items": [_checkout_line(line) for line in value.lines],
        "name": f"#{value.id}",
        "abandoned_checkout_url": recovery_url(value, store),
        "discount_codes": [],
        "tax_lines": [],
        "reservation_token": None,
        "total_discounts": "0.00",
        "total_line_items_price": amount(value.total),
        "total_price": amount(value.total),
        "total_tax": "0.00",
        "subtotal_price": amount(value.total),
        "total_duties": None,
    }
    if buyer is not None:
        body["customer"] = _embedded_customer(buyer, store)
    return body


def checkout_deleted(value: Checkout) -> Body:
    return {
        "id": value.id,
        "presentment_currency": CURRENCY,
        "buyer_accepts_sms_marketing": False,
        "sms_marketing_phone": None,
        "total_discounts": "0.00",
        "total_line_items_price": amount(value.total),
        "total_price": amount(value.total),
        "total_tax": "0.00",
        "subtotal_price": amount(value.total),
        "cart_token": value.cart_token,
        "total_duties": None,
        "reservation_token": None,
    }


def recovery_url(value: Checkout, store: Store) -> str:
    return f"{store.url}/checkouts/{value.token}/recover"


def order(value: Order, store: Store) -> Body:
    buyer = store.customers.get(value.customer_id)
    total, net = value.total, value.total - value.refunded
    body: Body = {
        "id": value.id,
        "admin_graphql_api_id": gid("Order", value.id),
        "app_id": 580111,
        "browser_ip": None,
        "buyer_accepts_marketing": value.accepts_marketing,
        "cancel_reason": value.cancel_reason,
        "cancelled_at": _local(value.cancelled_at, store),
        "cart_token": value.cart_token,
        "checkout_token": value.checkout_token,
        "client_details": None,
        "closed_at": _local(value.cancelled_at, store),
        "confirmation_number": f"C{value.number:08d}",
        "confirmed": True,
        "contact_email": value.email,
        "created_at": _local(value.created_at, store),
        "currency": CURRENCY,
        "current_total_additional_fees_set": None,
        "current_total_duties_set": None,
        "customer_locale": value.locale,
        "device_id": None,
        "discount_codes": [_discount_code(use) for use in value.discounts],
        "duties_included": False,
        "email": value.email,
        "estimated_taxes": False,
        "financial_status": value.financial_status.lower(),
        "fulfillment_status": "fulfilled" if value.fulfilled_at else None,
        "landing_site": value.landing_site,
        "landing_site_ref": None,
        "location_id": None,
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "merchant_of_record_app_id": None,
        "name": value.name,
        "note": None,
        "note_attributes": [],
        "number": value.number - 1000,
        "order_number": value.number,
        "order_status_url": f"{store.url}/orders/{value.id}",
        "original_total_additional_fees_set": None,
        "original_total_duties_set": None,
        "payment_gateway_names": ["bogus"],
        "phone": None,
        "po_number": None,
        "presentment_currency": CURRENCY,
        "processed_at": _local(value.created_at, store),
        "reference": None,
        "referring_site": None,
        "source_identifier": None,
        "source_name": "web",
        "source_url": None,
        "tags": "",
        "tax_exempt": False,
        "tax_lines": [],
        "taxes_included": False,
        "test": value.test,
        "token": f"{value.id:x}",
        "total_outstanding": "0.00",
        "total_tip_received": "0.00",
        "total_weight": 100 * _records(value.lines),
        "updated_at": _local(value.updated_at, store),
        "user_id": None,
        "discount_applications": [_discount_application(use) for use in value.discounts],
        "fulfillments": [],
        "line_items": [
            _order_line(line, is_fulfilled=value.fulfilled_at is not None) for line in value.lines
        ],
        "payment_terms": None,
        "refunds": [refund(one, value, store) for one in value.refunds],
        "shipping_lines": [],
        "returns": [],
        "line_item_groups": [],
    }
    for name, cents in {
        "current_shipping_price": 0,
        "current_subtotal_price": net,
        "current_total_discounts": value.discount,
        "current_total_price": net,
        "current_total_tax": 0,
        "subtotal_price": total,
        "total_cash_rounding_payment_adjustment": 0,
        "total_cash_rounding_refund_adjustment": 0,
        "total_discounts": value.discount,
        "total_line_items_price": value.subtotal,
        "total_price": total,
        "total_shipping_price": 0,
        "total_tax": 0,
    }.items():
        body[f"{name}_set"] = _money_set(cents)
        if "shipping" not in name and "rounding" not in name:
            body[name] = amount(cents)
    if buyer is not None:
        body["customer"] = _embedded_customer(buyer, store)
        body["billing_address"] = body["shipping_address"] = _address(buyer)
    return body


def refund(value: Refund, of: Order, store: Store) -> Body:
    at = _local(value.created_at, store)
    return {
        "id": value.id,
        "admin_graphql_api_id": gid("Refund", value.id),
        "order_id": of.id,
        "created_at": at,
        "processed_at": at,
        "note": value.note,
        "user_id": None,
        "restock": False,
        "duties": [],
        "total_duties_set": _money_set(0),
        "return": None,
        "refund_shipping_lines": [],
        "refund_line_items": [],
        "order_adjustments": [
            {
                "id": value.id + 1,
                "amount": amount(-value.cents),
                "amount_set": _money_set(-value.cents),
                "kind": "refund_discrepancy",
                "order_id": of.id,
                "reason": "Refund discrepancy",
                "refund_id": value.id,
                "tax_amount": "0.00",
                "tax_amount_set": _money_set(0),
            }
        ],
        "transactions": [
            {
                "id": value.id + 2,
                "admin_graphql_api_id": gid("OrderTransaction", value.id + 2),
                "order_id": of.id,
                "kind": "refund",
                "gateway": "bogus",
                "status": "success",
                "message": "Bogus Gateway: Forced success",
                "created_at": at,
                "processed_at": at,
                "test": of.test,
                "authorization": None,
                "location_id": None,
                "user_id": None,
                "parent_id": None,
                "device_id": None,
                "error_code": None,
                "source_name": "web",
                "receipt": {},
                "amount": amount(value.cents),
                "currency": CURRENCY,
                "payment_id": f"{of.name}.2",
                "total_unsettled_set": {
                    "presentment_money": {"amount": "0.0", "currency": CURRENCY},
                    "shop_money": {"amount": "0.0", "currency": CURRENCY},
                },
                "manual_payment_gateway": False,
                "amount_rounding": None,
            }
        ],
    }


def customer(value: Customer, store: Store) -> Body:
    body = _embedded_customer(value, store)
    return body | {"addresses": [body["default_address"]]}


def customer_deleted(value: Customer) -> Body:
    return {"id": value.id, "tax_exemptions": [], "admin_graphql_api_id": gid("Customer", value.id)}


def email_consent(value: Customer, store: Store) -> Body:
    return {
        "customer_id": value.id,
        "email_address": value.email,
        "email_marketing_consent": {
            "state": value.consent.state.value.lower(),
            "opt_in_level": value.consent.opt_in_level and value.consent.opt_in_level.lower(),
            "consent_updated_at": _local(value.consent.updated_at, store),
        },
    }


def tags_added(value: Customer, tags: list[str], store: Store) -> Body:
    return {
        "customerId": gid("Customer", value.id),
        "tags": tags,
        "occurredAt": _local(value.updated_at, store),
    }


def shop(store: Store) -> Body:
    return {
        "id": store.id,
        "name": store.name,
        "email": "owner@example.com",
        "domain": store.shop,
        "province": "Maine",
        "country": "US",
        "address1": "12 Harbour Street",
        "zip": "04101",
        "city": "Portland",
        "source": None,
        "phone": None,
        "latitude": None,
        "longitude": None,
        "primary_locale": "en",
        "address2": None,
        "created_at": "2020-01-01T00:00:00+00:00",
        "updated_at": _local(store.now(), store),
        "country_code": "US",
        "country_name": "United States",
        "currency": CURRENCY,
        "customer_email": "hello@example.com",
        "timezone": f"(GMT+00:00) {store.config.timezone}",
        "iana_timezone": store.config.timezone,
        "shop_owner": "Robin Doe",
        "money_format": "${{amount}}",
        "money_with_currency_format": "${{amount}} USD",
        "weight_unit": "kg",
        "province_code": "ME",
        "plan_display_name": "Basic",
        "plan_name": "basic",
        "myshopify_domain": store.shop,
        "enabled_presentment_currencies": [CURRENCY],
    }


def data_request(value: Customer, orders: list[Order], request_id: int, store: Store) -> Body:
    return _subject(value, store) | {
        "orders_requested": [order.id for order in orders],
        "data_request": {"id": request_id},
    }


def customer_redact(value: Customer, orders: list[Order], store: Store) -> Body:
    return _subject(value, store) | {"orders_to_redact": [order.id for order in orders]}


def shop_redact(store: Store) -> Body:
    return {"shop_id": store.id, "shop_domain": store.shop}


def _subject(value: Customer, store: Store) -> Body:
    who = {"id": value.id, "email": value.email, "phone": value.phone}
    return {"shop_id": store.id, "shop_domain": store.shop, "customer": who}


def _embedded_customer(value: Customer, store: Store) -> Body:
    return {
        "id": value.id,
        "created_at": _local(value.created_at, store),
        "updated_at": _local(value.updated_at, store),
        "first_name": value.first_name,
        "last_name": value.last_name,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "email": value.email,
        "phone": value.phone,
        "currency": CURRENCY,
        "tax_exemptions": [],
        "admin_graphql_api_id": gid("Customer", value.id),
        "default_address": _address(value)
        | {"id": value.id + 1, "customer_id": value.id, "country_name": value.country, "default": True},
    }


def _address(value: Customer) -> Body:
    return {
        "first_name": value.first_name,
        "last_name": value.last_name,
        "name": value.name,
        "company": None,
        "address1": "1 Sample Road",
        "address2": None,
        "city": value.city,
        "province": None,
        "province_code": None,
        "country": value.country,
        "country_code": value.country_code,
        "zip": None,
        "phone": None,
    }


def _cart_line(line: Line) -> Body:
    prices = {
        "discounted_price": line.price,
        "line_price": line.total,
        "original_line_price": line.total,
        "original_price": line.price,
        "price": line.price,
        "total_discount": 0,
    }
    return {
        "id": line.variant_id,
        "properties": None,
        "quantity": line.quantity,
        "variant_id": line.variant_id,
        "key": f"{line.variant_id}:{line.id:032x}",
        "discounts": [],
        "gift_card": False,
        "grams": 100,
        "product_id": line.product_id,
        "sku": line.sku,
        "taxable": True,
        "title": f"{line.title} - CD",
        "vendor": line.vendor,
        **{name: amount(cents) for name, cents in prices.items()},
        **{f"{name}_set": _money_set(cents) for name, cents in prices.items() if name != "original_price"},
        "parent_relationship": None,
    }


def _checkout_line(line: Line) -> Body:
    return {
        "key": f"{line.id:032x}",
        "applied_discounts": [],
        "discount_allocations": [],
        "destination_location_id": None,
        "fulfillment_service": "manual",
        "gift_card": False,
        "grams": 100,
        "origin_location_id": None,
        "presentment_title": line.title,
        "presentment_variant_title": "CD",
        "product_id": line.product_id,
        "properties": None,
        "quantity": line.quantity,
        "requires_shipping": True,
        "sku": line.sku,
        "tax_lines": [],
        "taxable": True,
        "title": line.title,
        "variant_id": line.variant_id,
        "variant_title": "CD",
        "variant_price": amount(line.price),
        "vendor": line.vendor,
        "user_id": None,
        "unit_price_measurement": None,
        "rank": None,
        "compare_at_price": None,
        "line_price": amount(line.total),
        "price": amount(line.price),
    }


def _order_line(line: Line, *, is_fulfilled: bool) -> Body:
    return {
        "id": line.id,
        "admin_graphql_api_id": gid("LineItem", line.id),
        "attributed_staffs": [],
        "current_quantity": line.quantity,
        "fulfillable_quantity": 0 if is_fulfilled else line.quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": "fulfilled" if is_fulfilled else None,
        "gift_card": False,
        "grams": 100,
        "name": f"{line.title} - CD",
        "price": amount(line.price),
        "price_set": _money_set(line.price),
        "product_exists": True,
        "product_id": line.product_id,
        "properties": [],
        "quantity": line.quantity,
        "requires_shipping": True,
        "sales_line_item_group_id": None,
        "sku": line.sku,
        "taxable": True,
        "title": line.title,
        "total_discount": "0.00",
        "total_discount_set": _money_set(0),
        "variant_id": line.variant_id,
        "variant_inventory_management": "shopify",
        "variant_title": "CD",
        "vendor": line.vendor,
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [],
    }


def _discount_code(use: DiscountUse) -> Body:
    return {"code": use.code, "amount": amount(use.cents), "type": use.kind}


def _discount_application(use: DiscountUse) -> Body:
    return {
        "target_type": "line_item",
        "type": "discount_code",
        "value": amount(use.cents),
        "value_type": "fixed_amount",
        "allocation_method": "across",
        "target_selection": "all",
        "code": use.code,
    }


def _money_set(cents: int) -> Body:
    money = {"amount": amount(cents), "currency_code": CURRENCY}
    return {"shop_money": money, "presentment_money": money}


def _records(lines: tuple[Line, ...]) -> int:
    return sum(line.quantity for line in lines)


def _local(at: datetime | None, store: Store) -> str | None:
    return at.astimezone(store.timezone).isoformat(timespec="seconds") if at else None


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
