"""What was fitted on a shop, how far it has reached its customers, and what it foretold."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class ShopModelRow(Row, table=True):
    """One fit, and the walk that takes it to every customer. The newest number is in force from its first moment."""

    __tablename__ = "shop_models"

    number: int = Field(primary_key=True)
    """Counts from 1."""
    fitted_at: datetime = Field(sa_type=UTCDateTime)
    reason: str
    """`night`, `import` or `command`: what asked for it."""
    body: dict[str, Any] = Field(sa_type=JSON)
    is_whole: bool
    """The walk writes everything that is derived of a customer, not only what the model says."""
    cursor: int | None = Field(default=None, sa_type=BigInteger)
    """The walk goes by customer id, which may be negative; None before its first step."""
    people: int = 0
    """How many the walk leads to."""
    walked: int = 0
    changed: int = 0
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ForecastRow(Row, table=True):
    """How many purchase days of those who had bought before were expected in the weeks after `made_at`."""

    __tablename__ = "forecasts"

    made_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    """The weeks begin on the day after, in the shop's zone."""
    number: int
    """The fit that said so."""
    is_backtest: bool
    """Made afterwards, from what was known at `made_at`."""
    expected: float
    low: float
    high: float
    """The interval of the total, which holds the truth 80 times out of 100."""
    by_week: list[float] = Field(sa_type=JSON)
    """Expected in each week, the coming one first."""
    season_factor: float
