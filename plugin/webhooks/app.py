"""Topics about the app itself: it was removed, or a bulk operation of ours has ended."""

from typing import ClassVar

from plugin.core.events import AppUninstalled, BulkOperationFinished
from plugin.shopify.contact_points import id_in
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import DeliveryFacts, MaybeInstant, Shape, Text, TopicPayload


class UninstalledPayload(TopicPayload):
    """A Shop resource. Only its shape matters: the shop is the one the delivery was verified for."""

    shape: ClassVar = Shape(
        required=frozenset({"id", "email", "domain", "myshopify_domain", "plan_name", "shop_owner"}),
        foreign=frozenset(
            {"line_items", "token", "customer", "order_id", "financial_status", "verified_email"}
        ),
    )

    plan_name: Text | None
    shop_owner: Text | None


class BulkOperationPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"admin_graphql_api_id", "status", "type"}),
        foreign=frozenset({"line_items", "token", "customer", "order_id", "financial_status", "email"}),
    )

    admin_graphql_api_id: Text
    completed_at: MaybeInstant = None


def translate_uninstalled(_: UninstalledPayload, facts: DeliveryFacts) -> tuple[AppUninstalled, ...]:
    return (AppUninstalled(occurred_at=facts.triggered_at),)


def translate_bulk_operation(
    operation: BulkOperationPayload, facts: DeliveryFacts
) -> tuple[BulkOperationFinished, ...]:
    """Raises `UnintelligibleError` where the id is no bulk operation's."""
    try:
        id_in(operation.admin_graphql_api_id, "BulkOperation")
    except ValueError:
        raise UnintelligibleError("wrong_shape:bulk_operations/finish") from None
    finished = BulkOperationFinished(
        operation_gid=operation.admin_graphql_api_id,
        occurred_at=operation.completed_at or facts.triggered_at,
    )
    return (finished,)
