"""Whether a shop is well connected: its permissions, its stream of webhooks, its imports and comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from plugin.queries.imports import imports_now
from plugin.shopify import scopes
from plugin.shopify.token_chain import KEEP_ALIVE_AFTER
from plugin.shopify.tokens import REFRESH_LIFETIME
from plugin.store import alarms, reconciliations, shops
from plugin.store.alarms import Alarm
from plugin.store.imports import Import
from plugin.store.inbox_store import FailedDelivery, InboxStore
from plugin.store.reconciliations import Reconciliation
from plugin.store.shops import Shop
from plugin.store.tables import ShopChangeRow, ShopTokenRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

FAILURES_SHOWN = 20
DAY = timedelta(days=1)
LATELY = timedelta(days=7)  # how long a gap in the webhooks is worth a word

_changes, _tokens = table_of(ShopChangeRow), table_of(ShopTokenRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The permission to speak with the shop, and how long it lasts."""

    state: str
    """Of the shop: pending, installed, needs_reauth or uninstalled."""
    since: datetime | None
    """Of that state."""
    reason: str | None
    """Why the permission is gone; None while it lives."""
    renewed_by: datetime | None
    """When it is renewed at the latest. Work at Shopify renews it about every hour."""
    ends_at: datetime | None
    """When it would end without being renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One access that the app needs. `is_granted` is None while the shop has not told us what it grants."""

    id: str
    is_granted: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Webhooks of a shop. `failed` shows the newest few of those that were not understood."""

    newest_at: datetime | None
    last_day: int
    """How many came in the last 24 hours."""
    failed_count: int
    """Of those that can be tried again."""
    failed: Sequence[FailedDelivery]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPage:
    chain: Chain
    scopes: tuple[Scope, ...]
    imports: tuple[Import, ...]
    reconciliations: tuple[Reconciliation, ...]
    """Of this installation."""
    alarms: tuple[Alarm, ...]
    """What is quieter than its own past, and still is."""
    gap_at: datetime | None
    """When lost notices were last made up for, if that was lately: checkouts of that time are not known."""


def connection_page(unit: Unit, now: datetime) -> ConnectionPage:
    """What the main database knows of the connection; see `notices_of` for the rest."""
    shop = shops.get(unit)
    compared = [found for found in reconciliations.of_shop(unit) if found.generation == shop.generation]
    gaps = [found.repaired_at for found in compared if found.repaired_at and found.repaired_at > now - LATELY]
    return ConnectionPage(
        chain=_chain(unit, shop),
        scopes=_scopes(shop),
        imports=imports_now(unit),
        reconciliations=tuple(compared),
        alarms=tuple(alarms.open_of(unit).values()),
        gap_at=max(gaps, default=None),
    )


def notices_of(inbox: InboxStore, shop_id: int, now: datetime) -> Notices:
    """The stream of webhooks, up to what came in while this page was being made."""
    return Notices(
        newest_at=inbox.last_received(shop_id),
        last_day=inbox.received(shop_id, now - DAY, now + DAY),
        failed_count=inbox.failed_count(shop_id),
        failed=inbox.failed(shop_id, FAILURES_SHOWN),
    )


def missing_scopes(shop: Shop) -> tuple[str, ...]:
    """The accesses that the app needs and the shop does not grant; none while the shop has told us nothing."""
    return scopes.missing(shop.scopes) if shop.scopes is not None else ()


def _chain(unit: Unit, shop: Shop) -> Chain:
    tokens = unit.connection.execute(
        select(_tokens.c.needs_reauth, _tokens.c.refresh_expires_at).where(_tokens.c.shop_id == unit.shop_id)
    ).first()
    ends_at = tokens.refresh_expires_at if tokens is not None and tokens.needs_reauth is None else None
    return Chain(
        state=shop.state,
        since=_since(unit, shop.state),
        reason=tokens.needs_reauth if tokens is not None else None,
        renewed_by=ends_at - REFRESH_LIFETIME + KEEP_ALIVE_AFTER if ends_at is not None else None,
        ends_at=ends_at,
    )


def _since(unit: Unit, state: str) -> datetime | None:
    query = (
        select(_changes.c.at)
        .where(_changes.c.shop_id == unit.shop_id, _changes.c.change == f"state:{state}")
        .order_by(_changes.c.number.desc())
        .limit(1)
    )
    return unit.connection.scalar(query)


def _scopes(shop: Shop) -> tuple[Scope, ...]:
    lacking = missing_scopes(shop)
    is_told = shop.scopes is not None
    return tuple(
        Scope(id=scope, is_granted=scope not in lacking if is_told else None) for scope in scopes.NEEDED
    )
