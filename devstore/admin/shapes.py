"""Values in the shape of Shopify's GraphQL objects."""

from datetime import UTC, datetime
from typing import Any

from devstore.admin.context import Context, Page
from devstore.catalogue import Product
from devstore.model import (
    CURRENCY,
    BulkOperation,
    Customer,
    Discount,
    DiscountUse,
    Line,
    Order,
    Refund,
    amount,
    gid,
)


def instant(at: datetime | None) -> str | None:
    """An instant as GraphQL writes it: UTC, whole seconds, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def money(cents: int) -> dict[str, Any]:
    return {"__typename": "MoneyV2", "amount": decimal(cents), "currencyCode": CURRENCY}


def decimal(cents: int) -> str:
    """GraphQL writes `10.00` as `10.0`, unlike the webhooks."""
    text = amount(cents)
    return text.removesuffix("0")


def money_bag(cents: int) -> dict[str, Any]:
    return {"shopMoney": money(cents), "presentmentMoney": money(cents)}


def shop(_: Any, args: dict[str, Any], context: Context) -> dict[str, Any]:
    del args
    store = context.store
    address = {
        "id": gid("ShopAddress", store.id),
        "company": store.name,
        "address1": "12 Harbour Street",
        "address2": None,
        "city": "Portland",
        "province": "Maine",
        "provinceCode": "ME",
        "zip": "04101",
        "country": "United States",
        "countryCodeV2": "US",
        "formatted": ["12 Harbour Street", "Portland ME 04101", "United States"],
    }
    return {
        "id": gid("Shop", store.id),
        "name": store.name,
        "email": "owner@example.com",
        "contactEmail": "hello@example.com",
        "myshopifyDomain": store.shop,
        "primaryDomain": {
            "id": gid("Domain", store.id),
            "host": store.shop,
            "url": store.url,
            "sslEnabled": True,
        },
        "url": store.url,
        "currencyCode": CURRENCY,
        "enabledPresentmentCurrencies": [CURRENCY],
        "ianaTimezone": store.config.timezone,
        "timezoneAbbreviation": store.now().astimezone(store.timezone).strftime("%Z"),
        "timezoneOffset": store.now().astimezone(store.timezone).strftime("%z"),
        "shopOwnerName": "Robin Doe",
        "plan": {
            "displayName": "Basic",
            "publicDisplayName": "Basic",
            "partnerDevelopment": True,
            "shopifyPlus": False,
        },
        "shopAddress": address,
        "billingAddress": address,
        "createdAt": "2020-01-01T00:00:00Z",
    }


def installation(_: Any, args: dict[str, Any], context: Context) -> dict[str, Any]:
    del args
    return {
        "id": gid("AppInstallation", context.store.id),
        "accessScopes": [
            {"handle": scope, "description": scope.replace("_", " ")} for scope in context.store.config.scopes
        ],
    }


def address(customer: Customer) -> dict[str, Any]:
    return {
        "id": gid("MailingAddress", customer.id),
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "name": customer.name,
        "address1": "1 Sample Road",
        "city": customer.city,
        "country": customer.country,
        "countryCodeV2": customer.country_code,
        "countryCode": customer.country_code,
        "zip": None,
    }


def email_address(customer: Customer, context: Context) -> dict[str, Any] | None:
    if customer.email is None:
        return None
    return {
        "emailAddress": customer.email,
        "marketingState": customer.consent.state.value,
        "marketingOptInLevel": customer.consent.opt_in_level,
        "marketingUpdatedAt": instant(customer.consent.updated_at),
        "marketingUnsubscribeUrl": f"{context.store.url}/account/unsubscribe",
        "openTrackingLevel": "UNKNOWN",
        "validFormat": True,
    }


def phone_number(customer: Customer) -> dict[str, Any] | None:
    """Nobody in this store was ever asked about text messages."""
    if customer.phone is None:
        return None
    return {"phoneNumber": customer.phone, "smsMarketingConsent": None}


def email_consent(customer: Customer) -> dict[str, Any] | None:
    if customer.email is None:
        return None
    return {
        "marketingState": customer.consent.state.value,
        "marketingOptInLevel": customer.consent.opt_in_level,
        "consentUpdatedAt": instant(customer.consent.updated_at),
    }


def product(value: Product) -> dict[str, Any]:
    return {
        "__typename": "Product",
        "id": gid("Product", value.id),
        "legacyResourceId": str(value.id),
        "title": value.title,
        "vendor": value.vendor,
        "productType": value.product_type,
        "handle": value.handle,
        "status": "ACTIVE",
        "tags": [value.product_type],
        "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2020-01-01T00:00:00Z",
        "variants": Page(nodes=[plain_variant(value)]),
    }


def variant(value: Product) -> dict[str, Any]:
    return plain_variant(value) | {"product": product(value)}


def plain_variant(product: Product) -> dict[str, Any]:
    return {
        "__typename": "ProductVariant",
        "id": gid("ProductVariant", product.variant_id),
        "legacyResourceId": str(product.variant_id),
        "title": "CD",
        "displayName": f"{product.title} - CD",
        "sku": product.sku,
        "price": amount(product.price),
        "availableForSale": True,
    }


def refund(order: Order, value: Refund) -> dict[str, Any]:
    return {
        "__typename": "Refund",
        "id": gid("Refund", value.id),
        "legacyResourceId": str(value.id),
        "createdAt": instant(value.created_at),
        "processedAt": instant(value.created_at),
        "updatedAt": instant(value.created_at),
        "note": value.note,
        "totalRefundedSet": money_bag(value.cents),
        "totalRefunded": money(value.cents),
        "order": order,
    }


def fulfillments(order: Order) -> list[dict[str, Any]]:
    """The one parcel of an order that was sent while the store was open; seeded orders have none."""
    if order.fulfillment_id is None:
        return []
    word = {"failure": "NOT_DELIVERED", None: "FULFILLED"}
    parcel = {
        "__typename": "Fulfillment",
        "id": gid("Fulfillment", order.fulfillment_id),
        "status": "SUCCESS",
        "displayStatus": word.get(order.shipment_status, (order.shipment_status or "").upper()),
        "createdAt": instant(order.fulfilled_at),
        "updatedAt": instant(order.updated_at),
    }
    return [parcel]


def discount_applications(order: Order) -> Page:
    return Page(
        nodes=[
            {
                "__typename": "DiscountCodeApplication",
                "index": index,
                "code": use.code,
                "allocationMethod": "ACROSS",
                "targetSelection": "ALL",
                "targetType": "LINE_ITEM",
                "value": _promised(use),
            }
            for index, use in enumerate(order.discounts)
        ]
    )


def _promised(use: DiscountUse) -> dict[str, Any]:
    if use.kind == "percentage":
        return {"__typename": "PricingPercentageValue", "percentage": use.value}
    return money(round(100 * use.value))


def allocations(line: Line) -> list[dict[str, Any]]:
    return [
        {"allocatedAmount": money(allocation.cents), "allocatedAmountSet": money_bag(allocation.cents)}
        for allocation in line.allocations
    ]


def discount_value(discount: Discount) -> dict[str, Any]:
    if discount.percentage is not None:
        return {"__typename": "DiscountPercentage", "percentage": discount.percentage}
    return {"__typename": "DiscountAmount", "amount": money(discount.cents or 0), "appliesOnEachItem": False}


def discount_context(discount: Discount, context: Context) -> dict[str, Any]:
    if not discount.customer_ids:
        return {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
    chosen = [context.store.customers.get(number) for number in discount.customer_ids]
    return {"__typename": "DiscountCustomers", "customers": [customer for customer in chosen if customer]}


def minimum(discount: Discount) -> dict[str, Any] | None:
    if discount.minimum_subtotal is None:
        return None
    least = money(discount.minimum_subtotal)
    return {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": least}


def summary(discount: Discount) -> str:
    if discount.percentage is not None:
        return f"{discount.percentage:.0%} off entire order"
    return f"${amount(discount.cents or 0)} off entire order"


def codes(discount: Discount) -> Page:
    code = {
        "id": gid("DiscountRedeemCode", discount.id),
        "code": discount.code,
        "asyncUsageCount": discount.uses,
    }
    return Page(nodes=[code], cursor=lambda _: "1")


def file_url(bulk: BulkOperation, context: Context) -> str | None:
    if bulk.status != "COMPLETED" or not bulk.objects:
        return None
    return f"{context.store.url}/bulk/{bulk.id}.jsonl"
