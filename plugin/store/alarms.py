"""Alarms at rest: what went quiet, when, and until when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import col

from plugin.store.tables import AlarmRow, EnrollmentRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """See `AlarmRow`."""

    shop_id: int
    watched: str
    began_at: datetime
    ended_at: datetime | None
    hours: int
    expected: int
    seen: int


def of_shop(unit: Unit, limit: int = 50) -> list[Alarm]:
    """The shop's newest alarms, those that last first."""
    query = (
        select(AlarmRow.__table__)  # type: ignore[attr-defined]  # SQLModel hides its table
        .where(col(AlarmRow.shop_id) == unit.shop_id)
        .order_by(col(AlarmRow.ended_at).is_not(None), col(AlarmRow.began_at).desc())
        .limit(limit)
    )
    return [Alarm(**row) for row in unit.connection.execute(query).mappings()]


def open_of(unit: Unit) -> dict[str, Alarm]:
    """The alarms that last, by what they watch."""
    return {alarm.watched: alarm for alarm in of_shop(unit) if alarm.ended_at is None}


def raise_alarm(unit: Unit, watched: str, *, at: datetime, hours: int, expected: int, seen: int) -> None:
    row = {"watched": watched, "began_at": at, "hours": hours, "expected": expected, "seen": seen}
    insert_new(unit, AlarmRow, [row])


def end(unit: Unit, alarm: Alarm, at: datetime) -> None:
    unit.connection.execute(
        update(AlarmRow)
        .where(
            col(AlarmRow.shop_id) == unit.shop_id,
            col(AlarmRow.watched) == alarm.watched,
            col(AlarmRow.began_at) == alarm.began_at,
        )
        .values(ended_at=at)
    )


def entered(unit: Unit, flow_id: str, since: datetime, until: datetime) -> int:
    """How many people entered a flow from `since` up to, not including, `until`."""
    query = select(func.count()).where(
        col(EnrollmentRow.shop_id) == unit.shop_id,
        col(EnrollmentRow.flow_id) == flow_id,
        col(EnrollmentRow.entered_at) >= since,
        col(EnrollmentRow.entered_at) < until,
    )
    return unit.connection.scalar(query) or 0
