"""A question about one value, made ready to be asked: closures, because every order asks every segment.

A question takes a subject (`CustomerFacts`, or an act of a family), the past, and now.
"""

import operator as python
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from plugin.core.segments.facts import Past
from plugin.core.segments.fields import Field, FieldType
from plugin.core.segments.moments import reach_of
from plugin.core.segments.operators import Operator, Wanted

Question = Callable[[Any, Past, datetime], bool]
Answer = Callable[[Any], bool]

_COMPARED: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: python.eq,
    Operator.NE: python.ne,
    Operator.LESS_THAN: python.lt,
    Operator.AT_MOST: python.le,
    Operator.MORE_THAN: python.gt,
    Operator.AT_LEAST: python.ge,
}
_CAPITALS = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def fold(text: str) -> str:
    """As texts are compared: without the case of A to Z, which is all that every database agrees on."""
    return text.translate(_CAPITALS)


def tag_key(text: str) -> str:
    """As tags and codes are compared."""
    return " ".join(text.casefold().split())


def compares(operator: Operator, wanted: Any) -> Answer:
    """The question of a number, asked of a number that is known."""
    compare = _COMPARED[operator]
    return lambda value: compare(value, wanted)


def question_of(field: Field, operator: Operator, wanted: Wanted, zone: ZoneInfo) -> Question:
    """A checked question, ready to be asked; days are those of `zone`."""
    read = field.read
    if operator in {Operator.IS_KNOWN, Operator.IS_UNKNOWN}:
        return _knows(field, is_known=operator is Operator.IS_KNOWN)
    if field.type is FieldType.MOMENT:
        return _moment(field, operator, wanted, zone)
    if operator in _COMPARED and field.type is not FieldType.TEXT:
        compare = _COMPARED[operator]

        def compared(subject: Any, _past: Past, _now: datetime) -> bool:
            value = read(subject)
            return value is not None and compare(value, wanted)

        return compared
    answers = _answer(field, operator, wanted)

    def asked(subject: Any, _past: Past, _now: datetime) -> bool:
        value = read(subject)
        return value is not None and answers(value)

    return asked


def _knows(field: Field, *, is_known: bool) -> Question:
    read, is_tags = field.read, field.type is FieldType.TAGS

    def known(subject: Any, _past: Past, _now: datetime) -> bool:
        value = read(subject)
        return (bool(value) if is_tags else value is not None) is is_known

    return known


def _moment(field: Field, operator: Operator, wanted: Wanted, zone: ZoneInfo) -> Question:
    read, reach = field.read, reach_of(operator, wanted, zone)
    if not reach.is_moving:
        first, last = reach.bounds(datetime.max.replace(tzinfo=UTC))

        def fixed(subject: Any, _past: Past, _now: datetime) -> bool:
            value = read(subject)
            return value is not None and first <= value <= last

        return fixed
    bounds = reach.bounds

    def moving(subject: Any, _past: Past, now: datetime) -> bool:
        value = read(subject)
        if value is None:
            return False
        low, high = bounds(now)
        return bool(low <= value <= high)

    return moving


def _answer(field: Field, operator: Operator, wanted: Wanted) -> Answer:
    match operator, wanted:
        case Operator.BETWEEN, (low, high):
            return lambda value: low <= value <= high
        case ((Operator.HAS_ANY | Operator.HAS_ALL), tuple()):
            return _tags(operator, frozenset(tag_key(str(word)) for word in wanted))
        case ((Operator.ONE_OF | Operator.NONE_OF), tuple()):
            is_text, is_one = field.type is FieldType.TEXT, operator is Operator.ONE_OF
            words = frozenset(fold(word) if isinstance(word, str) and is_text else word for word in wanted)
            if is_text:
                return lambda value: (fold(value) in words) is is_one
            return lambda value: (value in words) is is_one
        case _:
            return _text(operator, fold(str(wanted)))


def _tags(operator: Operator, wanted: frozenset[str]) -> Answer:
    def keys(words: Iterable[str]) -> frozenset[str]:
        return words if isinstance(words, frozenset) else frozenset(map(tag_key, words))

    if operator is Operator.HAS_ANY:
        return lambda words: not wanted.isdisjoint(keys(words))
    return lambda words: wanted <= keys(words)


def _text(operator: Operator, wanted: str) -> Answer:
    match operator:
        case Operator.CONTAINS:
            return lambda value: wanted in fold(value)
        case Operator.STARTS_WITH:
            return lambda value: fold(value).startswith(wanted)
        case Operator.ENDS_WITH:
            return lambda value: fold(value).endswith(wanted)
        case Operator.NE:
            return lambda value: fold(value) != wanted
        case _:
            return lambda value: fold(value) == wanted
