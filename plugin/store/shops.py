"""Shops at rest: their state, what the merchant set, and who changed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select, update
from sqlmodel import col

from plugin.core.keys import NO_SHOP
from plugin.core.sending import SendingPolicy
from plugin.store.tables import ShopChangeRow, ShopRow, ShopTokenRow
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import insert_new

PENDING, INSTALLED, NEEDS_REAUTH, UNINSTALLED = "pending", "installed", "needs_reauth", "uninstalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One store as the rest of the house sees it."""

    shop_id: int
    domain: str
    salt: str
    state: str
    generation: int
    installed_at: datetime | None
    connected_at: datetime | None
    uninstalled_at: datetime | None
    name: str
    email: str
    url: str
    currency: str
    timezone: str
    locale: str
    postal_address: str
    admin_language: str | None
    quiet_from: time | None
    quiet_until: time | None
    described_at: datetime | None = None
    shopify_id: int | None = None
    scopes: tuple[str, ...] | None = None
    """What the merchant allows; None while we were never told."""
    scopes_at: datetime | None = None

    @property
    def is_described(self) -> bool:
        """Whether Shopify has ever told us the shop's currency and time zone, or they are still guesses."""
        return self.shopify_id is not None or self.described_at is not None

    @property
    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    @property
    def policy(self) -> SendingPolicy:
        return SendingPolicy(quiet_from=self.quiet_from, quiet_until=self.quiet_until)


def find(unit: Unit) -> Shop | None:
    """The shop this unit speaks for, or None before its first verified contact."""
    query = select(ShopRow.__table__).where(col(ShopRow.shop_id) == unit.shop_id)  # type: ignore[attr-defined]
    row = unit.connection.execute(query).first()
    return _shop(row) if row else None


def get(unit: Unit) -> Shop:
    """The shop this unit speaks for. Raises `LookupError` before its first verified contact."""
    shop = find(unit)
    if shop is None:
        raise LookupError("no such shop: it has neither been installed nor sent a webhook")
    return shop


def everyone(database: Database) -> list[Shop]:
    """All shops, by domain: for operators, never on a hot path."""
    with database.reading(NO_SHOP) as unit:
        query = select(ShopRow.__table__).order_by(col(ShopRow.domain))  # type: ignore[attr-defined]
        return [_shop(row) for row in unit.connection.execute(query)]


def ensure(unit: Unit, domain: str, *, salt: str) -> Shop:
    """The shop, made known as `pending` if this is the first that is heard of it; only then is `salt` taken."""
    insert_new(unit, ShopRow, [{"domain": domain, "salt": salt}])
    shop = get(unit)
    if shop.domain != domain:
        raise LookupError("two shop domains share one id; see docs/decisions/0004")
    return shop


def set_state(unit: Unit, state: str, *, at: datetime, reason: str, author: str, **values: Any) -> None:
    """Move the shop to `state` and record why; other columns may change with it."""
    _update(unit, state=state, **values)
    record_change(unit, change=f"state:{state}", at=at, reason=reason, author=author)


def drop_tokens(unit: Unit, reason: str) -> None:
    """End the stored token chain: Shopify has, or the shop is gone."""
    unit.connection.execute(
        update(ShopTokenRow)
        .where(col(ShopTokenRow.shop_id) == unit.shop_id)
        .values(
            sealed=None,
            needs_reauth=reason,
            # A refresh that is under way must not bring the tokens back.
            lease_number=col(ShopTokenRow.lease_number) + 1,
            lease_until=None,
        )
    )


def describe(unit: Unit, **values: Any) -> None:
    """Take over what Shopify says of the shop: name, currency, time zone and the like."""
    _update(unit, **values)


def note_scopes(unit: Unit, scopes: Iterable[str], at: datetime) -> None:
    """Take over what the merchant allows as of `at`, unless something newer is known."""
    known = get(unit)
    allowed = sorted(set(scopes))
    if known.scopes_at is not None and known.scopes_at >= at:
        return
    _update(unit, scopes=allowed, scopes_at=at)
    if known.scopes is None or sorted(known.scopes) != allowed:
        record_change(unit, change="scopes", at=at, reason="merchant", author="shopify")


def change_settings(unit: Unit, values: dict[str, Any], *, at: datetime, author: str) -> None:
    """Store what the merchant set."""
    _update(unit, **values)
    record_change(
        unit, change="settings:" + ",".join(sorted(values)), at=at, reason="merchant", author=author
    )


def record_change(unit: Unit, *, change: str, at: datetime, reason: str, author: str) -> None:
    latest = select(func.coalesce(func.max(col(ShopChangeRow.number)), 0)).where(
        col(ShopChangeRow.shop_id) == unit.shop_id
    )
    number = int(unit.connection.scalar(latest) or 0) + 1
    row = {"number": number, "at": at, "change": change, "reason": reason, "author": author}
    insert_new(unit, ShopChangeRow, [row])


def installed_ids(database: Database) -> list[int]:
    """Shops that work goes on for."""
    with database.reading(NO_SHOP) as unit:
        states: Iterable[str] = (INSTALLED, NEEDS_REAUTH)
        query = select(col(ShopRow.shop_id)).where(col(ShopRow.state).in_(list(states)))
        return list(unit.connection.scalars(query))


def half_connected(database: Database) -> list[Shop]:
    """Shops that gave us tokens and are not installed yet."""
    with database.reading(NO_SHOP) as unit:
        query = (
            select(ShopRow.__table__)  # type: ignore[attr-defined]
            .join(ShopTokenRow, col(ShopTokenRow.shop_id) == col(ShopRow.shop_id))
            .where(
                col(ShopRow.state) == PENDING,
                col(ShopTokenRow.sealed).is_not(None),
                col(ShopTokenRow.needs_reauth).is_(None),
            )
        )
        return [_shop(row) for row in unit.connection.execute(query)]


def _update(unit: Unit, **values: Any) -> None:
    unit.connection.execute(update(ShopRow).where(col(ShopRow.shop_id) == unit.shop_id).values(**values))


def _shop(row: Any) -> Shop:
    return Shop(
        shop_id=row.shop_id,
        domain=row.domain,
        salt=row.salt,
        state=row.state,
        generation=row.generation,
        installed_at=row.installed_at,
        connected_at=row.connected_at,
        uninstalled_at=row.uninstalled_at,
        name=row.name or row.domain.removesuffix(".myshopify.com"),
        email=row.email,
        url=row.url or f"https://{row.domain}",
        currency=row.currency,
        timezone=row.timezone,
        locale=row.locale,
        postal_address=row.postal_address,
        admin_language=row.admin_language,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        described_at=row.described_at,
        shopify_id=row.shopify_id,
        scopes=None if row.scopes is None else tuple(row.scopes),
        scopes_at=row.scopes_at,
    )
