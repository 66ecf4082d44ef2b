"""How far a shop's history has been imported."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from plugin.core.keys import NO_SHOP
from plugin.store.tables import ImportRow
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import insert_new

KINDS = ("customers", "orders")
UNFINISHED = ("requested", "running", "reading")


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One bulk import; `state` is requested, running (at Shopify), reading (here), done or failed."""

    shop_id: int
    kind: str
    generation: int
    state: str
    operation_gid: str | None
    rows_expected: int
    rows_done: int
    reason: str
    requested_at: datetime
    reading_since: datetime | None
    ended_at: datetime | None
    due: datetime | None


def request(unit: Unit, generation: int, now: datetime) -> None:
    """Ask for the history of this installation, once."""
    rows = [{"kind": kind, "generation": generation, "requested_at": now, "due": now} for kind in KINDS]
    insert_new(unit, ImportRow, rows)


def due(database: Database, now: datetime) -> list[Import]:
    """Imports that want a step, of all shops."""
    query = select(ImportRow.__table__).where(  # type: ignore[attr-defined]  # SQLModel hides its table
        col(ImportRow.state).in_(UNFINISHED), col(ImportRow.due) <= now
    )
    with database.reading(NO_SHOP) as unit:
        return [Import(**row) for row in unit.connection.execute(query).mappings()]


def of_shop(unit: Unit) -> list[Import]:
    """The shop's imports, newest installation first."""
    query = (
        select(ImportRow.__table__)  # type: ignore[attr-defined]
        .where(col(ImportRow.shop_id) == unit.shop_id)
        .order_by(col(ImportRow.generation).desc(), col(ImportRow.kind))
    )
    return [Import(**row) for row in unit.connection.execute(query).mappings()]


def newest_end(unit: Unit) -> datetime | None:
    """When the shop's newest history had come in, if one ever did."""
    return max((found.ended_at for found in of_shop(unit) if found.ended_at is not None), default=None)


def is_unfinished(unit: Unit) -> bool:
    return any(found.state in UNFINISHED for found in of_shop(unit))


def change(unit: Unit, found: Import, **values: Any) -> Import:
    """Note `values` of an import; the import as it is then."""
    unit.connection.execute(
        update(ImportRow)
        .where(
            col(ImportRow.shop_id) == unit.shop_id,
            col(ImportRow.kind) == found.kind,
            col(ImportRow.generation) == found.generation,
        )
        .values(**values)
    )
    return replace(found, **values)
