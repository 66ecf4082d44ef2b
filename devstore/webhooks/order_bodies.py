"""Bodies of `orders/*` and `refunds/create`, API version 2026-10. Since 2026-04 an order has no `checkout_id`.

A discount on the entire order is in its lines' `discount_allocations` only. `total_discount` of a line tells of
discounts that were given to that very line, so it stays zero.
"""

from devstore.model import (
    CASH_ON_DELIVERY,
    CURRENCY,
    Allocation,
    DiscountUse,
    Line,
    Order,
    Refund,
    amount,
    gid,
)
from devstore.store import Store
from devstore.webhooks import parcel_bodies
from devstore.webhooks.parts import Body, address, embedded_customer, local, money_set, records


def order(value: Order, store: Store) -> Body:
    buyer = store.customers.get(value.customer_id)
    total, net = value.total, value.total - value.refunded
    lines = [_order_line(line, is_fulfilled=value.fulfilled_at is not None) for line in value.lines]
    body: Body = {
        "id": value.id,
        "admin_graphql_api_id": gid("Order", value.id),
        "app_id": 580111,
        "browser_ip": None,
        "buyer_accepts_marketing": value.accepts_marketing,
        "cancel_reason": value.cancel_reason,
        "cancelled_at": local(value.cancelled_at, store),
        "cart_token": value.cart_token,
        "checkout_token": value.checkout_token,
        "client_details": None,
        "closed_at": local(value.cancelled_at, store),
        "confirmation_number": f"C{value.number:08d}",
        "confirmed": True,
        "contact_email": value.email,
        "created_at": local(value.created_at, store),
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
        "payment_gateway_names": [CASH_ON_DELIVERY if value.cash_on_delivery else "bogus"],
        "phone": None,
        "po_number": None,
        "presentment_currency": CURRENCY,
        "processed_at": local(value.created_at, store),
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
        "total_weight": 100 * records(value.lines),
        "updated_at": local(value.updated_at, store),
        "user_id": None,
        "discount_applications": [_discount_application(use) for use in value.discounts],
        "fulfillments": [parcel_bodies.fulfillment(value, store, lines)] if value.fulfillment_id else [],
        "line_items": lines,
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
        body[f"{name}_set"] = money_set(cents)
        if "shipping" not in name and "rounding" not in name:
            body[name] = amount(cents)
    if buyer is not None:
        body["customer"] = embedded_customer(buyer, store)
        body["billing_address"] = body["shipping_address"] = address(buyer)
    return body


def refund(value: Refund, of: Order, store: Store) -> Body:
    at = local(value.created_at, store)
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
        "total_duties_set": money_set(0),
        "return": None,
        "refund_shipping_lines": [],
        "refund_line_items": [],
        "order_adjustments": [
            {
                "id": value.id + 1,
                "amount": amount(-value.cents),
                "amount_set": money_set(-value.cents),
                "kind": "refund_discrepancy",
                "order_id": of.id,
                "reason": "Refund discrepancy",
                "refund_id": value.id,
                "tax_amount": "0.00",
                "tax_amount_set": money_set(0),
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
        "price_set": money_set(line.price),
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
        "total_discount_set": money_set(0),
        "variant_id": line.variant_id,
        "variant_inventory_management": "shopify",
        "variant_title": "CD",
        "vendor": line.vendor,
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [_allocation(allocation) for allocation in line.allocations],
    }


def _allocation(allocation: Allocation) -> Body:
    return {
        "amount": amount(allocation.cents),
        "amount_set": money_set(allocation.cents),
        "discount_application_index": allocation.use,
    }


def _discount_code(use: DiscountUse) -> Body:
    return {"code": use.code, "amount": amount(use.cents), "type": use.kind}


def _discount_application(use: DiscountUse) -> Body:
    return {
        "target_type": "line_item",
        "type": "discount_code",
        "value": str(use.value),
        "value_type": use.kind,
        "allocation_method": "across",
        "target_selection": "all",
        "code": use.code,
    }
