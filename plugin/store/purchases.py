"""Orders and their lines at rest, and a person's single acts as segments ask of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import col

from plugin.core.segments.facts import LineFact, MessageFact, OrderFact, Past
from plugin.store.facts import words_in
from plugin.store.merging import move_rows
from plugin.store.tables import OrderLineRow, OrderRow, OutboxRow, ProductRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of, upsert

T = TypeVar("T")

LINES, ORDERS, MESSAGES = "lines", "orders", "messages"
"""The families of acts, by the attributes of `Past`."""

_CHUNK = 500
_orders, _lines, _outbox = table_of(OrderRow), table_of(OrderLineRow), table_of(OutboxRow)
_products = table_of(ProductRow)
_FOLLOWED = ("customer_id", "at", "is_purchase")
"""What a line repeats of its order."""


def save_orders(unit: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write orders as they count now."""
    upsert(unit, OrderRow, rows)


def replace_lines(unit: Unit, order_ids: Iterable[int], rows: Sequence[Mapping[str, Any]]) -> None:
    """These orders consist of these lines now, and of no others."""
    for chunk in _chunks(sorted(set(order_ids))):
        unit.connection.execute(
            delete(OrderLineRow).where(
                col(OrderLineRow.shop_id) == unit.shop_id, col(OrderLineRow.order_id).in_(chunk)
            )
        )
    upsert(unit, OrderLineRow, rows)


def let_lines_follow(unit: Unit, orders: Sequence[Mapping[str, Any]]) -> None:
    """The lines of these orders are whose the orders are, and purchases if the orders are."""
    if orders:
        rows = [
            {"of_shop": unit.shop_id, "of_order": order["order_id"], **{n: order[n] for n in _FOLLOWED}}
            for order in orders
        ]
        unit.connection.execute(_FOLLOW, rows)


def move(unit: Unit, *, old: int, new: int) -> None:
    """Give `old`'s orders to `new`: they turned out to be one person."""
    move_rows(unit, OrderRow, old=old, new=new)
    move_rows(unit, OrderLineRow, old=old, new=new)


def types_of(unit: Unit, product_ids: Iterable[int]) -> dict[int, str]:
    """What kind of product these are, as far as the catalogue knows."""
    found: dict[int, str] = {}
    for chunk in _chunks(sorted(set(product_ids))):
        query = select(_products.c.product_id, _products.c.product_type).where(
            _products.c.shop_id == unit.shop_id,
            _products.c.product_id.in_(chunk),
            _products.c.product_type.is_not(None),
        )
        found.update((row.product_id, row.product_type) for row in unit.connection.execute(query))
    return found


def type_untyped(unit: Unit, product_id: int, product_type: str) -> list[int]:
    """Now it is known what kind of product this is: its untyped lines are of that kind. Returns who bought them."""
    is_untyped = (
        _lines.c.shop_id == unit.shop_id,
        _lines.c.product_id == product_id,
        _lines.c.product_type.is_(None),
    )
    buyers = list(unit.connection.scalars(select(_lines.c.customer_id).where(*is_untyped).distinct()))
    if buyers:
        unit.connection.execute(update(_lines).where(*is_untyped).values(product_type=product_type))
    return buyers


def past_of(unit: Unit, customer_ids: Iterable[int], families: Collection[str]) -> dict[int, Past]:
    """The acts of these customers, of the families that are asked for; purchases alone count as bought."""
    wanted = sorted(set(customer_ids))
    lines = _gather(_read_lines(unit, wanted)) if LINES in families else {}
    orders = _gather(_read_orders(unit, wanted)) if ORDERS in families else {}
    messages = _gather(_read_messages(unit, wanted)) if MESSAGES in families else {}
    return {
        customer_id: Past(
            lines=tuple(lines.get(customer_id, ())),
            orders=tuple(orders.get(customer_id, ())),
            messages=tuple(messages.get(customer_id, ())),
        )
        for customer_id in wanted
    }


def _read_lines(unit: Unit, customer_ids: list[int]) -> Iterable[tuple[int, LineFact]]:
    for chunk in _chunks(customer_ids):
        query = select(_lines).where(
            _lines.c.shop_id == unit.shop_id, _lines.c.customer_id.in_(chunk), _lines.c.is_purchase
        )
        for row in unit.connection.execute(query):
            yield (
                row.customer_id,
                LineFact(
                    at=row.at,
                    order_id=row.order_id,
                    product_id=row.product_id,
                    variant_id=row.variant_id,
                    product_type=row.product_type,
                    title=row.title,
                    quantity=row.quantity,
                    total_minor=row.total_minor,
                ),
            )


def _read_orders(unit: Unit, customer_ids: list[int]) -> Iterable[tuple[int, OrderFact]]:
    for chunk in _chunks(customer_ids):
        query = (
            select(_orders)
            .where(_orders.c.shop_id == unit.shop_id, _orders.c.customer_id.in_(chunk), _orders.c.is_purchase)
            .order_by(_orders.c.customer_id, _orders.c.at)
        )
        firsts: dict[int, Any] = {}
        for row in unit.connection.execute(query):
            first_at = firsts.setdefault(row.customer_id, row.at)
            yield (
                row.customer_id,
                OrderFact(
                    at=row.at,
                    order_id=row.order_id,
                    net_minor=row.net_minor,
                    channel=row.channel,
                    codes=words_in(row.codes),
                    is_first=row.at == first_at,
                    hour=row.hour,
                ),
            )


def _read_messages(unit: Unit, customer_ids: list[int]) -> Iterable[tuple[int, MessageFact]]:
    for chunk in _chunks(customer_ids):
        query = select(_outbox.c.customer_id, _outbox.c.sent_at, _outbox.c.flow_id, _outbox.c.channel).where(
            _outbox.c.shop_id == unit.shop_id,
            _outbox.c.customer_id.in_(chunk),
            _outbox.c.kind == "message",
            _outbox.c.sent_at.is_not(None),
        )
        for row in unit.connection.execute(query):
            yield row.customer_id, MessageFact(at=row.sent_at, flow_id=row.flow_id, channel=row.channel)


def _gather(facts: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    gathered: dict[int, list[T]] = {}
    for customer_id, fact in facts:
        gathered.setdefault(customer_id, []).append(fact)
    return gathered


_FOLLOW = (
    update(_lines)
    .where(_lines.c.shop_id == bindparam("of_shop"), _lines.c.order_id == bindparam("of_order"))
    .values({name: bindparam(name) for name in _FOLLOWED})
)


def _chunks(items: list[int]) -> Iterable[list[int]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
