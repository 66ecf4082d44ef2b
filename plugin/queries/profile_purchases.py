"""What one person ordered, and what of it they bought by product and by category, for their page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from plugin.core.customers import CustomerState
from plugin.store.facts import words_in
from plugin.store.tables import OrderLineRow, OrderRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

SHOWN = 10  # orders, products and categories on a page
_orders, _lines = table_of(OrderRow), table_of(OrderLineRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    order_id: int
    name: str
    at: datetime
    is_purchase: bool
    """False of what was cancelled, never paid, refused, given back whole, or a test."""
    product_minor: int
    refunded_minor: int
    net_minor: int
    channel: str | None
    codes: tuple[str, ...]
    """Casefolded."""
    financial_status: str
    cash_phase: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtThing:
    """A product, or a category of products, and how much of it this person bought; before refunds."""

    name: str | None
    """None of a category that nobody has named."""
    product_id: int | None
    orders: int
    quantity: int
    value_minor: int
    last_at: datetime


def placed(unit: Unit, customer: CustomerState) -> tuple[PlacedOrder, ...]:
    """The newest orders, purchases or not."""
    query = (
        select(_orders)
        .where(_orders.c.shop_id == unit.shop_id, _orders.c.customer_id == customer.id)
        .order_by(_orders.c.at.desc(), _orders.c.order_id.desc())
        .limit(SHOWN)
    )
    return tuple(
        _order(row, customer) for row in unit.connection.execute(query) if row.order_id in customer.orders
    )


def _order(row: Any, customer: CustomerState) -> PlacedOrder:
    known = customer.orders[row.order_id]
    return PlacedOrder(
        order_id=row.order_id,
        name=known.name,
        at=row.at,
        is_purchase=row.is_purchase,
        product_minor=row.product_minor,
        refunded_minor=row.refunded_minor,
        net_minor=row.net_minor,
        channel=row.channel,
        codes=words_in(row.codes),
        financial_status=known.financial_status,
        cash_phase=row.cash_phase,
    )


def products(unit: Unit, customer_id: int) -> tuple[BoughtThing, ...]:
    """By product; what belongs to no product, such as a line typed in by hand, goes by its title."""
    untied = case((_lines.c.product_id.is_(None), _lines.c.title), else_="")
    columns = (func.max(_lines.c.title).label("name"), _lines.c.product_id)
    return _bought(unit, customer_id, columns, (_lines.c.product_id, untied))


def categories(unit: Unit, customer_id: int) -> tuple[BoughtThing, ...]:
    """By kind of product, the largest value first."""
    return _bought(unit, customer_id, (_lines.c.product_type.label("name"),), (_lines.c.product_type,))


def _bought(
    unit: Unit, customer_id: int, columns: tuple[Any, ...], groups: tuple[Any, ...]
) -> tuple[BoughtThing, ...]:
    value = func.sum(_lines.c.total_minor)
    query = (
        select(
            *columns,
            func.count(_lines.c.order_id.distinct()).label("orders"),
            func.sum(_lines.c.quantity).label("quantity"),
            value.label("value"),
            func.max(_lines.c.at).label("last_at"),
        )
        .where(_lines.c.shop_id == unit.shop_id, _lines.c.customer_id == customer_id, _lines.c.is_purchase)
        .group_by(*groups)
        .order_by(value.desc(), func.max(_lines.c.at).desc())
        .limit(SHOWN)
    )
    return tuple(
        BoughtThing(
            name=row.name,
            product_id=getattr(row, "product_id", None),
            orders=row.orders,
            quantity=int(row.quantity),
            value_minor=int(row.value),
            last_at=row.last_at,
        )
        for row in unit.connection.execute(query)
    )
