"""A webhook as it stood at the door: verified bytes and what the headers said of them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of one topic. Only `body` is signed; every other field is a claim of the sender."""

    shop_id: int
    shop: str
    topic: str
    """Shopify's topic, lower case, such as `orders/create`."""
    delivery_id: str
    """X-Shopify-Webhook-Id: the same on every retry of this delivery."""
    event_id: str | None
    triggered_at: datetime | None
    api_version: str
    received_at: datetime
    body: bytes
