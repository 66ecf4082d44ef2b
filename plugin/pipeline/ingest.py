"""Take in facts: append them, fold them into people, and let what follows follow. One unit of work per batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from plugin.core.customers import Consent, CustomerState
from plugin.core.events import (
    ConsentChanged,
    ConsentState,
    CustomerEvent,
    FulfillmentChanged,
    OrderChanged,
    OrderDeleted,
    PaymentRecorded,
    RefundRecorded,
    ShipmentReported,
)
from plugin.core.flows.base import Occasion, StageChanged
from plugin.core.identity import begun_at, digest, subject_of
from plugin.core.lifecycle.holding import standing_still
from plugin.core.lifecycle.stages import BEFORE_ORDERS, QUIET_STAGES, Stage, Standing, standing
from plugin.pipeline import purchases
from plugin.pipeline.earn import earn
from plugin.pipeline.enroll import enroll
from plugin.pipeline.people import People
from plugin.store import customers, events, flows, imports, models, queue, redemptions
from plugin.store.customers import KnownCustomer
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

_CHANGING_AN_ORDERS_WORTH = (
    OrderChanged,
    OrderDeleted,
    RefundRecorded,
    PaymentRecorded,
    FulfillmentChanged,
    ShipmentReported,
)
_PARTS_OF_ORDERS = ("orders", "refunds", "deleted_orders", "payments", "fulfillments", "shipment_reports")

Origin = Literal["live", "import", "own", "repair"]
"""`live`: a webhook told us. `import`: history. `own`: said to us, not to Shopify. `repair`: no webhook told us,
reconciliation found it. A repaired fact ends flows and earns points as a live one does; but a moment that has
passed meanwhile is missed, not acted on late."""

UNSUBSCRIBED = "unsubscribed"
"""The reason of suppressions that a new, explicit opt-in of the person lifts; bounces stay."""

STAGES = "stages"
"""The queue of shops whose customers' stages are about to move by time alone."""


@dataclass
class Ingested:
    """What a batch of facts came to."""

    new: int = 0
    repeated: int = 0
    erased: int = 0
    occasions: dict[int, list[Occasion]] = field(default_factory=dict)


def ingest(
    unit: Unit, shop: Shop, facts: Sequence[CustomerEvent], *, now: datetime, origin: Origin
) -> Ingested:
    """Take in `facts` of one shop. Hearing a fact again changes nothing; their order does not matter.

    `import` facts are history: they shape the picture, but enroll nobody and earn nothing.
    """
    customers.lock_shop(unit)
    result = Ingested()
    fresh = _fresh(unit, facts, result)
    people = People(unit=unit, shop=shop, now=now)
    people.prepare(fresh)
    heard: list[tuple[CustomerEvent, int | None]] = []
    for fact in fresh:
        erased_at = people.erased_at(fact)
        if erased_at is not None and begun_at(fact) <= erased_at:
            result.erased += 1
            continue
        heard.append((fact, people.hear(fact)))
    rows: list[dict[str, Any]] = []
    proofs: list[dict[str, Any]] = []
    for fact, heard_of in heard:
        customer_id = None if heard_of is None else people.present_id(heard_of)
        rows.append(
            events.row_of(fact, customer_id=customer_id, subject=subject_of(fact), origin=origin, now=now)
        )
        if customer_id is not None:
            result.occasions.setdefault(customer_id, []).append(fact)
            if isinstance(fact, ConsentChanged):
                proofs.append(_proof(fact, customer_id))
    for customer_id in people.changed:
        result.occasions.setdefault(customer_id, [])
    result.new = events.append(unit, rows)
    _note_used_codes(unit, fresh)
    _claim_waiting(unit, people, result)
    people.fold_heard()
    _lift(unit, people, result.occasions)
    is_live = origin != "import"
    switches = flows.switches(unit)
    touched = _orders_touched(result.occasions)
    if is_live:
        earn(unit, people, touched, switches)
    purchases.record(unit, people, touched, result.occasions)
    if is_live or not models.is_history_pending(unit):  # else the walk that follows judges everybody, once
        _restage(unit, people, result, now, is_live=is_live)
    for customer_id, changes in people.save("event" if is_live else "import").items():
        result.occasions.setdefault(customer_id, []).extend(changes)
    customers.record_consent_proofs(unit, proofs)
    is_late = origin == "repair"
    enroll(unit, people, result.occasions, switches, may_enter=is_live, is_late=is_late)
    _wake_stages(unit, people)
    return result


def _fresh(unit: Unit, facts: Sequence[CustomerEvent], result: Ingested) -> list[CustomerEvent]:
    seen = events.known_ids(unit, [fact.id for fact in facts])
    fresh: list[CustomerEvent] = []
    for fact in facts:
        if fact.id in seen:
            result.repeated += 1
        else:
            seen.add(fact.id)
            fresh.append(fact)
    return fresh


def _note_used_codes(unit: Unit, facts: Sequence[CustomerEvent]) -> None:
    orders = (fact for fact in facts if isinstance(fact, OrderChanged) and not fact.is_test)
    used = {code.upper(): order.order_id for order in orders for code in order.discount_codes}
    if used:
        redemptions.note_used(unit, used)


def _claim_waiting(unit: Unit, people: People, result: Ingested) -> None:
    """Facts that came before anybody knew whom they were about: a refund before its order, a cart's past."""
    links = [name for name in people.new_ties if name.startswith(("order:", "cart:", "checkout:", "return:"))]
    if not links:
        return
    for subject, fact in events.waiting_for(unit, links):
        owner = people.ties[subject].customer_id
        people.tell(owner, fact)
        events.claim_subject(unit, subject, owner)
        result.occasions.setdefault(owner, []).append(fact)


def _orders_touched(occasions: Mapping[int, Sequence[Occasion]]) -> dict[int, set[int]]:
    touched: dict[int, set[int]] = {}
    for customer_id, facts in occasions.items():
        for fact in facts:
            if isinstance(fact, _CHANGING_AN_ORDERS_WORTH):
                touched.setdefault(customer_id, set()).add(fact.order_id)
    return touched


def _restage(unit: Unit, people: People, result: Ingested, now: datetime, *, is_live: bool) -> None:
    """Orders move stages. Their next crossing in time is solved here and stored, so nobody is scanned for."""
    rows: list[dict[str, Any]] = []
    for customer_id in sorted(people.changed):
        person = people.known[customer_id]
        stands = _stands(people, person, now)
        if stands is person.standing:
            continue
        people.update(replace(person, standing=stands))
        if stands.stage is person.standing.stage:
            continue
        change = StageChanged(before=person.standing.stage, after=stands.stage, at=now)
        rows.append(
            {
                "customer_id": customer_id,
                "at": now,
                "after": stands.stage.value,
                "before": change.before.value,
                "reason": stands.reason if is_live else "import",
            }
        )
        if _is_news(unit, change):
            result.occasions.setdefault(customer_id, []).append(change)
    customers.record_stage_changes(unit, rows)


def _stands(people: People, person: KnownCustomer, now: datetime) -> Standing:
    """The stage after this batch. Orders move it, and of who has none or was given up, a word or a sign of life."""
    earlier = people.before.get(person.state.id)
    has_other_orders = earlier is None or not _same_orders(earlier.state, person.state)
    if has_other_orders or person.standing.stage in BEFORE_ORDERS:
        return standing(person.state, now, zone=people.shop.zone, model=people.model)
    if person.standing.stage is not Stage.LOST:
        return person.standing
    return standing_still(person.standing, person.state, now, zone=people.shop.zone, model=people.model)


def _is_news(unit: Unit, change: StageChanged) -> bool:
    """Who appears quiet the moment we first hear of an old order, or by half a history, has not become so now."""
    if change.after not in {*QUIET_STAGES, Stage.LOST}:
        return True
    return change.before not in BEFORE_ORDERS and not imports.is_unfinished(unit)


def _same_orders(before: CustomerState, after: CustomerState) -> bool:
    return all(getattr(before, part) == getattr(after, part) for part in _PARTS_OF_ORDERS)


def _proof(fact: ConsentChanged, customer_id: int) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "event_id": fact.id,
        "channel": fact.channel,
        "state": fact.state.value,
        "at": fact.occurred_at,
        "source": fact.source,
    }


def _lift(unit: Unit, people: People, occasions: Mapping[int, Sequence[Occasion]]) -> None:
    """Who left and has now said yes again, and meant it last, may be written to again."""
    returned: dict[str, list[str]] = {}
    for customer_id, facts in occasions.items():
        person = people.known[customer_id].state
        for channel in {fact.channel for fact in facts if isinstance(fact, ConsentChanged) and _is_yes(fact)}:
            newest = person.consent_for(channel)
            if newest is not None and _is_yes(newest) and person.email:
                returned.setdefault(channel, []).append(digest(people.shop.salt, f"email:{person.email}"))
    for channel, addresses in returned.items():
        customers.lift_suppressions(unit, channel=channel, digests=addresses, reason=UNSUBSCRIBED)


def _is_yes(word: Consent | ConsentChanged) -> bool:
    return word.state is ConsentState.SUBSCRIBED


def _wake_stages(unit: Unit, people: People) -> None:
    moments = [
        people.known[customer_id].standing.next_change_at
        for customer_id in people.changed
        if customer_id in people.known
    ]
    soonest = min((at for at in moments if at is not None), default=None)
    if soonest is not None:
        queue.wake(unit, STAGES, soonest)
