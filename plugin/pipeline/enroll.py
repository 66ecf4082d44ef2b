"""Who enters a flow and who leaves it, because of what just happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from plugin.core.flows import FLOW_BY_ID, FLOWS
from plugin.core.flows.base import Enrollment, Entry, Flow, Occasion, Refusal, Situation, due_at, step_id
from plugin.core.keys import stable_id
from plugin.pipeline.people import People
from plugin.store import flows, outbox, queue
from plugin.store.customers import KnownCustomer
from plugin.store.flows import Move, Switch
from plugin.store.unit_of_work import Unit


def situation_of(person: KnownCustomer, currency: str) -> Situation:
    return Situation(
        customer=person.state,
        stage=person.standing.stage,
        currency=currency,
        points=person.points,
        redemptions=person.redemptions,
    )


def flow_queue(flow_id: str) -> str:
    """The queue in which a flow's due enrollments wait."""
    return f"flow:{flow_id}"


def enroll(
    unit: Unit,
    people: People,
    occasions: Mapping[int, Sequence[Occasion]],
    switches: Mapping[str, Switch],
    *,
    may_enter: bool,
    is_late: bool = False,
) -> None:
    """Let everyone leave the flows they have no business in any more, then enter those they do.

    `is_late`: we should have known before. Steps whose time has come meanwhile are missed.
    """
    touched = [customer_id for customer_id in occasions if customer_id in people.known]
    leave(unit, [people.known[customer_id] for customer_id in touched], people.shop.currency, people.now)
    if not may_enter:
        return
    threshold = _Threshold(unit=unit, now=people.now)
    for customer_id in touched:
        situation = situation_of(people.known[customer_id], people.shop.currency)
        for flow in FLOWS:
            for occasion in occasions[customer_id]:
                verdict = flow.enters(situation, occasion, people.now)
                if verdict is not None:
                    is_on = flow.id in switches and switches[flow.id].is_on
                    enrollment = _enrollment(unit.shop_id, flow, situation, verdict, people.now)
                    passed = _passed(flow, enrollment, people.now) if is_late else 0
                    if passed and is_on and isinstance(verdict, Entry):
                        threshold.settle_late(flow, enrollment, passed)
                    else:
                        threshold.settle(flow, enrollment, verdict, is_on=is_on)
    threshold.close()


def leave(unit: Unit, persons: Iterable[KnownCustomer], currency: str, now: datetime) -> int:
    """End every running enrollment that its flow wants ended, and what it had queued; returns how many."""
    by_id = {person.state.id: person for person in persons}
    moves: list[Move] = []
    reasons: list[dict[str, Any]] = []
    ended: dict[str, list[int]] = {}
    for enrollment in flows.running(unit, by_id):
        flow = FLOW_BY_ID[enrollment.flow_id]
        reason = flow.exits(situation_of(by_id[enrollment.customer_id], currency), enrollment)
        if reason is not None:
            moves.append(end(enrollment, reason, now))
            ended.setdefault(reason, []).append(enrollment.id)
            step = step_id(flow, enrollment)
            reasons.append(flows.decision(enrollment, step_id=step, outcome="ended", reason=reason, at=now))
    for reason, enrollment_ids in ended.items():
        outbox.cancel_open(unit, reason=reason, enrollment_ids=enrollment_ids)
    flows.apply_moves(unit, moves)
    flows.record_decisions(unit, reasons)
    return len(moves)


def end(enrollment: Enrollment, reason: str, now: datetime) -> Move:
    return Move(
        enrollment_id=enrollment.id,
        step=enrollment.step,
        due=None,
        acted_at=None,
        ended_at=now,
        end_reason=reason,
    )


@dataclass(kw_only=True)
class _Threshold:
    """Who stood before a flow in this unit of work. What is written about it is written once, at the end."""

    unit: Unit
    now: datetime
    reasons: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[tuple[Enrollment, str]] = field(default_factory=list)
    wakes: dict[str, datetime] = field(default_factory=dict)

    def settle(self, flow: Flow, enrollment: Enrollment, verdict: Entry | Refusal, *, is_on: bool) -> None:
        if isinstance(verdict, Refusal):
            self.refusals.append((enrollment, verdict.reason))
            return
        if not is_on:
            self.refusals.append((enrollment, "flow_off"))
            return
        due = due_at(flow, enrollment)
        if flows.enter(self.unit, enrollment, due) or flows.reenter(self.unit, enrollment, due):
            self._note(enrollment, "enter", "entered", "trigger")
            self._wake(flow, due)
        elif verdict.restarts_waiting and flows.restart(self.unit, enrollment, due):
            self._wake(flow, due)

    def settle_late(self, flow: Flow, enrollment: Enrollment, passed: int) -> None:
        """Enter before the first step that is still to come; the `passed` ones before it were missed."""
        if passed == len(flow.steps):
            self.refusals.append((enrollment, "missed"))
            return
        ahead = replace(enrollment, step=passed)
        due = due_at(flow, ahead)
        if flows.enter(self.unit, ahead, due):
            self._note(enrollment, "enter", "entered", "trigger")
            for step in flow.steps[:passed]:
                self._note(enrollment, step.id, "skipped", "missed")
            self._wake(flow, due)

    def close(self) -> None:
        """Write the reasons. A refusal does not unsay that the same trigger let the person in before."""
        entered = flows.entered(self.unit, [enrollment.customer_id for enrollment, _ in self.refusals])
        for enrollment, reason in self.refusals:
            if (enrollment.customer_id, enrollment.flow_id, enrollment.trigger_key) not in entered:
                self._note(enrollment, "enter", "not_entered", reason)
        flows.record_decisions(self.unit, self.reasons)
        for name, due in sorted(self.wakes.items()):
            queue.wake(self.unit, name, due)

    def _note(self, enrollment: Enrollment, step_id: str, outcome: str, reason: str) -> None:
        row = flows.decision(enrollment, step_id=step_id, outcome=outcome, reason=reason, at=self.now)
        self.reasons.append(row)

    def _wake(self, flow: Flow, due: datetime) -> None:
        name = flow_queue(flow.id)
        self.wakes[name] = min(due, self.wakes.get(name, due))


def _passed(flow: Flow, enrollment: Enrollment, now: datetime) -> int:
    """How many of the flow's first steps were due before `now`."""
    return sum(due_at(flow, replace(enrollment, step=step)) < now for step in range(len(flow.steps)))


def _enrollment(
    shop_id: int, flow: Flow, situation: Situation, verdict: Entry | Refusal, now: datetime
) -> Enrollment:
    customer_id = situation.customer.id
    entered_at, context = (verdict.entered_at, verdict.context) if isinstance(verdict, Entry) else (now, {})
    return Enrollment(
        id=stable_id("enrollment", str(shop_id), flow.id, str(customer_id), verdict.trigger_key),
        flow_id=flow.id,
        version=flow.version,
        customer_id=customer_id,
        trigger_key=verdict.trigger_key,
        entered_at=entered_at,
        context=context,
    )
