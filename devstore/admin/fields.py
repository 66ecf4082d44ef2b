"""What each GraphQL field of the devstore is: one line per field, keyed by (type, field)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from devstore.admin.bulk_progress import polled
from devstore.admin.context import Context, Page
from devstore.admin.paging import page_of_sequence, page_of_shelf
from devstore.admin.search import Test, search
from devstore.catalogue import BY_ID, BY_VARIANT, PRODUCTS, Product
from devstore.model import (
    CURRENCY,
    BulkOperation,
    Customer,
    Discount,
    Order,
    Refund,
    amount,
    gid,
    number_of,
)

Field = Callable[[Any, dict[str, Any], Context], Any]


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


_CUSTOMER_TESTS: Final[Mapping[str, Test]] = {
    "tag": lambda customer, text: text in customer.tags,
    "tag_not": lambda customer, text: text not in customer.tags,
    "phone": lambda customer, text: customer.phone == text,
    "accepts_marketing": lambda customer, text: (customer.consent.state == "SUBSCRIBED") is (text == "true"),
    "first_name": lambda customer, text: customer.first_name.lower() == text.lower(),
    "last_name": lambda customer, text: customer.last_name.lower() == text.lower(),
    "country": lambda customer, text: text in {customer.country, customer.country_code},
}
_ORDER_TESTS: Final[Mapping[str, Test]] = {
    "customer_id": lambda order, text: str(order.customer_id) == text.rpartition("/")[2],
    "email": lambda order, text: (order.email or "").lower() == text.lower(),
    "cart_token": lambda order, text: order.cart_token == text,
    "financial_status": lambda order, text: order.financial_status == text.upper(),
    "discount_code": lambda order, text: text.lower() in {use.code.lower() for use in order.discounts},
    "name": lambda order, text: order.name.removeprefix("#") == text.removeprefix("#"),
    "test": lambda order, text: order.test is (text == "true"),
}


def _customers(_: Any, args: dict[str, Any], context: Context) -> Page:
    found = search(args.get("query"), tests=_CUSTOMER_TESTS, columns={"email": "alias"})
    return page_of_shelf(context.store.customers, found, args, context)


def _orders(_: Any, args: dict[str, Any], context: Context) -> Page:
    found = search(args.get("query"), tests=_ORDER_TESTS, columns={"checkout_token": "alias"})
    return page_of_shelf(context.store.orders, found, args, context)


def node(global_id: str, context: Context) -> Any:
    """The customer, order, discount or bulk operation of this id, or None."""
    store = context.store
    shelves = {
        "Customer": store.customers,
        "Order": store.orders,
        "DiscountCodeNode": store.discounts,
        "BulkOperation": store.bulk_operations,
    }
    kind = global_id.removeprefix("gid://shopify/").partition("/")[0]
    number = number_of(global_id, kind)
    shelf: Any = shelves.get(kind)
    return shelf.get(number) if shelf is not None and number is not None else None


def _by_id(kind: str) -> Field:
    def read(_: Any, args: dict[str, Any], context: Context) -> Any:
        return node(args["id"], context) if number_of(args["id"], kind) is not None else None

    return read


def _shop(_: Any, args: dict[str, Any], context: Context) -> dict[str, Any]:
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


def _installation(_: Any, args: dict[str, Any], context: Context) -> dict[str, Any]:
    del args
    return {
        "id": gid("AppInstallation", context.store.id),
        "accessScopes": [
            {"handle": scope, "description": scope.replace("_", " ")} for scope in context.store.config.scopes
        ],
    }


def _address(customer: Customer) -> dict[str, Any]:
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


def _email_address(customer: Customer, context: Context) -> dict[str, Any] | None:
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


def _email_consent(customer: Customer) -> dict[str, Any] | None:
    if customer.email is None:
        return None
    return {
        "marketingState": customer.consent.state.value,
        "marketingOptInLevel": customer.consent.opt_in_level,
        "consentUpdatedAt": instant(customer.consent.updated_at),
    }


def _product(product: Product) -> dict[str, Any]:
    return {
        "__typename": "Product",
        "id": gid("Product", product.id),
        "legacyResourceId": str(product.id),
        "title": product.title,
        "vendor": product.vendor,
        "productType": product.product_type,
        "handle": product.handle,
        "status": "ACTIVE",
        "tags": [product.product_type],
        "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2020-01-01T00:00:00Z",
        "variants": Page(nodes=[_plain_variant(product)]),
    }


def _variant(product: Product) -> dict[str, Any]:
    return _plain_variant(product) | {"product": _product(product)}


def _plain_variant(product: Product) -> dict[str, Any]:
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


def _refund(order: Order, refund: Refund) -> dict[str, Any]:
    return {
        "__typename": "Refund",
        "id": gid("Refund", refund.id),
        "legacyResourceId": str(refund.id),
        "createdAt": instant(refund.created_at),
        "processedAt": instant(refund.created_at),
        "updatedAt": instant(refund.created_at),
        "note": refund.note,
        "totalRefundedSet": money_bag(refund.cents),
        "totalRefunded": money(refund.cents),
        "order": order,
    }


def _discount_applications(order: Order) -> Page:
    return Page(
        nodes=[
            {
                "__typename": "DiscountCodeApplication",
                "index": index,
                "code": use.code,
                "allocationMethod": "ACROSS",
                "targetSelection": "ALL",
                "targetType": "LINE_ITEM",
                "value": money(use.cents),
            }
            for index, use in enumerate(order.discounts)
        ]
    )


def _discount_value(discount: Discount) -> dict[str, Any]:
    if discount.percentage is not None:
        return {"__typename": "DiscountPercentage", "percentage": discount.percentage}
    return {"__typename": "DiscountAmount", "amount": money(discount.cents or 0), "appliesOnEachItem": False}


def _discount_context(discount: Discount, context: Context) -> dict[str, Any]:
    if not discount.customer_ids:
        return {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
    chosen = [context.store.customers.get(number) for number in discount.customer_ids]
    return {"__typename": "DiscountCustomers", "customers": [customer for customer in chosen if customer]}


def _minimum(discount: Discount) -> dict[str, Any] | None:
    if discount.minimum_subtotal is None:
        return None
    least = money(discount.minimum_subtotal)
    return {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": least}


def _summary(discount: Discount) -> str:
    if discount.percentage is not None:
        return f"{discount.percentage:.0%} off entire order"
    return f"${amount(discount.cents or 0)} off entire order"


def _codes(discount: Discount) -> Page:
    code = {
        "id": gid("DiscountRedeemCode", discount.id),
        "code": discount.code,
        "asyncUsageCount": discount.uses,
    }
    return Page(nodes=[code], cursor=lambda _: "1")


def _file_url(bulk: BulkOperation, context: Context) -> str | None:
    if bulk.status != "COMPLETED" or not bulk.objects:
        return None
    return f"{context.store.url}/bulk/{bulk.id}.jsonl"


def _poll(_: Any, args: dict[str, Any], context: Context) -> Any:
    number = number_of(args["id"], "BulkOperation")
    return polled(number, context) if number is not None else None


def _of(kind: str, **fields: Field) -> dict[tuple[str, str], Field]:
    return {(kind, name): field for name, field in fields.items()}


FIELDS: Final[dict[tuple[str, str], Field]] = {
    **_of(
        "QueryRoot",
        shop=_shop,
        currentAppInstallation=_installation,
        customers=_customers,
        orders=_orders,
        customer=_by_id("Customer"),
        order=_by_id("Order"),
        bulkOperation=_poll,
        node=lambda _, args, context: node(args["id"], context),
        nodes=lambda _, args, context: [node(global_id, context) for global_id in args["ids"]],
        products=lambda _, args, context: page_of_sequence([_product(p) for p in PRODUCTS], args, context),
        customersCount=lambda _, args, context: {
            "count": context.store.customers.count(),
            "precision": "EXACT",
        },
        ordersCount=lambda _, args, context: {"count": context.store.orders.count(), "precision": "EXACT"},
        codeDiscountNodeByCode=lambda _, args, context: context.store.discounts.by_alias(
            args["code"].lower()
        ),
        codeDiscountNode=_by_id("DiscountCodeNode"),
        customerByIdentifier=lambda _, args, context: _by_identifier(args["identifier"], context),
    ),
    **_of(
        "Customer",
        id=lambda customer, *_: gid("Customer", customer.id),
        legacyResourceId=lambda customer, *_: str(customer.id),
        createdAt=lambda customer, *_: instant(customer.created_at),
        updatedAt=lambda customer, *_: instant(customer.updated_at),
        firstName=lambda customer, *_: customer.first_name,
        lastName=lambda customer, *_: customer.last_name,
        displayName=lambda customer, *_: customer.name or customer.email or "",
        email=lambda customer, *_: customer.email,
        phone=lambda customer, *_: customer.phone,
        locale=lambda customer, *_: customer.locale,
        state=lambda *_: "DISABLED",
        tags=lambda customer, *_: sorted(customer.tags),
        verifiedEmail=lambda *_: True,
        validEmailAddress=lambda *_: True,
        numberOfOrders=lambda customer, *_: str(customer.orders),
        amountSpent=lambda customer, *_: money(customer.spent),
        defaultEmailAddress=lambda customer, _, context: _email_address(customer, context),
        emailMarketingConsent=lambda customer, *_: _email_consent(customer),
        defaultAddress=lambda customer, *_: _address(customer),
        addresses=lambda customer, *_: [_address(customer)],
        addressesV2=lambda customer, args, context: page_of_sequence([_address(customer)], args, context),
        orders=lambda customer, args, context: page_of_sequence(
            context.store.orders.by_owner(customer.id), args, context
        ),
        lastOrder=lambda customer, _, context: (
            context.store.orders.get(customer.last_order_id) if customer.last_order_id else None
        ),
        mergeable=lambda *_: {"isMergeable": True, "errorFields": []},
    ),
    **_of(
        "Order",
        id=lambda order, *_: gid("Order", order.id),
        legacyResourceId=lambda order, *_: str(order.id),
        name=lambda order, *_: order.name,
        number=lambda order, *_: order.number,
        email=lambda order, *_: order.email,
        createdAt=lambda order, *_: instant(order.created_at),
        updatedAt=lambda order, *_: instant(order.updated_at),
        processedAt=lambda order, *_: instant(order.created_at),
        cancelledAt=lambda order, *_: instant(order.cancelled_at),
        cancelReason=lambda order, *_: order.cancel_reason and order.cancel_reason.upper(),
        closed=lambda order, *_: order.cancelled_at is not None,
        closedAt=lambda order, *_: instant(order.cancelled_at),
        confirmed=lambda *_: True,
        customer=lambda order, _, context: context.store.customers.get(order.customer_id),
        customerLocale=lambda order, *_: order.locale,
        customerAcceptsMarketing=lambda order, *_: order.accepts_marketing,
        cartToken=lambda order, *_: order.cart_token,
        checkoutToken=lambda order, *_: order.checkout_token,
        currencyCode=lambda *_: CURRENCY,
        presentmentCurrencyCode=lambda *_: CURRENCY,
        test=lambda order, *_: order.test,
        sourceName=lambda *_: "web",
        displayFinancialStatus=lambda order, *_: order.financial_status,
        displayFulfillmentStatus=lambda order, *_: "FULFILLED" if order.fulfilled_at else "UNFULFILLED",
        fullyPaid=lambda *_: True,
        unpaid=lambda *_: False,
        discountCode=lambda order, *_: order.discounts[0].code if order.discounts else None,
        discountCodes=lambda order, *_: [use.code for use in order.discounts],
        discountApplications=lambda order, *_: _discount_applications(order),
        lineItems=lambda order, args, context: page_of_sequence(order.lines, args, context),
        refunds=lambda order, *_: [_refund(order, refund) for refund in order.refunds],
        totalPriceSet=lambda order, *_: money_bag(order.total),
        totalPrice=lambda order, *_: decimal(order.total),
        originalTotalPriceSet=lambda order, *_: money_bag(order.total),
        currentTotalPriceSet=lambda order, *_: money_bag(order.total - order.refunded),
        subtotalPriceSet=lambda order, *_: money_bag(order.total),
        currentSubtotalPriceSet=lambda order, *_: money_bag(order.total - order.refunded),
        totalDiscountsSet=lambda order, *_: money_bag(order.discount),
        currentTotalDiscountsSet=lambda order, *_: money_bag(order.discount),
        totalRefundedSet=lambda order, *_: money_bag(order.refunded),
        totalReceivedSet=lambda order, *_: money_bag(order.total),
        netPaymentSet=lambda order, *_: money_bag(order.total - order.refunded),
        subtotalLineItemsQuantity=lambda order, *_: sum(line.quantity for line in order.lines),
        currentSubtotalLineItemsQuantity=lambda order, *_: sum(line.quantity for line in order.lines),
        totalTaxSet=lambda *_: money_bag(0),
        totalShippingPriceSet=lambda *_: money_bag(0),
        statusPageUrl=lambda order, _, context: f"{context.store.url}/orders/{order.id}",
    ),
    **_of(
        "LineItem",
        id=lambda line, *_: gid("LineItem", line.id),
        title=lambda line, *_: line.title,
        name=lambda line, *_: f"{line.title} - CD",
        quantity=lambda line, *_: line.quantity,
        currentQuantity=lambda line, *_: line.quantity,
        refundableQuantity=lambda line, *_: line.quantity,
        sku=lambda line, *_: line.sku,
        vendor=lambda line, *_: line.vendor,
        variantTitle=lambda *_: "CD",
        requiresShipping=lambda *_: True,
        taxable=lambda *_: True,
        product=lambda line, *_: _product(BY_ID[line.product_id]) if line.product_id in BY_ID else None,
        variant=lambda line, *_: (
            _variant(BY_VARIANT[line.variant_id]) if line.variant_id in BY_VARIANT else None
        ),
        originalUnitPriceSet=lambda line, *_: money_bag(line.price),
        discountedUnitPriceSet=lambda line, *_: money_bag(line.price),
        discountedUnitPriceAfterAllDiscountsSet=lambda line, *_: money_bag(line.price),
        originalTotalSet=lambda line, *_: money_bag(line.total),
        discountedTotalSet=lambda line, *_: money_bag(line.total),
        totalDiscountSet=lambda *_: money_bag(0),
    ),
    **_of(
        "DiscountCodeNode",
        id=lambda discount, *_: gid("DiscountCodeNode", discount.id),
        codeDiscount=lambda discount, *_: discount,
    ),
    **_of(
        "DiscountCodeBasic",
        title=lambda discount, *_: discount.title,
        status=lambda discount, _, context: discount.status(context.store.now()),
        codes=lambda discount, *_: _codes(discount),
        codesCount=lambda *_: {"count": 1, "precision": "EXACT"},
        startsAt=lambda discount, *_: instant(discount.starts_at),
        endsAt=lambda discount, *_: instant(discount.ends_at),
        createdAt=lambda discount, *_: instant(discount.created_at),
        updatedAt=lambda discount, *_: instant(discount.updated_at),
        usageLimit=lambda discount, *_: discount.usage_limit,
        appliesOncePerCustomer=lambda discount, *_: discount.once_per_customer,
        asyncUsageCount=lambda discount, *_: discount.uses,
        summary=lambda discount, *_: _summary(discount),
        shortSummary=lambda discount, *_: _summary(discount),
        tags=lambda discount, *_: list(discount.tags),
        minimumRequirement=lambda discount, *_: _minimum(discount),
        context=lambda discount, _, context: _discount_context(discount, context),
        discountClasses=lambda *_: ["ORDER"],
        discountClass=lambda *_: "ORDER",
        combinesWith=lambda discount, *_: {
            name: name in discount.combines_with
            for name in ("orderDiscounts", "productDiscounts", "shippingDiscounts")
        },
        customerGets=lambda discount, *_: {
            "appliesOnOneTimePurchase": True,
            "appliesOnSubscription": False,
            "items": {"__typename": "AllDiscountItems", "allItems": True},
            "value": _discount_value(discount),
        },
    ),
    **_of(
        "BulkOperation",
        id=lambda bulk, *_: gid("BulkOperation", bulk.id),
        status=lambda bulk, *_: bulk.status,
        type=lambda *_: "QUERY",
        query=lambda bulk, *_: bulk.query,
        errorCode=lambda bulk, *_: bulk.error_code,
        createdAt=lambda bulk, *_: instant(bulk.created_at),
        completedAt=lambda bulk, *_: instant(bulk.completed_at),
        objectCount=lambda bulk, *_: str(bulk.objects),
        rootObjectCount=lambda bulk, *_: str(bulk.roots),
        fileSize=lambda bulk, *_: str(bulk.size) if bulk.status == "COMPLETED" and bulk.objects else None,
        url=lambda bulk, _, context: _file_url(bulk, context),
        partialDataUrl=lambda *_: None,
    ),
}


def _by_identifier(identifier: Mapping[str, Any], context: Context) -> Customer | None:
    if "emailAddress" in identifier:
        return context.store.customers.by_alias(str(identifier["emailAddress"]).lower())
    return node(str(identifier["id"]), context) if "id" in identifier else None
