"""Segments: what the merchant asked for, who belongs, who came and went, and how far a changed question has come."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class SegmentDefinitionRow(Row, table=True):
    """One version of a segment of the merchant's own, in force until it ended. Those of the house are code."""

    __tablename__ = "segment_definitions"
    __table_args__ = (
        Index(
            "ix_segment_definitions_in_force",
            "shop_id",
            "segment_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    segment_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    query: str
    at: datetime = Field(sa_type=UTCDateTime)
    author: str
    number: int
    """The shop's how-manieth change of a definition this was; see `SegmentSyncRow.wanted`."""
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a newer version took its place, or the segment was deleted."""


class SegmentMemberRow(Row, table=True):
    """A customer belongs to a segment now."""

    __tablename__ = "segment_members"
    __table_args__ = (
        Index("ix_segment_members_customer", "shop_id", "customer_id"),
        {"sqlite_with_rowid": False},
    )

    segment_id: str = Field(primary_key=True)
    customer_id: int = Field(sa_type=BigInteger, primary_key=True)
    since: datetime = Field(sa_type=UTCDateTime)
    is_mailable: bool


class SegmentChangeRow(Row, table=True):
    """A customer joined a segment or left it. Who came and went at one instant never came."""

    __tablename__ = "segment_changes"
    __table_args__ = (
        Index("ix_segment_changes_customer", "shop_id", "customer_id", "at"),
        {"sqlite_with_rowid": False},
    )

    segment_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    customer_id: int = Field(sa_type=BigInteger, primary_key=True)
    has_joined: bool
    reason: str
    """`event`, `clock`, `definition`, `import`, `score` or `merged`."""


class SegmentSizeRow(Row, table=True):
    """How many customers a segment had at the end of a local day of the shop; the newest row: has now.

    Kept by whoever changes members, in the same unit of work, so that no page counts a million rows.
    """

    __tablename__ = "segment_sizes"

    segment_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    customers: int = Field(sa_type=BigInteger)
    mailable: int = Field(sa_type=BigInteger)


class SegmentSyncRow(Row, table=True):
    """How far the walk over a shop's customers is that follows a changed definition. One row per shop."""

    __tablename__ = "segment_syncs"

    wanted: int = 0
    """The shop's newest change of a definition."""
    walking: int | None = None
    """The change up to which the present walk settles; None when none is under way."""
    settled: int = 0
    """The change up to which every customer has been settled."""
    house: str = ""
    """What the house's own segments were when every customer was last settled, as a fingerprint."""
    walking_house: str = ""
    began_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    bucket: int = 0
    customer_id: int | None = Field(default=None, sa_type=BigInteger)
    """The last customer whom the walk has settled."""
    reason: str = ""
    """Why the newest try could not go on; empty when it could."""
