"""How far each shop has been compared with Shopify."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from plugin.store.tables import ReconciliationRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import upsert

KINDS = ("customers", "orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """See `ReconciliationRow`."""

    shop_id: int
    kind: str
    generation: int
    through: datetime
    page_cursor: str | None
    page_size: int
    began_at: datetime
    ended_at: datetime | None
    checked: int
    repaired: int
    repaired_ever: int
    repaired_at: datetime | None
    reason: str

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None or self.ended_at < self.began_at


def of_shop(unit: Unit) -> list[Reconciliation]:
    """What is known of the shop's reconciliation, customers before orders."""
    query = (
        select(ReconciliationRow.__table__)  # type: ignore[attr-defined]  # SQLModel hides its table
        .where(col(ReconciliationRow.shop_id) == unit.shop_id)
        .order_by(col(ReconciliationRow.kind))
    )
    return [Reconciliation(**row) for row in unit.connection.execute(query).mappings()]


def find(unit: Unit, kind: str) -> Reconciliation | None:
    return next((found for found in of_shop(unit) if found.kind == kind), None)


def begin(
    unit: Unit, kind: str, *, generation: int, through: datetime, page_size: int, now: datetime
) -> Reconciliation:
    """Start to compare an installation, from `through` on."""
    row = {
        "kind": kind,
        "generation": generation,
        "through": through,
        "page_cursor": None,
        "page_size": page_size,
        "began_at": now,
        "ended_at": None,
        "checked": 0,
        "repaired": 0,
        "repaired_ever": 0,
        "repaired_at": None,
        "reason": "",
    }
    upsert(unit, ReconciliationRow, [row])
    return Reconciliation(shop_id=unit.shop_id, **row)  # type: ignore[arg-type]  # the row above, typed there


def change(unit: Unit, kind: str, **values: Any) -> None:
    unit.connection.execute(
        update(ReconciliationRow)
        .where(col(ReconciliationRow.shop_id) == unit.shop_id, col(ReconciliationRow.kind) == kind)
        .values(**values)
    )
