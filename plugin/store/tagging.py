"""Tags of segments at rest: which segment's customers wear one, and who still has to get it or to lose it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, literal, select, true, update

from plugin.store.merging import move_rows
from plugin.store.tables import SegmentMemberRow, SegmentTagRow, TaggedCustomerRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_into, table_of, upsert

READY, DONE, FAILED = "ready", "done", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTag:
    """See `SegmentTagRow`."""

    segment_id: str
    tag: str
    keeps_in_step: bool
    began_at: datetime
    author: str
    looked_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOrder:
    """One customer who is to get a tag, or to lose it."""

    segment_id: str
    customer_id: int
    tag: str
    is_wanted: bool
    attempts: int
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TagProgress:
    """How far it is: customers who wear the tag, who wait for a change, and whose change Shopify refused."""

    wearing: int
    waiting: int
    failed: int


def of_segment(unit: Unit, segment_id: str) -> SegmentTag | None:
    query = select(_TAGS).where(_TAGS.c.shop_id == unit.shop_id, _TAGS.c.segment_id == segment_id)
    row = unit.connection.execute(query).first()
    return _tag(row) if row else None


def all_of(unit: Unit) -> list[SegmentTag]:
    query = select(_TAGS).where(_TAGS.c.shop_id == unit.shop_id).order_by(_TAGS.c.segment_id)
    return [_tag(row) for row in unit.connection.execute(query)]


def put(unit: Unit, tag: SegmentTag) -> None:
    upsert(unit, SegmentTagRow, [{name: getattr(tag, name) for name in SegmentTag.__dataclass_fields__}])


def drop(unit: Unit, segment_id: str) -> None:
    unit.connection.execute(
        delete(_TAGS).where(_TAGS.c.shop_id == unit.shop_id, _TAGS.c.segment_id == segment_id)
    )


def want_members(unit: Unit, segment_id: str, at: datetime) -> int:
    """Have every member get the tag who is not to wear it yet; how many. Guests are not known to Shopify."""
    is_known = and_(
        _TAGGED.c.shop_id == _MEMBERS.c.shop_id,
        _TAGGED.c.segment_id == _MEMBERS.c.segment_id,
        _TAGGED.c.customer_id == _MEMBERS.c.customer_id,
        _TAGGED.c.is_wanted == true(),
    )
    members = select(
        _MEMBERS.c.shop_id,
        _MEMBERS.c.segment_id,
        _MEMBERS.c.customer_id,
        true(),
        literal(READY),
        literal(0),
        literal(at, _TAGGED.c.due.type),
        literal(at, _TAGGED.c.began_at.type),
        literal(""),
    ).where(
        _MEMBERS.c.shop_id == unit.shop_id,
        _MEMBERS.c.segment_id == segment_id,
        _MEMBERS.c.customer_id > 0,
        ~exists(select(_TAGGED.c.shop_id).where(is_known)),
    )
    columns = (
        "shop_id",
        "segment_id",
        "customer_id",
        "is_wanted",
        "state",
        "attempts",
        "due",
        "began_at",
        "reason",
    )
    statement = insert_into(unit, TaggedCustomerRow).from_select(columns, members)
    again = {name: statement.excluded[name] for name in columns[3:]}
    key = ["shop_id", "segment_id", "customer_id"]
    return unit.connection.execute(statement.on_conflict_do_update(index_elements=key, set_=again)).rowcount


def unwant_others(unit: Unit, segment_id: str, at: datetime) -> int:
    """Have everybody lose the tag who is no member any more; how many."""
    is_member = and_(
        _MEMBERS.c.shop_id == _TAGGED.c.shop_id,
        _MEMBERS.c.segment_id == _TAGGED.c.segment_id,
        _MEMBERS.c.customer_id == _TAGGED.c.customer_id,
    )
    return _unwant(unit, segment_id, at, ~exists(select(_MEMBERS.c.shop_id).where(is_member)))


def unwant_all(unit: Unit, segment_id: str, at: datetime) -> int:
    return _unwant(unit, segment_id, at, true())


def due(unit: Unit, now: datetime, limit: int) -> list[TagOrder]:
    """What to do now, longest overdue first."""
    query = (
        select(_TAGGED, _TAGS.c.tag)
        .join(_TAGS, and_(_TAGS.c.shop_id == _TAGGED.c.shop_id, _TAGS.c.segment_id == _TAGGED.c.segment_id))
        .where(_TAGGED.c.shop_id == unit.shop_id, _TAGGED.c.due <= now)
        .order_by(_TAGGED.c.due, _TAGGED.c.segment_id, _TAGGED.c.customer_id)
        .limit(limit)
    )
    return [
        TagOrder(
            segment_id=row.segment_id,
            customer_id=row.customer_id,
            tag=row.tag,
            is_wanted=row.is_wanted,
            attempts=row.attempts,
            began_at=row.began_at,
        )
        for row in unit.connection.execute(query)
    ]


def next_due(unit: Unit) -> datetime | None:
    query = select(func.min(_TAGGED.c.due)).where(_TAGGED.c.shop_id == unit.shop_id)
    soonest: datetime | None = unit.connection.scalar(query)
    return soonest


def settle(unit: Unit, order: TagOrder, *, state: str, reason: str, due: datetime | None) -> None:
    """Record what became of an order, unless it was turned round meanwhile. Who lost the tag is not kept."""
    is_same = and_(
        _TAGGED.c.shop_id == unit.shop_id,
        _TAGGED.c.segment_id == order.segment_id,
        _TAGGED.c.customer_id == order.customer_id,
        _TAGGED.c.is_wanted == order.is_wanted,
    )
    if state == DONE and not order.is_wanted:
        unit.connection.execute(delete(_TAGGED).where(is_same))
        return
    unit.connection.execute(
        update(_TAGGED)
        .where(is_same)
        .values(state=state, reason=reason, due=due, attempts=order.attempts + 1)
    )


def progress(unit: Unit, segment_id: str) -> TagProgress:
    query = (
        select(_TAGGED.c.state, _TAGGED.c.is_wanted, func.count().label("customers"))
        .where(_TAGGED.c.shop_id == unit.shop_id, _TAGGED.c.segment_id == segment_id)
        .group_by(_TAGGED.c.state, _TAGGED.c.is_wanted)
    )
    rows: Sequence[tuple[str, bool, int]] = [tuple(row) for row in unit.connection.execute(query)]
    return TagProgress(
        wearing=sum(count for state, is_wanted, count in rows if state == DONE and is_wanted),
        waiting=sum(count for state, _, count in rows if state == READY),
        failed=sum(count for state, _, count in rows if state == FAILED),
    )


def is_worn_by_nobody(unit: Unit, segment_id: str) -> bool:
    query = select(_TAGGED.c.customer_id).where(
        _TAGGED.c.shop_id == unit.shop_id, _TAGGED.c.segment_id == segment_id
    )
    return unit.connection.execute(query.limit(1)).first() is None


def move_customer(unit: Unit, *, old: int, new: int) -> None:
    move_rows(unit, TaggedCustomerRow, old=old, new=new, distinct_by=("segment_id",))


def _unwant(unit: Unit, segment_id: str, at: datetime, which: ColumnElement[bool]) -> int:
    statement = (
        update(_TAGGED)
        .where(
            _TAGGED.c.shop_id == unit.shop_id,
            _TAGGED.c.segment_id == segment_id,
            _TAGGED.c.is_wanted == true(),
            which,
        )
        .values(is_wanted=false(), state=READY, attempts=0, due=at, began_at=at, reason="")
    )
    return unit.connection.execute(statement).rowcount


def _tag(row: object) -> SegmentTag:
    return SegmentTag(**{name: getattr(row, name) for name in SegmentTag.__dataclass_fields__})


_TAGS = table_of(SegmentTagRow)
_TAGGED = table_of(TaggedCustomerRow)
_MEMBERS = table_of(SegmentMemberRow)
