"""Flows at work: switches, enrollments, and the reason of every decision."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class FlowSwitchRow(Row, table=True):
    """A flow was turned on or off; the newest row is in force. No row: off."""

    __tablename__ = "flow_switches"

    flow_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    is_on: bool
    at: datetime = Field(sa_type=UTCDateTime)
    author: str


class EnrollmentRow(Row, table=True):
    """One customer's passage through one flow. `due` is empty when it ended or waits for an effect."""

    __tablename__ = "enrollments"
    __table_args__ = (
        UniqueConstraint("shop_id", "customer_id", "flow_id", "trigger_key"),
        Index("ix_enrollments_due", "shop_id", "flow_id", "due"),
    )

    enrollment_id: int = Field(sa_type=BigInteger, primary_key=True)
    flow_id: str
    version: int
    customer_id: int = Field(sa_type=BigInteger)
    trigger_key: str
    entered_at: datetime = Field(sa_type=UTCDateTime)
    step: int = 0
    acted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    due: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    end_reason: str | None = None
    context: dict[str, str] = Field(default_factory=dict, sa_type=JSON)


class DecisionRow(Row, table=True):
    """Why somebody got, or did not get, one step of one flow (law 11). Step `enter` is the flow's threshold."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_customer", "shop_id", "customer_id", "at"),)

    customer_id: int = Field(sa_type=BigInteger, primary_key=True)
    flow_id: str = Field(primary_key=True)
    trigger_key: str = Field(primary_key=True)
    step_id: str = Field(primary_key=True)
    outcome: str
    """`entered`, `not_entered`, `queued`, `skipped` or `ended`."""
    reason: str
    at: datetime = Field(sa_type=UTCDateTime)
