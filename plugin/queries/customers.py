"""The list of customers, and finding one in it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from plugin.core.lifecycle.stages import Stage
from plugin.queries.segments_people import Member
from plugin.store.tables import CustomerRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

MAX_WORDS = 5  # of a search; a name has no more

_customers = table_of(CustomerRow)


def search(unit: Unit, text: str, *, after: int | None = None, limit: int = 25) -> list[Member]:
    """Customers in whose name, email address, phone or id every word of `text` occurs; all of them for no text.

    Highest id first: the newest in Shopify, then guests. `after` is the customer id that ended the page before.
    """
    columns = _customers.c
    query = select(_customers).where(columns.shop_id == unit.shop_id)
    for word in text.replace("\x00", " ").split()[:MAX_WORDS]:
        query = query.where(_mentions(word))
    if after is not None:
        query = query.where(columns.customer_id < after)
    rows = unit.connection.execute(query.order_by(columns.customer_id.desc()).limit(limit))
    return [_member(row) for row in rows]


def members(unit: Unit, customer_ids: Sequence[int]) -> list[Member]:
    """These customers as a table shows them, in the order of the ids; who is not there is left out."""
    columns = _customers.c
    query = select(_customers).where(columns.shop_id == unit.shop_id, columns.customer_id.in_(customer_ids))
    found = {row.customer_id: _member(row) for row in unit.connection.execute(query)}
    return [found[customer_id] for customer_id in customer_ids if customer_id in found]


def _member(row: Any) -> Member:
    return Member(
        customer_id=row.customer_id,
        name=name_of(row),
        email=row.email,
        orders_count=row.orders_count,
        net_minor=row.net_minor,
        last_order_at=row.last_order_at,
        stage=Stage(row.stage),
        is_mailable=row.is_mailable,
    )


def _mentions(word: str) -> ColumnElement[bool]:
    """SQLite folds the case of ASCII only, so the usual ways of writing a word are asked for in turn."""
    columns = (_customers.c.first_name, _customers.c.last_name, _customers.c.email, _customers.c.phone)
    spellings = {word, word.lower(), word.upper(), word.capitalize()}
    found = [column.icontains(each, autoescape=True) for column in columns for each in sorted(spellings)]
    digits = word.removeprefix("#").removeprefix("-")
    if digits.isascii() and digits.isdecimal() and int(digits) < 2**63:
        found.append(func.abs(_customers.c.customer_id) == int(digits))
    return or_(*found)


def name_of(row: Any) -> str | None:
    """First and last name, or None for somebody without either."""
    return " ".join(part for part in (row.first_name, row.last_name) if part) or None
