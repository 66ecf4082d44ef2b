"""What segments may ask of a customer: the answers of one moment, flat, as they are stored in a row."""

from dataclasses import dataclass
from datetime import datetime

from plugin.core.events import ConsentState
from plugin.core.lifecycle.stages import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """One customer. None says that we do not know, or that there is no such thing."""

    customer_id: int
    email: str | None
    locale: str | None
    country: str | None
    """ISO 3166 two letters."""
    created_at: datetime | None
    orders_count: int
    """Orders that are purchases."""
    net_minor: int
    """Net product value of all purchases, in the shop currency's minor units."""
    first_order_at: datetime | None
    last_order_at: datetime | None
    stage: Stage
    stage_since: datetime | None
    consent_email: ConsentState | None
    is_mailable: bool
    open_checkout_at: datetime | None
    """When the checkout that led to no order was last touched."""
    open_cart_at: datetime | None
    points: int
