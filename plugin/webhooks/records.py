"""What happens to a customer's record beside its own fields: tags, a merge, Shopify's own count of the orders."""

from typing import Annotated, ClassVar

from plugin.core.events import CustomersMerged, Person, PurchasesSummed, TagsChanged, Version
from plugin.core.money import minor_units
from plugin.shopify.contact_points import id_in
from plugin.shopify.event_identity import UNSEALED, named, sealed
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import (
    Amount,
    Currency,
    DeliveryFacts,
    EmptyIfNone,
    MaybeInstant,
    Payload,
    Quantity,
    Shape,
    Text,
    TopicPayload,
)

_MERGED = "completed"


class TagsPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"customerId", "tags"}), foreign=frozenset({"numberOfOrders", "id", "line_items"})
    )

    customerId: Text  # noqa: N815  # Shopify's own spelling in its newer topics
    tags: Annotated[tuple[Text, ...], EmptyIfNone]
    occurredAt: MaybeInstant = None  # noqa: N815  # as above


class _Spent(Payload):
    amount: Amount
    currencyCode: Currency  # noqa: N815  # as above


class PurchasesPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"customerId", "numberOfOrders", "amountSpent"}), foreign=frozenset({"tags", "id"})
    )

    customerId: Text  # noqa: N815  # as above
    numberOfOrders: Quantity  # noqa: N815  # as above
    amountSpent: _Spent  # noqa: N815  # as above
    occurredAt: MaybeInstant = None  # noqa: N815  # as above


class MergePayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset(
            {"admin_graphql_api_customer_kept_id", "admin_graphql_api_customer_deleted_id", "status"}
        ),
        foreign=frozenset({"id", "line_items", "customerId", "order_id"}),
    )

    admin_graphql_api_customer_kept_id: Text | None
    admin_graphql_api_customer_deleted_id: Text | None
    status: Text


def translate_added(body: TagsPayload, facts: DeliveryFacts) -> tuple[TagsChanged, ...]:
    return _tagged(body, facts, is_on=True)


def translate_removed(body: TagsPayload, facts: DeliveryFacts) -> tuple[TagsChanged, ...]:
    return _tagged(body, facts, is_on=False)


def translate_purchases(body: PurchasesPayload, facts: DeliveryFacts) -> tuple[PurchasesSummed, ...]:
    """Raises `UnintelligibleError` where the id is no customer's."""
    customer_id = _customer(body.customerId, "customers/purchasing_summary")
    at = body.occurredAt or facts.triggered_at
    currency = body.amountSpent.currencyCode
    summed = PurchasesSummed(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=facts.triggered_at),
        person=Person(shopify_id=customer_id),
        orders_count=body.numberOfOrders,
        spent_minor=minor_units(body.amountSpent.amount, currency),
        currency=currency,
    )
    return (sealed(summed, "purchases", customer_id),)


def translate_merge(body: MergePayload, facts: DeliveryFacts) -> tuple[CustomersMerged, ...]:
    """Nothing unless the merge was completed: a merge that failed or is under way has changed nobody.

    Raises `UnintelligibleError` where an id is no customer's, or both are the same.
    """
    if body.status.lower() != _MERGED:
        return ()
    kept = _customer(body.admin_graphql_api_customer_kept_id or "", "customers/merge")
    deleted = _customer(body.admin_graphql_api_customer_deleted_id or "", "customers/merge")
    if kept == deleted:
        raise UnintelligibleError("wrong_shape:customers/merge")
    merged = CustomersMerged(
        id=UNSEALED,
        occurred_at=facts.triggered_at,
        version=Version(updated_at=facts.triggered_at, triggered_at=facts.triggered_at),
        person=Person(shopify_id=kept),
        links=(f"shopify:{deleted}",),
        kept_id=kept,
        deleted_id=deleted,
    )
    return (named(merged, "merged", kept, deleted),)


def _tagged(body: TagsPayload, facts: DeliveryFacts, *, is_on: bool) -> tuple[TagsChanged, ...]:
    customer_id = _customer(body.customerId, "customer.tags_added" if is_on else "customer.tags_removed")
    tags = tuple(sorted({tag.strip() for tag in body.tags} - {""}))
    if not tags:
        return ()
    at = body.occurredAt or facts.triggered_at
    changed = TagsChanged(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=facts.triggered_at),
        person=Person(shopify_id=customer_id),
        tags=tags,
        is_on=is_on,
    )
    return (sealed(changed, "tags", customer_id, is_on),)


def _customer(gid: str, topic: str) -> int:
    try:
        return id_in(gid, "Customer")
    except ValueError:
        raise UnintelligibleError(f"wrong_shape:{topic}") from None
