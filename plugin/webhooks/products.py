"""products/*, variants/in_stock and out_of_stock, inventory_levels/update: can this still be bought?

A product tells a quantity, but not whether the shop counts it at all. So its quantity of zero proves nothing by
itself; variants/out_of_stock does. And a level of zero at one location says nothing of the others.
"""

from typing import Annotated, ClassVar

from plugin.core.events import ProductChanged, StockChanged, Variant, Version
from plugin.shopify.contact_points import id_in
from plugin.webhooks.payload_parts import (
    Amount,
    DeliveryFacts,
    EmptyIfNone,
    Id,
    Instant,
    MaybeInstant,
    NoneIfEmpty,
    Payload,
    Shape,
    Text,
    TopicPayload,
)

_WHOLE_LISTS_UP_TO = 100  # Shopify sends no more than this many variants of a product in full


class _VariantPart(Payload):
    id: Id
    inventory_item_id: Id | None = None
    inventory_policy: Text | None = None
    inventory_management: Text | None = None
    inventory_quantity: Annotated[Amount | None, NoneIfEmpty] = None


class _VariantName(Payload):
    admin_graphql_api_id: Text


class ProductPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "title", "variants", "updated_at"}),
        foreign=frozenset({"line_items", "order_id", "customer", "product_id", "financial_status"}),
    )

    id: Id
    title: Text | None = None
    product_type: Text | None = None
    status: Text | None = None
    published_at: MaybeInstant = None
    updated_at: Instant
    variants: Annotated[tuple[_VariantPart, ...], EmptyIfNone]
    variant_gids: Annotated[tuple[_VariantName, ...] | None, NoneIfEmpty] = None


class VariantPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "product_id", "inventory_policy"}),
        foreign=frozenset({"line_items", "order_id", "variants", "status", "tracking_company"}),
    )

    id: Id
    inventory_item_id: Id | None = None


class InventoryLevelPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"inventory_item_id", "location_id", "available"}),
        foreign=frozenset({"id", "line_items", "order_id", "product_id"}),
    )

    inventory_item_id: Id
    available: Annotated[Amount | None, NoneIfEmpty]


def translate(body: ProductPayload, facts: DeliveryFacts) -> tuple[ProductChanged, ...]:
    sent = body.model_fields_set
    is_active = body.status is None or body.status.lower() == "active"
    is_published = "published_at" not in sent or body.published_at is not None
    changed = ProductChanged(
        product_id=body.id,
        version=Version(updated_at=body.updated_at, triggered_at=facts.triggered_at),
        title=body.title or "",
        product_type=body.product_type or None,
        is_for_sale=is_active and is_published,
        variants=tuple(_variant(part) for part in body.variants),
        variant_ids=_all_variants(body),
    )
    return (changed,)


def translate_in_stock(body: VariantPayload, facts: DeliveryFacts) -> tuple[StockChanged, ...]:
    return (_stock(body, facts, is_in_stock=True),)


def translate_out_of_stock(body: VariantPayload, facts: DeliveryFacts) -> tuple[StockChanged, ...]:
    return (_stock(body, facts, is_in_stock=False),)


def translate_level(body: InventoryLevelPayload, facts: DeliveryFacts) -> tuple[StockChanged, ...]:
    """Goods at any location can be bought; none at this one may still be some at another."""
    if body.available is None or body.available <= 0:
        return ()
    arrived = StockChanged(
        variant_id=None,
        inventory_item_id=body.inventory_item_id,
        is_in_stock=True,
        occurred_at=facts.triggered_at,
    )
    return (arrived,)


def _stock(body: VariantPayload, facts: DeliveryFacts, *, is_in_stock: bool) -> StockChanged:
    return StockChanged(
        variant_id=body.id,
        inventory_item_id=body.inventory_item_id,
        is_in_stock=is_in_stock,
        occurred_at=facts.triggered_at,
    )


def _variant(part: _VariantPart) -> Variant:
    return Variant(
        variant_id=part.id, inventory_item_id=part.inventory_item_id, is_in_stock=_is_in_stock(part)
    )


def _is_in_stock(part: _VariantPart) -> bool | None:
    if part.inventory_policy == "continue":
        return True
    if part.inventory_quantity is None:
        return None
    if part.inventory_quantity > 0:
        return True
    return False if part.inventory_management == "shopify" else None


def _all_variants(body: ProductPayload) -> tuple[int, ...] | None:
    if body.variant_gids:
        try:
            return tuple(
                sorted(id_in(name.admin_graphql_api_id, "ProductVariant") for name in body.variant_gids)
            )
        except ValueError:
            return None
    if not body.variants or len(body.variants) >= _WHOLE_LISTS_UP_TO:
        return None
    return tuple(sorted(part.id for part in body.variants))
