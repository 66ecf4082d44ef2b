"""The segments as the database counts them: the tree of `core.segments`, said in SQL.

Every condition says first that its value is known, so that SQL's third truth value never appears and `NOT`
means what it means in Python. A property test holds the two to the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.conditions import All, Any_, Condition, Not, Tree, validate
from plugin.core.segments.defaults import SEGMENTS, Segment
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.fields import FieldType
from plugin.core.segments.operators import Operator
from plugin.core.segments.spans import Span
from plugin.store.tables.customers import CustomerRow

_CUSTOMERS: Table = CustomerRow.metadata.tables["customers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCount:
    id: str
    customers: int
    share: float
    """Of all customers of the shop, 0 to 1; 0 where there are none."""
    mailable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A customer of a segment, as a table shows one."""

    customer_id: int
    name: str | None
    email: str | None
    orders_count: int
    net_minor: int
    last_order_at: datetime | None
    stage: Stage
    is_mailable: bool


def segment_counts(
    connection: Connection, shop_id: int, now: datetime, *, segments: Sequence[Segment] = SEGMENTS
) -> list[SegmentCount]:
    """How many customers each segment has, in the order of `segments`; one pass over the shop's customers."""
    columns: list[ColumnElement[Any]] = []
    for segment in segments:
        belongs = where(segment.tree, now)
        columns += [_count(belongs), _count(and_(belongs, _CUSTOMERS.c.is_mailable))]
    query = select(func.count(), *columns).where(_CUSTOMERS.c.shop_id == shop_id)
    everyone, *counts = connection.execute(query).one()
    return [
        SegmentCount(
            id=segment.id,
            customers=customers,
            share=customers / everyone if everyone else 0.0,
            mailable=mailable,
        )
        for segment, customers, mailable in zip(segments, counts[::2], counts[1::2], strict=True)
    ]


def segment_members(
    connection: Connection,
    shop_id: int,
    tree: Tree,
    now: datetime,
    *,
    limit: int = 50,
    after: int | None = None,
) -> list[Member]:
    """Up to `limit` customers of the segment, highest id first: the newest in Shopify, then guests.

    `after` is the customer id that ended the page before.
    """
    customers = _CUSTOMERS.c
    query = select(
        customers.customer_id,
        customers.first_name,
        customers.last_name,
        customers.email,
        customers.orders_count,
        customers.net_minor,
        customers.last_order_at,
        customers.stage,
        customers.is_mailable,
    ).where(customers.shop_id == shop_id, where(tree, now))
    if after is not None:
        query = query.where(customers.customer_id < after)
    rows = connection.execute(query.order_by(customers.customer_id.desc()).limit(limit))
    return [
        Member(
            customer_id=row.customer_id,
            name=" ".join(part for part in (row.first_name, row.last_name) if part) or None,
            email=row.email,
            orders_count=row.orders_count,
            net_minor=row.net_minor,
            last_order_at=row.last_order_at,
            stage=Stage(row.stage),
            is_mailable=row.is_mailable,
        )
        for row in rows
    ]


def where(tree: Tree, now: datetime) -> ColumnElement[bool]:
    """The condition on `customers` that holds for the members of `tree`; the caller names the shop.

    Raises `InvalidConditionError` for a tree too large for a database.
    """
    validate(tree)
    return _holds(tree, now)


def _holds(tree: Tree, now: datetime) -> ColumnElement[bool]:
    match tree:
        case Condition():
            return _answers(tree, now)
        case All():
            return and_(true(), *(_holds(part, now) for part in tree.parts))
        case Any_():
            return or_(false(), *(_holds(part, now) for part in tree.parts))
        case Not():
            return not_(_holds(tree.part, now))
        case _:
            raise InvalidConditionError(
                "acts, anniversaries and other segments cannot be asked of the database yet"
            )


def _answers(condition: Condition, now: datetime) -> ColumnElement[bool]:
    name = condition.definition.column
    column: ColumnElement[Any] = _CUSTOMERS.c["net_minor" if name == "spent_minor" else name]
    match condition.operator:
        case Operator.IS_KNOWN:
            return column.is_not(None)
        case Operator.IS_UNKNOWN:
            return column.is_(None)
        case _:
            return and_(column.is_not(None), _compares(column, condition, now))


def _compares(column: ColumnElement[Any], condition: Condition, now: datetime) -> ColumnElement[bool]:
    wanted = condition.value
    question: ColumnElement[bool]
    match condition.operator, wanted:
        case Operator.ONE_OF, tuple():
            question = or_(*(column == _bound(condition, value) for value in wanted))
        case Operator.WITHIN, Span():
            question = column.between(now - wanted.length, now)
        case Operator.BEFORE_AGO, Span():
            question = column < now - wanted.length
        case Operator.EQ, int() | str():
            question = column == _bound(condition, wanted)
        case Operator.NE, int() | str():
            question = column != _bound(condition, wanted)
        case Operator.AT_LEAST, int():
            question = column >= _bound(condition, wanted)
        case Operator.AT_MOST, int():
            question = column <= _bound(condition, wanted)
        case _:
            raise InvalidConditionError(
                f"{condition.field} {condition.operator} cannot be asked of the database"
            )
    return question


def _bound(condition: Condition, value: object) -> Any:
    """A number is compared as 64 bits even where its column is narrower."""
    is_number = condition.definition.type in {FieldType.NUMBER, FieldType.MONEY}
    return literal(value, BigInteger()) if is_number else value


def _count(belongs: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((belongs, 1), else_=0)), 0)
