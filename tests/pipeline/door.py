"""Deliveries as the door stores them, and the job that understands them."""

import asyncio
import json
from datetime import datetime
from typing import Any

from plugin.core.deliveries import Delivery
from plugin.core.keys import shop_id_of
from plugin.jobs.process_inbox import process_inbox
from plugin.store.inbox import inbox_writer
from tests.world import SHOP, World


def a_delivery(
    world: World,
    topic: str,
    body: dict[str, Any] | bytes,
    *,
    shop: str = SHOP,
    triggered_at: datetime | None = None,
    delivery_id: str | None = None,
) -> Delivery:
    """A verified delivery, arriving now."""
    return Delivery(
        shop_id=shop_id_of(shop),
        shop=shop,
        topic=topic,
        delivery_id=delivery_id or f"delivery-{next(world.numbers):06}",
        event_id=None,
        triggered_at=triggered_at or world.clock.at,
        api_version="2026-10",
        received_at=world.clock.at,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


def store(world: World, *deliveries: Delivery) -> None:
    """Put them into the inbox, through the writer that the door uses."""

    async def put() -> None:
        writer = inbox_writer(world.house.settings.database_url)
        await writer.start()
        for delivery in deliveries:
            await writer.put(delivery)
        await writer.stop()

    asyncio.run(put())


def arrive(
    world: World,
    topic: str,
    body: dict[str, Any] | bytes,
    *,
    shop: str = SHOP,
    triggered_at: datetime | None = None,
) -> None:
    """One delivery is stored, and understood."""
    store(world, a_delivery(world, topic, body, shop=shop, triggered_at=triggered_at))
    process_inbox(world.house.tools, world.clock.at)
