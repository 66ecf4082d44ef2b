"""From Shopify's webhook headers to a delivery. No header is signed: each is a claim, taken strictly or not at all."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from plugin.core.deliveries import Delivery
from plugin.core.keys import InvalidShopDomainError, shop_domain, shop_id_of

_TOPIC = re.compile(rb"[a-z0-9_.]{1,60}(?:/[a-z0-9_.]{1,60})?")
_ID = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")
_VERSION = re.compile(rb"[A-Za-z0-9-]{1,20}")
_KNOWN_SHOPS = 65_536  # shops whose id is remembered; deriving it again costs a few microseconds


class InvalidHeaderError(ValueError):
    """A header that names the delivery is missing or malformed. `args[0]` is the header's name."""


def header(headers: dict[bytes, bytes], name: bytes) -> bytes:
    """The value of `X-<name>`, or of `<name>` where a proxy took the prefix off; empty when absent."""
    return headers.get(b"x-" + name) or headers.get(name) or b""


def delivery_of(headers: dict[bytes, bytes], body: bytes, received_at: datetime) -> Delivery:
    """The delivery these headers (lower-case names) claim to be; raises `InvalidHeaderError`.

    Shop, topic and delivery id are required. Event id, trigger time and version only inform: malformed is absent.
    """
    shop, shop_id = _shop(header(headers, b"shopify-shop-domain"))
    delivery_id = header(headers, b"shopify-webhook-id")
    if _ID.fullmatch(delivery_id) is None:
        raise InvalidHeaderError("X-Shopify-Webhook-Id")
    event_id = header(headers, b"shopify-event-id")
    return Delivery(
        shop_id=shop_id,
        shop=shop,
        topic=_topic(header(headers, b"shopify-topic")),
        delivery_id=delivery_id.decode("ascii"),
        event_id=event_id.decode("ascii") if _ID.fullmatch(event_id) else None,
        triggered_at=_instant(header(headers, b"shopify-triggered-at")),
        api_version=_version(header(headers, b"shopify-api-version")),
        received_at=received_at,
        body=body,
    )


@lru_cache(maxsize=_KNOWN_SHOPS)
def _shop(value: bytes) -> tuple[str, int]:
    try:
        domain = shop_domain(value.decode("latin-1"))
    except InvalidShopDomainError:
        raise InvalidHeaderError("X-Shopify-Shop-Domain") from None
    return domain, shop_id_of(domain)


@lru_cache(maxsize=1024)
def _topic(value: bytes) -> str:
    topic = value.lower()
    if _TOPIC.fullmatch(topic) is None:
        raise InvalidHeaderError("X-Shopify-Topic")
    return topic.decode("ascii")


@lru_cache(maxsize=64)
def _version(value: bytes) -> str:
    return value.decode("ascii") if _VERSION.fullmatch(value) else ""


def _instant(value: bytes) -> datetime | None:
    try:
        at = datetime.fromisoformat(value.decode("ascii"))
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
