"""orders/delete, products/delete and segments/delete: nothing but an id, and no way to tell them apart by shape.

So what they do is bound to the id: an order's id names no product, and what was never known cannot be deleted.
"""

from typing import ClassVar

from plugin.core.events import OrderDeleted, ProductDeleted, SegmentNamed, Version
from plugin.shopify.contact_points import id_in
from plugin.shopify.event_identity import UNSEALED, named
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import DeliveryFacts, Id, Shape, Text, TopicPayload


class DeletedPayload(TopicPayload):
    shape: ClassVar = Shape(required=frozenset({"id"}), only=frozenset({"id", "admin_graphql_api_id"}))

    id: Id
    admin_graphql_api_id: Text | None = None


def translate_order(body: DeletedPayload, facts: DeliveryFacts) -> tuple[OrderDeleted, ...]:
    """Raises `UnintelligibleError` where the body names another resource than an order."""
    order_id = _id(body, "Order", "orders/delete")
    deleted = OrderDeleted(
        id=UNSEALED,
        occurred_at=facts.triggered_at,
        version=Version(updated_at=facts.triggered_at, triggered_at=facts.triggered_at),
        links=(f"order:{order_id}",),
        order_id=order_id,
    )
    return (named(deleted, "order_deleted", order_id),)


def translate_product(body: DeletedPayload, facts: DeliveryFacts) -> tuple[ProductDeleted, ...]:
    """Raises `UnintelligibleError` where the body names another resource than a product."""
    product_id = _id(body, "Product", "products/delete")
    return (ProductDeleted(product_id=product_id, occurred_at=facts.triggered_at),)


def translate_segment(body: DeletedPayload, facts: DeliveryFacts) -> tuple[SegmentNamed, ...]:
    """Raises `UnintelligibleError` where the body names another resource than a segment."""
    segment_id = _id(body, "Segment", "segments/delete")
    return (SegmentNamed(segment_id=segment_id, name=None, occurred_at=facts.triggered_at),)


def _id(body: DeletedPayload, resource: str, topic: str) -> int:
    if body.admin_graphql_api_id is not None:
        try:
            is_same = id_in(body.admin_graphql_api_id, resource) == body.id
        except ValueError:
            is_same = False
        if not is_same:
            raise UnintelligibleError(f"wrong_shape:{topic}")
    return body.id
