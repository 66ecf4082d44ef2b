"""What each GraphQL field of the devstore is: one line per field, keyed by (type, field)."""

from typing import Final

from devstore.admin import reads, shapes
from devstore.admin.paging import page_of_sequence
from devstore.admin.reads import Field
from devstore.admin.shapes import decimal, instant, money, money_bag
from devstore.catalogue import BY_ID, BY_VARIANT, PRODUCTS
from devstore.model import CASH_ON_DELIVERY, CURRENCY, gid


def _of(kind: str, **fields: Field) -> dict[tuple[str, str], Field]:
    return {(kind, name): field for name, field in fields.items()}


FIELDS: Final[dict[tuple[str, str], Field]] = {
    **_of(
        "QueryRoot",
        shop=shapes.shop,
        currentAppInstallation=shapes.installation,
        customers=reads.customers,
        orders=reads.orders,
        customer=reads.by_id("Customer"),
        order=reads.by_id("Order"),
        bulkOperation=reads.poll,
        bulkOperations=reads.bulk_operations,
        node=lambda _, args, context: reads.node(args["id"], context),
        nodes=lambda _, args, context: [reads.node(global_id, context) for global_id in args["ids"]],
        products=lambda _, args, context: page_of_sequence(
            [shapes.product(p) for p in PRODUCTS], args, context
        ),
        customersCount=lambda *given: {"count": given[-1].store.customers.count(), "precision": "EXACT"},
        ordersCount=lambda *given: {"count": given[-1].store.orders.count(), "precision": "EXACT"},
        codeDiscountNodeByCode=lambda _, args, context: context.store.discounts.by_alias(
            args["code"].lower()
        ),
        codeDiscountNode=reads.by_id("DiscountCodeNode"),
        segment=reads.by_id("Segment"),
        customerByIdentifier=lambda _, args, context: reads.by_identifier(args["identifier"], context),
    ),
    **_of(
        "Segment",
        id=lambda segment, *_: gid("Segment", segment.id),
        name=lambda segment, *_: segment.name,
        query=lambda segment, *_: segment.query,
        creationDate=lambda segment, *_: instant(segment.created_at),
        lastEditDate=lambda segment, *_: instant(segment.updated_at),
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
        defaultEmailAddress=lambda customer, _, context: shapes.email_address(customer, context),
        defaultPhoneNumber=lambda customer, *_: shapes.phone_number(customer),
        metafield=lambda *_: None,
        emailMarketingConsent=lambda customer, *_: shapes.email_consent(customer),
        defaultAddress=lambda customer, *_: shapes.address(customer),
        addresses=lambda customer, *_: [shapes.address(customer)],
        addressesV2=lambda customer, args, context: page_of_sequence(
            [shapes.address(customer)], args, context
        ),
        orders=lambda customer, args, context: page_of_sequence(
            context.store.orders.by_owner(customer.id), args, context
        ),
        lastOrder=lambda customer, _, context: (
            context.store.orders.get(customer.last_order_id) if customer.last_order_id else None
        ),
        dataSaleOptOut=lambda *_: False,
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
        fullyPaid=lambda order, *_: not order.is_unpaid,
        unpaid=lambda order, *_: order.is_unpaid,
        paymentGatewayNames=lambda order, *_: [CASH_ON_DELIVERY if order.cash_on_delivery else "bogus"],
        fulfillments=lambda order, *_: shapes.fulfillments(order),
        discountCode=lambda order, *_: order.discounts[0].code if order.discounts else None,
        discountCodes=lambda order, *_: [use.code for use in order.discounts],
        discountApplications=lambda order, *_: shapes.discount_applications(order),
        lineItems=lambda order, args, context: page_of_sequence(order.lines, args, context),
        refunds=lambda order, *_: [shapes.refund(order, refund) for refund in order.refunds],
        totalPriceSet=lambda order, *_: money_bag(order.total),
        totalPrice=lambda order, *_: decimal(order.total),
        originalTotalPriceSet=lambda order, *_: money_bag(order.total),
        currentTotalPriceSet=lambda order, *_: money_bag(order.total - order.refunded),
        subtotalPriceSet=lambda order, *_: money_bag(order.total),
        currentSubtotalPriceSet=lambda order, *_: money_bag(order.total - order.refunded),
        totalDiscountsSet=lambda order, *_: money_bag(order.discount),
        currentTotalDiscountsSet=lambda order, *_: money_bag(order.discount),
        totalRefundedSet=lambda order, *_: money_bag(order.refunded),
        totalReceivedSet=lambda order, *_: money_bag(0 if order.is_unpaid else order.total),
        netPaymentSet=lambda order, *_: money_bag(order.total - order.refunded),
        subtotalLineItemsQuantity=lambda order, *_: sum(line.quantity for line in order.lines),
        currentSubtotalLineItemsQuantity=lambda order, *_: sum(line.quantity for line in order.lines),
        taxesIncluded=lambda *_: False,
        totalTaxSet=lambda *_: money_bag(0),
        currentTotalTaxSet=lambda *_: money_bag(0),
        totalRefundedShippingSet=lambda *_: money_bag(0),
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
        product=lambda line, *_: shapes.product(BY_ID[line.product_id]) if line.product_id in BY_ID else None,
        variant=lambda line, *_: (
            shapes.variant(BY_VARIANT[line.variant_id]) if line.variant_id in BY_VARIANT else None
        ),
        originalUnitPriceSet=lambda line, *_: money_bag(line.price),
        discountedUnitPriceSet=lambda line, *_: money_bag(line.price),
        discountedUnitPriceAfterAllDiscountsSet=lambda line, *_: money_bag(
            round(line.after_discounts / line.quantity)
        ),
        originalTotalSet=lambda line, *_: money_bag(line.total),
        discountedTotalSet=lambda line, args, _: money_bag(
            line.after_discounts if args.get("withCodeDiscounts") else line.total
        ),
        totalDiscountSet=lambda *_: money_bag(0),
        priceAfterAllDiscountsBeforeTaxesSet=lambda line, *_: money_bag(line.after_discounts),
        discountAllocations=lambda line, *_: shapes.allocations(line),
        taxLines=lambda *_: [],
        isGiftCard=lambda *_: False,
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
        codes=lambda discount, *_: shapes.codes(discount),
        codesCount=lambda *_: {"count": 1, "precision": "EXACT"},
        startsAt=lambda discount, *_: instant(discount.starts_at),
        endsAt=lambda discount, *_: instant(discount.ends_at),
        createdAt=lambda discount, *_: instant(discount.created_at),
        updatedAt=lambda discount, *_: instant(discount.updated_at),
        usageLimit=lambda discount, *_: discount.usage_limit,
        appliesOncePerCustomer=lambda discount, *_: discount.once_per_customer,
        asyncUsageCount=lambda discount, *_: discount.uses,
        summary=lambda discount, *_: shapes.summary(discount),
        shortSummary=lambda discount, *_: shapes.summary(discount),
        tags=lambda discount, *_: list(discount.tags),
        minimumRequirement=lambda discount, *_: shapes.minimum(discount),
        context=lambda discount, _, context: shapes.discount_context(discount, context),
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
            "value": shapes.discount_value(discount),
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
        url=lambda bulk, _, context: shapes.file_url(bulk, context),
        partialDataUrl=lambda *_: None,
    ),
}
