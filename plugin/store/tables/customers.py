"""Customers, the names they go by, and what must be remembered about writing to them."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class CustomerRow(Row, table=True):
    """The living picture: `state` is the whole of it, the columns are what segments and pages ask for."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_stage_due", "shop_id", "stage_due"),
        Index("ix_customers_stage", "shop_id", "stage"),
        Index("ix_customers_last_order_at", "shop_id", "last_order_at"),
    )

    customer_id: int = Field(sa_type=BigInteger, primary_key=True)
    """Shopify's customer id; negative for a guest."""
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    country: str | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
    orders_count: int = 0
    net_minor: int = Field(default=0, sa_type=BigInteger)
    first_order_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_order_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    stage: str = "prospect"
    stage_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    stage_due: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When time alone will move the stage."""
    consent_email: str | None = None
    is_mailable: bool = False
    open_checkout_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    open_cart_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    points: int = Field(default=0, sa_type=BigInteger)
    redemptions: int = 0
    state: bytes = Field(sa_type=LargeBinary)


class IdentityRow(Row, table=True):
    """A name under which facts know a person: `shopify:…`, `email:…`, `phone:…`, `order:…`, `checkout:…`, `cart:…`."""

    __tablename__ = "identities"
    __table_args__ = (Index("ix_identities_customer", "shop_id", "customer_id"),)

    name: str = Field(primary_key=True)
    customer_id: int = Field(sa_type=BigInteger)
    as_of: datetime = Field(sa_type=UTCDateTime)
    """How new the statement is that tied the name to this person."""


class StageChangeRow(Row, table=True):
    __tablename__ = "stage_changes"
    __table_args__ = (Index("ix_stage_changes_at", "shop_id", "at"),)

    customer_id: int = Field(sa_type=BigInteger, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime, primary_key=True)
    after: str = Field(primary_key=True)
    before: str
    reason: str


class ConsentProofRow(Row, table=True):
    """Every word a person said about a channel, and where: never overwritten."""

    __tablename__ = "consent_proofs"

    customer_id: int = Field(sa_type=BigInteger, primary_key=True)
    event_id: str = Field(primary_key=True)
    channel: str
    state: str
    at: datetime = Field(sa_type=UTCDateTime)
    source: str


class SuppressionRow(Row, table=True):
    """Our duty not to send. `digest` stands for the address, so that it outlives the person's erasure."""

    __tablename__ = "suppressions"

    channel: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    reason: str
    at: datetime = Field(sa_type=UTCDateTime)


class TombstoneRow(Row, table=True):
    """A name of an erased person, hashed: what arrives late must not bring them back."""

    __tablename__ = "tombstones"

    digest: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
