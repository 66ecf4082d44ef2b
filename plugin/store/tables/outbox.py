"""Effects: an intent row first, then every attempt, then the end (law 2)."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, LargeBinary
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class OutboxRow(Row, table=True):
    """One intended effect. Its key follows from its meaning, so that it cannot be intended twice."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "shop_id", "state", "due"),
        Index("ix_outbox_customer", "shop_id", "customer_id", "sent_at"),
        Index("ix_outbox_enrollment", "shop_id", "enrollment_id"),
    )

    effect_key: str = Field(primary_key=True)
    kind: str
    """`message`, `discount_code`, `code_withdrawal` or `consent_write_back`."""
    channel: str
    flow_id: str
    step_id: str
    enrollment_id: int = Field(default=0, sa_type=BigInteger)
    customer_id: int = Field(sa_type=BigInteger)
    trigger_key: str = ""
    state: str = "ready"
    """ready, wire, sent, soft_failed, hard_failed, in_doubt or skipped; soft_failed is tried again at `due`."""
    reason: str = ""
    due: datetime | None = Field(default=None, sa_type=UTCDateTime)
    attempts: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    provider_ref: str | None = None
    context: dict[str, str] = Field(default_factory=dict, sa_type=JSON)


class AttemptRow(Row, table=True):
    """One try on the wire and how far it came. A row without `ended_at` was cut off."""

    __tablename__ = "attempts"

    effect_key: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    started_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    phase: str = ""
    outcome: str = ""
    reason: str = ""


class MailboxRow(Row, table=True):
    """The demo mailbox: what `memory://` accepted, as bytes."""

    __tablename__ = "mailbox"

    effect_key: str = Field(primary_key=True)
    recipient: str
    subject: str
    sent_at: datetime = Field(sa_type=UTCDateTime)
    raw: bytes = Field(sa_type=LargeBinary)
