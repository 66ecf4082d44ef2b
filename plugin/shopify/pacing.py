"""How fast a shop may be asked, from what its own answers say. Pure.

Shopify keeps a leaky bucket of cost points per app and shop; its size and restore rate differ by plan and are
read from each answer, never assumed. https://shopify.dev/docs/api/usage/limits
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

UNKNOWN_WAIT = 2.0  # seconds, when Shopify throttles without saying for how long


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The cost points of one shop, as they stood `at`."""

    available: float
    maximum: float
    restore_rate: float
    """Points per second."""
    at: datetime

    def level(self, now: datetime) -> float:
        elapsed = max(0.0, (now - self.at).total_seconds())
        return min(self.maximum, self.available + elapsed * self.restore_rate)

    def seconds_until(self, cost: float, now: datetime) -> float:
        """How long to wait until `cost` points are there; at most until the bucket is full."""
        missing = min(cost, self.maximum) - self.level(now)
        return max(0.0, missing / self.restore_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one answer says of cost."""

    requested: float
    actual: float | None
    """None when the query was throttled, and so cost nothing."""
    bucket: Bucket


def read_cost(answer: dict[str, Any], now: datetime) -> Cost | None:
    """The cost part of a GraphQL answer; None when it is missing or makes no sense."""
    extensions = answer.get("extensions")
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    status = cost.get("throttleStatus") if isinstance(cost, dict) else None
    if not isinstance(cost, dict) or not isinstance(status, dict):
        return None
    requested = _number(cost.get("requestedQueryCost"))
    available = _number(status.get("currentlyAvailable"))
    maximum = _number(status.get("maximumAvailable"))
    restore_rate = _number(status.get("restoreRate"))
    if requested is None or available is None or not maximum or not restore_rate:
        return None
    bucket = Bucket(available=available, maximum=maximum, restore_rate=restore_rate, at=now)
    return Cost(requested=requested, actual=_number(cost.get("actualQueryCost")), bucket=bucket)


def _number(value: object) -> float | None:
    return (
        float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        else None
    )
