"""The questions that can be asked of one field: which make sense of which type, and with which value."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum

from plugin.core.money import MAX_MINOR
from plugin.core.segments.errors import InvalidConditionError, quoted
from plugin.core.segments.fields import Field, FieldType
from plugin.core.segments.spans import MAX_DAYS, Span
from plugin.core.segments.suggest import nearest

MAX_VALUES = 200  # of one `in (…)`; databases limit the parameters of a statement
MAX_TEXT = 255
FIRST_YEAR, LAST_YEAR = 1900, 2199  # days outside are slips of the keyboard, or of another calendar
_NOT_PLAIN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")
_MAX_NUMBER = 2**63 - 1  # what a database column can hold

One = int | float | str | bool | date
Wanted = One | Span | tuple[One, ...] | None


class Operator(StrEnum):
    EQ = "eq"
    """Of a moment: on that day of the shop's zone."""
    NE = "ne"
    """Known, and another value."""
    LESS_THAN = "less_than"
    """Of a moment: before that day."""
    AT_MOST = "at_most"
    """Of a moment: until the end of that day."""
    MORE_THAN = "more_than"
    """Of a moment: after that day."""
    AT_LEAST = "at_least"
    """Of a moment: from the beginning of that day."""
    BETWEEN = "between"
    """Both ends belong to it; of a moment, both days."""
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    """Known, and none of the values."""
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    WITHIN = "within"
    """In the last so many hours or days, to the second; never in the future."""
    BEFORE_AGO = "before_ago"
    """Longer ago than that."""
    WITHIN_NEXT = "within_next"
    """From now to so long ahead."""
    AFTER_NEXT = "after_next"
    """Further ahead than that."""
    IS_KNOWN = "is_known"
    IS_UNKNOWN = "is_unknown"


_KNOWING = frozenset({Operator.IS_KNOWN, Operator.IS_UNKNOWN})
_WINDOWS = frozenset({Operator.WITHIN, Operator.BEFORE_AGO, Operator.WITHIN_NEXT, Operator.AFTER_NEXT})
_MAY_BE_NOW = frozenset({Operator.BEFORE_AGO, Operator.AFTER_NEXT})
_EQUALITY = frozenset({Operator.EQ, Operator.NE})
_SETS = frozenset({Operator.ONE_OF, Operator.NONE_OF})
_ORDER = frozenset(
    {Operator.LESS_THAN, Operator.AT_MOST, Operator.MORE_THAN, Operator.AT_LEAST, Operator.BETWEEN}
)
_PARTS = frozenset({Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH})
_TAGS = frozenset({Operator.HAS_ANY, Operator.HAS_ALL})
_SEVERAL = _SETS | _TAGS

OPERATORS: dict[FieldType, frozenset[Operator]] = {
    FieldType.NUMBER: _EQUALITY | _ORDER | _SETS | _KNOWING,
    FieldType.DECIMAL: _ORDER | _KNOWING,
    FieldType.PERCENT: _EQUALITY | _ORDER | _KNOWING,
    FieldType.MONEY: _EQUALITY | _ORDER | _KNOWING,
    FieldType.MOMENT: frozenset({Operator.EQ}) | _ORDER | _WINDOWS | _KNOWING,
    FieldType.DATE: frozenset({Operator.EQ}) | _ORDER | _KNOWING,
    FieldType.CHOICE: _EQUALITY | _SETS | _KNOWING,
    FieldType.TEXT: _EQUALITY | _SETS | _PARTS | _KNOWING,
    FieldType.TAGS: _TAGS | _KNOWING,
    FieldType.FLAG: frozenset({Operator.EQ}),
}
"""Which questions make sense of which type."""

_EXPECTED = {
    FieldType.NUMBER: "a whole number",
    FieldType.DECIMAL: "a number",
    FieldType.PERCENT: "whole percents from 0 to 100",
    FieldType.MONEY: "an amount of money",
    FieldType.MOMENT: "a day such as 2026-01-31",
    FieldType.DATE: "a day such as 2026-01-31",
    FieldType.TEXT: f"a text of 1 to {MAX_TEXT} characters",
    FieldType.TAGS: f"a text of 1 to {MAX_TEXT} characters",
    FieldType.FLAG: "yes or no",
}


def definition(fields: Mapping[str, Field], field_id: str, *, of: str = "field") -> Field:
    """The entry of a registry. Raises `InvalidConditionError` with the nearest name when there is none."""
    known = fields.get(field_id)
    if known is None:
        raise InvalidConditionError(
            f"there is no {of} {quoted(field_id)}",
            code="unknown_field",
            subject=field_id,
            suggestion=_nearest_field(fields, field_id),
        )
    return known


def check(field: Field, operator: Operator, wanted: Wanted) -> None:
    """Raise `InvalidConditionError` when the question makes no sense of the field."""
    if operator not in OPERATORS[field.type]:
        raise InvalidConditionError(
            f"{field.id} is a {field.type} and cannot be asked {operator.value.replace('_', ' ')}; "
            f"write for example: {field.example}",
            code="wrong_operator",
            subject=field.id,
        )
    if operator in _KNOWING:
        if wanted is not None:
            raise _wrong(field, "nothing", wanted)
    elif operator in _WINDOWS:
        _check_window(field, operator, wanted)
    elif operator is Operator.BETWEEN:
        _check_between(field, wanted)
    elif operator in _SEVERAL:
        _check_several(field, wanted)
    else:
        _check_one(field, wanted)


def absurd(span: Span, *, least: int) -> InvalidConditionError:
    return InvalidConditionError(
        f"{quoted(span)} is out of range; a window is {least} to {span.most} {span.unit.value}, "
        f"at most {MAX_DAYS} days",
        code="absurd_window",
        subject=str(span),
    )


def is_plain(text: str) -> bool:
    """Without control characters, line ends and halves of characters; joiners of Persian words are welcome."""
    return _NOT_PLAIN.search(text) is None


def _check_window(field: Field, operator: Operator, wanted: Wanted) -> None:
    if not isinstance(wanted, Span) or isinstance(wanted.count, bool) or not isinstance(wanted.count, int):
        raise _wrong(field, "a number of hours, days, weeks, months or years", wanted)
    least = 0 if operator in _MAY_BE_NOW else 1
    if not least <= wanted.count <= wanted.most:
        raise absurd(wanted, least=least)


def _check_between(field: Field, wanted: Wanted) -> None:
    if not isinstance(wanted, tuple) or len(wanted) != 2:
        raise _wrong(field, "two values", wanted)
    for value in wanted:
        _check_one(field, value)
    low, high = wanted
    if low > high:  # type: ignore[operator]  # both have passed the check for the same type
        raise InvalidConditionError(
            f"{field.id} cannot be between {low} and {high}: the smaller one comes first",
            code="reversed",
            subject=field.id,
        )


def _check_several(field: Field, wanted: Wanted) -> None:
    if not isinstance(wanted, tuple) or not wanted:
        raise _wrong(field, "at least one value in brackets", wanted)
    if len(wanted) > MAX_VALUES:
        raise InvalidConditionError(
            f"{field.id} is compared with {len(wanted)} values; {MAX_VALUES} are possible",
            code="too_many_values",
            subject=field.id,
        )
    for value in wanted:
        _check_one(field, value)


def _check_one(field: Field, value: object) -> None:
    if field.type is FieldType.CHOICE:
        if not isinstance(value, str) or value not in field.choices:
            raise InvalidConditionError(
                f"{field.id} is never {quoted(value)}; it is one of: {', '.join(field.choices)}",
                code="unknown_choice",
                subject=str(value)[:MAX_TEXT],
                suggestion=nearest(str(value), field.choices),
            )
    elif not _is_right(field.type, value):
        raise _wrong(field, _EXPECTED[field.type], value)


def _is_right(kind: FieldType, value: object) -> bool:
    match kind:
        case FieldType.NUMBER:
            return type(value) is int and abs(value) <= _MAX_NUMBER
        case FieldType.MONEY:
            return type(value) is int and abs(value) <= MAX_MINOR
        case FieldType.PERCENT:
            return type(value) is int and 0 <= value <= 100
        case FieldType.DECIMAL:
            return type(value) in {int, float} and abs(value) <= 1e15  # type: ignore[arg-type]  # a number
        case FieldType.MOMENT | FieldType.DATE:
            is_day = isinstance(value, date) and not isinstance(value, datetime)
            return is_day and FIRST_YEAR <= value.year <= LAST_YEAR  # type: ignore[attr-defined]  # a date
        case FieldType.FLAG:
            return isinstance(value, bool)
        case _:
            return isinstance(value, str) and 1 <= len(value) <= MAX_TEXT and is_plain(value)


def _wrong(field: Field, expected: str, value: object) -> InvalidConditionError:
    said = f", not with {quoted(value)}" if value is not None else ""
    return InvalidConditionError(
        f"{field.id} is compared with {expected}{said}; write for example: {field.example}",
        code="wrong_value",
        subject=field.id,
    )


def _nearest_field(fields: Mapping[str, Field], word: str) -> str | None:
    by_column = {field.column: field.id for field in fields.values()}
    return by_column.get(word) or _containing(word, fields) or nearest(word, fields)


def _containing(word: str, names: Iterable[str]) -> str | None:
    """`orders_count` is not spelt like `orders`, and yet nothing else was meant."""
    found = [name for name in names if len(name) > 3 and (word.startswith(f"{name}_"))]
    return max(found, key=len, default=None)
