"""segments/create and update: the merchant's own segments in Shopify, by name.

Who is in them, Shopify tells only through subscriptions made by API, which it deletes after failures. So
customer.joined_segment and customer.left_segment are not listened to.
"""

from typing import ClassVar

from plugin.core.events import SegmentNamed
from plugin.webhooks.payload_parts import DeliveryFacts, Id, MaybeInstant, Shape, Text, TopicPayload


class SegmentPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "name", "query"}),
        foreign=frozenset({"line_items", "order_id", "customer", "email", "status", "updated_at"}),
    )

    id: Id
    name: Text
    lastEditDate: MaybeInstant = None  # noqa: N815  # Shopify's own spelling


def translate(body: SegmentPayload, facts: DeliveryFacts) -> tuple[SegmentNamed, ...]:
    return (SegmentNamed(segment_id=body.id, name=body.name, occurred_at=facts.triggered_at),)
