"""order_transactions/create: money taken, tried or given back. Cash that a courier collected is seen here first."""

from typing import ClassVar

from plugin.core.events import PaymentRecorded, Version
from plugin.core.money import minor_units
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.webhooks.payload_parts import (
    Amount,
    DeliveryFacts,
    Flag,
    Id,
    Instant,
    MaybeCurrency,
    MaybeInstant,
    Shape,
    Text,
    TopicPayload,
)


class TransactionPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "order_id", "kind", "status", "amount"}),
        foreign=frozenset(
            {"line_items", "refund_line_items", "tracking_company", "fulfillment_id", "customer"}
        ),
    )

    id: Id
    order_id: Id
    kind: Text
    status: Text
    gateway: Text | None = None
    amount: Amount
    currency: MaybeCurrency = None
    test: Flag = False
    created_at: Instant
    processed_at: MaybeInstant = None


def translate(body: TransactionPayload, facts: DeliveryFacts) -> tuple[PaymentRecorded, ...]:
    """The transaction, in the currency it was made in: it tells that money came in, not what an order is worth."""
    at = body.processed_at or body.created_at
    currency = body.currency or facts.currency
    recorded = PaymentRecorded(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=facts.triggered_at, triggered_at=facts.triggered_at),
        links=(f"order:{body.order_id}",),
        payment_id=body.id,
        order_id=body.order_id,
        kind=body.kind.lower(),
        status=body.status.lower(),
        gateway=body.gateway or "",
        money_minor=minor_units(body.amount, currency),
        currency=currency,
        is_test=body.test,
    )
    return (sealed(recorded, "payment", body.id),)
