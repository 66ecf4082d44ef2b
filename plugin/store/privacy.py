"""What privacy law asks: requests and their state, everything about a person, and its removal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, select, update
from sqlmodel import col

from plugin.core.keys import NO_SHOP
from plugin.core.segments.facts import bucket_of
from plugin.store.columns import Row
from plugin.store.tables import (
    AttemptRow,
    ConsentProofRow,
    CustomerFactsRow,
    CustomerRow,
    DecisionRow,
    EnrollmentRow,
    EventRow,
    IdentityRow,
    LedgerTransactionRow,
    MailboxRow,
    OrderLineRow,
    OrderRow,
    OutboxRow,
    PrivacyRequestRow,
    RedemptionRow,
    SegmentChangeRow,
    SegmentMemberRow,
    StageChangeRow,
    TaggedCustomerRow,
)
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import insert_new, table_of

DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT = "data_request", "customer_redact", "shop_redact"
RECEIVED, ERASING, READY, DONE = "received", "erasing", "ready", "done"

PERSONAL: tuple[type[Row], ...] = (
    CustomerRow,
    CustomerFactsRow,
    OrderRow,
    OrderLineRow,
    IdentityRow,
    EventRow,
    ConsentProofRow,
    StageChangeRow,
    EnrollmentRow,
    DecisionRow,
    OutboxRow,
    RedemptionRow,
    SegmentMemberRow,
    SegmentChangeRow,
    TaggedCustomerRow,
)
"""Tables with a `customer_id` whose rows are about a person. The ledger stays: it holds numbers, no names."""

_BY_EFFECT: tuple[type[Row], ...] = (AttemptRow, MailboxRow)
_KEPT_OF_A_SHOP = ("privacy_requests", "job_runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequest:
    """A request as Shopify passed it on. `summary` holds what is needed to finish it, and is emptied then."""

    shop_id: int
    request_id: str
    kind: str
    state: str
    received_at: datetime
    ended_at: datetime | None
    summary: dict[str, str]


def receive(
    unit: Unit, *, request_id: str, kind: str, state: str, at: datetime, summary: dict[str, str]
) -> bool:
    """Note a request; False when it had been noted before."""
    row = {"request_id": request_id, "kind": kind, "state": state, "received_at": at, "summary": summary}
    return insert_new(unit, PrivacyRequestRow, [row]) == 1


def settle(unit: Unit, request_id: str, *, state: str, at: datetime, summary: dict[str, str]) -> None:
    unit.connection.execute(
        update(PrivacyRequestRow)
        .where(
            col(PrivacyRequestRow.shop_id) == unit.shop_id, col(PrivacyRequestRow.request_id) == request_id
        )
        .values(state=state, ended_at=at, summary=summary)
    )


def of_shop(unit: Unit) -> list[PrivacyRequest]:
    """The shop's requests, newest first."""
    query = (
        select(PrivacyRequestRow.__table__)  # type: ignore[attr-defined]  # SQLModel hides its table
        .where(col(PrivacyRequestRow.shop_id) == unit.shop_id)
        .order_by(col(PrivacyRequestRow.received_at).desc())
    )
    return [PrivacyRequest(**row) for row in unit.connection.execute(query).mappings()]


def unfinished_erasures(database: Database) -> list[PrivacyRequest]:
    query = select(PrivacyRequestRow.__table__).where(  # type: ignore[attr-defined]
        col(PrivacyRequestRow.state) == ERASING
    )
    with database.reading(NO_SHOP) as unit:
        return [PrivacyRequest(**row) for row in unit.connection.execute(query).mappings()]


def everything_about(unit: Unit, customer_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row about a person, by table; the ledger included."""
    found: dict[str, list[dict[str, Any]]] = {}
    models: tuple[type[Row], ...] = (*PERSONAL, LedgerTransactionRow)
    for model in models:
        table = table_of(model)
        query = select(table).where(_is_about(table, unit, customer_id))
        found[table.name] = [dict(row) for row in unit.connection.execute(query).mappings()]
    return found


def erase_customer(unit: Unit, customer_id: int) -> None:
    """Remove every row about a person."""
    outbox = table_of(OutboxRow)
    keys = select(outbox.c.effect_key).where(
        outbox.c.shop_id == unit.shop_id, outbox.c.customer_id == customer_id
    )
    for model in _BY_EFFECT:
        table = table_of(model)
        unit.connection.execute(
            delete(table).where(table.c.shop_id == unit.shop_id, table.c.effect_key.in_(keys))
        )
    for model in PERSONAL:
        table = table_of(model)
        unit.connection.execute(delete(table).where(_is_about(table, unit, customer_id)))


def erase_unclaimed(unit: Unit, subjects: Iterable[str]) -> None:
    """Remove facts about `subjects` that were never tied to anybody."""
    unit.connection.execute(
        delete(EventRow).where(
            col(EventRow.shop_id) == unit.shop_id, col(EventRow.subject).in_(sorted(set(subjects)))
        )
    )


def erase_shop(unit: Unit) -> None:
    """Remove every row of this shop. Its requests stay as the record that this was done."""
    for table in reversed(Row.metadata.sorted_tables):
        if table.name not in _KEPT_OF_A_SHOP:
            unit.connection.execute(delete(table).where(table.c.shop_id == unit.shop_id))


def _is_about(table: Table, unit: Unit, customer_id: int) -> ColumnElement[bool]:
    """The rows about one person, found by an index: facts are kept in buckets."""
    about = and_(table.c.shop_id == unit.shop_id, table.c.customer_id == customer_id)
    return (
        and_(about, table.c.bucket == bucket_of(unit.shop_id, customer_id)) if "bucket" in table.c else about
    )
