"""One question about one column: what each operator is in SQL, the same on SQLite and PostgreSQL."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Float,
    String,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.fields import Field, FieldType
from plugin.core.segments.moments import Reach, reach_of, start_of
from plugin.core.segments.operators import Operator, Wanted
from plugin.core.segments.questions import fold, tag_key
from plugin.store.columns import UTCDateTime

_DAY = timedelta(days=1)
_EVER = Reach()
Range = tuple[ColumnElement[Any], ColumnElement[Any]]


class Question(Protocol):
    """A condition, or one filter of an event."""

    @property
    def field(self) -> str: ...
    @property
    def operator(self) -> Operator: ...
    @property
    def value(self) -> Wanted: ...


class folded(GenericFunction[str]):  # noqa: N801  # a function of SQL, which are written so
    """A to Z in small letters and everything else as it is, whatever the locale of the server."""

    type = String()
    inherit_cache = True


@compiles(folded, "sqlite")
def _folded_sqlite(element: Any, compiler: Any, **words: Any) -> str:
    return f"lower({compiler.process(element.clauses, **words)})"


@compiles(folded, "postgresql")
def _folded_postgres(element: Any, compiler: Any, **words: Any) -> str:
    return f'lower({compiler.process(element.clauses, **words)} COLLATE "C")'


class place(GenericFunction[int]):  # noqa: N801  # likewise
    """Where the second text first occurs in the first, from 1; 0 for nowhere."""

    type = BigInteger()
    inherit_cache = True


@compiles(place, "sqlite")
def _place_sqlite(element: Any, compiler: Any, **words: Any) -> str:
    return f"instr({compiler.process(element.clauses, **words)})"


@compiles(place, "postgresql")
def _place_postgres(element: Any, compiler: Any, **words: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **words)})"


def answers(
    column: ColumnElement[Any], field: Field, question: Question, *, now: datetime, zone: ZoneInfo
) -> ColumnElement[bool]:
    """Whether the value is known and answers the question; true or false, never null."""
    is_known = column != "" if field.type is FieldType.TAGS else column.is_not(None)
    match question.operator:
        case Operator.IS_KNOWN:
            return is_known
        case Operator.IS_UNKNOWN:
            return column == "" if field.type is FieldType.TAGS else column.is_(None)
    return and_(column.is_not(None), _compared(column, field, question, now, zone))


def number(column: ColumnElement[Any], operator: Operator, wanted: Any) -> ColumnElement[bool]:
    """A number against a number, as 64 bits even where the column is narrower."""
    value: Any = literal(wanted, Float() if isinstance(wanted, float) else BigInteger())
    return _ordered(column, operator, value)


def in_days(
    column: ColumnElement[Any], stretches: Iterable[tuple[date, date]], zone: ZoneInfo | None
) -> ColumnElement[bool]:
    """On one of the days, first to last, of the stretches; of a column of moments, in `zone`."""
    ranges: list[Range] = []
    for first, last in _joined(stretches):
        if zone is None:
            ranges.append((literal(first, Date()), literal(last + _DAY, Date())))
        else:
            ranges.append((_bound(start_of(first, zone)), _bound(start_of(last + _DAY, zone))))
    return and_(column.is_not(None), _in_one_of(column, ranges) if ranges else false())


def _joined(stretches: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """In order, and apart from each other."""
    joined: list[tuple[date, date]] = []
    for first, last in sorted(stretches):
        if joined and first <= joined[-1][1] + _DAY:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _in_one_of(column: ColumnElement[Any], ranges: list[Range]) -> ColumnElement[bool]:
    """Each range begins with what belongs to it and ends with what no longer does. Found by halves, not one by one."""
    if len(ranges) == 1:
        begins, ends = ranges[0]
        return and_(column >= begins, column < ends)
    middle = len(ranges) // 2
    earlier, later = _in_one_of(column, ranges[:middle]), _in_one_of(column, ranges[middle:])
    return case((column < ranges[middle][0], earlier), else_=later)


def _compared(
    column: ColumnElement[Any], field: Field, question: Question, now: datetime, zone: ZoneInfo
) -> ColumnElement[bool]:
    operator, wanted = question.operator, question.value
    match field.type:
        case FieldType.NUMBER | FieldType.PERCENT | FieldType.MONEY | FieldType.DECIMAL:
            return _numbers(column, operator, wanted)
        case FieldType.MOMENT:
            return _moments(column, operator, wanted, now, zone)
        case FieldType.DATE:
            return _dates(column, operator, wanted)
        case FieldType.TEXT | FieldType.CHOICE:
            return _texts(column, operator, wanted, is_free=field.type is FieldType.TEXT)
        case FieldType.TAGS:
            return _tags(column, operator, wanted)
        case FieldType.FLAG:
            return column if wanted is True else not_(column)


def _numbers(column: ColumnElement[Any], operator: Operator, wanted: Wanted) -> ColumnElement[bool]:
    if operator is Operator.BETWEEN:
        low, high = _several(wanted)
        return and_(number(column, Operator.AT_LEAST, low), number(column, Operator.AT_MOST, high))
    if operator in {Operator.ONE_OF, Operator.NONE_OF}:
        values = [literal(value, BigInteger()) for value in _several(wanted)]
        return column.in_(values) if operator is Operator.ONE_OF else column.not_in(values)
    return number(column, operator, wanted)


def _moments(
    column: ColumnElement[Any], operator: Operator, wanted: Wanted, now: datetime, zone: ZoneInfo
) -> ColumnElement[bool]:
    reach = reach_of(operator, wanted, zone)
    low, high = reach.bounds(now)
    bounds = []
    if reach.low != _EVER.low:
        bounds.append(column >= _bound(low))
    if reach.high != _EVER.high:
        bounds.append(column <= _bound(high))
    return and_(true(), *bounds)


def _dates(column: ColumnElement[Any], operator: Operator, wanted: Wanted) -> ColumnElement[bool]:
    if operator is Operator.BETWEEN:
        return column.between(*_several(wanted))
    return _ordered(column, operator, literal(wanted, Date()))


def _texts(
    column: ColumnElement[Any], operator: Operator, wanted: Wanted, *, is_free: bool
) -> ColumnElement[bool]:
    """Free text is folded on both sides; the words of a closed choice are stored as they are."""
    side = folded(column) if is_free else column
    values = [fold(str(value)) if is_free else str(value) for value in _several(wanted)]
    first = values[0]
    match operator:
        case Operator.EQ:
            return side == first
        case Operator.NE:
            return side != first
        case Operator.ONE_OF:
            return side.in_(values)
        case Operator.NONE_OF:
            return side.not_in(values)
        case Operator.CONTAINS:
            return place(side, first) > 0
        case Operator.STARTS_WITH:
            return func.substr(side, 1, len(first)) == first
        case _:
            is_long_enough = func.length(side) >= len(first)
            return and_(is_long_enough, func.substr(side, func.length(side) - (len(first) - 1)) == first)


def _tags(column: ColumnElement[Any], operator: Operator, wanted: Wanted) -> ColumnElement[bool]:
    """Stored as they are compared, each between two line ends."""
    found = [place(column, f"\n{tag_key(str(value))}\n") > 0 for value in _several(wanted)]
    return and_(*found) if operator is Operator.HAS_ALL else or_(*found)


def _ordered(column: ColumnElement[Any], operator: Operator, value: Any) -> ColumnElement[bool]:
    question: ColumnElement[bool]
    match operator:
        case Operator.EQ:
            question = column == value
        case Operator.NE:
            question = column != value
        case Operator.LESS_THAN:
            question = column < value
        case Operator.AT_MOST:
            question = column <= value
        case Operator.MORE_THAN:
            question = column > value
        case Operator.AT_LEAST:
            question = column >= value
        case _:
            raise InvalidConditionError(f"{operator} cannot be asked of the database")
    return question


def _bound(moment: datetime) -> Any:
    return literal(moment, UTCDateTime())


def _several(wanted: Wanted) -> tuple[Any, ...]:
    return wanted if isinstance(wanted, tuple) else (wanted,)
