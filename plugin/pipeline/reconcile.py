"""Compare a shop with Shopify and take in what no webhook told: they are not guaranteed to arrive.

Each kind has a mark up to which everything was compared. A pass asks for what changed since, oldest first and in
pages, with an overlap for what Shopify's search learns late, and stops short of the present, so that webhooks
still on their way are not taken for lost ones. What a page brought and how far it reached are one transaction:
after a crash, a throttling or an outage of days the next turn goes on where the last one ended.

Known limits: deletions leave no row behind to be found, carts cannot be asked for, and an abandoned checkout does
not say its token (docs/decisions/0015-lost-checkouts.md). Their webhooks alone tell of them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from plugin.core.customers import CustomerState
from plugin.core.events import ConsentChanged, ConsentState, CustomerChanged, CustomerEvent, OrderChanged
from plugin.core.folding import fold
from plugin.core.identity import subject_of
from plugin.pipeline.ingest import ingest
from plugin.shopify.api import AdminApi
from plugin.shopify.changes import FIRST_SIZE, ChangedPage, Window, changed_page
from plugin.shopify.errors import ShopifyError
from plugin.store import customers, events, queue, reconciliations, shops
from plugin.store.queue import Claim
from plugin.store.reconciliations import KINDS, Reconciliation
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database, Unit

RECONCILE = "reconcile"
"""The queue of shops to compare; woken by every installation and every recovery."""

EVERY = timedelta(minutes=10)  # between passes: with LAG, a gap is found within a quarter of an hour
LAG = timedelta(minutes=2)  # webhooks of the newest changes may still be on their way
OVERLAP = timedelta(minutes=10)  # Shopify's search may learn of a change a little late
LEASE = timedelta(minutes=5)  # a turn takes seconds; two at once would do some work twice, no harm
PAGES = 30  # of one shop in one turn; then the other shops have theirs
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    database: Database
    api: AdminApi

    def step(self, now: datetime) -> int:
        """Compare every shop that is due; returns how many rows were looked at."""
        checked = 0
        for held in queue.turns(self.database, RECONCILE, now, lease=LEASE):
            try:
                done, due = self._compare_shop(held, now)
            except ShopifyError as error:
                done, due = 0, self._put_off(held.shop_id, error, now)
            checked += done
            with self.database.unit(held.shop_id) as unit:
                queue.release(unit, held, partial(_next_due, due=due, now=now))
        return checked

    def _compare_shop(self, held: Claim, now: datetime) -> tuple[int, datetime | None]:
        """One turn of a shop: how many rows were looked at, and when it is due again."""
        checked = 0
        for kind in KINDS:
            for _ in range(PAGES):
                with self.database.unit(held.shop_id) as unit:
                    shop = shops.find(unit)
                    if shop is None or shop.state != shops.INSTALLED:
                        return checked, None
                    mark = _mark(unit, shop, kind, now)
                if mark is None:
                    break
                checked += self._compare_page(shop, mark, now)
            else:
                return checked, now
        return checked, now + EVERY

    def _compare_page(self, shop: Shop, mark: Reconciliation, now: datetime) -> int:
        """Fetch one page with no transaction open, then take in what was missed and move the mark."""
        window = Window(since=mark.through, until=now - LAG)
        page = changed_page(
            self.api,
            shop.shop_id,
            shop.domain,
            now,
            kind=mark.kind,
            window=window,
            size=mark.page_size,
            after=mark.page_cursor,
        )
        with self.database.unit(shop.shop_id) as unit:
            current = shops.find(unit)
            if current is None or current.state != shops.INSTALLED or current.generation != mark.generation:
                return 0
            missed = _missed(unit, page.facts)
            found = ingest(unit, current, missed, now=now, origin="repair")
            reconciliations.change(unit, mark.kind, **_moved(mark, page, window, found.new, now))
        if page.skipped:
            _log.warning("%s rows of %s could not be read in a reconciliation", page.skipped, mark.kind)
        return page.rows

    def _put_off(self, shop_id: int, error: ShopifyError, now: datetime) -> datetime | None:
        """When to try again. A shop whose merchant has to come first waits for that: it is woken then."""
        _log.warning("a reconciliation waits: %s", error.reason)
        with self.database.unit(shop_id) as unit:
            shop = shops.find(unit)
            for found in reconciliations.of_shop(unit):
                if found.is_under_way:
                    # A page's cursor may be what is refused; its second is simply read again.
                    reconciliations.change(unit, found.kind, reason=error.reason, page_cursor=None)
        if shop is None or shop.state != shops.INSTALLED:
            return None
        wait = timedelta(seconds=error.retry_after) if error.retry_after else EVERY
        return now + min(wait, EVERY)


def _mark(unit: Unit, shop: Shop, kind: str, now: datetime) -> Reconciliation | None:
    """Where to go on; None when this kind's pass is over. A new pass goes a little way back."""
    found = reconciliations.find(unit, kind)
    if found is None or found.generation != shop.generation:
        since = shop.installed_at or now
        return reconciliations.begin(
            unit, kind, generation=shop.generation, through=since, page_size=FIRST_SIZE[kind], now=now
        )
    if found.is_under_way:
        return found
    if found.ended_at is not None and found.ended_at > now - EVERY:
        return None
    again = replace(
        found,
        through=found.through - OVERLAP,
        began_at=now,
        ended_at=None,
        checked=0,
        repaired=0,
        page_cursor=None,
    )
    values = {
        name: getattr(again, name) for name in ("through", "began_at", "ended_at", "checked", "repaired")
    }
    reconciliations.change(unit, kind, **values, page_cursor=None)
    return again


def _moved(
    mark: Reconciliation, page: ChangedPage, window: Window, repaired: int, now: datetime
) -> dict[str, object]:
    """The mark after `page`. It moves by time rather than by cursor: a cursor dies, and ends at 25,000 rows."""
    values: dict[str, object] = {
        "checked": mark.checked + page.rows,
        "repaired": mark.repaired + repaired,
        "repaired_ever": mark.repaired_ever + repaired,
        "repaired_at": now if repaired else mark.repaired_at,
        "page_size": page.next_size,
        "reason": "",
    }
    if page.next_cursor is None:
        return values | {"through": max(mark.through, window.until), "page_cursor": None, "ended_at": now}
    if page.newest is not None and page.newest > mark.through.replace(microsecond=0):
        return values | {"through": page.newest, "page_cursor": None}
    return values | {"page_cursor": page.next_cursor}


def _missed(unit: Unit, facts: Sequence[CustomerEvent]) -> list[CustomerEvent]:
    """Those of `facts` that no webhook told us: what is as old as, or older than, what we heard is no news."""
    names = {
        f"shopify:{fact.person.shopify_id}": fact.person.shopify_id
        for fact in facts
        if fact.person.shopify_id
    }
    merged = customers.find_names(unit, names)
    ids = {number: merged[name].customer_id if name in merged else number for name, number in names.items()}
    known = customers.load(unit, ids.values())
    heard = events.heard_of(unit, [subject_of(fact) for fact in facts])
    missed = []
    for fact in facts:
        person = known.get(ids.get(fact.person.shopify_id or 0, 0))
        if isinstance(fact, CustomerChanged | ConsentChanged):
            is_news = _is_news_of(person.state if person else None, fact)
        else:
            is_news = not _was_told(fact, heard.get(subject_of(fact), ()))
        if is_news:
            missed.append(fact)
    return missed


def _is_news_of(state: CustomerState | None, fact: CustomerChanged | ConsentChanged) -> bool:
    """A record's `updatedAt` moves for many reasons; only what it says differently was missed."""
    if isinstance(fact, ConsentChanged):
        known = state.consent_for(fact.channel) if state else None
        if known is None:
            return fact.state is not ConsentState.NOT_SUBSCRIBED
        return fact.state is not known.state and fact.occurred_at >= known.at
    if state is None:
        return True
    after = fold(state, fact)
    return any(after.contact_value(name) != state.contact_value(name) for name in after.contact)


def _was_told(fact: CustomerEvent, heard: Sequence[tuple[str, datetime]]) -> bool:
    told = [at for kind, at in heard if kind == type(fact).__name__]
    if isinstance(fact, OrderChanged):
        return any(at >= fact.occurred_at for at in told)
    return fact.occurred_at in told


def _next_due(unit: Unit, *, due: datetime | None, now: datetime) -> datetime | None:
    """A merchant who came back during the turn has woken the shop too early: it is due at once."""
    shop = shops.find(unit)
    return (due or now) if shop is not None and shop.state == shops.INSTALLED else None
