"""What our own understanding makes of the store's webhooks."""

from typing import TypeVar

from plugin.core.deliveries import Delivery as Stored
from plugin.core.events import CustomerEvent, ShopEvent
from plugin.core.keys import shop_id_of
from plugin.webhooks.topics import TOPICS
from plugin.webhooks.understand import ShopFacts, understand
from tests.devstore.world import SHOP, World

FACTS = ShopFacts(shop_id=shop_id_of(SHOP), domain=SHOP, currency="USD")
E = TypeVar("E", bound=CustomerEvent | ShopEvent)


def heard(world: World, kind: type[E]) -> list[E]:
    """Every event of `kind` that the webhooks so far lead to, in the order of sending."""
    events: list[E] = []
    for sent in world.devstore.deliveries(SHOP):
        if sent.topic not in TOPICS:
            continue
        stored = Stored(
            shop_id=FACTS.shop_id,
            shop=SHOP,
            topic=sent.topic,
            delivery_id=sent.webhook_id,
            event_id=sent.event_id,
            triggered_at=sent.triggered_at,
            api_version="2026-10",
            received_at=sent.triggered_at,
            body=sent.body,
        )
        events += [event for event in understand(stored, FACTS) if isinstance(event, kind)]
    return events
