"""What the admin needs from its surroundings, and what one visit to it knows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from plugin.clock import Clock
from plugin.core.links import LinkSigner
from plugin.rendering.render import Renderer
from plugin.shopify.api import AdminApi
from plugin.store.inbox_store import InboxStore
from plugin.store.unit_of_work import Database

Mode = Literal["shopify", "demo"]


class IdToken(Protocol):
    """The verified claims of one ID token (`plugin.shopify.id_token`)."""

    @property
    def shop(self) -> str: ...
    @property
    def shop_id(self) -> int: ...
    @property
    def user_id(self) -> int: ...
    @property
    def session_id(self) -> str: ...
    @property
    def expires_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopContext:
    """The shop that a verified token named, once it is provisioned."""

    shop_id: int
    domain: str
    name: str
    currency: str
    """ISO 4217."""
    time_zone: str
    """IANA name; times in the admin are the shop's."""
    language: str | None
    """The merchant's choice in Settings; None follows the Shopify admin."""


class ShopUnreachableError(Exception):
    """Shopify did not answer while the shop was being set up. Nothing is lost; opening the app again retries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What pages read from. A page opens one snapshot of the visit's shop: `with visit.reading() as unit`."""

    database: Database
    inbox: InboxStore
    """Deliveries of webhooks: another database, so what it says may be a moment newer."""
    renderer: Renderer
    """Writes the previews of messages."""
    mail_from: str
    """The address that the installation sends from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """What the merchant's changes go to, through `plugin.pipeline.steer`: `with visit.writing() as unit`."""

    database: Database
    inbox: InboxStore


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminDeps:
    """The seams of the admin, filled by the composition root."""

    verify: Callable[[str, datetime], IdToken]
    """`(token, now)`; raises `refused` for anything but a fresh, well-signed token of a merchant."""
    refused: type[Exception]
    """The error that `verify` raises. `on_verified` may raise it too: Shopify would not exchange the token."""
    on_verified: Callable[[str, IdToken], Awaitable[ShopContext]]
    """`(token as sent, its claims)`; provisions the shop on its first visit. May raise `ShopUnreachableError`."""
    clock: Clock
    reads: Reads
    writes: Writes
    mode: Mode
    api_key: str
    app_url: str
    signer: LinkSigner
    """Signs addresses of files, which a browser fetches without an ID token."""
    shopify: AdminApi
    """For what the merchant asks Shopify for and waits for the answer to."""
    demo_frame: str | None = None
    """Demo only: where a browser goes that opened a page outside the admin frame, a same-origin path."""
