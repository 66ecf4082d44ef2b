"""How much a shop's history can tell, and what may therefore be shown (analytics.md 3c).

A shop with few orders gets honest answers: no digits that the next week would overturn.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

L1_ORDERS, L1_WEEKS = 50, 8.0
L2_ORDERS, L2_WEEKS = 1_000, 26.0
L3_WEEKS = 52.0


class Maturity(IntEnum):
    """L0: the prior speaks. L1: an early estimate. L2: numbers with intervals. L3: with the season, and tested."""

    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3


class Band(StrEnum):
    """What an early estimate says instead of a number."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What may be shown to the merchant."""

    has_person_values: bool
    """Predictions of single people at all; without them only stages, by the prior, and RFM."""
    are_bands: bool
    """High, medium, low instead of digits, worded as an early estimate."""
    has_intervals: bool
    has_season: bool
    has_backtest: bool
    """What was forecast for the last quarter beside what came."""


def maturity_of(*, orders: int, weeks: float) -> Maturity:
    """`orders` purchases within `weeks` from the shop's first purchase to today."""
    if orders < L1_ORDERS or weeks < L1_WEEKS:
        return Maturity.L0
    if orders < L2_ORDERS or weeks < L2_WEEKS:
        return Maturity.L1
    return Maturity.L3 if weeks >= L3_WEEKS else Maturity.L2


def showing(maturity: Maturity) -> Showing:
    return Showing(
        has_person_values=maturity >= Maturity.L1,
        are_bands=maturity is Maturity.L1,
        has_intervals=maturity >= Maturity.L2,
        has_season=maturity is Maturity.L3,
        has_backtest=maturity is Maturity.L3,
    )


def band_of(chance: float) -> Band:
    """The band of a probability from 0 to 1, in thirds, as merchants know it from elsewhere."""
    if chance < 1 / 3:
        return Band.LOW
    return Band.MEDIUM if chance <= 2 / 3 else Band.HIGH
