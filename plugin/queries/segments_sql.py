"""A segment's tree, said in SQL over `customer_facts`: the same answer as the predicate in Python, on both databases.

Every question says first that its value is known, so that SQL's third truth value never appears and `NOT`
means what it means in Python. Acts are asked for one customer at a time, through the index that leads to them.
A property test holds the forms together.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    distinct,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from plugin.core.segments.anniversaries import origins
from plugin.core.segments.compile import RESOLVED_CONDITIONS, RESOLVED_DEPTH
from plugin.core.segments.conditions import (
    All,
    Anniversary,
    Any_,
    Condition,
    Event,
    InSegment,
    Leaf,
    Not,
    Tree,
    leaves_of,
    validate,
)
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.events import Measure
from plugin.core.segments.fields import FieldType
from plugin.core.segments.moments import day_of
from plugin.core.segments.operators import Operator
from plugin.queries.segments_compare import answers, in_days, number
from plugin.store.tables import CustomerFactsRow, OrderLineRow, OrderRow, OutboxRow
from plugin.store.upserts import table_of

FACTS: Table = table_of(CustomerFactsRow)
_LINES = table_of(OrderLineRow)
_ORDERS = table_of(OrderRow)
_OUTBOX = table_of(OutboxRow)
_MOST_VALUES = 20_000  # compared with in one statement; SQLite takes 32,766 of them
_VALUES_OF_ANNIVERSARY = 600


def where(tree: Tree, *, shop_id: int, now: datetime, zone: ZoneInfo) -> ColumnElement[bool]:
    """The condition on `customer_facts` that holds for the members of `tree`; the caller names the shop there.

    `tree` names no other segment any more (`resolve`). Raises `InvalidConditionError` for one too large for a
    database.
    """
    validate(tree, conditions=RESOLVED_CONDITIONS, depth=RESOLVED_DEPTH)
    if sum(map(_values, leaves_of(tree))) > _MOST_VALUES:
        raise InvalidConditionError(
            "this segment compares with more values than a database takes; split it in two", code="too_long"
        )
    return _Question(shop_id=shop_id, now=now, zone=zone).holds(tree)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    shop_id: int
    now: datetime
    zone: ZoneInfo

    def holds(self, tree: Tree) -> ColumnElement[bool]:
        match tree:
            case Condition():
                column = FACTS.c[tree.definition.column]
                return answers(column, tree.definition, tree, now=self.now, zone=self.zone)
            case Event():
                return self._has_done(tree)
            case Anniversary():
                return self._comes_round(tree)
            case All():
                return and_(true(), *(self.holds(part) for part in tree.parts))
            case Any_():
                return or_(false(), *(self.holds(part) for part in tree.parts))
            case Not():
                return not_(self.holds(tree.part))
            case InSegment():
                raise InvalidConditionError(f"segment {tree.segment_id!r} was not put into its place")

    def _has_done(self, event: Event) -> ColumnElement[bool]:
        acts = self._acts(event)
        wants_any = (event.operator, event.number) in {(Operator.AT_LEAST, 1), (Operator.MORE_THAN, 0)}
        wants_none = (event.operator, event.number) in {
            (Operator.EQ, 0),
            (Operator.LESS_THAN, 1),
            (Operator.AT_MOST, 0),
        }
        if event.measure is Measure.COUNT and (wants_any or wants_none):
            # As a value and not as EXISTS, for which PostgreSQL may choose to read everybody's acts at once.
            found = acts.with_only_columns(literal(1)).limit(1).scalar_subquery()
            return found.is_not(None) if wants_any else found.is_(None)
        table = _TABLES[event.family]
        counted = acts.with_only_columns(_measured(event, table)).scalar_subquery()
        return number(counted, event.operator, event.number)

    def _acts(self, event: Event) -> Select[Any]:
        table = _TABLES[event.family]
        of_person = and_(
            table.c.shop_id == self.shop_id,
            table.c.customer_id == FACTS.c.customer_id,
            and_(table.c.kind == "message", table.c.sent_at.is_not(None))
            if table is _OUTBOX
            else table.c.is_purchase,
        )
        asked = [
            answers(
                self._column(table, event.definition.fields[each.field].column),
                event.definition.fields[each.field],
                each,
                now=self.now,
                zone=self.zone,
            )
            for each in event.filters
        ]
        return select(literal(1)).select_from(table).where(of_person, *asked).correlate(FACTS)

    def _column(self, table: Table, name: str) -> ColumnElement[Any]:
        if name == "is_first":
            other = _ORDERS.alias("earlier")
            first_at = select(func.min(other.c.at)).where(
                other.c.shop_id == self.shop_id,
                other.c.customer_id == FACTS.c.customer_id,
                other.c.is_purchase,
            )
            return table.c.at == first_at.correlate(FACTS).scalar_subquery()
        return table.c.sent_at if table is _OUTBOX and name == "at" else table.c[name]

    def _comes_round(self, tree: Anniversary) -> ColumnElement[bool]:
        field = tree.definition
        stretches = origins(tree, day_of(self.now, self.zone))
        return in_days(
            FACTS.c[field.column], stretches, self.zone if field.type is FieldType.MOMENT else None
        )


_TABLES = {"bought": _LINES, "ordered": _ORDERS, "received": _OUTBOX}
_MEASURED_COLUMNS = {
    ("bought", Measure.QUANTITY): "quantity",
    ("bought", Measure.VALUE): "total_minor",
    ("ordered", Measure.VALUE): "net_minor",
}


def _values(leaf: Leaf) -> int:
    match leaf:
        case Anniversary():
            return _VALUES_OF_ANNIVERSARY
        case Event(filters=filters):
            return 4 + sum(len(each.value) if isinstance(each.value, tuple) else 2 for each in filters)
        case Condition(value=tuple() as several):
            return len(several)
        case _:
            return 2


def _measured(event: Event, table: Table) -> ColumnElement[int]:
    if event.measure is Measure.COUNT:
        return func.count() if table is _OUTBOX else func.count(distinct(table.c.order_id))
    return func.coalesce(func.sum(table.c[_MEASURED_COLUMNS[event.family, event.measure]]), 0)
