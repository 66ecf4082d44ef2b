"""Bodies of `carts/*` and `checkouts/*`, version 2026-10. Since 2026-04 a checkout's key is `token`, not `id`."""

from devstore.model import CURRENCY, Checkout, Line, amount
from devstore.store import Store
from devstore.webhooks.parts import Body, address, embedded_customer, local, money_set, records, utc


def cart(checkout: Checkout) -> Body:
    return {
        "id": checkout.cart_token,
        "token": checkout.cart_token,
        "line_items": [_cart_line(line) for line in checkout.lines],
        "note": None,
        "updated_at": utc(checkout.updated_at),
        "created_at": utc(checkout.created_at),
    }


def checkout(value: Checkout, store: Store) -> Body:
    buyer = store.customers.get(value.customer_id) if value.customer_id else None
    body: Body = {
        "token": value.token,
        "cart_token": value.cart_token,
        "email": value.email,
        "gateway": None,
        "buyer_accepts_marketing": value.accepts_marketing,
        "buyer_accepts_sms_marketing": False,
        "sms_marketing_phone": None,
        "created_at": local(value.created_at, store),
        "updated_at": local(value.updated_at, store),
        "landing_site": "/",
        "note": "",
        "note_attributes": [],
        "referring_site": "",
        "shipping_lines": [],
        "taxes_included": False,
        "total_weight": 100 * records(value.lines),
        "currency": CURRENCY,
        "presentment_currency": CURRENCY,
        "completed_at": local(value.completed_at, store),
        "closed_at": None,
        "user_id": None,
        "location_id": None,
        "source": None,
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
        body["customer"] = embedded_customer(buyer, store)
        body["billing_address"] = body["shipping_address"] = address(buyer)
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
        **{f"{name}_set": money_set(cents) for name, cents in prices.items() if name != "original_price"},
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
