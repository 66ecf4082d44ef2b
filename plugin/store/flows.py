"""Flows at rest: who is on, who is under way, and why each decision fell as it did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlmodel import col

from plugin.core.flows.base import Enrollment
from plugin.store.merging import move_rows
from plugin.store.tables import DecisionRow, EnrollmentRow, FlowSwitchRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new, table_of, upsert

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Whether a flow is on, and since when."""

    is_on: bool
    at: datetime
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a decision does to an enrollment. `due` None with no `end_reason`: it waits for an effect."""

    enrollment_id: int
    step: int
    due: datetime | None
    acted_at: datetime | None
    ended_at: datetime | None = None
    end_reason: str | None = None


def switches(unit: Unit) -> dict[str, Switch]:
    """The newest switch of every flow that was ever switched."""
    query = (
        select(FlowSwitchRow.__table__)  # type: ignore[attr-defined]  # SQLModel hides its table
        .where(col(FlowSwitchRow.shop_id) == unit.shop_id)
        .order_by(col(FlowSwitchRow.number))
    )
    return {
        row.flow_id: Switch(is_on=row.is_on, at=row.at, number=row.number)
        for row in unit.connection.execute(query)
    }


def turn(unit: Unit, flow_id: str, *, is_on: bool, at: datetime, author: str) -> bool:
    """Switch a flow; False when it stood that way already."""
    current = switches(unit).get(flow_id)
    if (current is not None and current.is_on) == is_on:
        return False
    number = current.number + 1 if current else 1
    row = {"flow_id": flow_id, "number": number, "is_on": is_on, "at": at, "author": author}
    return insert_new(unit, FlowSwitchRow, [row]) == 1


def enter(unit: Unit, enrollment: Enrollment, due: datetime) -> bool:
    """Enroll; False when this trigger enrolled the customer before."""
    row = {
        "enrollment_id": enrollment.id,
        "flow_id": enrollment.flow_id,
        "version": enrollment.version,
        "customer_id": enrollment.customer_id,
        "trigger_key": enrollment.trigger_key,
        "entered_at": enrollment.entered_at,
        "step": enrollment.step,
        "due": due,
        "context": dict(enrollment.context),
    }
    return insert_new(unit, EnrollmentRow, [row]) == 1


def reenter(unit: Unit, enrollment: Enrollment, due: datetime) -> bool:
    """Begin again what had ended before it ever acted: nothing was sent, so nothing is sent twice."""
    changed = unit.connection.execute(
        update(EnrollmentRow)
        .where(
            *_is_of_trigger(unit, enrollment),
            col(EnrollmentRow.acted_at).is_(None),
            col(EnrollmentRow.ended_at).is_not(None),
        )
        .values(
            entered_at=enrollment.entered_at,
            step=0,
            due=due,
            ended_at=None,
            end_reason=None,
            context=dict(enrollment.context),
        )
    )
    return changed.rowcount == 1


def restart(unit: Unit, enrollment: Enrollment, due: datetime) -> bool:
    """Start the clock of an enrollment again that has not acted yet and began earlier than `enrollment` says."""
    changed = unit.connection.execute(
        update(EnrollmentRow)
        .where(
            *_is_of_trigger(unit, enrollment),
            col(EnrollmentRow.step) == 0,
            col(EnrollmentRow.acted_at).is_(None),
            col(EnrollmentRow.ended_at).is_(None),
            col(EnrollmentRow.entered_at) < enrollment.entered_at,
        )
        .values(entered_at=enrollment.entered_at, due=due)
    )
    return changed.rowcount == 1


def _is_of_trigger(unit: Unit, enrollment: Enrollment) -> tuple[ColumnElement[bool], ...]:
    """By meaning, not by id: an enrollment keeps its id when its guest turns out to be an account."""
    return (
        col(EnrollmentRow.shop_id) == unit.shop_id,
        col(EnrollmentRow.flow_id) == enrollment.flow_id,
        col(EnrollmentRow.customer_id) == enrollment.customer_id,
        col(EnrollmentRow.trigger_key) == enrollment.trigger_key,
    )


def running(unit: Unit, customer_ids: Iterable[int]) -> list[Enrollment]:
    """Enrollments of these customers that have not ended, oldest first."""
    wanted = sorted(set(customer_ids))
    found: list[Enrollment] = []
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(EnrollmentRow.__table__)  # type: ignore[attr-defined]
            .where(
                col(EnrollmentRow.shop_id) == unit.shop_id,
                col(EnrollmentRow.customer_id).in_(wanted[start : start + _CHUNK]),
                col(EnrollmentRow.ended_at).is_(None),
            )
            .order_by(col(EnrollmentRow.entered_at))
        )
        found.extend(_enrollment(row) for row in unit.connection.execute(query))
    return found


def entered(unit: Unit, customer_ids: Iterable[int]) -> set[tuple[int, str, str]]:
    """Which triggers ever enrolled these customers: `(customer_id, flow_id, trigger_key)`."""
    wanted = sorted(set(customer_ids))
    found: set[tuple[int, str, str]] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = select(
            col(EnrollmentRow.customer_id), col(EnrollmentRow.flow_id), col(EnrollmentRow.trigger_key)
        ).where(
            col(EnrollmentRow.shop_id) == unit.shop_id,
            col(EnrollmentRow.customer_id).in_(wanted[start : start + _CHUNK]),
        )
        found.update((row[0], row[1], row[2]) for row in unit.connection.execute(query))
    return found


def find(unit: Unit, enrollment_id: int) -> Enrollment | None:
    query = select(EnrollmentRow.__table__).where(  # type: ignore[attr-defined]
        col(EnrollmentRow.shop_id) == unit.shop_id, col(EnrollmentRow.enrollment_id) == enrollment_id
    )
    row = unit.connection.execute(query).first()
    return _enrollment(row) if row else None


def due(unit: Unit, flow_id: str, now: datetime, limit: int) -> list[Enrollment]:
    """The shop's due enrollments of one flow, longest overdue first, held until this unit ends."""
    query = (
        select(EnrollmentRow.__table__)  # type: ignore[attr-defined]
        .where(
            col(EnrollmentRow.shop_id) == unit.shop_id,
            col(EnrollmentRow.flow_id) == flow_id,
            col(EnrollmentRow.due) <= now,
        )
        .order_by(col(EnrollmentRow.due))
        .limit(limit)
    )
    if unit.is_postgres:
        query = query.with_for_update(skip_locked=True)
    return [_enrollment(row) for row in unit.connection.execute(query)]


def next_due(unit: Unit, flow_id: str) -> datetime | None:
    query = select(func.min(col(EnrollmentRow.due))).where(
        col(EnrollmentRow.shop_id) == unit.shop_id, col(EnrollmentRow.flow_id) == flow_id
    )
    return unit.connection.scalar(query)


def apply_moves(unit: Unit, moves: list[Move]) -> None:
    if not moves:
        return
    table = table_of(EnrollmentRow)
    statement = (
        table.update()
        .where(
            table.c.shop_id == unit.shop_id,
            table.c.enrollment_id == bindparam("key"),
            table.c.ended_at.is_(None),
        )
        .values(
            step=bindparam("new_step"),
            due=bindparam("new_due"),
            acted_at=func.coalesce(bindparam("new_acted_at"), table.c.acted_at),
            ended_at=bindparam("new_ended_at"),
            end_reason=bindparam("new_end_reason"),
        )
    )
    rows = [
        {
            "key": move.enrollment_id,
            "new_step": move.step,
            "new_due": move.due,
            "new_acted_at": move.acted_at,
            "new_ended_at": move.ended_at,
            "new_end_reason": move.end_reason,
        }
        for move in moves
    ]
    unit.connection.execute(statement, rows)


def end_all(unit: Unit, *, reason: str, now: datetime) -> None:
    """End whatever is under way in this shop."""
    unit.connection.execute(
        update(EnrollmentRow)
        .where(col(EnrollmentRow.shop_id) == unit.shop_id, col(EnrollmentRow.ended_at).is_(None))
        .values(due=None, ended_at=now, end_reason=reason)
    )


def resume(unit: Unit, enrollment_id: int, at: datetime) -> None:
    """The effect that the enrollment waited for is there: it is due again."""
    unit.connection.execute(
        update(EnrollmentRow)
        .where(
            col(EnrollmentRow.shop_id) == unit.shop_id,
            col(EnrollmentRow.enrollment_id) == enrollment_id,
            col(EnrollmentRow.ended_at).is_(None),
        )
        .values(due=at)
    )


def move_customer(unit: Unit, *, old: int, new: int) -> None:
    """Give `old`'s enrollments and decisions to `new`: they turned out to be one person."""
    move_rows(unit, EnrollmentRow, old=old, new=new, distinct_by=("flow_id", "trigger_key"))
    move_rows(unit, DecisionRow, old=old, new=new, distinct_by=("flow_id", "trigger_key", "step_id"))


def record_decisions(unit: Unit, rows: list[dict[str, Any]]) -> None:
    """Keep why each step fell as it did; a later decision on the same step replaces the earlier."""
    distinct = {(r["customer_id"], r["flow_id"], r["trigger_key"], r["step_id"]): r for r in rows}
    upsert(unit, DecisionRow, list(distinct.values()))


def decision(
    enrollment: Enrollment, *, step_id: str, outcome: str, reason: str, at: datetime
) -> dict[str, Any]:
    return {
        "customer_id": enrollment.customer_id,
        "flow_id": enrollment.flow_id,
        "trigger_key": enrollment.trigger_key,
        "step_id": step_id,
        "outcome": outcome,
        "reason": reason,
        "at": at,
    }


def _enrollment(row: Any) -> Enrollment:
    context: Mapping[str, str] = row.context or {}
    return Enrollment(
        id=row.enrollment_id,
        flow_id=row.flow_id,
        version=row.version,
        customer_id=row.customer_id,
        trigger_key=row.trigger_key,
        entered_at=row.entered_at,
        step=row.step,
        acted_at=row.acted_at,
        context=context,
    )
