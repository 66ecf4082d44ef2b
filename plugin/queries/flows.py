"""Flows in numbers: who entered, what was sent, what was not and why."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select

from plugin.core.flows import FLOW_BY_ID, FLOWS
from plugin.core.flows.base import Flow
from plugin.store import flows
from plugin.store.tables import CustomerRow, DecisionRow, EnrollmentRow, OutboxRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

_NOT_SENT = ("not_entered", "skipped", "ended")
_customers, _decisions = table_of(CustomerRow), table_of(DecisionRow)
_enrollments, _outbox = table_of(EnrollmentRow), table_of(OutboxRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNumbers:
    """One flow of one shop, since it was first turned on."""

    flow: Flow
    is_on: bool
    switched_at: datetime | None
    """When it was last turned on or off; None: never."""
    entered: int
    running: int
    messages: dict[str, int]
    """Messages by outbox state; states without any are absent."""
    not_sent: tuple[tuple[str, int], ...]
    """Why people did not enter or a step was not sent, and how often; the most frequent first."""
    last_failure: Failure | None

    @property
    def sent(self) -> int:
        return self.messages.get("sent", 0)

    @property
    def skipped(self) -> int:
        return self.messages.get("skipped", 0)

    @property
    def failed(self) -> int:
        return self.messages.get("hard_failed", 0)

    @property
    def in_doubt(self) -> int:
        return self.messages.get("in_doubt", 0)

    @property
    def waiting(self) -> int:
        return sum(self.messages.get(state, 0) for state in ("ready", "soft_failed", "wire"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One customer's recent way through a flow."""

    customer_id: int
    name: str | None
    email: str | None
    entered_at: datetime
    step_id: str | None
    """The step they stand before; None when all are done."""
    due: datetime | None
    ended_at: datetime | None
    end_reason: str | None


def flow_numbers(unit: Unit) -> list[FlowNumbers]:
    """The numbers of every flow, in the order of the registry."""
    switches = flows.switches(unit)
    entered = _entered(unit)
    messages = _messages(unit)
    reasons = _reasons(unit)
    return [
        FlowNumbers(
            flow=flow,
            is_on=flow.id in switches and switches[flow.id].is_on,
            switched_at=switches[flow.id].at if flow.id in switches else None,
            entered=entered.get(flow.id, (0, 0))[0],
            running=entered.get(flow.id, (0, 0))[1],
            messages=messages.get(flow.id, {}),
            not_sent=tuple(reasons.get(flow.id, Counter()).most_common()),
            last_failure=_last_failure(unit, flow.id),
        )
        for flow in FLOWS
    ]


def passages(unit: Unit, flow_id: str, limit: int = 20) -> list[Passage]:
    """The newest enrollments of a flow. Raises `LookupError` for a flow we do not run."""
    flow = FLOW_BY_ID[flow_id]
    query = (
        select(
            *(_enrollments.c.customer_id, _enrollments.c.entered_at, _enrollments.c.step),
            *(_enrollments.c.due, _enrollments.c.ended_at, _enrollments.c.end_reason),
            *(_customers.c.first_name, _customers.c.last_name, _customers.c.email),
        )
        .join(
            _customers,
            and_(
                _customers.c.shop_id == _enrollments.c.shop_id,
                _customers.c.customer_id == _enrollments.c.customer_id,
            ),
            isouter=True,
        )
        .where(_enrollments.c.shop_id == unit.shop_id, _enrollments.c.flow_id == flow_id)
        .order_by(_enrollments.c.entered_at.desc(), _enrollments.c.enrollment_id)
        .limit(limit)
    )
    return [
        Passage(
            customer_id=row.customer_id,
            name=" ".join(part for part in (row.first_name, row.last_name) if part) or None,
            email=row.email,
            entered_at=row.entered_at,
            step_id=flow.steps[row.step].id if row.step < len(flow.steps) else None,
            due=row.due,
            ended_at=row.ended_at,
            end_reason=row.end_reason,
        )
        for row in unit.connection.execute(query)
    ]


def _entered(unit: Unit) -> dict[str, tuple[int, int]]:
    query = (
        select(_enrollments.c.flow_id, func.count(), func.count(_enrollments.c.ended_at))
        .where(_enrollments.c.shop_id == unit.shop_id)
        .group_by(_enrollments.c.flow_id)
    )
    return {flow_id: (total, total - ended) for flow_id, total, ended in unit.connection.execute(query)}


def _messages(unit: Unit) -> dict[str, dict[str, int]]:
    query = (
        select(_outbox.c.flow_id, _outbox.c.state, func.count())
        .where(_outbox.c.shop_id == unit.shop_id, _outbox.c.kind == "message")
        .group_by(_outbox.c.flow_id, _outbox.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for flow_id, state, count in unit.connection.execute(query):
        found.setdefault(flow_id, {})[state] = count
    return found


def _reasons(unit: Unit) -> dict[str, Counter[str]]:
    decided = (
        select(_decisions.c.flow_id, _decisions.c.reason, func.count())
        .where(_decisions.c.shop_id == unit.shop_id, _decisions.c.outcome.in_(_NOT_SENT))
        .group_by(_decisions.c.flow_id, _decisions.c.reason)
    )
    skipped = (
        select(_outbox.c.flow_id, _outbox.c.reason, func.count())
        .where(
            _outbox.c.shop_id == unit.shop_id,
            _outbox.c.kind == "message",
            _outbox.c.state.in_(("skipped", "hard_failed")),
        )
        .group_by(_outbox.c.flow_id, _outbox.c.reason)
    )
    found: dict[str, Counter[str]] = {}
    for rows in (unit.connection.execute(decided), unit.connection.execute(skipped)):
        _add(found, rows)
    return found


def _add(found: dict[str, Counter[str]], rows: Iterable[Any]) -> None:
    for flow_id, reason, count in rows:
        found.setdefault(flow_id, Counter())[reason] += count


def _last_failure(unit: Unit, flow_id: str) -> Failure | None:
    query = (
        select(_outbox.c.reason, _outbox.c.created_at)
        .where(
            _outbox.c.shop_id == unit.shop_id,
            _outbox.c.flow_id == flow_id,
            _outbox.c.state.in_(("hard_failed", "in_doubt")),
        )
        .order_by(_outbox.c.created_at.desc())
        .limit(1)
    )
    row = unit.connection.execute(query).first()
    return Failure(reason=row.reason, at=row.created_at) if row else None
