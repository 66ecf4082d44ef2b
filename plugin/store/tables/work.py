"""What is due, shop by shop; what ran; what is being imported; what privacy law asks of us."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class ShopQueueRow(Row, table=True):
    """When a shop next has work in a queue. A worker claims this row, then that shop's due rows."""

    __tablename__ = "shop_queue"
    __table_args__ = (Index("ix_shop_queue_next_due", "queue", "next_due"),)

    queue: str = Field(primary_key=True)
    """`flow:<id>`, `outbox`, `stages` or `reconcile`."""
    next_due: datetime | None = Field(default=None, sa_type=UTCDateTime)
    served_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    fence: int = 0


class JobRunRow(Row, table=True):
    """The newest run of a job. `shop_id` is 0: jobs belong to the installation."""

    __tablename__ = "job_runs"

    job: str = Field(primary_key=True)
    started_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    outcome: str = ""


class ImportRow(Row, table=True):
    """One bulk import of a shop's history and how far it is."""

    __tablename__ = "imports"

    kind: str = Field(primary_key=True)
    """`customers` or `orders`."""
    generation: int = Field(primary_key=True)
    state: str = "requested"
    """requested, running, reading, done or failed."""
    operation_gid: str | None = None
    rows_expected: int = 0
    rows_done: int = 0
    reason: str = ""
    requested_at: datetime = Field(sa_type=UTCDateTime)
    reading_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When its file was begun, for the newest time."""
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    due: datetime | None = Field(default=None, sa_type=UTCDateTime)


class PrivacyRequestRow(Row, table=True):
    """A person's request, as Shopify passed it on, and what became of it."""

    __tablename__ = "privacy_requests"

    request_id: str = Field(primary_key=True)
    kind: str
    """`data_request`, `customer_redact` or `shop_redact`."""
    state: str = "received"
    received_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    summary: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
