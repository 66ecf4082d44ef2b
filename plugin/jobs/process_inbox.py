"""Understand what the door has stored, in batches of one shop, and never let one bad delivery stop the others."""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from plugin.core.events import (
    AppUninstalled,
    BulkOperationFinished,
    CustomerDataRequested,
    CustomerErasureRequested,
    CustomerEvent,
    DiscountChanged,
    ProductChanged,
    ProductDeleted,
    RedeemCodeChanged,
    ScopesChanged,
    SegmentNamed,
    ShopDescribed,
    ShopErasureRequested,
    ShopEvent,
    StockChanged,
)
from plugin.jobs.tools import Tools
from plugin.pipeline import forget, news
from plugin.pipeline.connect import NOT_INSTALLED
from plugin.pipeline.ingest import ingest
from plugin.store import shops
from plugin.store.inbox_store import StoredDelivery
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit
from plugin.webhooks.parsing import UNKNOWN_TOPIC, UnintelligibleError
from plugin.webhooks.understand import ShopFacts, understand

BATCH = 500  # deliveries, of all shops; those of one shop share a transaction, the marks of all share one
_OWN_AFFAIRS = (AppUninstalled, CustomerDataRequested, CustomerErasureRequested, ShopErasureRequested)
_NEWS = (
    ShopDescribed,
    ScopesChanged,
    ProductChanged,
    ProductDeleted,
    StockChanged,
    SegmentNamed,
    DiscountChanged,
    RedeemCodeChanged,
)
_END_OF_LIFE_TOPICS = frozenset(
    {"app/uninstalled", "customers/redact", "customers/data_request", "shop/redact"}
)
_DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""Locked, full, unreachable: no fault of any delivery, so none is marked for it."""
_FRAMES = 6  # calls of our own that are worth naming in the log
_log = logging.getLogger(__name__)

Key = tuple[int, str]
Marked = tuple[int, str, str]
Meaning = tuple[CustomerEvent | ShopEvent, ...] | UnintelligibleError


@dataclass
class _Outcome:
    done: list[Key] = field(default_factory=list)
    failed: list[Marked] = field(default_factory=list)
    ignored: list[Marked] = field(default_factory=list)

    def add(self, other: "_Outcome") -> None:
        self.done += other.done
        self.failed += other.failed
        self.ignored += other.ignored


def process_inbox(tools: Tools, now: datetime, *, batch: int = BATCH) -> int:
    """Understand everything that waits; returns how many deliveries were looked at.

    Raises what the database raised where it could not be used: the deliveries wait for the next run.
    """
    looked_at = 0
    while deliveries := tools.inbox.waiting(batch):
        of_shops: dict[int, list[StoredDelivery]] = {}
        for delivery in deliveries:
            of_shops.setdefault(delivery.shop_id, []).append(delivery)
        outcome = _Outcome()
        away: Exception | None = None
        for of_shop in of_shops.values():
            try:
                outcome.add(_understand_batch(tools, of_shop, now))
            except _DATABASE_AWAY as error:
                away = error
        tools.inbox.mark_done(outcome.done, now)
        tools.inbox.mark_failed(outcome.failed, now)
        tools.inbox.mark_ignored(outcome.ignored, now)
        if away is not None:
            raise away
        looked_at += len(deliveries)
    return looked_at


def _understand_batch(tools: Tools, batch: Sequence[StoredDelivery], now: datetime) -> _Outcome:
    """All of it in one transaction; if that fails, each by itself, so that only the culprit is marked."""
    try:
        return _take_in(tools, batch, now)
    except _DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001  # the edge of a job: a delivery may fail, the inbox may not
        if len(batch) == 1:
            _log_failure(batch[0], error)
            return _Outcome(failed=[(batch[0].shop_id, batch[0].delivery_id, "internal_error")])
    whole = _Outcome()
    for delivery in batch:
        whole.add(_understand_batch(tools, [delivery], now))
    return whole


def _log_failure(delivery: StoredDelivery, error: Exception) -> None:
    """What kind of mistake, where in our code, and the id that finds the delivery; never the error's own words.

    A driver's repeat the row that did not fit, with the person in it, and a log may be formatted by others.
    """
    paths = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [f"{path.stem}:{line}" for path, line in paths if "site-packages" not in path.parts]
    where = " < ".join(reversed(ours[-_FRAMES:]))
    told = (delivery.topic, delivery.delivery_id, type(error).__name__, where)
    _log.error("a delivery of %s could not be taken in: %s, %s at %s", *told)


def _take_in(tools: Tools, batch: Sequence[StoredDelivery], now: datetime) -> _Outcome:
    outcome = _Outcome()
    meanings = _read(tools, batch)
    with tools.database.unit(batch[0].shop_id) as unit:
        shop = tools.connector.meet(unit, batch[0].shop)
        facts: list[CustomerEvent] = []
        for delivery, meaning in zip(batch, meanings, strict=True):
            key = (delivery.shop_id, delivery.delivery_id)
            if shop.state not in {shops.INSTALLED, shops.NEEDS_REAUTH}:
                reason = _why_wait(shop, delivery)
                if reason is not None:
                    outcome.ignored.append((*key, reason))
                    continue
            if isinstance(meaning, UnintelligibleError):
                target = outcome.ignored if meaning.reason == UNKNOWN_TOPIC else outcome.failed
                target.append((*key, meaning.reason))
                continue
            for event in meaning:
                if isinstance(event, _OWN_AFFAIRS):
                    ingest(unit, shop, facts, now=now, origin="live")
                    facts = []
                    _act(unit, shop, event, now)
                    shop = tools.connector.meet(unit, batch[0].shop)
                elif isinstance(event, _NEWS):
                    news.take_note(unit, event, now)
                elif not isinstance(event, BulkOperationFinished):
                    facts.append(event)
            outcome.done.append(key)
        ingest(unit, shop, facts, now=now, origin="live")
    return outcome


def _read(tools: Tools, batch: Sequence[StoredDelivery]) -> list[Meaning]:
    """What each delivery says. Bodies are read before the transaction begins: it keeps others waiting."""
    with tools.database.reading(batch[0].shop_id) as unit:
        shop = shops.find(unit)
    if shop is None:
        with tools.database.unit(batch[0].shop_id) as unit:
            shop = tools.connector.meet(unit, batch[0].shop)
    return [_meaning(delivery, _facts_of(shop)) for delivery in batch]


def _meaning(delivery: StoredDelivery, shop: ShopFacts) -> Meaning:
    try:
        return understand(delivery, shop)
    except UnintelligibleError as error:
        return error


def _why_wait(shop: Shop, delivery: StoredDelivery) -> str | None:
    """Why a delivery is set aside while the shop is not installed. What ends a life does not wait."""
    if delivery.topic in _END_OF_LIFE_TOPICS:
        return None
    return NOT_INSTALLED if shop.state == shops.PENDING else "shop_uninstalled"


def _act(unit: Unit, shop: Shop, event: ShopEvent, now: datetime) -> None:
    match event:
        case AppUninstalled(occurred_at=at):
            forget.uninstall(unit, at, now)
        case CustomerDataRequested():
            forget.note_data_request(unit, event, now)
        case CustomerErasureRequested():
            forget.forget_customer(unit, shop, event, now)
        case ShopErasureRequested(occurred_at=at):
            forget.forget_shop(unit, at, now)
        case BulkOperationFinished():
            pass


def _facts_of(shop: Shop) -> ShopFacts:
    return ShopFacts(shop_id=shop.shop_id, domain=shop.domain, currency=shop.currency)
