"""Write a segment to Shopify as a tag on its customers: once, or kept in step with who joins and leaves.

Each customer who is to get the tag, or to lose it, is a row; a worker carries them out a few at a time and records
each, so that a crash, a throttled shop or a day without Shopify costs time and nothing else: adding a tag that is
there, or taking one off that is not, changes nothing.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from plugin.core.retries import retry_at
from plugin.core.segments.conditions import Condition, leaves_of
from plugin.shopify.api import AdminApi
from plugin.shopify.tags import MAX_TAG, TagRefused, TagWritten, write_tag
from plugin.store import queue, shops, tagging
from plugin.store.live_segments import shelf_of
from plugin.store.queue import Claim
from plugin.store.shops import Shop
from plugin.store.tagging import SegmentTag, TagOrder
from plugin.store.unit_of_work import Database, Unit

TAGS = "tags"
"""The queue of shops with tags to write."""

AT_ONCE = 20  # customers of one shop in one turn: two seconds of a small shop's budget
A_RUN = 200  # customers of all shops before the job ends and begins again
LOOK_EVERY = timedelta(minutes=1)  # between comparisons of a segment with those who wear its tag
LEASE = timedelta(minutes=5)
_SHOPIFY_IS_AWAY = timedelta(minutes=15)
_log = logging.getLogger(__name__)


class InvalidTagError(ValueError):
    """The customers cannot wear this tag. `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def tag_members(
    unit: Unit, shop: Shop, segment_id: str, *, tag: str, keeps_in_step: bool, now: datetime, author: str
) -> SegmentTag:
    """Have the segment's customers wear `tag`. Raises `InvalidTagError`, and `LookupError` for no such segment.

    In step with a segment that asks about tags it could go round for ever: the tag lets somebody leave, leaving
    takes it off, and without it they join again.
    """
    tree = shelf_of(unit, shop).trees.get(segment_id)
    if tree is None:
        raise LookupError("there is no such segment")
    clean = " ".join(tag.split())
    if not clean or len(clean) > MAX_TAG or "," in clean or not clean.isprintable():
        raise InvalidTagError("bad_tag")
    asks_about_tags = any(isinstance(leaf, Condition) and leaf.field == "tags" for leaf in leaves_of(tree))
    if keeps_in_step and asks_about_tags:
        raise InvalidTagError("asks_about_tags")
    known = tagging.of_segment(unit, segment_id)
    if known is not None and (known.tag != clean or known.ended_at is not None):
        raise InvalidTagError("wears_another")
    wanted = SegmentTag(
        segment_id=segment_id,
        tag=clean,
        keeps_in_step=keeps_in_step,
        began_at=known.began_at if known else now,
        author=author,
        looked_at=now,
        ended_at=None,
    )
    tagging.put(unit, wanted)
    tagging.want_members(unit, segment_id, now)
    shops.record_change(unit, change=f"tag:{segment_id}", at=now, reason="merchant", author=author)
    queue.wake(unit, TAGS, now)
    return wanted


def take_back(unit: Unit, segment_id: str, *, now: datetime, author: str) -> bool:
    """Take the tag off everybody again; False when nobody was to wear one."""
    known = tagging.of_segment(unit, segment_id)
    if known is None or known.ended_at is not None:
        return False
    tagging.put(unit, replace(known, keeps_in_step=False, ended_at=now))
    tagging.unwant_all(unit, segment_id, now)
    shops.record_change(unit, change=f"untag:{segment_id}", at=now, reason="merchant", author=author)
    queue.wake(unit, TAGS, now)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagger:
    """Carries out what rows say is to be worn."""

    database: Database
    api: AdminApi

    def step(self, now: datetime) -> int:
        """Turn by turn for every shop that is due, up to a bound; returns how many customers were tried."""
        tried = 0
        for held in queue.turns(self.database, TAGS, now, lease=LEASE):
            tried += self._serve(held, now)
            if tried >= A_RUN:
                break
        return tried

    def _serve(self, held: Claim, now: datetime) -> int:
        with self.database.unit(held.shop_id) as unit:
            shop = shops.find(unit)
            if shop is None or shop.state != shops.INSTALLED:
                wait = now + _SHOPIFY_IS_AWAY if shop and shop.state == shops.NEEDS_REAUTH else None
                queue.release(unit, held, lambda _: wait)
                return 0
            for tag in tagging.all_of(unit):
                _look(unit, tag, now)
            orders = tagging.due(unit, now, AT_ONCE)
        tried, pause = self._carry(shop, orders, now)
        with self.database.unit(held.shop_id) as unit:
            for order, answer in tried:
                _record(unit, order, answer, now)
            for tag in tagging.all_of(unit):
                if tag.ended_at is not None and tagging.is_worn_by_nobody(unit, tag.segment_id):
                    tagging.drop(unit, tag.segment_id)
            queue.release(unit, held, partial(_next_due, pause=pause, now=now))
        return len(tried)

    def _carry(
        self, shop: Shop, orders: list[TagOrder], now: datetime
    ) -> tuple[list[tuple[TagOrder, TagWritten | TagRefused]], timedelta | None]:
        """Until all are done, or the shop as a whole cannot go on for a while."""
        tried: list[tuple[TagOrder, TagWritten | TagRefused]] = []
        for order in orders:
            answer = write_tag(
                self.api,
                shop.shop_id,
                shop.domain,
                order.customer_id,
                now=now,
                tag=order.tag,
                is_on=order.is_wanted,
            )
            if isinstance(answer, TagRefused) and answer.is_of_shop:
                _log.warning("tags wait: %s", answer.reason)
                wait = timedelta(seconds=answer.retry_after) if answer.retry_after else _SHOPIFY_IS_AWAY
                return tried, wait
            tried.append((order, answer))
        return tried, None


def _look(unit: Unit, tag: SegmentTag, now: datetime) -> None:
    """Bring what is wanted in step with the segment."""
    if not tag.keeps_in_step or (tag.looked_at is not None and tag.looked_at > now - LOOK_EVERY):
        return
    tagging.want_members(unit, tag.segment_id, now)
    tagging.unwant_others(unit, tag.segment_id, now)
    tagging.put(unit, replace(tag, looked_at=now))


def _record(unit: Unit, order: TagOrder, answer: TagWritten | TagRefused, now: datetime) -> None:
    if isinstance(answer, TagWritten):
        tagging.settle(unit, order, state=tagging.DONE, reason="", due=None)
        return
    again = retry_at(attempts=order.attempts + 1, first_tried_at=order.began_at, now=now)
    if answer.permanent or again is None:
        # Whoever is gone from Shopify wears no tag: there is nothing left to take off.
        state = tagging.FAILED if order.is_wanted else tagging.DONE
        tagging.settle(unit, order, state=state, reason=answer.reason, due=None)
    else:
        tagging.settle(unit, order, state=tagging.READY, reason=answer.reason, due=again)


def _next_due(unit: Unit, *, pause: timedelta | None, now: datetime) -> datetime | None:
    looks = [(tag.looked_at or now) + LOOK_EVERY for tag in tagging.all_of(unit) if tag.keeps_in_step]
    moments = [tagging.next_due(unit), *looks]
    soonest = min((at for at in moments if at is not None), default=None)
    if soonest is None or pause is None:
        return soonest
    return max(soonest, now + pause)
