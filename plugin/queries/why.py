"""Why a person got, or did not get, each message (law 11): every flow, every trigger, every step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select

from plugin.core.consent import why_not_mailable
from plugin.core.flows import FLOWS
from plugin.core.flows.base import Flow, StepKind
from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.core.identity import digest
from plugin.core.loyalty.rewards import cheapest_reward
from plugin.store import customers, flows, shops
from plugin.store.customers import KnownCustomer
from plugin.store.shops import Shop
from plugin.store.tables import CustomerRow, DecisionRow, EnrollmentRow, OutboxRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

StepOutcome = Literal["sent", "waiting", "sending", "not_sent", "failed", "in_doubt"]

_MOST_DIGITS = 19  # of an id

_FATES: Mapping[str, StepOutcome] = {
    "ready": "waiting",
    "soft_failed": "waiting",
    "wire": "sending",
    "sent": "sent",
    "hard_failed": "failed",
    "in_doubt": "in_doubt",
    "skipped": "not_sent",
}
_customers, _decisions = table_of(CustomerRow), table_of(DecisionRow)
_enrollments, _outbox = table_of(EnrollmentRow), table_of(OutboxRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of an effect, as the outbox records it."""

    state: str
    reason: str
    attempts: int
    due: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReason:
    """One step for one person: what was decided, or what it waits for."""

    step_id: str
    kind: str
    """`message` or `issue_reward`."""
    outcome: StepOutcome
    reason: str
    at: datetime | None
    """When it was decided; None while it was not."""
    until: datetime | None
    """While it waits: until when."""
    message: Fate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoned:
    """One flow and one trigger for one person. Without a trigger: why the flow has nothing to do with them."""

    flow_id: str
    is_on: bool
    """The flow, now."""
    trigger_key: str | None
    entered: bool
    reason: str
    at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    steps: tuple[StepReason, ...]

    def to_json(self) -> dict[str, Any]:
        """The same as plain values; instants in ISO 8601."""
        return {
            "flow": self.flow_id,
            "flow_on": self.is_on,
            "trigger": self.trigger_key,
            "entered": self.entered,
            "reason": self.reason,
            "at": _iso(self.at),
            "ended_at": _iso(self.ended_at),
            "end_reason": self.end_reason,
            "steps": [_step_json(step) for step in self.steps],
        }


def why(unit: Unit, customer_id: int, flow_id: str | None = None) -> list[Reasoned]:
    """The reasons of every flow (or of one) for a customer: by flow, the newest trigger first.

    Raises `LookupError` when there is no such customer or no such flow.
    """
    shop = shops.get(unit)
    person = customers.load(unit, [customer_id]).get(customer_id)
    if person is None:
        raise LookupError("there is no such customer in this shop")
    wanted = [flow for flow in FLOWS if flow_id in {None, flow.id}]
    if not wanted:
        raise LookupError(f"there is no flow {flow_id!r}")
    switches = flows.switches(unit)
    decisions = _by_trigger(unit, _decisions, customer_id)
    enrollments = _by_trigger(unit, _enrollments, customer_id)
    effects = _by_trigger(unit, _outbox, customer_id)
    found: list[Reasoned] = []
    for flow in wanted:
        is_on = flow.id in switches and switches[flow.id].is_on
        triggers = {key for known, key in (*decisions, *enrollments, *effects) if known == flow.id}
        reasoned = [
            _reasoned(
                flow,
                trigger,
                is_on=is_on,
                decisions=decisions.get((flow.id, trigger), []),
                enrollment=next(iter(enrollments.get((flow.id, trigger), [])), None),
                effects=effects.get((flow.id, trigger), []),
            )
            for trigger in triggers
        ]
        reasoned.sort(key=_newness, reverse=True)
        found += reasoned or [_untriggered(unit, shop, person, flow, is_on=is_on)]
    return found


def find_customer(unit: Unit, text: str) -> int | None:
    """The customer named by an id (or its GraphQL form) or by an email address, in any case."""
    name = text.replace("\x00", "").strip()
    if not name.isprintable():
        return None  # half a character, which no database takes
    number = name.removeprefix("gid://shopify/Customer/")
    digits = number.removeprefix("-")
    if digits.isdecimal() and digits.isascii() and len(digits) <= _MOST_DIGITS and int(digits) < 2**63:
        query = select(_customers.c.customer_id).where(
            _customers.c.shop_id == unit.shop_id, _customers.c.customer_id == int(number)
        )
        found: int | None = unit.connection.scalar(query)
        return found
    address = f"email:{name.lower()}"
    identity = customers.find_names(unit, [address]).get(address)
    if identity is not None or not name:
        return identity.customer_id if identity else None
    by_contact = select(func.max(_customers.c.customer_id)).where(
        _customers.c.shop_id == unit.shop_id, _customers.c.email == name.lower()
    )
    owner: int | None = unit.connection.scalar(by_contact)
    return owner


def _newness(reasoned: Reasoned) -> tuple[str, str]:
    return (reasoned.at.isoformat() if reasoned.at else "", reasoned.trigger_key or "")


def _by_trigger(unit: Unit, table: Any, customer_id: int) -> dict[tuple[str, str], list[Any]]:
    query = select(table).where(table.c.shop_id == unit.shop_id, table.c.customer_id == customer_id)
    grouped: dict[tuple[str, str], list[Any]] = {}
    for row in unit.connection.execute(query):
        if row.flow_id:
            grouped.setdefault((row.flow_id, row.trigger_key), []).append(row)
    return grouped


def _reasoned(
    flow: Flow,
    trigger_key: str,
    *,
    is_on: bool,
    decisions: Iterable[Any],
    enrollment: Any | None,
    effects: Iterable[Any],
) -> Reasoned:
    decided = {row.step_id: row for row in decisions}
    fates = {row.step_id: row for row in effects}
    threshold = decided.get("enter") or decided.get("earn")
    has_entered = enrollment is not None or (threshold is not None and threshold.outcome == "entered")
    reason = threshold.reason if threshold is not None else "trigger"
    at = threshold.at if threshold is not None else getattr(enrollment, "entered_at", None)
    return Reasoned(
        flow_id=flow.id,
        is_on=is_on,
        trigger_key=trigger_key,
        entered=has_entered,
        reason=reason,
        at=at,
        ended_at=enrollment.ended_at if enrollment is not None else None,
        end_reason=enrollment.end_reason if enrollment is not None else None,
        steps=_steps(flow, enrollment, decided, fates) if enrollment is not None else (),
    )


def _steps(
    flow: Flow, enrollment: Any, decided: Mapping[str, Any], fates: Mapping[str, Any]
) -> tuple[StepReason, ...]:
    found = []
    for place, step in enumerate(flow.steps):
        fate, decision = fates.get(step.id), decided.get(step.id)
        outcome: StepOutcome = "not_sent"
        reason, until = "", None
        if fate is not None:
            outcome, reason = _FATES[fate.state], fate.reason or (decision.reason if decision else "")
            until = fate.due if outcome == "waiting" else None
        elif decision is not None:
            reason = decision.reason
        elif enrollment.ended_at is not None:
            reason = enrollment.end_reason or "completed"
        else:
            is_next = place == enrollment.step
            outcome, reason = "waiting", "scheduled"
            until = enrollment.due if is_next else enrollment.entered_at + step.after
            if is_next and enrollment.due is None:
                reason = "awaiting_step"
            elif flow.steps[0].kind is StepKind.ISSUE_REWARD and place > enrollment.step:
                reason, until = "awaiting_step", None
        found.append(
            StepReason(
                step_id=step.id,
                kind=step.kind.value,
                outcome=outcome,
                reason=reason,
                at=decision.at if decision is not None else getattr(fate, "created_at", None),
                until=until,
                message=_fate(fate) if fate is not None else None,
            )
        )
    return tuple(found)


def _untriggered(unit: Unit, shop: Shop, person: KnownCustomer, flow: Flow, *, is_on: bool) -> Reasoned:
    """Nothing was ever recorded: the first thing that stands in the way as things are."""
    reason = "no_trigger"
    unmailable = why_not_mailable(person.state)
    if not is_on:
        reason = "flow_off"
    elif unmailable is not None:
        reason = unmailable
    elif _is_suppressed(unit, shop, person):
        reason = "suppressed"
    elif flow.id == LOYALTY_REWARD.id and person.points < cheapest_reward(shop.currency).points:
        reason = "points_not_reached"
    return Reasoned(
        flow_id=flow.id,
        is_on=is_on,
        trigger_key=None,
        entered=False,
        reason=reason,
        at=None,
        ended_at=None,
        end_reason=None,
        steps=(),
    )


def _is_suppressed(unit: Unit, shop: Shop, person: KnownCustomer) -> bool:
    address = digest(shop.salt, f"email:{person.state.email}")
    return customers.suppression_of(unit, channel="email", digest=address) is not None


def _fate(row: Any) -> Fate:
    return Fate(state=row.state, reason=row.reason, attempts=row.attempts, due=row.due, sent_at=row.sent_at)


def _step_json(step: StepReason) -> dict[str, Any]:
    message = step.message
    return {
        "step": step.step_id,
        "kind": step.kind,
        "outcome": step.outcome,
        "reason": step.reason,
        "at": _iso(step.at),
        "until": _iso(step.until),
        "message": message
        and {
            "state": message.state,
            "reason": message.reason,
            "attempts": message.attempts,
            "due": _iso(message.due),
            "sent_at": _iso(message.sent_at),
        },
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
