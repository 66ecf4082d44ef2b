"""Who belongs to which segment at rest, who came and went, and how many they are."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, func, select, tuple_, update
from sqlmodel import col

from plugin.store.merging import move_rows
from plugin.store.tables import SegmentChangeRow, SegmentMemberRow, SegmentSizeRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new, table_of, upsert

CHUNK = 500  # ids in one IN list

Key = tuple[str, int]
"""A segment and a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    customers: int
    mailable: int


def of_customers(unit: Unit, customer_ids: Iterable[int]) -> dict[int, dict[str, bool]]:
    """The segments of each of these customers, and whether the row says that they can be mailed."""
    found: dict[int, dict[str, bool]] = {}
    wanted = sorted(set(customer_ids))
    for start in range(0, len(wanted), CHUNK):
        query = select(
            col(SegmentMemberRow.customer_id),
            col(SegmentMemberRow.segment_id),
            col(SegmentMemberRow.is_mailable),
        ).where(
            col(SegmentMemberRow.shop_id) == unit.shop_id,
            col(SegmentMemberRow.customer_id).in_(wanted[start : start + CHUNK]),
        )
        for row in unit.connection.execute(query):
            found.setdefault(row.customer_id, {})[row.segment_id] = row.is_mailable
    return found


def add(unit: Unit, members: Mapping[Key, bool], since: datetime) -> None:
    """Take in new members; the values say who can be mailed."""
    rows = [
        {"segment_id": segment_id, "customer_id": customer_id, "since": since, "is_mailable": is_mailable}
        for (segment_id, customer_id), is_mailable in members.items()
    ]
    insert_new(unit, SegmentMemberRow, rows)


def drop(unit: Unit, keys: Iterable[Key]) -> None:
    _each(unit, delete(_MEMBERS).where(_IS_MEMBER), keys)


def mark_mailable(unit: Unit, keys: Iterable[Key], *, is_mailable: bool) -> None:
    _each(unit, update(_MEMBERS).where(_IS_MEMBER).values(is_mailable=is_mailable), keys)


def record(unit: Unit, changes: Mapping[Key, bool], at: datetime, reason: str) -> None:
    """Note who joined (True) and left (False). Who came and went at one instant never came: both are unsaid."""
    if not changes:
        return
    unsaid = _changes_at(unit, {customer_id for _, customer_id in changes}, at) & changes.keys()
    is_change = and_(
        _CHANGES.c.shop_id == bindparam("of_shop"),
        _CHANGES.c.segment_id == bindparam("of_segment"),
        _CHANGES.c.customer_id == bindparam("of_customer"),
        _CHANGES.c.at == at,
    )
    _each(unit, delete(_CHANGES).where(is_change), unsaid)
    rows = [
        {
            "segment_id": segment_id,
            "at": at,
            "customer_id": customer_id,
            "has_joined": has_joined,
            "reason": reason,
        }
        for (segment_id, customer_id), has_joined in changes.items()
        if (segment_id, customer_id) not in unsaid
    ]
    insert_new(unit, SegmentChangeRow, rows)


def resize(unit: Unit, deltas: Mapping[str, Size], day: date) -> None:
    """Add to the sizes of these segments as they are on `day`, the shop's local date."""
    moved = {segment_id: delta for segment_id, delta in deltas.items() if delta.customers or delta.mailable}
    if not moved:
        return
    newest = _newest(unit, sorted(moved))
    rows = []
    for segment_id, delta in moved.items():
        known_day, known = newest.get(segment_id, (day, Size(customers=0, mailable=0)))
        rows.append(
            {
                "segment_id": segment_id,
                "day": max(day, known_day),
                "customers": known.customers + delta.customers,
                "mailable": known.mailable + delta.mailable,
            }
        )
    upsert(unit, SegmentSizeRow, rows)


def sizes(unit: Unit, segment_ids: Sequence[str], *, on: date | None = None) -> dict[str, Size]:
    """How many belong now, or at the end of a local day; a segment that nobody had joined is left out."""
    return {segment_id: size for segment_id, (_, size) in _newest(unit, segment_ids, on).items()}


def daily(unit: Unit, segment_id: str, *, since: date) -> dict[date, Size]:
    """The sizes at the end of those days since `since` on which something changed."""
    query = select(_SIZES).where(
        _SIZES.c.shop_id == unit.shop_id, _SIZES.c.segment_id == segment_id, _SIZES.c.day >= since
    )
    return {
        row.day: Size(customers=row.customers, mailable=row.mailable)
        for row in unit.connection.execute(query)
    }


def forget(unit: Unit, customer_id: int, day: date) -> None:
    """The customer belongs nowhere any more, and nothing says that they ever did."""
    known = of_customers(unit, [customer_id]).get(customer_id, {})
    resize(unit, {name: _one(-1, is_mailable=is_mailable) for name, is_mailable in known.items()}, day)
    for table in (_MEMBERS, _CHANGES):
        unit.connection.execute(
            delete(table).where(table.c.shop_id == unit.shop_id, table.c.customer_id == customer_id)
        )


def purge(unit: Unit, *, keep: Collection[str], limit: int) -> int:
    """Remove up to `limit` rows of one segment that is not in `keep`; how many there were.

    0 says that no other segment has rows any more.
    """
    for segment_id in sorted(_known_segments(unit) - set(keep)):
        for table in (_MEMBERS, _CHANGES):
            if removed := _remove_some(unit, table, segment_id, limit):
                return removed
        unit.connection.execute(
            delete(_SIZES).where(_SIZES.c.shop_id == unit.shop_id, _SIZES.c.segment_id == segment_id)
        )
    return 0


def has_others(unit: Unit, *, keep: Collection[str]) -> bool:
    """Whether some segment that is not in `keep` has rows."""
    return not _known_segments(unit) <= set(keep)


def move_customer(unit: Unit, *, old: int, new: int, day: date) -> None:
    """Two customers turned out to be one: who was in a segment under either name is in it once.

    Whether they still belong, the next `settle` of the survivor says.
    """
    known = of_customers(unit, [old, new])
    twice = known.get(old, {}).keys() & known.get(new, {}).keys()
    resize(unit, {name: _one(-1, is_mailable=known[old][name]) for name in twice}, day)
    move_rows(unit, SegmentMemberRow, old=old, new=new, distinct_by=("segment_id",))
    move_rows(unit, SegmentChangeRow, old=old, new=new, distinct_by=("segment_id", "at"))


def difference(
    joined: Mapping[Key, bool], left: Mapping[Key, bool], turned: Mapping[Key, bool]
) -> dict[str, Size]:
    """By how much each segment grows: who joined and left, and who turned to be mailable or no longer so."""
    customers: Counter[str] = Counter()
    mailable: Counter[str] = Counter()
    for (segment_id, _), is_mailable in joined.items():
        customers[segment_id] += 1
        mailable[segment_id] += is_mailable
    for (segment_id, _), was_mailable in left.items():
        customers[segment_id] -= 1
        mailable[segment_id] -= was_mailable
    for (segment_id, _), is_mailable in turned.items():
        mailable[segment_id] += 1 if is_mailable else -1
    names = customers.keys() | mailable.keys()
    return {name: Size(customers=customers[name], mailable=mailable[name]) for name in names}


_MEMBERS = table_of(SegmentMemberRow)
_CHANGES = table_of(SegmentChangeRow)
_SIZES = table_of(SegmentSizeRow)
_IS_MEMBER = and_(
    _MEMBERS.c.shop_id == bindparam("of_shop"),
    _MEMBERS.c.segment_id == bindparam("of_segment"),
    _MEMBERS.c.customer_id == bindparam("of_customer"),
)


def _known_segments(unit: Unit) -> set[str]:
    """Every member was counted into a size, so the sizes know all segments, and there are few of them."""
    query = select(_SIZES.c.segment_id).where(_SIZES.c.shop_id == unit.shop_id).distinct()
    return set(unit.connection.scalars(query))


def _remove_some(unit: Unit, table: Table, segment_id: str, limit: int) -> int:
    key = tuple(column for column in table.primary_key if column.name != "shop_id")
    of_segment = and_(table.c.shop_id == unit.shop_id, table.c.segment_id == segment_id)
    some = select(*key).where(of_segment).limit(limit)
    return unit.connection.execute(delete(table).where(of_segment, tuple_(*key).in_(some))).rowcount


def _one(count: int, *, is_mailable: bool) -> Size:
    return Size(customers=count, mailable=count if is_mailable else 0)


def _each(unit: Unit, statement: Any, keys: Iterable[Key]) -> None:
    rows = [
        {"of_shop": unit.shop_id, "of_segment": segment_id, "of_customer": customer_id}
        for segment_id, customer_id in sorted(keys)
    ]
    if rows:
        unit.connection.execute(statement, rows)


def _changes_at(unit: Unit, customer_ids: set[int], at: datetime) -> set[Key]:
    found: set[Key] = set()
    wanted = sorted(customer_ids)
    for start in range(0, len(wanted), CHUNK):
        query = select(_CHANGES.c.segment_id, _CHANGES.c.customer_id).where(
            _CHANGES.c.shop_id == unit.shop_id,
            _CHANGES.c.customer_id.in_(wanted[start : start + CHUNK]),
            _CHANGES.c.at == at,
        )
        found |= {(row.segment_id, row.customer_id) for row in unit.connection.execute(query)}
    return found


def _newest(
    unit: Unit, segment_ids: Sequence[str], until: date | None = None
) -> dict[str, tuple[date, Size]]:
    days = select(_SIZES.c.segment_id, func.max(_SIZES.c.day).label("day")).where(
        _SIZES.c.shop_id == unit.shop_id, _SIZES.c.segment_id.in_(segment_ids)
    )
    if until is not None:
        days = days.where(_SIZES.c.day <= until)
    newest = days.group_by(_SIZES.c.segment_id).subquery()
    of_newest = and_(_SIZES.c.segment_id == newest.c.segment_id, _SIZES.c.day == newest.c.day)
    query = select(_SIZES).join(newest, of_newest).where(_SIZES.c.shop_id == unit.shop_id)
    return {
        row.segment_id: (row.day, Size(customers=row.customers, mailable=row.mailable))
        for row in unit.connection.execute(query)
    }
