"""What is read off customers and their orders, so that segments and pages can ask without opening a state.

Derived rows: the same unit of work that changes a customer writes them, and any of them can be made again.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Index, text
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime

IS_UNTYPED = "product_type IS NULL AND product_id IS NOT NULL"


class CustomerFactsRow(Row, table=True):
    """One customer as segments see them: the columns are the attributes of `CustomerFacts`, by the same names.

    In the order of a random bucket, so that the first of them are a fair sample of all.
    """

    __tablename__ = "customer_facts"
    __table_args__ = (
        Index("ix_customer_facts_flip", "shop_id", "flip_at"),
        {"sqlite_with_rowid": False},
    )

    bucket: int = Field(primary_key=True)
    customer_id: int = Field(sa_type=BigInteger, primary_key=True)
    # What is asked most comes first: SQLite reads a row only as far as it must.
    orders_count: int = 0
    spent_minor: int = Field(default=0, sa_type=BigInteger)
    last_order_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    stage: str = "prospect"
    is_mailable: bool = False
    consent_email: str | None = None
    value_class: str | None = None
    rfm_group: str | None = None
    country: str | None = None
    created_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    first_order_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    points: int = Field(default=0, sa_type=BigInteger)
    tags: str = ""
    """Each tag between two line ends (`tags_text`)."""
    channel: str | None = None
    locale: str | None = None
    purchase_days: int = 0
    average_minor: int | None = Field(default=None, sa_type=BigInteger)
    refunded_orders: int = 0
    refunded_minor: int = Field(default=0, sa_type=BigInteger)
    refund_share: int = 0
    discounted_orders: int = 0
    discount_share: int = 0
    gap_days: int | None = None
    preferred_hour: int | None = None
    cash_refusals: int = 0
    cash_refusal_share: int = 0
    stage_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    open_checkout_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    open_cart_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    consent_sms: str | None = None
    consent_email_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    suppression: str | None = None
    last_seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    messages_sent: int = 0
    last_message_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    birthday: date | None = Field(default=None, sa_type=Date)
    order_chance: int | None = None
    alive_chance: int | None = None
    expected_orders: float | None = None
    clv_minor: int | None = Field(default=None, sa_type=BigInteger)
    next_order_from: datetime | None = Field(default=None, sa_type=UTCDateTime)
    next_order_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    rfm_recency: int | None = None
    rfm_frequency: int | None = None
    rfm_monetary: int | None = None
    email: str | None = None
    flip_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """The next instant at which time alone may change a membership."""


class OrderRow(Row, table=True):
    """One order as it counts; the whole of it stays in its events."""

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_customer", "shop_id", "customer_id", "at"),
        {"sqlite_with_rowid": False},
    )

    order_id: int = Field(sa_type=BigInteger, primary_key=True)
    customer_id: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UTCDateTime)
    """When it was placed."""
    is_purchase: bool
    product_minor: int = Field(sa_type=BigInteger)
    """Product value before refunds."""
    refunded_minor: int = Field(sa_type=BigInteger)
    net_minor: int = Field(sa_type=BigInteger)
    hour: int
    """0 to 23 in the shop's zone."""
    channel: str | None = None
    codes: str = ""
    """Each discount code, casefolded, between two line ends."""
    cash_phase: str | None = None
    """How far a cash-on-delivery order has come; empty where it was paid for in another way."""


class OrderLineRow(Row, table=True):
    """One line of an order; `at` and `is_purchase` are its order's."""

    __tablename__ = "order_lines"
    __table_args__ = (
        Index("ix_order_lines_customer", "shop_id", "customer_id", "at"),
        # Small: the lines whose product had not been heard of when they were sold.
        Index(
            "ix_order_lines_untyped",
            "shop_id",
            "product_id",
            sqlite_where=text(IS_UNTYPED),
            postgresql_where=text(IS_UNTYPED),
        ),
        {"sqlite_with_rowid": False},
    )

    order_id: int = Field(sa_type=BigInteger, primary_key=True)
    number: int = Field(primary_key=True)
    """From 0, in the order's own order."""
    customer_id: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UTCDateTime)
    is_purchase: bool
    product_id: int | None = Field(default=None, sa_type=BigInteger)
    variant_id: int | None = Field(default=None, sa_type=BigInteger)
    product_type: str | None = None
    title: str
    quantity: int
    total_minor: int = Field(sa_type=BigInteger)
    """After discounts, before refunds; 0 where no price was told."""
