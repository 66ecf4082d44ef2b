"""returns/request, approve, decline, cancel, close, reopen and update. The bodies have no time but the trigger's."""

from typing import Annotated, ClassVar

from plugin.core.events import ReturnChanged, Version
from plugin.shopify.contact_points import id_in
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    Id,
    NoneIfEmpty,
    Payload,
    Shape,
    Text,
    TopicPayload,
)

_OF_OTHERS = frozenset(
    {"line_items", "financial_status", "kind", "fulfillment_id", "refund_line_items", "title"}
)


class _Order(Payload):
    id: Id


class ReturnPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "admin_graphql_api_id", "status"}),
        any_of=frozenset({"order", "order_id"}),
        foreign=_OF_OTHERS | {"amount", "updated_at"},
    )

    id: Id
    admin_graphql_api_id: Text
    status: Text
    order_id: Id | None = None
    order: Annotated[_Order | None, NoneIfEmpty] = None


class UpdatedReturnPayload(TopicPayload):
    """What changed in a return; it names neither its order nor its state."""

    shape: ClassVar = Shape(
        required=frozenset({"admin_graphql_api_id", "return_line_items"}),
        foreign=_OF_OTHERS | {"id", "status", "order", "order_id"},
    )

    admin_graphql_api_id: Text


def translate(body: ReturnPayload, facts: DeliveryFacts) -> tuple[ReturnChanged, ...]:
    """Raises `UnintelligibleError` where the id is no return's."""
    if _number(body.admin_graphql_api_id) != body.id:
        raise UnintelligibleError("wrong_shape:returns")
    order_id = body.order_id or (body.order.id if body.order else None)
    return (_changed(body.id, order_id, body.status.lower(), facts),)


def translate_updated(body: UpdatedReturnPayload, facts: DeliveryFacts) -> tuple[ReturnChanged, ...]:
    """Raises `UnintelligibleError` where the id is no return's."""
    return (_changed(_number(body.admin_graphql_api_id), None, "updated", facts),)


def _changed(return_id: int, order_id: int | None, status: str, facts: DeliveryFacts) -> ReturnChanged:
    changed = ReturnChanged(
        id=UNSEALED,
        occurred_at=facts.triggered_at,
        version=Version(updated_at=facts.triggered_at, triggered_at=facts.triggered_at),
        links=(*((f"order:{order_id}",) if order_id else ()), f"return:{return_id}"),
        return_id=return_id,
        order_id=order_id,
        status=status,
    )
    return sealed(changed, "return", return_id)


def _number(gid: str) -> int:
    try:
        return id_in(gid, "Return")
    except ValueError:
        raise UnintelligibleError("wrong_shape:returns") from None
