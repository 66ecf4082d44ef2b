"""A stored delivery -> what happened. Pure: the same delivery says the same thing in every replay."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from plugin.core.deliveries import Delivery
from plugin.core.events import CustomerEvent, ShopEvent
from plugin.core.money import InvalidAmountError
from plugin.webhooks.parsing import UNKNOWN_TOPIC, UnintelligibleError, parse
from plugin.webhooks.payload_parts import DeliveryFacts, TopicPayload
from plugin.webhooks.topics import TOPICS, Topic

_SHOP_KEYS = ("shop_domain", "myshopify_domain")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFacts:
    """What is known of the shop that a delivery is for."""

    shop_id: int
    domain: str
    currency: str
    """ISO 4217; amounts whose body names no currency are in it."""


def understand(delivery: Delivery, shop: ShopFacts) -> tuple[CustomerEvent | ShopEvent, ...]:
    """What `delivery` says happened; nothing is a possible answer.

    Raises `UnintelligibleError`: `unknown_topic` (`parsing.UNKNOWN_TOPIC`) where we never asked for it,
    `other_shop` where the body belongs to another shop, `wrong_shape:<topic>` where it is another topic's body,
    `wrong_value:<topic>:<field>`, `wrong_amount:<topic>`, or one of the reasons of `parsing.parse`.
    """
    topic = TOPICS.get(delivery.topic)
    if topic is None:
        raise UnintelligibleError(UNKNOWN_TOPIC)
    body = parse(delivery.body)
    if delivery.shop != shop.domain or not _is_about(shop, body):
        raise UnintelligibleError("other_shop")
    facts = DeliveryFacts(
        shop=shop.domain,
        currency=shop.currency,
        triggered_at=delivery.triggered_at or delivery.received_at,
    )
    try:
        return topic.translate(_payload(topic, body), facts)
    except InvalidAmountError:
        raise UnintelligibleError(f"wrong_amount:{topic.name}") from None


def _is_about(shop: ShopFacts, body: Mapping[str, Any]) -> bool:
    """Headers are not signed: a body captured at one shop must do nothing under the name of another."""
    named = (body[key] for key in _SHOP_KEYS if body.get(key) is not None)
    return all(isinstance(name, str) and name.lower() == shop.domain for name in named)


def _payload(topic: Topic, body: Mapping[str, Any]) -> TopicPayload:
    if not topic.model.shape.fits(body):
        raise UnintelligibleError(f"wrong_shape:{topic.name}")
    try:
        return topic.model.model_validate(body)
    except ValidationError as error:
        # The names of our own fields only: a message of pydantic's may quote the body.
        path = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise UnintelligibleError(f"wrong_value:{topic.name}:{path}") from None
