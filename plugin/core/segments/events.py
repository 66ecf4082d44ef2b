"""The families of single acts that a segment may count: what a person bought, ordered, and received from us.

Every act has its instant, `at`; a query leaves that word out: `bought(title contains "tea", within 1 year)`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any

from plugin.core.segments.facts import LineFact, MessageFact, OrderFact, Past
from plugin.core.segments.fields import Field, FieldType, field

AT = "at"


class Measure(StrEnum):
    """What is counted of the acts that answer."""

    COUNT = "count"
    """Purchases, or messages; two lines of one order are one purchase."""
    QUANTITY = "quantity"
    """Pieces."""
    VALUE = "value"
    """Money, in minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    id: str
    of: Callable[[Past], tuple[Any, ...]]
    fields: dict[str, Field]
    measures: dict[Measure, Callable[[Iterable[Any]], int]]


def _when(example: str) -> tuple[str, Field]:
    return field(AT, FieldType.MOMENT, "at", example)


def _pieces(lines: Iterable[LineFact]) -> int:
    return sum(line.quantity for line in lines)


def _worth(lines: Iterable[LineFact]) -> int:
    return sum(line.total_minor for line in lines)


def _net(orders: Iterable[OrderFact]) -> int:
    return sum(order.net_minor for order in orders)


def _purchases(acts: Iterable[LineFact | OrderFact]) -> int:
    return len({act.order_id for act in acts})


def _messages(acts: Iterable[MessageFact]) -> int:
    return sum(1 for _ in acts)


FAMILIES = {
    family.id: family
    for family in (
        Family(
            id="bought",
            of=attrgetter("lines"),
            fields=dict(
                (
                    _when("bought(within 1 year)"),
                    field("title", FieldType.TEXT, "title", 'bought(title contains "tea")'),
                    field("product_type", FieldType.TEXT, "product_type", 'bought(product_type = "Jazz")'),
                    field("product", FieldType.NUMBER, "product_id", "bought(product = 1234)"),
                    field("variant", FieldType.NUMBER, "variant_id", "bought(variant in (12, 13))"),
                    field("quantity", FieldType.NUMBER, "quantity", "bought(quantity >= 3)"),
                    field("value", FieldType.MONEY, "total_minor", "bought(value >= 50)"),
                )
            ),
            measures={Measure.COUNT: _purchases, Measure.QUANTITY: _pieces, Measure.VALUE: _worth},
        ),
        Family(
            id="ordered",
            of=attrgetter("orders"),
            fields=dict(
                (
                    _when("ordered(before 90 days ago)"),
                    field("value", FieldType.MONEY, "net_minor", "ordered(value >= 50)"),
                    field("channel", FieldType.TEXT, "channel", 'ordered(channel = "pos")'),
                    field("code", FieldType.TAGS, "codes", 'ordered(code has "SPRING")'),
                    field("first", FieldType.FLAG, "is_first", "ordered(first, within 30 days)"),
                    field("hour", FieldType.NUMBER, "hour", "ordered(hour between 18 and 22)"),
                )
            ),
            measures={Measure.COUNT: _purchases, Measure.VALUE: _net},
        ),
        Family(
            id="received",
            of=attrgetter("messages"),
            fields=dict(
                (
                    _when("received(within 14 days)"),
                    field("flow", FieldType.TEXT, "flow_id", 'received(flow = "win_back")'),
                    field("channel", FieldType.TEXT, "channel", 'received(channel = "email")'),
                )
            ),
            measures={Measure.COUNT: _messages},
        ),
    )
}
