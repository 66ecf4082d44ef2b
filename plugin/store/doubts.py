"""Effects of which nobody knows whether they happened (law 2): found, kept visible, and settled by their class."""

from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from plugin.core.messages import Outcome
from plugin.store.outbox import Effect, change, effect_of
from plugin.store.tables import AttemptRow, OutboxRow
from plugin.store.unit_of_work import Unit


def cut_off(unit: Unit, now: datetime) -> list[Effect]:
    """Effects found on the wire after their lease: whoever held them is gone, and nobody knows how it ended."""
    query = select(OutboxRow.__table__).where(  # type: ignore[attr-defined]
        col(OutboxRow.shop_id) == unit.shop_id,
        col(OutboxRow.state) == "wire",
        col(OutboxRow.lease_until) <= now,
    )
    if unit.is_postgres:
        query = query.with_for_update(skip_locked=True)
    return [effect_of(row) for row in unit.connection.execute(query)]


def mark_in_doubt(unit: Unit, effect: Effect, *, now: datetime) -> None:
    change(
        unit,
        effect.effect_key,
        state="in_doubt",
        reason="cut_off_on_the_wire",
        lease_until=None,
        sent_at=now,
        provider_ref=None,
    )


def try_again(unit: Unit, effect: Effect, *, at: datetime) -> None:
    """An effect with a natural key was cut off: the next try looks before it acts."""
    change(
        unit, effect.effect_key, state="soft_failed", reason="cut_off_on_the_wire", due=at, lease_until=None
    )


def in_doubt_since(unit: Unit, before: datetime) -> list[Effect]:
    """Effects whose doubt is older than `before` and not settled yet."""
    query = select(OutboxRow.__table__).where(  # type: ignore[attr-defined]
        col(OutboxRow.shop_id) == unit.shop_id,
        col(OutboxRow.state) == "in_doubt",
        col(OutboxRow.sent_at) <= before,
        col(OutboxRow.provider_ref).is_(None),
    )
    return [effect_of(row) for row in unit.connection.execute(query)]


def doubts_about(unit: Unit, effect: Effect) -> int:
    """How many attempts of this effect may have arrived without our knowing."""
    query = select(func.count()).where(
        col(AttemptRow.shop_id) == unit.shop_id,
        col(AttemptRow.effect_key) == effect.effect_key,
        col(AttemptRow.outcome).in_(("", Outcome.IN_DOUBT.value)),
    )
    return unit.connection.scalar(query) or 0


def settle_doubt(unit: Unit, effect: Effect, *, retry_at: datetime | None) -> None:
    """Doubt ends by class: treated as sent, or (rewards) tried once more under the same key."""
    if retry_at is None:
        change(unit, effect.effect_key, provider_ref="treated_as_sent")
    else:
        change(unit, effect.effect_key, state="ready", due=retry_at, sent_at=None, provider_ref="second_try")


def settle_by_look_up(unit: Unit, effect: Effect, *, was_taken: bool, now: datetime) -> None:
    """The provider knows: the message is there, or it never arrived and goes out now."""
    if was_taken:
        change(unit, effect.effect_key, state="sent", reason="found_at_provider")
    else:
        change(
            unit,
            effect.effect_key,
            state="soft_failed",
            reason="not_found_at_provider",
            due=now,
            sent_at=None,
        )
