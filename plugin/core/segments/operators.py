"""The questions that can be asked of one field: which make sense, and what they answer."""

from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.segments.fields import FIELDS, Field, FieldType, Value

MAX_WINDOW_DAYS = 3650  # ten years; longer windows are slips of the keyboard
_MAX_NUMBER = 2**63 - 1  # what a database column can hold

Wanted = Value | tuple[Value, ...] | None


class InvalidConditionError(ValueError):
    """This question cannot be asked of a customer. The message says what to write instead."""


class Operator(StrEnum):
    EQ = "eq"
    NE = "ne"
    """Known, and another value."""
    ONE_OF = "one_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    WITHIN_DAYS = "within_days"
    """In the last so many times 24 hours; never in the future."""
    BEFORE_DAYS_AGO = "before_days_ago"
    """Longer ago than so many times 24 hours."""
    IS_KNOWN = "is_known"
    IS_UNKNOWN = "is_unknown"


_KNOWING = frozenset({Operator.IS_KNOWN, Operator.IS_UNKNOWN})
_WINDOWS = frozenset({Operator.WITHIN_DAYS, Operator.BEFORE_DAYS_AGO})
_EQUALITY = frozenset({Operator.EQ, Operator.NE})
_BOUNDS = frozenset({Operator.AT_LEAST, Operator.AT_MOST})

OPERATORS = {
    FieldType.NUMBER: _EQUALITY | _BOUNDS | _KNOWING | {Operator.ONE_OF},
    FieldType.MONEY: _EQUALITY | _BOUNDS | _KNOWING,
    FieldType.MOMENT: _BOUNDS | _WINDOWS | _KNOWING,
    FieldType.CHOICE: _EQUALITY | _KNOWING | {Operator.ONE_OF},
    FieldType.FLAG: _EQUALITY | _KNOWING,
}
"""Which questions make sense of which type. A moment equals no other, so nobody may ask for that."""


def holds(operator: Operator, wanted: Wanted, value: Value | None, now: datetime) -> bool:
    """The answer to one question that `check` has let pass; what is unknown answers to `is_unknown` alone."""
    if value is None:
        return operator is Operator.IS_UNKNOWN
    match operator:
        case Operator.IS_KNOWN | Operator.IS_UNKNOWN:
            return operator is Operator.IS_KNOWN
        case Operator.EQ | Operator.NE:
            return (value == wanted) is (operator is Operator.EQ)
        case Operator.ONE_OF:
            return isinstance(wanted, tuple) and value in wanted
        case Operator.WITHIN_DAYS | Operator.BEFORE_DAYS_AGO:
            return _is_in_window(operator, wanted, value, now)
        case Operator.AT_LEAST | Operator.AT_MOST:
            return _is_in_bound(operator, wanted, value)


def _is_in_window(operator: Operator, wanted: Wanted, value: Value, now: datetime) -> bool:
    if not isinstance(wanted, int) or not isinstance(value, datetime):
        return False
    begins = now - timedelta(days=wanted)
    return begins <= value <= now if operator is Operator.WITHIN_DAYS else value < begins


def _is_in_bound(operator: Operator, wanted: Wanted, value: Value) -> bool:
    is_least = operator is Operator.AT_LEAST
    if isinstance(value, datetime) and isinstance(wanted, datetime):
        return value >= wanted if is_least else value <= wanted
    if isinstance(value, int) and isinstance(wanted, int):
        return value >= wanted if is_least else value <= wanted
    return False


def check(field_id: str, operator: Operator, wanted: Wanted) -> None:
    """Raise `InvalidConditionError` when the question makes no sense."""
    field = FIELDS.get(field_id)
    if field is None:
        known = ", ".join(FIELDS)
        raise InvalidConditionError(f"there is no field {field_id[:60]!r}; fields are: {known}")
    if operator not in OPERATORS[field.type]:
        possible = ", ".join(operator for operator in Operator if operator in OPERATORS[field.type])
        raise InvalidConditionError(
            f"{field.id} is a {field.type} and cannot be asked {operator!s}; ask one of: {possible}"
        )
    if operator in _KNOWING:
        _check_none(field, operator, wanted)
    elif operator in _WINDOWS:
        _check_window(field, operator, wanted)
    elif operator is Operator.ONE_OF:
        _check_several(field, wanted)
    else:
        _check_value(field, wanted)


def _check_none(field: Field, operator: Operator, wanted: Wanted) -> None:
    if wanted is not None:
        raise InvalidConditionError(f"{field.id} {operator} takes no value; leave it out")


def _check_window(field: Field, operator: Operator, wanted: Wanted) -> None:
    if not isinstance(wanted, int) or isinstance(wanted, bool) or not 1 <= wanted <= MAX_WINDOW_DAYS:
        raise InvalidConditionError(
            f"{field.id} {operator} takes a whole number of days from 1 to {MAX_WINDOW_DAYS}"
        )


def _check_several(field: Field, wanted: Wanted) -> None:
    if not isinstance(wanted, tuple) or not wanted:
        raise InvalidConditionError(f"{field.id} one_of takes a tuple of at least one value")
    for value in wanted:
        _check_value(field, value)


def _check_value(field: Field, value: object) -> None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    match field.type:
        case FieldType.NUMBER | FieldType.MONEY:
            is_right = is_number and isinstance(value, int) and abs(value) <= _MAX_NUMBER
            expected = "a whole number" if field.type is FieldType.NUMBER else "a whole number of minor units"
        case FieldType.MOMENT:
            is_right = isinstance(value, datetime) and value.tzinfo is not None
            expected = "an instant with its time zone"
        case FieldType.FLAG:
            is_right, expected = isinstance(value, bool), "true or false"
        case FieldType.CHOICE:
            is_right = isinstance(value, str) and (not field.choices or value in field.choices)
            expected = f"one of: {', '.join(field.choices)}" if field.choices else "a text"
    if not is_right:
        raise InvalidConditionError(f"{field.id} is compared with {expected}")
