"""checkouts/create, update and delete. There is no "abandoned" topic: that is our own conclusion, later."""

from decimal import Decimal
from typing import Annotated, ClassVar

from plugin.core.events import (
    CheckoutChanged,
    CheckoutDeleted,
    ConsentChanged,
    CustomerEvent,
    Line,
    Person,
    Version,
)
from plugin.core.money import minor_units
from plugin.shopify.contact_points import token_of
from plugin.shopify.event_identity import UNSEALED, named, sealed
from plugin.webhooks import consent
from plugin.webhooks.parsing import UnintelligibleError
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
    Payload,
    Quantity,
    Shape,
    Tax,
    Text,
    TopicPayload,
    nested_contact,
    person_of,
    total_of,
)


class CheckoutLine(Payload):
    title: Text | None = None
    presentment_title: Text | None = None
    quantity: Quantity
    price: MaybeAmount = None
    line_price: MaybeAmount = None
    discount_allocations: Annotated[tuple[Allocation, ...], EmptyIfNone] = ()
    applied_discounts: Annotated[tuple[Allocation, ...], EmptyIfNone] = ()
    tax_lines: Annotated[tuple[Tax, ...], EmptyIfNone] = ()
    product_id: Id | None = None
    variant_id: Id | None = None
    product_type: Text | None = None
    gift_card: Flag = False


class CheckoutPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"token", "line_items", "abandoned_checkout_url", "updated_at"}),
        foreign=frozenset({"financial_status", "refund_line_items", "orders_to_redact", "invoice_url"}),
    )

    token: Text
    cart_token: Text | None = None
    created_at: Instant
    updated_at: Instant
    completed_at: MaybeInstant = None
    abandoned_checkout_url: Text | None
    currency: MaybeCurrency = None
    taxes_included: Flag = False
    total_price: Amount
    line_items: Annotated[tuple[CheckoutLine, ...], EmptyIfNone]
    buyer_accepts_marketing: Flag = False
    customer_locale: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    customer: MaybeCustomer = None
    billing_address: MaybeAddress = None
    shipping_address: MaybeAddress = None


class DeletedCheckoutPayload(TopicPayload):
    """A stub of totals; since 2026-04 the cart's token is all that joins it to a checkout we know."""

    shape: ClassVar = Shape(
        required=frozenset({"cart_token"}),
        any_of=frozenset({"id", "token"}),
        foreign=frozenset(
            {"line_items", "financial_status", "abandoned_checkout_url", "customer", "email", "updated_at"}
        ),
    )

    token: Text | None = None
    cart_token: Text | None


def translate(checkout: CheckoutPayload, facts: DeliveryFacts) -> tuple[CustomerEvent, ...]:
    """The checkout as of `updated_at`, and the ticked box if it was. Raises `UnintelligibleError` if unnamed."""
    token = token_of(checkout.token)
    if token is None:
        raise UnintelligibleError("wrong_shape:checkouts/update")
    person = person_of(checkout.customer, checkout.email, phone=checkout.phone)
    cart = token_of(checkout.cart_token)
    changed = _changed(checkout, token, cart, person, facts)
    return (changed, *_ticked(checkout, changed, facts))


def translate_deleted(body: DeletedCheckoutPayload, facts: DeliveryFacts) -> tuple[CheckoutDeleted, ...]:
    """The checkout is gone; nothing where the body names neither checkout nor cart."""
    token, cart = token_of(body.token), token_of(body.cart_token)
    if token is None and cart is None:
        return ()
    deleted = CheckoutDeleted(
        id=UNSEALED,
        occurred_at=facts.triggered_at,
        version=Version(updated_at=facts.triggered_at, triggered_at=facts.triggered_at),
        links=_links(token, cart),
        token=token,
        cart_token=cart,
    )
    # A cart can lead to several checkouts, one deleted after the other: the time tells them apart.
    entity = (token,) if token else (cart, facts.triggered_at.isoformat())
    return (named(deleted, "checkout_deleted", *entity),)


def _changed(
    checkout: CheckoutPayload, token: str, cart: str | None, person: Person, facts: DeliveryFacts
) -> CheckoutChanged:
    currency = checkout.currency or facts.currency
    event = CheckoutChanged(
        id=UNSEALED,
        occurred_at=checkout.updated_at,
        version=Version(updated_at=checkout.updated_at, triggered_at=facts.triggered_at),
        person=person,
        links=_links(token, cart),
        token=token,
        cart_token=cart,
        created_at=checkout.created_at,
        completed_at=checkout.completed_at,
        lines=tuple(_line(line, checkout, currency) for line in checkout.line_items if line.quantity),
        total_minor=minor_units(checkout.total_price, currency),
        currency=currency,
        url=_web_address(checkout.abandoned_checkout_url),
        contact=nested_contact(
            checkout.customer,
            person,
            locale=checkout.customer_locale,
            addresses=(checkout.billing_address, checkout.shipping_address),
        ),
    )
    return sealed(event, "checkout", token)


def _line(line: CheckoutLine, checkout: CheckoutPayload, currency: str) -> Line:
    full = line.price * line.quantity if line.price is not None else line.line_price
    discount = max(
        total_of(part.amount for part in line.discount_allocations),
        total_of(part.amount for part in line.applied_discounts),
    )
    tax = total_of(part.price for part in line.tax_lines) if checkout.taxes_included else Decimal(0)
    return Line(
        title=line.title or line.presentment_title or "",
        quantity=line.quantity,
        total_minor=None if full is None else minor_units(max(Decimal(0), full - discount - tax), currency),
        product_id=line.product_id,
        variant_id=line.variant_id,
        product_type=line.product_type or None,
        is_gift_card=line.gift_card,
    )


def _ticked(
    checkout: CheckoutPayload, changed: CheckoutChanged, facts: DeliveryFacts
) -> tuple[ConsentChanged, ...]:
    if not checkout.buyer_accepts_marketing or changed.person.email is None:
        return ()
    box = consent.ticked(
        source="checkout",
        subject=f"checkout:{changed.token}",
        at=changed.created_at,
        person=changed.person,
        links=changed.links,
        facts=facts,
    )
    return (box,)


def _links(token: str | None, cart: str | None) -> tuple[str, ...]:
    return (
        *((f"checkout:{token}",) if token else ()),
        *((f"cart:{cart}",) if cart else ()),
    )


def _web_address(url: str | None) -> str | None:
    """Only an address that a browser opens: the link goes into a mail."""
    return url if url and url.lower().startswith(("https://", "http://")) else None
