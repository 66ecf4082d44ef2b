"""Installed shops, their tokens and what the merchant set."""

from datetime import datetime, time

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class ShopRow(Row, table=True):
    """One store. `state` is pending, installed, needs_reauth or uninstalled; `shop_changes` says why and when."""

    __tablename__ = "shops"

    domain: str
    salt: str = ""
    """Goes into every digest that must outlive a person's erasure; fixed when the shop is first heard of."""
    state: str = "pending"
    generation: int = 0
    """Counts installations, so that an end-of-life notice of an older one cannot harm a newer one."""
    installed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    connected_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the merchant last gave us access: a notice from before that is about an access that has ended."""
    uninstalled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    shopify_id: int | None = Field(default=None, sa_type=BigInteger)
    name: str = ""
    email: str = ""
    url: str = ""
    currency: str = "USD"
    timezone: str = "UTC"
    locale: str = "en"
    postal_address: str = ""
    admin_language: str | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    described_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the shop itself last told of its name, currency and time zone."""
    scopes: list[str] | None = Field(default=None, sa_type=JSON)
    """What the merchant allows; empty while we were never told."""
    scopes_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ShopChangeRow(Row, table=True):
    """A change of a shop's state or settings: what, when, why, by whom."""

    __tablename__ = "shop_changes"

    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    change: str
    reason: str
    author: str


class ShopTokenRow(Row, table=True):
    """The shop's one token chain, sealed whole; the numbered lease makes its refresh single-flight."""

    __tablename__ = "shop_tokens"

    sealed: str | None = None
    needs_reauth: str | None = None
    """Why the chain is dead; empty while it lives."""
    refresh_expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    lease_number: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
