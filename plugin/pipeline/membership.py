"""Who belongs to which segment, kept true: whoever changes a customer's facts settles them here.

Every live segment is asked of the new facts and past, in Python; what came out is compared with the members
at rest, and only the difference is written. Each customer's next flip, the first instant at which time alone
may change any answer, is returned to be stored beside the facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from plugin.core.flows.base import SegmentChanged
from plugin.core.segments.facts import NO_PAST, CustomerFacts, Past
from plugin.store import members, queue
from plugin.store.live_segments import LiveSegments, live_of
from plugin.store.purchases import past_of
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

Reason = Literal["event", "clock", "definition", "import", "score"]

FLIPS = "flips"
"""The queue of shops some of whose customers join or leave a segment by time alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the new facts came to."""

    changes: dict[int, list[SegmentChanged]]
    flips: dict[int, datetime | None]
    """For every customer who was settled; store it beside the facts."""


@dataclass(kw_only=True)
class _Difference:
    joined: dict[members.Key, bool] = field(default_factory=dict)
    left: dict[members.Key, bool] = field(default_factory=dict)
    turned: dict[members.Key, bool] = field(default_factory=dict)

    def note(
        self, customer: CustomerFacts, belongs: set[str], known: Mapping[str, bool], live: set[str]
    ) -> None:
        customer_id = customer.customer_id
        for segment_id in belongs - known.keys():
            self.joined[segment_id, customer_id] = customer.is_mailable
        for segment_id in (known.keys() & live) - belongs:
            self.left[segment_id, customer_id] = known[segment_id]
        for segment_id in belongs & known.keys():
            if known[segment_id] is not customer.is_mailable:
                self.turned[segment_id, customer_id] = customer.is_mailable


def settle(
    unit: Unit, shop: Shop, facts: Sequence[CustomerFacts], now: datetime, *, reason: Reason
) -> Settled:
    """Make the memberships of these customers true for their facts at `now`, and say what changed.

    The caller has locked the shop (`customers.lock_shop`) and has written the customers' orders and messages;
    it writes the facts themselves, with the flips, in the same unit of work.
    """
    live = live_of(unit, shop)
    live_ids = live.ids
    ids = [customer.customer_id for customer in facts]
    known = members.of_customers(unit, ids)
    pasts = past_of(unit, ids, live.families)
    difference = _Difference()
    flips: dict[int, datetime | None] = {}
    for customer in facts:
        past = pasts.get(customer.customer_id, NO_PAST)
        belongs = {name for name, asked in live.predicates if asked.holds(customer, past, now)}
        difference.note(customer, belongs, known.get(customer.customer_id, {}), live_ids)
        flips[customer.customer_id] = _next_flip(live, customer, past, now)
    _write(unit, shop, difference, now, reason)
    soonest = min((at for at in flips.values() if at is not None), default=None)
    if soonest is not None:
        queue.wake(unit, FLIPS, soonest)
    return Settled(changes=_changes(difference, now), flips=flips)


def forget(unit: Unit, shop: Shop, customer_id: int, now: datetime) -> None:
    """The customer is erased: they belong nowhere, and nothing says that they ever did."""
    members.forget(unit, customer_id, now.astimezone(shop.zone).date())


def absorb(unit: Unit, shop: Shop, *, old: int, new: int, now: datetime) -> None:
    """`old` turned out to be `new`, who takes over the memberships; settle `new` afterwards."""
    members.move_customer(unit, old=old, new=new, day=now.astimezone(shop.zone).date())


def _next_flip(live: LiveSegments, customer: CustomerFacts, past: Past, now: datetime) -> datetime | None:
    moments = [at for asked in live.timed if (at := asked.next_flip(customer, past, now)) is not None]
    return min(moments, default=None)


def _write(unit: Unit, shop: Shop, difference: _Difference, now: datetime, reason: Reason) -> None:
    members.drop(unit, difference.left)
    members.add(unit, difference.joined, now)
    for is_mailable in (True, False):
        turned = [key for key, turned_to in difference.turned.items() if turned_to is is_mailable]
        members.mark_mailable(unit, turned, is_mailable=is_mailable)
    changes = {**dict.fromkeys(difference.joined, True), **dict.fromkeys(difference.left, False)}
    members.record(unit, changes, now, reason)
    grown = members.difference(difference.joined, difference.left, difference.turned)
    members.resize(unit, grown, now.astimezone(shop.zone).date())


def _changes(difference: _Difference, now: datetime) -> dict[int, list[SegmentChanged]]:
    changes: dict[int, list[SegmentChanged]] = {}
    for keys, joined in ((difference.joined, True), (difference.left, False)):
        for segment_id, customer_id in sorted(keys):
            change = SegmentChanged(segment_id=segment_id, joined=joined, at=now)
            changes.setdefault(customer_id, []).append(change)
    return changes
