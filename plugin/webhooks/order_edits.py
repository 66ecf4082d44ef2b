"""orders/edited: which pieces came and went. What the order is now, the orders/updated beside it says."""

from typing import Annotated, ClassVar

from plugin.core.events import OrderEdited, Version
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    EmptyIfNone,
    Id,
    MaybeInstant,
    Payload,
    Quantity,
    Shape,
    TopicPayload,
)


class _Pieces(Payload):
    delta: Quantity = 0


class _Lines(Payload):
    additions: Annotated[tuple[_Pieces, ...], EmptyIfNone] = ()
    removals: Annotated[tuple[_Pieces, ...], EmptyIfNone] = ()


class _Edit(Payload):
    id: Id
    order_id: Id
    created_at: MaybeInstant = None
    committed_at: MaybeInstant = None
    line_items: _Lines = _Lines()


class EditedOrderPayload(TopicPayload):
    shape: ClassVar = Shape(required=frozenset({"order_edit"}), foreign=frozenset({"line_items", "id"}))

    order_edit: _Edit


def translate(body: EditedOrderPayload, facts: DeliveryFacts) -> tuple[OrderEdited, ...]:
    edit = body.order_edit
    at = edit.committed_at or edit.created_at or facts.triggered_at
    edited = OrderEdited(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=facts.triggered_at),
        links=(f"order:{edit.order_id}",),
        edit_id=edit.id,
        order_id=edit.order_id,
        added=sum(piece.delta for piece in edit.line_items.additions),
        removed=sum(piece.delta for piece in edit.line_items.removals),
    )
    return (sealed(edited, "order_edit", edit.id),)
