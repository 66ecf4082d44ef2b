"""The inbox beside the read models' world (tests.admin_ui.store), and deliveries in it."""

import asyncio
from pathlib import Path

from plugin.core.deliveries import Delivery
from plugin.store.inbox import inbox_engine, inbox_writer
from plugin.store.inbox_store import InboxStore
from plugin.store.migrations.inbox import upgrade_inbox
from tests.admin_ui.store import SHOP_ID
from tests.admin_ui.world import SHOP
from tests.builders import NOW


def an_inbox(folder: Path, *delivery_ids: str) -> InboxStore:
    """A migrated inbox with one `orders/create` for each id."""
    url = f"sqlite:///{folder / 'regulars.db'}"
    engine = inbox_engine(url)
    with engine.begin() as connection:
        upgrade_inbox(connection)
    asyncio.run(_put(url, delivery_ids))
    return InboxStore(engine)


async def _put(url: str, delivery_ids: tuple[str, ...]) -> None:
    writer = inbox_writer(url)
    await writer.start()
    try:
        for delivery_id in delivery_ids:
            await writer.put(
                Delivery(
                    shop_id=SHOP_ID,
                    shop=SHOP,
                    topic="orders/create",
                    delivery_id=delivery_id,
                    event_id=None,
                    triggered_at=None,
                    api_version="2026-10",
                    received_at=NOW,
                    body=b"{}",
                )
            )
    finally:
        await writer.stop()
