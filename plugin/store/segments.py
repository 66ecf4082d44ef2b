"""The merchant's own segments at rest, version by version, and the walk that follows a change of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from plugin.store.tables import SegmentDefinitionRow, SegmentSyncRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a segment of the merchant's own asks, in one version."""

    segment_id: str
    version: int
    name: str
    query: str
    at: datetime
    author: str
    number: int
    """Which of the shop's changes this was; while the walk has not settled it, members follow an older one."""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """How far the walk over a shop's customers is; see `SegmentSyncRow`."""

    wanted: int = 0
    walking: int | None = None
    settled: int = 0
    house: str = ""
    walking_house: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    bucket: int = 0
    customer_id: int | None = None
    reason: str = ""


def in_force(unit: Unit) -> list[Definition]:
    """The shop's own segments as they stand, by id."""
    query = (
        select(_TABLE)
        .where(_TABLE.c.shop_id == unit.shop_id, _TABLE.c.ended_at.is_(None))
        .order_by(_TABLE.c.segment_id)
    )
    return [_definition(row) for row in unit.connection.execute(query)]


def versions(unit: Unit, segment_id: str) -> list[Definition]:
    """Every version of a segment, newest first; also of a deleted one."""
    query = (
        select(_TABLE)
        .where(_TABLE.c.shop_id == unit.shop_id, _TABLE.c.segment_id == segment_id)
        .order_by(_TABLE.c.version.desc())
    )
    return [_definition(row) for row in unit.connection.execute(query)]


def ids_ever(unit: Unit) -> set[str]:
    """Every id that was ever given: none is given twice, for members and changes go by it."""
    query = select(_TABLE.c.segment_id).where(_TABLE.c.shop_id == unit.shop_id).distinct()
    return set(unit.connection.scalars(query))


def put(
    unit: Unit, segment_id: str, *, name: str, query: str, is_change: bool, at: datetime, author: str
) -> Definition:
    """Store a new version in the place of the one in force. `is_change`: it asks something else than before."""
    newest = next(iter(versions(unit, segment_id)), None)
    end(unit, segment_id, at)
    number = newest.number if newest is not None and not is_change else _next_number(unit)
    definition = Definition(
        segment_id=segment_id,
        version=newest.version + 1 if newest is not None else 1,
        name=name,
        query=query,
        at=at,
        author=author,
        number=number,
    )
    row = {name: getattr(definition, name) for name in Definition.__dataclass_fields__}
    insert_new(unit, SegmentDefinitionRow, [row])
    return definition


def end(unit: Unit, segment_id: str, at: datetime) -> bool:
    """Take the version in force out of it; False when there was none."""
    statement = (
        update(_TABLE)
        .where(
            _TABLE.c.shop_id == unit.shop_id, _TABLE.c.segment_id == segment_id, _TABLE.c.ended_at.is_(None)
        )
        .values(ended_at=at)
    )
    return unit.connection.execute(statement).rowcount == 1


def sync_of(unit: Unit) -> Sync:
    query = select(_SYNCS).where(_SYNCS.c.shop_id == unit.shop_id)
    row = unit.connection.execute(query).first()
    if row is None:
        return Sync()
    return Sync(**{name: getattr(row, name) for name in Sync.__dataclass_fields__})


def change_sync(unit: Unit, **values: Any) -> None:
    """Write these columns of the shop's walk."""
    insert_new(unit, SegmentSyncRow, [_as_row(Sync())])
    unit.connection.execute(update(_SYNCS).where(_SYNCS.c.shop_id == unit.shop_id).values(**values))


def _next_number(unit: Unit) -> int:
    number = sync_of(unit).wanted + 1
    change_sync(unit, wanted=number)
    return number


def _as_row(sync: Sync) -> dict[str, Any]:
    return {name: getattr(sync, name) for name in Sync.__dataclass_fields__}


def _definition(row: Any) -> Definition:
    return Definition(**{name: getattr(row, name) for name in Definition.__dataclass_fields__})


_TABLE = SegmentDefinitionRow.metadata.tables["segment_definitions"]
_SYNCS = SegmentSyncRow.metadata.tables["segment_syncs"]
