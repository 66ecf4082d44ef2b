"""The inbox table: every delivery that was acknowledged, and what became of it.

It has a MetaData of its own, because on SQLite it lives in a file of its own: webhooks arriving in a burst
must not wait for the transactions of the rest of the app, nor those for them.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Column, Identity, Index, MetaData, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from plugin.store.columns import UTCDateTime

RECEIVED, DONE, FAILED, IGNORED = "received", "done", "failed", "ignored"

PLAIN, ZSTD, DROPPED = "", "zstd", "dropped"
"""Encodings of a body. `dropped`: the body was erased or outlived its retention; its key stays, to absorb retries."""

IS_WAITING = "state = 'received'"
IS_NOT_UNDERSTOOD = "state IN ('failed', 'ignored')"
IS_SETTLED = "state <> 'received'"
"""Both databases use a partial index only for a query that repeats its condition, hence these constants."""

inbox_metadata = MetaData()


class _InboxModel(SQLModel, registry=registry(metadata=inbox_metadata)):
    """Keeps the inbox apart from the main database's metadata."""


class InboxRow(_InboxModel, table=True):
    """One delivery. `(shop_id, delivery_id)` absorbs Shopify's retries; `seq` is the order of arrival.

    `body` comes last, so that SQLite reads the columns before it without walking its overflow pages.
    """

    __tablename__: ClassVar[str] = "inbox"
    __table_args__ = (
        Index("inbox_waiting", "seq", sqlite_where=text(IS_WAITING), postgresql_where=text(IS_WAITING)),
        Index(
            "inbox_not_understood",
            "shop_id",
            "state",
            "seq",
            sqlite_where=text(IS_NOT_UNDERSTOOD),
            postgresql_where=text(IS_NOT_UNDERSTOOD),
        ),
        # Holds nothing that still waits: the door's inserts must not pay for what pages and retention ask.
        Index(
            "inbox_settled",
            "shop_id",
            "received_at",
            sqlite_where=text(IS_SETTLED),
            postgresql_where=text(IS_SETTLED),
        ),
    )

    shop_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    delivery_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, Identity(), nullable=False))
    shop: str
    topic: str
    event_id: str | None = None
    triggered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    api_version: str
    received_at: datetime = Field(sa_type=UTCDateTime)
    state: str = Field(sa_column_kwargs={"server_default": RECEIVED})
    reason: str | None = None
    attempts: int = Field(sa_column_kwargs={"server_default": text("0")})
    understood_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    encoding: str = Field(sa_column_kwargs={"server_default": text("''")})
    body: bytes
