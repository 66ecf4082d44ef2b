"""What a simulated store is told from outside: its names, its secret, its clock and who answers its demo bar."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

API_VERSION = "2026-10"
SHOP_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\.myshopify\.com")

SCOPES = (
    "read_all_orders",
    "read_customer_merge",
    "read_customers",
    "read_discounts",
    "read_fulfillments",
    "read_inventory",
    "read_orders",
    "read_products",
    "read_returns",
    "write_app_proxy",
    "write_customers",
    "write_discounts",
)
"""What a merchant of this store has granted; `DevstoreConfig.scopes` grants something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxEntry:
    """One message that the app sent, as the demo mailbox shows it."""

    id: str
    to: str
    subject: str
    sent_at: datetime
    html: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()


class DemoControls(Protocol):
    """What the demo bar can ask of whoever runs the demo. Every call may block; none is called on an event loop."""

    def now(self) -> datetime: ...

    def move_clock(self, by: timedelta) -> None: ...

    def mailbox(self) -> list[MailboxEntry]:
        """The messages sent so far, in any order."""
        ...

    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DevstoreConfig:
    """How one devstore is set up.

    `shop` is the store that the admin frame shows; any other `*.myshopify.com` domain is served beside it.
    `base_url` is where the devstore itself is reached, with the path it is mounted under and no trailing slash.
    `webhook_url` None means that webhooks are recorded and never sent.
    """

    shop: str
    api_key: str
    api_secret: str
    app_url: str
    base_url: str
    clock: Callable[[], datetime]
    webhook_url: str | None = None
    database: Path | str = ":memory:"
    scopes: tuple[str, ...] = SCOPES
    timezone: str = "Etc/UTC"
    shop_name: str = "Vinyl & Verse"

    @property
    def prefix(self) -> str:
        """The path that every devstore address starts with, such as `/devstore`; empty at the root."""
        return urlsplit(self.base_url).path.rstrip("/")
