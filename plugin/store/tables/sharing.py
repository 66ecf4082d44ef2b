"""Segments outside of this app: tags that their customers wear in Shopify, and copies among Shopify's segments."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class SegmentTagRow(Row, table=True):
    """The customers of a segment wear a tag in Shopify, or will."""

    __tablename__ = "segment_tags"

    segment_id: str = Field(primary_key=True)
    tag: str
    keeps_in_step: bool
    """Who joins gets the tag, who leaves loses it; otherwise it is those of one moment."""
    began_at: datetime = Field(sa_type=UTCDateTime)
    author: str
    looked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When members were last compared with those who wear it."""
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the merchant took it back; the row goes once nobody wears it any more."""


class TaggedCustomerRow(Row, table=True):
    """One customer who is to wear the tag of a segment, or to lose it. Doing either twice changes nothing."""

    __tablename__ = "segment_tagged"
    __table_args__ = (
        Index("ix_segment_tagged_due", "shop_id", "due"),
        Index("ix_segment_tagged_customer", "shop_id", "customer_id"),
    )

    segment_id: str = Field(primary_key=True)
    customer_id: int = Field(sa_type=BigInteger, primary_key=True)
    is_wanted: bool
    state: str = "ready"
    """ready, done or failed."""
    attempts: int = 0
    due: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When to try; empty where nothing is to be done."""
    began_at: datetime = Field(sa_type=UTCDateTime)
    reason: str = ""


class SegmentCopyRow(Row, table=True):
    """A segment that was saved among Shopify's own, as it was then."""

    __tablename__ = "segment_copies"

    segment_id: str = Field(primary_key=True)
    shopify_gid: str
    query: str
    saved_at: datetime = Field(sa_type=UTCDateTime)
    author: str
