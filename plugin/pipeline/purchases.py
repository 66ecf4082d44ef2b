"""Bring the rows of every touched order to what it is now, whichever fact it was that touched it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from plugin.core.customers import CustomerState, Order
from plugin.core.events import Line, OrderChanged
from plugin.core.flows.base import Occasion
from plugin.pipeline.people import People
from plugin.store import catalogue, purchases
from plugin.store.facts import words_text
from plugin.store.unit_of_work import Unit


def record(
    unit: Unit,
    people: People,
    touched: Mapping[int, Iterable[int]],
    occasions: Mapping[int, Sequence[Occasion]],
) -> None:
    """Write the orders `touched` (ids by customer), and the lines of those of which the newest word is new.

    Orders that came with somebody who turned out to be somebody else are written too.
    """
    orders = {
        order["order_id"]: order
        for customer_id in touched.keys() | people.taken_over.keys()
        for order in rows_of(
            people.known[customer_id].state,
            {*touched.get(customer_id, ()), *people.taken_over.get(customer_id, ())},
            people.shop.zone,
        )
    }
    people.bought.update(order["customer_id"] for order in orders.values())
    told = _newest_lines(people, occasions)
    lines = [_line(orders[order_id], number, line) for order_id, number, line in _numbered(told)]
    _agree_on_types(unit, lines)
    purchases.save_orders(unit, [orders[order_id] for order_id in sorted(orders)])
    purchases.replace_lines(unit, told, lines)
    purchases.let_lines_follow(unit, [order for order_id, order in orders.items() if order_id not in told])


def rows_of(customer: CustomerState, order_ids: Iterable[int], zone: ZoneInfo) -> list[dict[str, Any]]:
    """These orders of a customer as they count; those never heard of themselves are left out."""
    known = [customer.orders[order_id] for order_id in sorted(set(order_ids)) if order_id in customer.orders]
    if not known:
        return []
    refunded = customer.refunded_by_order()
    return [_row(customer, order, refunded.get(order.order_id, 0), zone) for order in known]


def _row(customer: CustomerState, order: Order, refunded_minor: int, zone: ZoneInfo) -> dict[str, Any]:
    phase = customer.cash_phase(order)
    return {
        "order_id": order.order_id,
        "customer_id": customer.id,
        "at": order.placed_at,
        "is_purchase": customer.is_purchase(order, refunded_minor),
        "product_minor": order.product_minor,
        "refunded_minor": refunded_minor,
        "net_minor": max(0, order.product_minor - refunded_minor),
        "hour": order.placed_at.astimezone(zone).hour,
        "channel": order.channel,
        "codes": words_text(code.casefold() for code in order.codes),
        "cash_phase": None if phase is None else phase.value,
    }


def _newest_lines(people: People, occasions: Mapping[int, Sequence[Occasion]]) -> dict[int, tuple[Line, ...]]:
    """By order: what it consists of, where the newest word on it is among these facts."""
    found: dict[int, tuple[Line, ...]] = {}
    for customer_id, facts in occasions.items():
        orders = people.known[customer_id].state.orders
        for fact in facts:
            if isinstance(fact, OrderChanged) and orders[fact.order_id].version == fact.version:
                # A gift card is money in another form: what it will buy is the purchase.
                found[fact.order_id] = tuple(line for line in fact.lines if not line.is_gift_card)
    return found


def _numbered(told: Mapping[int, Sequence[Line]]) -> Iterable[tuple[int, int, Line]]:
    return (
        (order_id, number, line) for order_id in sorted(told) for number, line in enumerate(told[order_id])
    )


def _line(order: Mapping[str, Any], number: int, line: Line) -> dict[str, Any]:
    return {
        "order_id": order["order_id"],
        "number": number,
        "customer_id": order["customer_id"],
        "at": order["at"],
        "is_purchase": order["is_purchase"],
        "product_id": line.product_id,
        "variant_id": line.variant_id,
        "product_type": line.product_type or None,
        "title": line.title,
        "quantity": line.quantity,
        "total_minor": line.total_minor or 0,
    }


def _agree_on_types(unit: Unit, lines: Sequence[dict[str, Any]]) -> None:
    """Webhooks of orders do not say what kind of product it was. The catalogue may know, and learns from imports."""
    told = {line["product_id"]: line["product_type"] for line in lines if line["product_type"] is not None}
    told.pop(None, None)
    if told:
        catalogue.note_types(unit, told)
    untyped = {line["product_id"] for line in lines if line["product_type"] is None} - {None}
    types = purchases.types_of(unit, untyped) if untyped else {}
    for line in lines:
        if line["product_type"] is None:
            line["product_type"] = types.get(line["product_id"])
