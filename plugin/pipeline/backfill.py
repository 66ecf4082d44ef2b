"""Import a shop's history by bulk operations. It shapes the picture; it enrolls nobody and sends nothing.

Every step is safe to repeat: facts that were read before are known by their ids, so a crash in the middle of a
file costs reading it again, nothing more.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import httpx

from plugin.core.events import CustomerEvent
from plugin.pipeline.ingest import ingest
from plugin.pipeline.score import SCORE
from plugin.shopify import bulk
from plugin.shopify.api import AdminApi
from plugin.shopify.bulk_join import Joined, join_children
from plugin.shopify.errors import ShopifyError
from plugin.shopify.import_rows import InvalidRowError, customer_events, order_events
from plugin.shopify.operations import operation
from plugin.store import imports, queue, shops, statistics
from plugin.store.imports import Import
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database

POLL_EVERY = timedelta(
    seconds=2
)  # while Shopify writes the file; the finish webhook is a hint, not a promise
BUSY_WAIT = timedelta(minutes=1)
GIVE_UP_AFTER = timedelta(days=1)  # of an import that stumbles over a mistake of ours
MANY = 1000  # rows after which the planner's knowledge of the tables is out of date
BATCH = 500  # customers or orders folded in one transaction
_QUERIES = {"customers": "bulk_customers", "orders": "bulk_orders"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    database: Database
    api: AdminApi
    http: httpx.Client
    batch: int = BATCH

    def step(self, now: datetime) -> int:
        """Take every unfinished import one step further; returns how many were taken."""
        due = imports.due(self.database, now)
        for found in due:
            with self.database.reading(found.shop_id) as unit:
                shop = shops.get(unit)
            if shop.state == shops.UNINSTALLED:
                self._change(found, state="failed", reason="uninstalled", ended_at=now, due=None)
                continue
            try:
                self._step(shop, found, now)
            except ShopifyError as error:
                self._put_off(found, error, now)
            except Exception as error:  # noqa: BLE001  # one shop's import must not hold up the others'
                self._stumble(found, error, now)
        return len(due)

    def _step(self, shop: Shop, found: Import, now: datetime) -> None:
        query = operation(_QUERIES[found.kind])
        if found.operation_gid is None:
            started = bulk.find_running(self.api, shop.shop_id, shop.domain, query, now) or bulk.start(
                self.api, shop.shop_id, shop.domain, query, now
            )
            if isinstance(started, bulk.Busy):
                self._change(found, due=now + BUSY_WAIT, reason=started.code)
                return
            self._change(found, state="running", operation_gid=started.gid, due=now + POLL_EVERY, reason="")
            return
        state = bulk.poll(self.api, shop.shop_id, shop.domain, found.operation_gid, now)
        if state is None:
            self._change(found, operation_gid=None, state="requested", due=now, reason="operation_unknown")
        elif not state.status.is_over:
            self._change(found, rows_expected=state.root_count, due=now + POLL_EVERY)
        else:
            self._finish(shop, found, state, now)

    def _finish(self, shop: Shop, found: Import, state: bulk.BulkState, now: datetime) -> None:
        url = state.url if state.has_all_rows else state.partial_url
        found = self._change(
            found, state="reading", rows_expected=state.root_count, rows_done=0, reading_since=now
        )
        try:
            skipped = self._read(shop, found, url, now)
        except (bulk.DownloadExpiredError, bulk.DamagedRowError) as error:
            self._change(
                found, state="requested", operation_gid=None, due=now + BUSY_WAIT, reason=error.reason
            )
            return
        if state.root_count >= MANY:
            with self.database.unit(shop.shop_id) as unit:
                statistics.refresh(unit)
        if state.has_all_rows:
            reason = f"{skipped} rows skipped" if skipped else ""
            self._change(found, state="done", ended_at=now, due=None, reason=reason)
        else:
            reason = (state.error_code or state.status.value).lower()
            self._change(found, state="failed", ended_at=now, due=None, reason=reason)

    def _read(self, shop: Shop, found: Import, url: str | None, now: datetime) -> int:
        skipped = 0
        joined = join_children(row for _, row in bulk.rows(self.http, url))
        while batch := list(islice(joined, self.batch)):
            facts, bad = _facts(found.kind, batch)
            skipped += bad
            with self.database.unit(shop.shop_id) as unit:
                ingest(unit, shop, facts, now=now, origin="import")
                found = imports.change(unit, found, rows_done=found.rows_done + len(batch))
        return skipped

    def _put_off(self, found: Import, error: ShopifyError, now: datetime) -> None:
        if error.permanent:
            self._change(found, state="failed", reason=error.reason, ended_at=now, due=None)
            return
        _log.warning("import of %s waits: %s", found.kind, error.reason)
        wait = timedelta(seconds=error.retry_after) if error.retry_after else BUSY_WAIT
        self._change(found, due=now + max(wait, POLL_EVERY), reason=error.reason)

    def _stumble(self, found: Import, error: Exception, now: datetime) -> None:
        """A mistake of ours. The rest of the shop's work waits for its import, but not for ever."""
        _log.error("import of %s failed unexpectedly: %s", found.kind, type(error).__name__)
        if now - found.requested_at > GIVE_UP_AFTER:
            self._change(found, state="failed", reason="internal_error", ended_at=now, due=None)
        else:
            self._change(found, due=now + BUSY_WAIT, reason="internal_error")

    def _change(self, found: Import, **values: Any) -> Import:
        with self.database.unit(found.shop_id) as unit:
            changed = imports.change(unit, found, **values)
            if changed.ended_at is not None and not imports.is_unfinished(unit):
                queue.wake(unit, SCORE, changed.ended_at)
            return changed


def _facts(kind: str, batch: Iterable[Joined]) -> tuple[list[CustomerEvent], int]:
    """The facts of a batch of rows, and how many rows could not be read."""
    facts: list[CustomerEvent] = []
    bad = 0
    for joined in batch:
        try:
            if kind == "customers":
                facts.extend(customer_events(joined.row))
            else:
                facts.extend(order_events(joined.row, joined.children.get("LineItem", [])))
        except InvalidRowError:
            bad += 1
    return facts, bad
