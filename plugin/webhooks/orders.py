"""orders/create, updated, paid, cancelled, fulfilled and partially_fulfilled: one snapshot under six names.

The same snapshot through two topics is one event. Refunds inside it are the very events of refunds/create.
"""

from decimal import Decimal
from typing import Annotated, ClassVar

from plugin.core.events import ConsentChanged, CustomerEvent, Line, OrderChanged, Person, Version
from plugin.core.fulfilment import is_cash_on_delivery
from plugin.core.money import minor_units
from plugin.shopify.contact_points import token_of
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.webhooks import consent
from plugin.webhooks.fulfillments import Fulfillment, changed
from plugin.webhooks.payload_parts import (
    Allocation,
    Amount,
    DeliveryFacts,
    EmptyIfNone,
    Flag,
    Id,
    Instant,
    MaybeAddress,
    MaybeAmount,
    MaybeCurrency,
    MaybeCustomer,
    MaybeInstant,
    MaybeMoneySet,
    Payload,
    Quantity,
    Shape,
    Tax,
    Text,
    TopicPayload,
    nested_contact,
    person_of,
    shop_amount,
    total_of,
)
from plugin.webhooks.refunds import Refund, recorded


class OrderLine(Payload):
    id: Id | None = None
    title: Text | None = None
    quantity: Quantity
    current_quantity: Quantity | None = None
    price: Amount
    price_set: MaybeMoneySet = None
    total_discount: MaybeAmount = None
    total_discount_set: MaybeMoneySet = None
    discount_allocations: Annotated[tuple[Allocation, ...], EmptyIfNone] = ()
    tax_lines: Annotated[tuple[Tax, ...], EmptyIfNone] = ()
    product_id: Id | None = None
    variant_id: Id | None = None
    product_type: Text | None = None
    gift_card: Flag = False
    tip: object = None


class DiscountCode(Payload):
    code: Text | None = None


class OrderPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "line_items", "financial_status", "updated_at"}),
        foreign=frozenset({"abandoned_checkout_url", "refund_line_items", "orders_to_redact", "invoice_url"}),
    )

    id: Id
    name: Text | None = None
    created_at: Instant
    processed_at: MaybeInstant = None
    updated_at: Instant
    cancelled_at: MaybeInstant = None
    financial_status: Text | None
    fulfillment_status: Text | None = None
    test: Flag = False
    currency: MaybeCurrency = None
    taxes_included: Flag = False
    total_price: MaybeAmount = None
    total_price_set: MaybeMoneySet = None
    line_items: Annotated[tuple[OrderLine, ...], EmptyIfNone]
    refunds: Annotated[tuple[Refund, ...], EmptyIfNone] = ()
    discount_codes: Annotated[tuple[DiscountCode, ...], EmptyIfNone] = ()
    checkout_token: Text | None = None
    cart_token: Text | None = None
    source_name: Text | None = None
    buyer_accepts_marketing: Flag = False
    customer_locale: Text | None = None
    email: Text | None = None
    contact_email: Text | None = None
    phone: Text | None = None
    payment_gateway_names: Annotated[tuple[Text, ...], EmptyIfNone] = ()
    fulfillments: Annotated[tuple[Fulfillment, ...], EmptyIfNone] = ()
    customer: MaybeCustomer = None
    billing_address: MaybeAddress = None
    shipping_address: MaybeAddress = None


def translate(order: OrderPayload, facts: DeliveryFacts) -> tuple[CustomerEvent, ...]:
    """The order as of `updated_at`, the ticked box if it was, and each refund so far.

    Of an order that is paid for at the door the parcels too: whether it is a purchase hangs on them.
    """
    person = person_of(order.customer, order.email, order.contact_email, phone=order.phone)
    refunded = (
        recorded(refund, refund.order_id or order.id, facts, person=person) for refund in order.refunds
    )
    is_for_cash = is_cash_on_delivery(order.payment_gateway_names)
    parcels = (
        changed(each, order.id, each.updated_at, facts, person=person)
        for each in order.fulfillments
        if is_for_cash and each.updated_at is not None
    )
    return (_changed(order, person, facts), *_ticked(order, person, facts), *refunded, *parcels)


def _changed(order: OrderPayload, person: Person, facts: DeliveryFacts) -> OrderChanged:
    currency = order.currency or facts.currency
    sold = (_line(line, order, currency) for line in order.line_items if not line.tip)
    lines = tuple(line for line in sold if line.quantity)
    codes = (code for discount in order.discount_codes if (code := (discount.code or "").strip()))
    event = OrderChanged(
        id=UNSEALED,
        occurred_at=order.updated_at,
        version=Version(updated_at=order.updated_at, triggered_at=facts.triggered_at),
        person=person,
        links=_links(order),
        order_id=order.id,
        name=order.name or "",
        placed_at=order.processed_at or order.created_at,
        cancelled_at=order.cancelled_at,
        financial_status=(order.financial_status or "pending").lower(),
        fulfillment_status=order.fulfillment_status.lower() if order.fulfillment_status else None,
        is_test=order.test,
        product_minor=sum(line.total_minor or 0 for line in lines if not line.is_gift_card),
        total_minor=minor_units(
            shop_amount(order.total_price_set, order.total_price) or Decimal(0), currency
        ),
        currency=currency,
        lines=lines,
        discount_codes=tuple(codes),
        checkout_token=token_of(order.checkout_token),
        cart_token=token_of(order.cart_token),
        source=order.source_name or None,
        gateways=tuple(name for name in order.payment_gateway_names if name),
        contact=nested_contact(
            order.customer,
            person,
            locale=order.customer_locale,
            addresses=(order.billing_address, order.shipping_address),
        ),
    )
    return sealed(event, "order", order.id)


def _line(line: OrderLine, order: OrderPayload, currency: str) -> Line:
    """Whole line after discounts and without tax, in shop money, for the quantity sold before refunds."""
    quantity = _sold(line, order)
    full = (shop_amount(line.price_set, line.price) or Decimal(0)) * line.quantity
    allocated = total_of(shop_amount(part.amount_set, part.amount) for part in line.discount_allocations)
    # Allocations hold every discount; older orders only have the line's own total.
    discount = max(allocated, shop_amount(line.total_discount_set, line.total_discount) or Decimal(0))
    tax = Decimal(0)
    if order.taxes_included:
        tax = total_of(shop_amount(part.price_set, part.price) for part in line.tax_lines)
    value = max(Decimal(0), full - discount - tax)
    if quantity != line.quantity:
        value = value * quantity / line.quantity
    return Line(
        title=line.title or "",
        quantity=quantity,
        total_minor=minor_units(value, currency),
        product_id=line.product_id,
        variant_id=line.variant_id,
        product_type=line.product_type or None,
        is_gift_card=line.gift_card,
    )


def _sold(line: OrderLine, order: OrderPayload) -> int:
    """The quantity after order edits but before refunds: `current_quantity` has lost both, refunds are told apart."""
    if line.current_quantity is None or line.current_quantity >= line.quantity:
        return line.quantity
    refunded = sum(
        returned.quantity
        for refund in order.refunds
        for returned in refund.refund_line_items
        if returned.line_item_id == line.id
    )
    return min(line.quantity, line.current_quantity + refunded)


def _ticked(order: OrderPayload, person: Person, facts: DeliveryFacts) -> tuple[ConsentChanged, ...]:
    if not order.buyer_accepts_marketing or person.email is None:
        return ()
    # The earlier of the two: an import of old orders gives today's `created_at` to a box ticked years ago.
    at = min(order.created_at, order.processed_at or order.created_at)
    subject = f"order:{order.id}"
    box = consent.ticked(
        source="order", subject=subject, at=at, person=person, links=_links(order), facts=facts
    )
    return (box,)


def _links(order: OrderPayload) -> tuple[str, ...]:
    checkout, cart = token_of(order.checkout_token), token_of(order.cart_token)
    return (
        f"order:{order.id}",
        *((f"checkout:{checkout}",) if checkout else ()),
        *((f"cart:{cart}",) if cart else ()),
    )
