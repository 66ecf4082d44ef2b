"""The people of a segment as the rows of a file: only these columns, page by page."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from plugin.core.money import major_units
from plugin.core.spreadsheets import Cell
from plugin.store.shops import Shop
from plugin.store.tables import CustomerRow, SegmentMemberRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

PAGE = 1000
_customers = table_of(CustomerRow)
_members = table_of(SegmentMemberRow)
_READ = tuple(
    _customers.c[name]
    for name in (
        "customer_id",
        "first_name",
        "last_name",
        "email",
        "phone",
        "country",
        "locale",
        "stage",
        "orders_count",
        "net_minor",
        "last_order_at",
        "points",
        "consent_email",
    )
)


def _day(at: Any, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}" if at is not None else ""


COLUMNS: Final[Mapping[str, Callable[[Any, Shop], Cell]]] = {
    "customer_id": lambda row, _: row.customer_id if row.customer_id > 0 else "",
    "first_name": lambda row, _: row.first_name,
    "last_name": lambda row, _: row.last_name,
    "email": lambda row, _: row.email,
    "phone": lambda row, _: row.phone,
    "country": lambda row, _: row.country,
    "language": lambda row, _: row.locale,
    "stage": lambda row, _: row.stage,
    "orders": lambda row, _: row.orders_count,
    "spent": lambda row, shop: major_units(row.net_minor, shop.currency),
    "currency": lambda _, shop: shop.currency,
    "last_order": lambda row, shop: _day(row.last_order_at, shop.zone),
    "points": lambda row, _: row.points,
    "email_consent": lambda row, _: row.consent_email,
    "can_be_mailed": lambda row, _: 1 if row.is_mailable else 0,
    "member_since": lambda row, shop: _day(row.since, shop.zone),
}
"""What may leave in a file, by the column's id: who they are, how to reach them, and what the segment goes by."""


def export_page(
    unit: Unit, shop: Shop, segment_id: str, *, after: int | None = None
) -> tuple[list[list[Cell]], int | None]:
    """Up to `PAGE` members, highest id first, and the `after` of the next page; None behind the last one."""
    is_same = and_(
        _customers.c.shop_id == _members.c.shop_id, _customers.c.customer_id == _members.c.customer_id
    )
    query = (
        select(*_READ, _members.c.since, _members.c.is_mailable)
        .select_from(_members.join(_customers, is_same))
        .where(_members.c.shop_id == unit.shop_id, _members.c.segment_id == segment_id)
        .order_by(_members.c.customer_id.desc())
        .limit(PAGE)
    )
    if after is not None:
        query = query.where(_members.c.customer_id < after)
    found = unit.connection.execute(query).all()
    rows = [[read(row, shop) for read in COLUMNS.values()] for row in found]
    return rows, found[-1].customer_id if len(found) == PAGE else None
