"""What a customer may see of their own points."""

from dataclasses import dataclass
from datetime import datetime

from plugin.core.loyalty.rewards import Reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Points that came or went: `points` is negative where they went."""

    at: datetime
    reason: str
    """The ledger's own word, such as `order_paid`."""
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldReward:
    """A code that can still be used."""

    code: str
    value_minor: int
    currency: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsAccount:
    """One customer's points. Somebody we know nothing of has none, like somebody who never bought anything."""

    points: int = 0
    movements: tuple[Movement, ...] = ()
    """Newest first."""
    rewards: tuple[HeldReward, ...] = ()
    next_reward: Reward | None
    """What points become here; None where the shop gives no rewards at present."""
    gets_mail: bool = False
    """Whether the code of the next reward could be sent: it comes by email and in no other way."""
    locale: str | None = None
