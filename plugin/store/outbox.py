"""Effects at rest, and their way from intent to a recorded end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlmodel import col

from plugin.core.messages import Attempt, Outcome
from plugin.store.merging import move_rows
from plugin.store.tables import AttemptRow, MailboxRow, OutboxRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new, upsert

OPEN = ("ready", "soft_failed")
_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One intended effect, as the deliverer sees it."""

    effect_key: str
    kind: str
    channel: str
    flow_id: str
    step_id: str
    enrollment_id: int
    customer_id: int
    trigger_key: str
    state: str
    attempts: int
    created_at: datetime
    context: dict[str, str]


def intend(unit: Unit, rows: list[dict[str, Any]]) -> int:
    """Write intent rows; an effect that was intended before is not intended again."""
    return insert_new(unit, OutboxRow, rows)


def due(unit: Unit, now: datetime, limit: int) -> list[Effect]:
    """Effects to try now, longest overdue first, held until this unit ends."""
    query = (
        select(OutboxRow.__table__)  # type: ignore[attr-defined]  # SQLModel hides its table
        .where(
            col(OutboxRow.shop_id) == unit.shop_id,
            col(OutboxRow.state).in_(OPEN),
            col(OutboxRow.due) <= now,
        )
        .order_by(col(OutboxRow.due))
        .limit(limit)
    )
    if unit.is_postgres:
        query = query.with_for_update(skip_locked=True)
    return [effect_of(row) for row in unit.connection.execute(query)]


def next_due(unit: Unit) -> datetime | None:
    """The next instant at which an effect wants a try, or a lease on the wire runs out."""
    # One state at a time: then the index knows the smallest, however many rows wait behind it.
    moments = [(state, col(OutboxRow.due)) for state in OPEN] + [("wire", col(OutboxRow.lease_until))]
    queries = (
        select(func.min(moment)).where(col(OutboxRow.shop_id) == unit.shop_id, col(OutboxRow.state) == state)
        for state, moment in moments
    )
    found = [unit.connection.scalar(query) for query in queries]
    return min((at for at in found if at is not None), default=None)


def open_codes(unit: Unit) -> list[Effect]:
    """Discount codes that were promised and have not reached the wire."""
    query = select(OutboxRow.__table__).where(  # type: ignore[attr-defined]
        col(OutboxRow.shop_id) == unit.shop_id,
        col(OutboxRow.state).in_(OPEN),
        col(OutboxRow.kind) == "discount_code",
    )
    return [effect_of(row) for row in unit.connection.execute(query)]


def mark_wire(unit: Unit, effect: Effect, *, now: datetime, lease: timedelta) -> None:
    """Committed before the first byte leaves: from here on a crash means doubt, never a silent repeat."""
    change(
        unit,
        effect.effect_key,
        state="wire",
        attempts=effect.attempts + 1,
        lease_until=now + lease,
        due=None,
    )
    row = {"effect_key": effect.effect_key, "number": effect.attempts + 1, "started_at": now}
    insert_new(unit, AttemptRow, [row])


def record(unit: Unit, effect: Effect, attempt: Attempt, *, now: datetime, retry_at: datetime | None) -> bool:
    """Record how the attempt ended; `effect` is as it was claimed. `retry_at` None: no further try by itself.

    False when the effect is no longer this attempt's to end: it was taken over, or erased with its person.
    """
    is_sent = attempt.outcome is Outcome.SENT
    changed = unit.connection.execute(
        update(OutboxRow)
        .where(
            col(OutboxRow.shop_id) == unit.shop_id,
            col(OutboxRow.effect_key) == effect.effect_key,
            col(OutboxRow.attempts) == effect.attempts + 1,
        )
        .values(
            state=attempt.outcome.value,
            reason=attempt.reason,
            due=retry_at,
            lease_until=None,
            sent_at=now if is_sent or attempt.outcome is Outcome.IN_DOUBT else None,
            provider_ref=attempt.provider_ref,
        )
    )
    unit.connection.execute(
        update(AttemptRow)
        .where(
            col(AttemptRow.shop_id) == unit.shop_id,
            col(AttemptRow.effect_key) == effect.effect_key,
            col(AttemptRow.number) == effect.attempts + 1,
        )
        .values(ended_at=now, phase=attempt.phase.value, outcome=attempt.outcome.value, reason=attempt.reason)
    )
    return changed.rowcount == 1


def postpone(unit: Unit, effect: Effect, *, until: datetime, reason: str) -> None:
    change(unit, effect.effect_key, due=until, reason=reason)


def hasten(unit: Unit, reasons: Iterable[str], *, at: datetime) -> int:
    """Look again at `at` at what waits for one of these reasons; it is checked anew then. Returns how many."""
    statement = update(OutboxRow).where(
        col(OutboxRow.shop_id) == unit.shop_id,
        col(OutboxRow.state).in_(OPEN),
        col(OutboxRow.due) > at,
        col(OutboxRow.reason).in_(sorted(reasons)),
    )
    return unit.connection.execute(statement.values(due=at)).rowcount


def try_later(unit: Unit, effect: Effect, *, at: datetime, reason: str) -> None:
    """It could not even be put together; that counts as a try."""
    change(unit, effect.effect_key, state="soft_failed", attempts=effect.attempts + 1, due=at, reason=reason)


def skip(unit: Unit, effect_key: str, *, reason: str) -> None:
    change(unit, effect_key, state="skipped", reason=reason, due=None)


def fail(unit: Unit, effect_key: str, *, reason: str) -> None:
    """It never reached the wire, and never will."""
    change(unit, effect_key, state="hard_failed", reason=reason, due=None)


def has_kept(unit: Unit, effect_key: str) -> bool:
    """Whether the demo mailbox holds the message of this effect."""
    query = select(col(MailboxRow.effect_key)).where(
        col(MailboxRow.shop_id) == unit.shop_id, col(MailboxRow.effect_key) == effect_key
    )
    return unit.connection.execute(query).first() is not None


def cancel_open(unit: Unit, *, reason: str, enrollment_ids: Iterable[int] | None = None) -> int:
    """Skip what has not reached the wire: of these enrollments, or of the whole shop."""
    statement = update(OutboxRow).where(
        col(OutboxRow.shop_id) == unit.shop_id, col(OutboxRow.state).in_(OPEN)
    )
    if enrollment_ids is not None:
        statement = statement.where(
            col(OutboxRow.enrollment_id).in_(sorted(enrollment_ids)), col(OutboxRow.kind) == "message"
        )
    return unit.connection.execute(statement.values(state="skipped", reason=reason, due=None)).rowcount


def sent_since(unit: Unit, customer_id: int, since: datetime, *, now: datetime) -> list[datetime]:
    """When this person was sent messages, or may have been: doubt counts as sent, the wire as sent `now`."""
    query = select(col(OutboxRow.sent_at)).where(
        col(OutboxRow.shop_id) == unit.shop_id,
        col(OutboxRow.customer_id) == customer_id,
        col(OutboxRow.kind) == "message",
        or_(col(OutboxRow.sent_at) > since, col(OutboxRow.state) == "wire"),
    )
    return [at or now for at in unit.connection.scalars(query)]


def sent_to(unit: Unit, customer_ids: Iterable[int]) -> dict[int, tuple[int, datetime]]:
    """How many messages each of these people was sent, and when the last; doubt counts as sent."""
    wanted = sorted(set(customer_ids))
    found: dict[int, tuple[int, datetime]] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(col(OutboxRow.customer_id), func.count(), func.max(col(OutboxRow.sent_at)))
            .where(
                col(OutboxRow.shop_id) == unit.shop_id,
                col(OutboxRow.customer_id).in_(wanted[start : start + _CHUNK]),
                col(OutboxRow.kind) == "message",
                col(OutboxRow.sent_at).is_not(None),
            )
            .group_by(col(OutboxRow.customer_id))
        )
        rows = unit.connection.execute(query)
        found.update((customer_id, (count, last_at)) for customer_id, count, last_at in rows if last_at)
    return found


def move_customer(unit: Unit, *, old: int, new: int) -> None:
    move_rows(unit, OutboxRow, old=old, new=new)


def keep_in_mailbox(
    unit: Unit, *, effect_key: str, recipient: str, subject: str, sent_at: datetime, raw: bytes
) -> None:
    row = {
        "effect_key": effect_key,
        "recipient": recipient,
        "subject": subject,
        "sent_at": sent_at,
        "raw": raw,
    }
    upsert(unit, MailboxRow, [row])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """One message in the demo mailbox."""

    effect_key: str
    recipient: str
    subject: str
    sent_at: datetime
    raw: bytes


def mailbox(unit: Unit) -> list[KeptMail]:
    """The shop's demo mailbox, newest first."""
    query = (
        select(MailboxRow.__table__)  # type: ignore[attr-defined]
        .where(col(MailboxRow.shop_id) == unit.shop_id)
        .order_by(col(MailboxRow.sent_at).desc())
    )
    rows = unit.connection.execute(query).mappings()
    return [KeptMail(**{name: value for name, value in row.items() if name != "shop_id"}) for row in rows]


def change(unit: Unit, effect_key: str, **values: Any) -> None:
    unit.connection.execute(
        update(OutboxRow)
        .where(col(OutboxRow.shop_id) == unit.shop_id, col(OutboxRow.effect_key) == effect_key)
        .values(**values)
    )


def effect_of(row: Any) -> Effect:
    return Effect(
        effect_key=row.effect_key,
        kind=row.kind,
        channel=row.channel,
        flow_id=row.flow_id,
        step_id=row.step_id,
        enrollment_id=row.enrollment_id,
        customer_id=row.customer_id,
        trigger_key=row.trigger_key,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        context=row.context or {},
    )
