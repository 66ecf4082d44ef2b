"""The points ledger: append-only, double entry; triggers refuse to update or delete it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class LedgerTransactionRow(Row, table=True):
    __tablename__ = "ledger_transactions"
    __table_args__ = (
        Index("ix_ledger_transactions_customer", "shop_id", "customer_id", "at"),
        Index("ix_ledger_transactions_subject", "shop_id", "subject"),
    )

    transaction_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    reason: str
    customer_id: int = Field(sa_type=BigInteger)
    subject: str


class PostingRow(Row, table=True):
    __tablename__ = "postings"
    __table_args__ = (Index("ix_postings_account", "shop_id", "account"),)

    transaction_id: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    points: int = Field(sa_type=BigInteger)


class RedemptionRow(Row, table=True):
    """Points turned into a reward. State: requested, issued or failed."""

    __tablename__ = "redemptions"
    __table_args__ = (
        Index("ix_redemptions_customer", "shop_id", "customer_id"),
        Index("ix_redemptions_code", "shop_id", "code"),
        Index("ix_redemptions_discount", "shop_id", "discount_gid"),
    )

    redemption_id: str = Field(primary_key=True)
    customer_id: int = Field(sa_type=BigInteger)
    reward_id: str
    points: int
    value_minor: int = Field(sa_type=BigInteger)
    currency: str
    code: str
    state: str = "requested"
    requested_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    discount_gid: str | None = None
    discount_state: str = ""
    """Shopify's word on the discount behind the code: active, expired, scheduled, deleted or code_removed."""
    discount_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    used_by_order: int | None = Field(default=None, sa_type=BigInteger)
