"""carts/create and carts/update: what lies in an online-store cart. The body knows no person, only a token."""

from typing import Annotated, ClassVar

from plugin.core.events import CartChanged, Line, Version
from plugin.shopify.contact_points import token_of
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    EmptyIfNone,
    Flag,
    Id,
    Instant,
    MaybeAmount,
    MaybeInstant,
    MaybeMoneySet,
    Payload,
    Quantity,
    Shape,
    Text,
    TopicPayload,
    minor_or_none,
    shop_amount,
)


class CartLine(Payload):
    title: Text | None = None
    quantity: Quantity
    product_id: Id | None = None
    variant_id: Id | None = None
    gift_card: Flag = False
    product_type: Text | None = None
    line_price: MaybeAmount = None
    line_price_set: MaybeMoneySet = None


class CartPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"token", "line_items", "updated_at"}),
        foreign=frozenset({"financial_status", "abandoned_checkout_url", "total_price", "order_id"}),
    )

    token: Text
    line_items: Annotated[tuple[CartLine, ...], EmptyIfNone]
    created_at: MaybeInstant = None
    updated_at: Instant


def translate(cart: CartPayload, facts: DeliveryFacts) -> tuple[CartChanged, ...]:
    """One `CartChanged`, or nothing where the token is empty: nobody could ever be joined to such a cart."""
    token = token_of(cart.token)
    if token is None:
        return ()
    changed = CartChanged(
        id=UNSEALED,
        occurred_at=cart.updated_at,
        version=Version(updated_at=cart.updated_at, triggered_at=facts.triggered_at),
        links=(f"cart:{token}",),
        token=token,
        lines=tuple(_line(line, facts.currency) for line in cart.line_items if line.quantity),
        created_at=cart.created_at or cart.updated_at,
    )
    return (sealed(changed, "cart", token),)


def _line(line: CartLine, currency: str) -> Line:
    priced_in = line.line_price_set.shop_money.currency_code if line.line_price_set else None
    return Line(
        title=line.title or "",
        quantity=line.quantity,
        total_minor=minor_or_none(shop_amount(line.line_price_set, line.line_price), priced_in or currency),
        product_id=line.product_id,
        variant_id=line.variant_id,
        product_type=line.product_type or None,
        is_gift_card=line.gift_card,
    )
