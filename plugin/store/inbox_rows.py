"""What the inbox hands out and shows."""

from dataclasses import dataclass
from datetime import datetime

from plugin.core.deliveries import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelivery(Delivery):
    """A delivery out of the inbox. `seq` grows in order of arrival; `attempts` counts earlier understandings."""

    seq: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedDelivery:
    """A delivery that could not be understood, and why. Without its body: this is for showing."""

    shop_id: int
    delivery_id: str
    topic: str
    received_at: datetime
    attempts: int
    reason: str
    is_kept: bool = True
    """False once its body was dropped: it can never be understood again."""
