"""Segments that were saved among Shopify's own: which, and as what."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from plugin.store.tables import SegmentCopyRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCopy:
    """See `SegmentCopyRow`."""

    segment_id: str
    shopify_gid: str
    query: str
    saved_at: datetime
    author: str


def of_segment(unit: Unit, segment_id: str) -> SegmentCopy | None:
    query = select(_TABLE).where(_TABLE.c.shop_id == unit.shop_id, _TABLE.c.segment_id == segment_id)
    row = unit.connection.execute(query).first()
    if row is None:
        return None
    return SegmentCopy(**{name: getattr(row, name) for name in SegmentCopy.__dataclass_fields__})


def put(unit: Unit, copy: SegmentCopy) -> None:
    upsert(unit, SegmentCopyRow, [{name: getattr(copy, name) for name in SegmentCopy.__dataclass_fields__}])


_TABLE = table_of(SegmentCopyRow)
