"""discounts/create, update, delete and redeemcode_added, removed: is a code that we gave still worth something?"""

from typing import ClassVar

from plugin.core.events import DiscountChanged, RedeemCodeChanged
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    MaybeInstant,
    Payload,
    Shape,
    Text,
    TopicPayload,
)

_OF_OTHERS = frozenset({"id", "line_items", "order_id", "customer", "type", "return_line_items"})


class DiscountPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"admin_graphql_api_id", "title", "status"}),
        foreign=_OF_OTHERS | {"redeem_code", "deleted_at"},
    )

    admin_graphql_api_id: Text
    status: Text
    updated_at: MaybeInstant = None


class DeletedDiscountPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"admin_graphql_api_id", "deleted_at"}),
        foreign=_OF_OTHERS | {"redeem_code", "title", "status"},
    )

    admin_graphql_api_id: Text
    deleted_at: MaybeInstant = None


class _Code(Payload):
    code: Text


class RedeemCodePayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"admin_graphql_api_id", "redeem_code"}), foreign=_OF_OTHERS | {"deleted_at"}
    )

    admin_graphql_api_id: Text
    redeem_code: _Code
    updated_at: MaybeInstant = None


def translate(body: DiscountPayload, facts: DeliveryFacts) -> tuple[DiscountChanged, ...]:
    changed = DiscountChanged(
        discount_gid=body.admin_graphql_api_id,
        status=body.status.lower(),
        occurred_at=body.updated_at or facts.triggered_at,
    )
    return (changed,)


def translate_deleted(body: DeletedDiscountPayload, facts: DeliveryFacts) -> tuple[DiscountChanged, ...]:
    deleted = DiscountChanged(
        discount_gid=body.admin_graphql_api_id,
        status="deleted",
        occurred_at=body.deleted_at or facts.triggered_at,
    )
    return (deleted,)


def translate_code_added(body: RedeemCodePayload, facts: DeliveryFacts) -> tuple[RedeemCodeChanged, ...]:
    return (_code(body, facts, is_valid=True),)


def translate_code_removed(body: RedeemCodePayload, facts: DeliveryFacts) -> tuple[RedeemCodeChanged, ...]:
    return (_code(body, facts, is_valid=False),)


def _code(body: RedeemCodePayload, facts: DeliveryFacts, *, is_valid: bool) -> RedeemCodeChanged:
    return RedeemCodeChanged(
        discount_gid=body.admin_graphql_api_id,
        code=body.redeem_code.code,
        is_valid=is_valid,
        occurred_at=body.updated_at or facts.triggered_at,
    )
