"""Facts at rest: appended once, found by customer or, while nobody is known, by subject."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from plugin.core.events import CustomerEvent
from plugin.store.codec import decode_event, encode_event
from plugin.store.merging import move_rows
from plugin.store.tables import EventRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new

_CHUNK = 500


def known_ids(unit: Unit, event_ids: Iterable[str]) -> set[str]:
    """Those of `event_ids` that were recorded before."""
    wanted = sorted(set(event_ids))
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = select(col(EventRow.event_id)).where(
            col(EventRow.shop_id) == unit.shop_id, col(EventRow.event_id).in_(wanted[start : start + _CHUNK])
        )
        found.update(unit.connection.scalars(query))
    return found


def heard_of(unit: Unit, subjects: Iterable[str]) -> dict[str, list[tuple[str, datetime]]]:
    """The kinds and times of what was heard of each subject, from whomever."""
    wanted = sorted(set(subjects))
    found: dict[str, list[tuple[str, datetime]]] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(col(EventRow.subject), col(EventRow.kind), col(EventRow.occurred_at)).where(
            col(EventRow.shop_id) == unit.shop_id, col(EventRow.subject).in_(wanted[start : start + _CHUNK])
        )
        for row in unit.connection.execute(query):
            found.setdefault(row.subject, []).append((row.kind, row.occurred_at))
    return found


def row_of(
    event: CustomerEvent, *, customer_id: int | None, subject: str, origin: str, now: datetime
) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "customer_id": customer_id,
        "kind": type(event).__name__,
        "subject": subject,
        "origin": origin,
        "occurred_at": event.occurred_at,
        "recorded_at": now,
        "body": encode_event(event),
    }


def append(unit: Unit, rows: list[dict[str, Any]]) -> int:
    """Record the facts that are new; how many there were."""
    return insert_new(unit, EventRow, rows)


def waiting_for(unit: Unit, subjects: Iterable[str]) -> list[tuple[str, CustomerEvent]]:
    """Facts about `subjects` that nobody has claimed yet, with their subjects."""
    wanted = sorted(set(subjects))
    found: list[tuple[str, CustomerEvent]] = []
    for start in range(0, len(wanted), _CHUNK):
        query = select(col(EventRow.subject), col(EventRow.kind), col(EventRow.body)).where(
            col(EventRow.shop_id) == unit.shop_id,
            col(EventRow.subject).in_(wanted[start : start + _CHUNK]),
            col(EventRow.customer_id).is_(None),
        )
        found.extend(
            (row.subject, decode_event(row.kind, row.body)) for row in unit.connection.execute(query)
        )
    return found


def claim_subject(unit: Unit, subject: str, customer_id: int) -> None:
    """The unclaimed facts about `subject` belong to `customer_id`."""
    unit.connection.execute(
        update(EventRow)
        .where(
            col(EventRow.shop_id) == unit.shop_id,
            col(EventRow.subject) == subject,
            col(EventRow.customer_id).is_(None),
        )
        .values(customer_id=customer_id)
    )


def move(unit: Unit, *, old: int, new: int) -> None:
    """Give `old`'s facts to `new`: they turned out to be one person."""
    move_rows(unit, EventRow, old=old, new=new)
