"""What follows for a person when something beside their events has changed: facts, memberships, flows."""

from collections.abc import Collection
from datetime import datetime

from plugin.pipeline.facts import refresh
from plugin.pipeline.flip import enroll_changed
from plugin.store import customers
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit


def follow(unit: Unit, shop: Shop, customer_ids: Collection[int], now: datetime) -> None:
    """Bring these customers' facts up to date: a message was sent to them, an address suppressed, points taken."""
    if customer_ids:
        customers.lock_shop(unit)
        enroll_changed(unit, shop, refresh(unit, shop, customer_ids, now).changes, now)
