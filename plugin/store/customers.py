"""Customers at rest: loaded and saved whole, found by any of their names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, func, select
from sqlmodel import col

from plugin.core.consent import why_not_mailable
from plugin.core.customers import CustomerState
from plugin.core.lifecycle.stages import Stage, Standing
from plugin.store.codec import decode_state, encode_state
from plugin.store.merging import move_rows
from plugin.store.tables import (
    ConsentProofRow,
    CustomerRow,
    IdentityRow,
    ShopRow,
    StageChangeRow,
    SuppressionRow,
    TombstoneRow,
)
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new, upsert

T = TypeVar("T")

CHUNK = 500  # names or ids in one IN list


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCustomer:
    """A customer with what the shell keeps beside the folded state."""

    state: CustomerState
    standing: Standing
    points: int
    redemptions: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a name belongs to, and how new the statement is that says so."""

    customer_id: int
    as_of: datetime


def lock_shop(unit: Unit) -> None:
    """Let one writer at a time change this shop's customers. SQLite has one writer anyway."""
    if unit.is_postgres:
        unit.connection.execute(
            select(col(ShopRow.shop_id)).where(col(ShopRow.shop_id) == unit.shop_id).with_for_update()
        )


def load(unit: Unit, customer_ids: Iterable[int]) -> dict[int, KnownCustomer]:
    """The customers among `customer_ids` that exist."""
    found: dict[int, KnownCustomer] = {}
    for chunk in _chunks(sorted(set(customer_ids))):
        query = select(
            col(CustomerRow.customer_id),
            col(CustomerRow.state),
            col(CustomerRow.stage),
            col(CustomerRow.stage_since),
            col(CustomerRow.stage_due),
            col(CustomerRow.points),
            col(CustomerRow.redemptions),
            col(CustomerRow.created_at),
        ).where(col(CustomerRow.shop_id) == unit.shop_id, col(CustomerRow.customer_id).in_(chunk))
        for row in unit.connection.execute(query):
            found[row.customer_id] = _known(row)
    return found


def save(unit: Unit, customers: Iterable[KnownCustomer], now: datetime) -> None:
    """Write the customers whole: state and everything that is read off it."""
    upsert(unit, CustomerRow, [_row(known, now) for known in customers])


def remove(unit: Unit, customer_id: int) -> None:
    """Forget the row itself; `pipeline.forget` takes care of everything else about the person."""
    for model in (CustomerRow, IdentityRow, StageChangeRow, ConsentProofRow):
        unit.connection.execute(
            delete(model).where(
                col(model.shop_id) == unit.shop_id,
                col(model.customer_id) == customer_id,
            )
        )


def find_names(unit: Unit, names: Iterable[str]) -> dict[str, Identity]:
    """Those of `names` that are known, and to whom they belong."""
    found: dict[str, Identity] = {}
    for chunk in _chunks(sorted(set(names))):
        query = select(col(IdentityRow.name), col(IdentityRow.customer_id), col(IdentityRow.as_of)).where(
            col(IdentityRow.shop_id) == unit.shop_id, col(IdentityRow.name).in_(chunk)
        )
        for row in unit.connection.execute(query):
            found[row.name] = Identity(customer_id=row.customer_id, as_of=row.as_of)
    return found


def save_names(unit: Unit, names: Mapping[str, Identity]) -> None:
    rows = [
        {"name": name, "customer_id": identity.customer_id, "as_of": identity.as_of}
        for name, identity in names.items()
    ]
    upsert(unit, IdentityRow, rows)


def names_of(unit: Unit, customer_id: int) -> dict[str, Identity]:
    """Every name that leads to this customer."""
    query = select(col(IdentityRow.name), col(IdentityRow.as_of)).where(
        col(IdentityRow.shop_id) == unit.shop_id, col(IdentityRow.customer_id) == customer_id
    )
    return {
        row.name: Identity(customer_id=customer_id, as_of=row.as_of) for row in unit.connection.execute(query)
    }


def present_id(unit: Unit, customer_id: int) -> int:
    """Who this customer is by now: a guest whom an account has taken in goes by the account's id."""
    name = former_name(customer_id)
    found = find_names(unit, [name]).get(name)
    return found.customer_id if found else customer_id


def former_name(customer_id: int) -> str:
    """The name under which a customer who was taken in by another can still be found."""
    return f"customer:{customer_id}"


def due_stage_changes(unit: Unit, now: datetime, limit: int) -> list[int]:
    """Customers whose stage time has moved, the longest overdue first."""
    query = (
        select(col(CustomerRow.customer_id))
        .where(col(CustomerRow.shop_id) == unit.shop_id, col(CustomerRow.stage_due) <= now)
        .order_by(col(CustomerRow.stage_due))
        .limit(limit)
    )
    return list(unit.connection.scalars(query))


def next_stage_change(unit: Unit) -> datetime | None:
    query = select(func.min(col(CustomerRow.stage_due))).where(col(CustomerRow.shop_id) == unit.shop_id)
    return unit.connection.scalar(query)


def record_stage_changes(unit: Unit, rows: list[dict[str, Any]]) -> None:
    insert_new(unit, StageChangeRow, rows)


def record_consent_proofs(unit: Unit, rows: list[dict[str, Any]]) -> None:
    insert_new(unit, ConsentProofRow, rows)


def move_proofs(unit: Unit, *, old: int, new: int) -> None:
    """Give `old`'s stage changes and consent proofs to `new`: they turned out to be one person."""
    move_rows(unit, StageChangeRow, old=old, new=new, distinct_by=("at", "after"))
    move_rows(unit, ConsentProofRow, old=old, new=new, distinct_by=("event_id",))


def suppress(unit: Unit, *, channel: str, digest: str, reason: str, at: datetime) -> None:
    """From now on nothing may be sent to this address; the first reason stays."""
    insert_new(unit, SuppressionRow, [{"channel": channel, "digest": digest, "reason": reason, "at": at}])


def lift_suppressions(unit: Unit, *, channel: str, digests: Iterable[str], reason: str) -> None:
    """Lift the suppressions of these addresses that were made for `reason`; others stay."""
    for chunk in _chunks(sorted(set(digests))):
        unit.connection.execute(
            delete(SuppressionRow).where(
                col(SuppressionRow.shop_id) == unit.shop_id,
                col(SuppressionRow.channel) == channel,
                col(SuppressionRow.digest).in_(chunk),
                col(SuppressionRow.reason) == reason,
            )
        )


def suppression_of(unit: Unit, *, channel: str, digest: str) -> str | None:
    """The reason why this address is suppressed, or None."""
    query = select(col(SuppressionRow.reason)).where(
        col(SuppressionRow.shop_id) == unit.shop_id,
        col(SuppressionRow.channel) == channel,
        col(SuppressionRow.digest) == digest,
    )
    return unit.connection.scalar(query)


def suppressions(unit: Unit, *, channel: str, digests: Iterable[str]) -> dict[str, str]:
    """Those of these addresses that are suppressed, each with the reason."""
    found: dict[str, str] = {}
    for chunk in _chunks(sorted(set(digests))):
        query = select(col(SuppressionRow.digest), col(SuppressionRow.reason)).where(
            col(SuppressionRow.shop_id) == unit.shop_id,
            col(SuppressionRow.channel) == channel,
            col(SuppressionRow.digest).in_(chunk),
        )
        found.update((row.digest, row.reason) for row in unit.connection.execute(query))
    return found


def bury(unit: Unit, digests: Iterable[str], at: datetime) -> None:
    insert_new(unit, TombstoneRow, [{"digest": digest, "at": at} for digest in digests])


def buried(unit: Unit, digests: Iterable[str]) -> dict[str, datetime]:
    """Those of `digests` that stand for an erased person, and since when."""
    found: dict[str, datetime] = {}
    for chunk in _chunks(sorted(set(digests))):
        query = select(col(TombstoneRow.digest), col(TombstoneRow.at)).where(
            col(TombstoneRow.shop_id) == unit.shop_id, col(TombstoneRow.digest).in_(chunk)
        )
        found.update((row.digest, row.at) for row in unit.connection.execute(query))
    return found


def _known(row: Any) -> KnownCustomer:
    stands = Standing(
        stage=Stage(row.stage), since=row.stage_since, reason="stored", next_change_at=row.stage_due
    )
    return KnownCustomer(
        state=decode_state(row.state),
        standing=stands,
        points=row.points,
        redemptions=row.redemptions,
        created_at=row.created_at,
    )


def _row(known: KnownCustomer, now: datetime) -> dict[str, Any]:
    state = known.state
    counted = state.counted_orders()
    checkout, cart = state.open_checkout(), state.open_cart()
    consent = state.consent_for("email")
    contact = {name: state.contact_value(name) for name in _CONTACT_COLUMNS}
    return {
        "customer_id": state.id,
        **contact,
        "created_at": known.created_at,
        "updated_at": now,
        "orders_count": len(counted),
        "net_minor": sum(state.net_minor_of(order) for order in counted),
        "first_order_at": counted[0].placed_at if counted else None,
        "last_order_at": counted[-1].placed_at if counted else None,
        "stage": known.standing.stage.value,
        "stage_since": known.standing.since,
        "stage_due": known.standing.next_change_at,
        "consent_email": consent.state.value if consent else None,
        "is_mailable": why_not_mailable(state) is None,
        "open_checkout_at": checkout.version.updated_at if checkout else None,
        "open_cart_at": cart.version.updated_at if cart else None,
        "points": known.points,
        "redemptions": known.redemptions,
        "state": encode_state(state),
    }


_CONTACT_COLUMNS = ("email", "phone", "first_name", "last_name", "locale", "country")


def _chunks(items: list[T]) -> Iterable[list[T]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
