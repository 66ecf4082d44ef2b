"""Values as they are written in a query: from words to what a tree holds, and back.

A tree holds money in minor units; people write it in the shop's currency, with a decimal point.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from persiantools.jdatetime import JalaliDate

from plugin.core.money import InvalidAmountError, major_units, minor_units
from plugin.core.segments.errors import InvalidConditionError, quoted
from plugin.core.segments.fields import Field, FieldType
from plugin.core.segments.operators import One, absurd
from plugin.core.segments.spans import Span, Unit
from plugin.core.segments.suggest import nearest

_DECIMAL_POINT = "\u066b"  # of Arabic and Persian
_YES = {"yes": True, "true": True, "no": False, "false": False}
_QUOTES = {'"': '"', "'": "'", "“": "”", "«": "»"}
_ESCAPED = re.compile(r"\\(.)")
_JALALI_YEARS = range(1200, 1600)
_MOST_DIGITS = 19  # of a number; what is longer fits no column

_UNITS = {
    spelling: unit
    for unit in Unit
    for spelling in (unit.value, unit.value[:-1], {Unit.MONTHS: "mo"}.get(unit, unit.value[0]))
}


def unquoted(word: str) -> str:
    """The text between quotation marks; a bare word is itself."""
    if word[:1] in _QUOTES and len(word) > 1 and word.endswith(_QUOTES[word[0]]):
        inside = word[1:-1]
        return _ESCAPED.sub(r"\1", inside) if word[0] in "\"'" else str(inside)
    return str(word)


def quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read_value(field: Field, word: str, currency: str) -> One:
    """The value that `word` is for this field. Raises `InvalidConditionError`; `check` judges what comes out."""
    match field.type:
        case FieldType.NUMBER:
            return _whole(field, word)
        case FieldType.PERCENT:
            return _whole(field, word.rstrip("%٪ \t"))
        case FieldType.DECIMAL:
            return float(_number(field, word))
        case FieldType.MONEY:
            return _money(field, word, currency)
        case FieldType.MOMENT | FieldType.DATE:
            return read_day(word)
        case FieldType.FLAG:
            return _flag(field, word)
        case FieldType.CHOICE:
            return re.sub(r"[\s-]+", "_", unquoted(word).strip().lower())
        case FieldType.TEXT | FieldType.TAGS:
            return unquoted(word)


def value_text(field: Field, value: Any, currency: str) -> str:
    """`value` as it is written in a query."""
    match field.type:
        case FieldType.PERCENT:
            return f"{value}%"
        case FieldType.DECIMAL:
            return format(Decimal(repr(value)), "f")
        case FieldType.MONEY:
            return money_text(value, currency)
        case FieldType.MOMENT | FieldType.DATE:
            return str(value.isoformat())
        case FieldType.FLAG:
            return "yes" if value else "no"
        case FieldType.TEXT | FieldType.TAGS:
            return quote(value)
        case FieldType.NUMBER | FieldType.CHOICE:
            return str(value)


def money_text(minor: int, currency: str) -> str:
    amount = major_units(minor, currency)
    return format(amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount, "f")


def read_span(count: str, unit: str) -> Span:
    """`"60"`, `"days"` -> 60 days. Raises `InvalidConditionError` for a unit that does not exist."""
    known = _UNITS.get(unit.lower())
    if known is None:
        raise InvalidConditionError(
            f"{quoted(unit)} is no unit of time; there are hours, days, weeks, months (30 days), years (365 days)",
            code="unknown_unit",
            subject=unit,
            suggestion=nearest(unit, Unit),
        )
    if not count.lstrip("+").isdecimal() or len(count) > _MOST_DIGITS:
        raise InvalidConditionError(
            f"{quoted(count)} is no whole number of {known}", code="absurd_window", subject=count
        )
    span = Span(count=int(count), unit=known)
    if span.count > span.most:
        raise absurd(span, least=0)
    return span


def read_day(word: str) -> date:
    """A day of the Gregorian calendar. Raises `InvalidConditionError` for anything else."""
    try:
        year, month, day = map(int, word.split("-"))
        if year in _JALALI_YEARS:
            raise _jalali(word, year, month, day)
        return date(year, month, day)
    except InvalidConditionError:
        raise
    except ValueError:
        raise InvalidConditionError(
            f"{quoted(word)} is no day; days are written 2026-01-31", code="wrong_day", subject=word
        ) from None


def _jalali(word: str, year: int, month: int, day: int) -> InvalidConditionError:
    meant = JalaliDate(year, month, day)  # type: ignore[no-untyped-call]  # ships without types
    return InvalidConditionError(
        f"{quoted(word)} is a day of the Jalali calendar; days are written in the Gregorian one",
        code="wrong_day",
        subject=word,
        suggestion=str(meant.to_gregorian()),
    )


def _flag(field: Field, word: str) -> bool:
    if word.lower() not in _YES:
        raise InvalidConditionError(
            f"{field.id} is yes or no, not {quoted(word)}; write {field.id}, or NOT {field.id}",
            code="wrong_value",
            subject=word,
        )
    return _YES[word.lower()]


def _whole(field: Field, word: str) -> int:
    number = _number(field, word)
    if number != number.to_integral_value():
        raise InvalidConditionError(
            f"{field.id} is a whole number, not {quoted(word)}", code="wrong_value", subject=word
        )
    return int(number)


def _money(field: Field, word: str, currency: str) -> int:
    amount = _number(field, word)
    try:
        minor = minor_units(amount, currency)
    except InvalidAmountError:
        raise InvalidConditionError(
            f"{quoted(word)} is more money than any order has", code="wrong_value", subject=word
        ) from None
    if major_units(minor, currency) != amount:
        raise InvalidConditionError(
            f"{quoted(word)} has more decimals than {currency}", code="wrong_value", subject=word
        )
    return minor


def read_number(word: str) -> Decimal | None:
    """The number in digits of any script; None when it is none, or no database could hold it."""
    if len(word) > 2 * _MOST_DIGITS:
        return None
    try:
        number = Decimal(word.replace(_DECIMAL_POINT, "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**_MOST_DIGITS else None


def _number(field: Field, word: str) -> Decimal:
    number = read_number(word)
    if number is not None:
        return number
    raise InvalidConditionError(
        f"{field.id} is a number, not {quoted(word)}; write for example: {field.example}",
        code="wrong_value",
        subject=word,
    )
