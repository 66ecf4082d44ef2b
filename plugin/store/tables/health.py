"""Whether all is well: how far a shop has been compared with Shopify, and what has gone quiet."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class ReconciliationRow(Row, table=True):
    """How far one kind of thing has been compared with Shopify, and what the newest pass found."""

    __tablename__ = "reconciliations"

    kind: str = Field(primary_key=True)
    """`customers` or `orders`."""
    generation: int
    through: datetime = Field(sa_type=UTCDateTime)
    """Every change before this has been compared."""
    page_cursor: str | None = None
    """Only where more rows than a page changed in one second."""
    page_size: int
    began_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a pass last came to its end; before `began_at` while one is under way."""
    checked: int = 0
    """Rows that the newest pass looked at."""
    repaired: int = 0
    """Facts that it found missing and took in."""
    repaired_ever: int = Field(default=0, sa_type=BigInteger)
    repaired_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When something missing was last taken in."""
    reason: str = ""
    """Why the newest try could not go on; empty when it could."""


class AlarmRow(Row, table=True):
    """Something went quiet against its own past. `ended_at` is empty while it still is."""

    __tablename__ = "alarms"

    watched: str = Field(primary_key=True)
    """`webhooks`, `orders` or `flow:<id>`."""
    began_at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    hours: int
    """Length of the window that was looked at."""
    expected: int
    """What that window held at the same time in earlier weeks."""
    seen: int
