"""Facts as they were understood: append-only."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class EventRow(Row, table=True):
    """`customer_id` is empty while nobody is known to whom the fact belongs; `subject` is how it will be found."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_customer", "shop_id", "customer_id", "occurred_at"),
        Index("ix_events_subject", "shop_id", "subject"),
    )

    event_id: str = Field(primary_key=True)
    customer_id: int | None = Field(default=None, sa_type=BigInteger)
    kind: str
    subject: str
    origin: str
    """`live`, `import`, `own` (said to us, not to Shopify) or `repair` (found by reconciliation)."""
    occurred_at: datetime = Field(sa_type=UTCDateTime)
    recorded_at: datetime = Field(sa_type=UTCDateTime)
    body: bytes = Field(sa_type=LargeBinary)
