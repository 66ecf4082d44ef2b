"""fulfillments/create and update, and fulfillment_events/create and delete: the parcel on its way.

An order snapshot carries its fulfillments too; the same one through either is the same event.
"""

from datetime import datetime
from typing import ClassVar

from plugin.core.events import FulfillmentChanged, Person, ShipmentReported, Version
from plugin.shopify.event_identity import UNSEALED, named, sealed
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    Id,
    Instant,
    MaybeInstant,
    Payload,
    Shape,
    Text,
    TopicPayload,
)
from plugin.webhooks.refunds import WHOSE

_OF_OTHERS = frozenset(
    {"financial_status", "refund_line_items", "kind", "return_line_items", "order", "customer", "currency"}
)


class Fulfillment(Payload):
    """A fulfillment inside an order: the order is not lost for a part of it that says too little."""

    id: Id
    status: Text | None = None
    shipment_status: Text | None = None
    updated_at: MaybeInstant = None


class FulfillmentPayload(Fulfillment, TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "order_id", "status", "updated_at", "line_items"}),
        foreign=_OF_OTHERS | {"happened_at", "fulfillment_id", "abandoned_checkout_url"},
    )

    order_id: Id
    updated_at: Instant


class ShipmentEventPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "fulfillment_id", "order_id", "status"}),
        foreign=_OF_OTHERS | {"line_items", "tracking_company"},
    )

    id: Id
    fulfillment_id: Id
    order_id: Id
    status: Text
    happened_at: MaybeInstant = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


def translate(body: FulfillmentPayload, facts: DeliveryFacts) -> tuple[FulfillmentChanged, ...]:
    return (changed(body, body.order_id, body.updated_at, facts),)


def translate_report(body: ShipmentEventPayload, facts: DeliveryFacts) -> tuple[ShipmentReported, ...]:
    return (sealed(_reported(body, facts, is_withdrawn=False), "shipment_report", body.id),)


def translate_withdrawal(body: ShipmentEventPayload, facts: DeliveryFacts) -> tuple[ShipmentReported, ...]:
    """The word no longer holds: whatever it said of the parcel is unsaid."""
    return (named(_reported(body, facts, is_withdrawn=True), "shipment_report_withdrawn", body.id),)


def changed(
    body: Fulfillment, order_id: int, at: datetime, facts: DeliveryFacts, *, person: Person | None = None
) -> FulfillmentChanged:
    """`body` as an event, with the id that any other sender of it would give it."""
    event = FulfillmentChanged(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=facts.triggered_at),
        person=person or Person(),
        links=(f"order:{order_id}",),
        fulfillment_id=body.id,
        order_id=order_id,
        status=(body.status or "").lower(),
        shipment_status=body.shipment_status.lower() if body.shipment_status else None,
    )
    return sealed(event, "fulfillment", body.id, besides=WHOSE)


def _reported(body: ShipmentEventPayload, facts: DeliveryFacts, *, is_withdrawn: bool) -> ShipmentReported:
    at = body.happened_at or body.created_at or facts.triggered_at
    return ShipmentReported(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=body.updated_at or at, triggered_at=facts.triggered_at),
        links=(f"order:{body.order_id}",),
        report_id=body.id,
        fulfillment_id=body.fulfillment_id,
        order_id=body.order_id,
        status=body.status.lower(),
        is_withdrawn=is_withdrawn,
    )
