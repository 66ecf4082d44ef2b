"""From the merchant's first page load to a working shop: tokens, what the shop says of itself, its history."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlmodel import col

from plugin.core.keys import fingerprint
from plugin.core.sealing import Sealer, UnsealError
from plugin.pipeline.advance import OUTBOX
from plugin.pipeline.reconcile import RECONCILE
from plugin.pipeline.tagging import TAGS
from plugin.shopify.api import AdminApi
from plugin.shopify.errors import ShopifyError
from plugin.shopify.id_token import IdToken
from plugin.shopify.shops import read_shop
from plugin.shopify.token_chain import ChainReady, StoredChain, TokenChain
from plugin.shopify.tokens import InvalidSubjectToken, TerminallyRefused, TokenPair, Transient
from plugin.store import customers, imports, outbox, queue, shops
from plugin.store.inbox import InboxStore
from plugin.store.shops import Shop
from plugin.store.tables import ShopTokenRow
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import insert_new

NOT_INSTALLED = "shop_not_installed"
"""Why a delivery is set aside until its shop is installed."""

NOT_DESCRIBED = "shop_not_described"
"""Why a shop is not installed yet although it gave us tokens: Shopify could not be asked what it is."""

UNREADABLE = "unreadable_token"
"""Why a shop must be connected again whose token no key opens any more."""

_PURPOSE = "shop-token"
_ASK_AGAIN = 60.0  # seconds; as often as the job `finish_connecting` tries
_log = logging.getLogger(__name__)


class SealedTokenStore:
    """Token chains in the database, sealed; the `TokenStore` of plugin.shopify.token_chain."""

    def __init__(self, database: Database, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    def load(self, shop_id: int) -> StoredChain | None:
        with self._database.reading(shop_id) as unit:
            row = unit.connection.execute(_row_of(unit)).first()
        if row is None or (row.sealed is None and row.needs_reauth is None):
            return None
        if row.sealed is None:
            return StoredChain(pair=None, needs_reauth=row.needs_reauth)
        try:
            pair = TokenPair.unpacked(self._sealer.unseal(row.sealed, _PURPOSE))
        except UnsealError:
            _log.warning("a shop's token cannot be opened: was its key taken out of REGULARS_SECRET_KEYS?")
            if row.needs_reauth is None:
                self.mark_needs_reauth(shop_id, UNREADABLE, row.lease_number)
            return StoredChain(pair=None, needs_reauth=row.needs_reauth or UNREADABLE)
        return StoredChain(pair=pair, needs_reauth=row.needs_reauth)

    def acquire_lease(self, shop_id: int, *, now: datetime, until: datetime) -> int | None:
        with self._database.unit(shop_id) as unit:
            insert_new(unit, ShopTokenRow, [{}])
            taken = unit.connection.execute(
                update(ShopTokenRow)
                .where(
                    col(ShopTokenRow.shop_id) == shop_id,
                    or_(col(ShopTokenRow.lease_until).is_(None), col(ShopTokenRow.lease_until) <= now),
                )
                .values(lease_number=col(ShopTokenRow.lease_number) + 1, lease_until=until)
            )
            if taken.rowcount == 0:
                return None
            return int(unit.connection.execute(_row_of(unit)).one().lease_number)

    def release_lease(self, shop_id: int, lease: int) -> None:
        with self._database.unit(shop_id) as unit:
            self._change(unit, lease, lease_until=None)

    def save(self, shop_id: int, pair: TokenPair, lease: int) -> bool:
        sealed = self._sealer.seal(pair.packed(), _PURPOSE)
        with self._database.unit(shop_id) as unit:
            return self._change(
                unit, lease, sealed=sealed, needs_reauth=None, refresh_expires_at=pair.refresh_expires_at
            )

    def mark_needs_reauth(self, shop_id: int, reason: str, lease: int) -> bool:
        with self._database.unit(shop_id) as unit:
            if not self._change(unit, lease, needs_reauth=reason):
                return False
            shop = shops.find(unit)
            if shop is not None and shop.state == shops.INSTALLED:
                shops.set_state(unit, shops.NEEDS_REAUTH, at=self._clock(), reason=reason, author="shopify")
            return True

    def _change(self, unit: Unit, lease: int, **values: Any) -> bool:
        changed = unit.connection.execute(
            update(ShopTokenRow)
            .where(col(ShopTokenRow.shop_id) == unit.shop_id, col(ShopTokenRow.lease_number) == lease)
            .values(**values)
        )
        return changed.rowcount == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """Makes and repairs installations."""

    database: Database
    inbox: InboxStore
    chain: TokenChain
    api: AdminApi
    salt_secret: str

    def connect(
        self, token: str, verified: IdToken, now: datetime
    ) -> Shop | InvalidSubjectToken | TerminallyRefused | Transient:
        """The installed shop behind a verified ID token; on the first visit this installs it."""
        with self.database.reading(verified.shop_id) as unit:
            known = shops.find(unit)
        if known is not None and known.state == shops.INSTALLED:
            return known
        with self.database.unit(verified.shop_id) as unit:
            known = self.meet(unit, verified.shop)
        answer = self.chain.ensure_chain(verified.shop_id, verified.shop, token, now)
        if not isinstance(answer, ChainReady):
            return answer
        # Only an installed shop is done with: after a crash before that, the next visit does all of this again.
        if answer.scopes:
            with self.database.unit(verified.shop_id) as unit:
                shops.note_scopes(unit, answer.scopes, now)
        if not self._finish(known, now):
            return Transient(retry_after=_ASK_AGAIN, reason=NOT_DESCRIBED)
        with self.database.reading(verified.shop_id) as unit:
            return shops.get(unit)

    def finish_all(self, now: datetime) -> int:
        """Install the shops that could not be described when their merchant came; returns how many now are."""
        return sum(self._finish(shop, now) for shop in shops.half_connected(self.database))

    def _finish(self, shop: Shop, now: datetime) -> bool:
        """Install the shop, unless nobody can say what its currency is: it waits, and its webhooks with it.

        A guessed currency would be wrong by a factor of a hundred or a thousand in some of them, in every order,
        point and reward that it touches; a guessed time zone would have people written to at night.
        """
        if not self.describe(shop, now) and not shop.is_described:
            return False
        self._install(shop, now)
        self.inbox.reopen(shop.shop_id, reason=NOT_INSTALLED)
        return True

    def meet(self, unit: Unit, domain: str) -> Shop:
        """The shop, known as pending from now on if this is the first that is heard of it."""
        return shops.ensure(unit, domain, salt=fingerprint("salt", self.salt_secret, domain))

    def describe(self, shop: Shop, now: datetime) -> bool:
        """Take over what the shop says of itself; False when Shopify could not be asked."""
        try:
            details = read_shop(self.api, shop.shop_id, shop.domain, now)
        except ShopifyError as error:
            _log.warning("shop details could not be read: %s", error.reason)
            return False
        with self.database.unit(shop.shop_id) as unit:
            current = shops.get(unit)
            shops.describe(
                unit,
                shopify_id=int(details.gid.rpartition("/")[2]),
                name=details.name,
                email=details.contact_email or details.owner_email,
                url=details.url,
                currency=details.currency,
                timezone=details.timezone,
                postal_address=current.postal_address or details.postal_address,
            )
        return True

    def _install(self, known: Shop, now: datetime) -> None:
        with self.database.unit(known.shop_id) as unit:
            customers.lock_shop(unit)  # the merchant's visit and the job may come to this together
            current = shops.get(unit)
            if current.state == shops.INSTALLED:
                return
            if current.state == shops.NEEDS_REAUTH:
                shops.set_state(
                    unit,
                    shops.INSTALLED,
                    at=now,
                    reason="reauthorised",
                    author="merchant",
                    connected_at=now,
                )
                queue.wake(unit, RECONCILE, now)
                if outbox.hasten(unit, ["shop_needs_reauth", "scope_missing"], at=now):
                    queue.wake(unit, OUTBOX, now)
                return
            generation = current.generation + 1
            shops.set_state(
                unit,
                shops.INSTALLED,
                at=now,
                reason="first_page_load",
                author="merchant",
                generation=generation,
                installed_at=now,
                connected_at=now,
                uninstalled_at=None,
            )
            imports.request(unit, generation, now)
            queue.wake(unit, RECONCILE, now)
            queue.wake(unit, TAGS, now)


def _row_of(unit: Unit) -> Any:
    return select(ShopTokenRow.__table__).where(col(ShopTokenRow.shop_id) == unit.shop_id)  # type: ignore[attr-defined]
