"""From words to a tree: what the names in a query are, and what is asked of them.

The parser calls a method of `Meaning` for every rule of grammar.lark that it has recognised.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from lark import Token, Transformer, v_args

from plugin.core.segments.conditions import (
    MAX_AHEAD,
    All,
    Anniversary,
    Any_,
    Calendar,
    Condition,
    Event,
    Filter,
    InSegment,
    Not,
    Tree,
)
from plugin.core.segments.errors import InvalidConditionError, Place, misread, quoted
from plugin.core.segments.events import AT, FAMILIES, Measure
from plugin.core.segments.facts import BUCKETS
from plugin.core.segments.fields import FIELDS, Field, FieldType
from plugin.core.segments.operators import Operator, Wanted, check, definition
from plugin.core.segments.spans import Span, Unit
from plugin.core.segments.suggest import nearest
from plugin.core.segments.values import read_number, read_span, read_value, unquoted

EVERYONE, NOBODY = "everyone", "nobody"
ANNIVERSARY = "anniversary"
SAMPLED = "random_bucket"
COMPARISONS = {
    "=": Operator.EQ,
    "==": Operator.EQ,
    "!=": Operator.NE,
    "<>": Operator.NE,
    "≠": Operator.NE,
    "<": Operator.LESS_THAN,
    "<=": Operator.AT_MOST,
    "≤": Operator.AT_MOST,
    ">": Operator.MORE_THAN,
    ">=": Operator.AT_LEAST,
    "≥": Operator.AT_LEAST,
}
NAMES = (*FIELDS, *FAMILIES, *Measure, ANNIVERSARY, EVERYONE, NOBODY)
"""Everything a condition may begin with."""

_NOW = Span(count=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    operator: Operator | None
    """None for what only an anniversary is asked: today, in 3 days."""
    words: tuple[Token, ...] = ()
    span: Span | None = None
    is_several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    name: Token
    items: tuple["_Item | _Question", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    subject: "Token | _Call"
    question: _Question | None = None


def _name(subject: Token | _Call) -> Token:
    return subject.name if isinstance(subject, _Call) else subject


def _place(word: Token) -> Place:
    return Place(word.line or 1, word.column or 1)


Answer = Callable[..., _Question]


def _asks(operator: Operator) -> Answer:
    def question(_: "Meaning", word: Token) -> _Question:
        return _Question(operator=operator, words=(word,))

    return question


def _asks_several(operator: Operator) -> Answer:
    def question(_: "Meaning", words: tuple[Token, ...]) -> _Question:
        return _Question(operator=operator, words=words, is_several=True)

    return question


def _asks_for(operator: Operator | None, span: Span | None = None) -> Answer:
    def question(_: "Meaning", said: Span | None = None) -> _Question:
        return _Question(operator=operator, span=said or span)

    return question


@v_args(inline=True)
class Meaning(Transformer[Token, Tree]):
    """Reads for one currency. Raises `SegmentSyntaxError` with the place of the word that is wrong."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency

    def start(self, tree: Tree) -> Tree:
        return tree

    def any(self, *parts: Tree) -> Tree:
        return Any_(parts=parts)

    def all(self, *parts: Tree) -> Tree:
        return All(parts=parts)

    def negation(self, part: Tree) -> Tree:
        return Not(part=part)

    def in_segment(self, word: Token) -> Tree:
        with _at(word):
            return InSegment(segment_id=unquoted(word))

    def sample(self, word: Token) -> Tree:
        with _at(word):
            share = read_number(word.rstrip("%٪ "))
            bucket = Decimal(-1) if share is None else share * BUCKETS / 100
            if not word.endswith(("%", "٪")) or not 0 <= bucket <= BUCKETS or bucket % 1:
                raise InvalidConditionError(
                    f"{quoted(word)} is no share; write a share from 0.1% to 100%, such as sample 10%",
                    code="wrong_value",
                    subject=word,
                )
            return Condition(field=SAMPLED, operator=Operator.LESS_THAN, value=int(bucket))

    def alone(self, subject: "Token | _Call") -> Tree:
        if isinstance(subject, _Call):
            return self._called(subject, None)
        name = subject.lower()
        if name in {EVERYONE, NOBODY}:
            return All(parts=()) if name == EVERYONE else Any_(parts=())
        with _at(subject):
            return Condition(field=name, operator=Operator.EQ, value=_true(_field(FIELDS, subject)))

    def asked(self, subject: "Token | _Call", question: _Question) -> Tree:
        if isinstance(subject, _Call):
            return self._called(subject, question)
        with _at(subject):
            field = _field(FIELDS, subject)
            is_ahead = question.operator in {None, Operator.WITHIN_NEXT}
            if is_ahead and field.type is FieldType.DATE:
                return _anniversary(field.id, Calendar.GREGORIAN, question)
            _operator(question)
        return self._condition(subject, field, question)

    def alone_item(self, subject: "Token | _Call") -> _Item:
        return _Item(subject=subject)

    def asked_item(self, subject: "Token | _Call", question: _Question) -> _Item:
        return _Item(subject=subject, question=question)

    def call(self, name: Token, *items: "_Item | _Question") -> "_Call":
        return _Call(name=name, items=items)

    def compare(self, sign: Token, word: Token) -> _Question:
        return _Question(operator=COMPARISONS[sign], words=(word,))

    def between(self, low: Token, high: Token) -> _Question:
        return _Question(operator=Operator.BETWEEN, words=(low, high), is_several=True)

    def has(self, word: Token) -> _Question:
        return _Question(operator=Operator.HAS_ANY, words=(word,), is_several=True)

    one_of = _asks_several(Operator.ONE_OF)
    none_of = _asks_several(Operator.NONE_OF)
    has_any = _asks_several(Operator.HAS_ANY)
    has_all = _asks_several(Operator.HAS_ALL)
    contains = _asks(Operator.CONTAINS)
    starts_with = _asks(Operator.STARTS_WITH)
    ends_with = _asks(Operator.ENDS_WITH)
    before = _asks(Operator.LESS_THAN)
    after = _asks(Operator.MORE_THAN)
    on = _asks(Operator.EQ)
    since = _asks(Operator.AT_LEAST)
    until = _asks(Operator.AT_MOST)
    within = _asks_for(Operator.WITHIN)
    within_next = _asks_for(Operator.WITHIN_NEXT)
    before_ago = _asks_for(Operator.BEFORE_AGO)
    before_now = _asks_for(Operator.BEFORE_AGO, _NOW)
    after_next = _asks_for(Operator.AFTER_NEXT)
    after_now = _asks_for(Operator.AFTER_NEXT, _NOW)
    is_known = _asks_for(Operator.IS_KNOWN)
    is_unknown = _asks_for(Operator.IS_UNKNOWN)
    in_span = _asks_for(None)
    today = _asks_for(None, _NOW)

    def values(self, *words: Token) -> tuple[Token, ...]:
        return words

    def span(self, count: Token, unit: Token) -> Span:
        with _at(unit):
            return read_span(count, unit)

    def _condition(self, subject: Token, field: Field, question: _Question) -> Condition:
        value = self._value(field, question)
        with _at(question.words[0] if question.words else subject):
            return Condition(field=field.id, operator=_operator(question), value=value)

    def _value(self, field: Field, question: _Question) -> Wanted:
        if question.span is not None or not question.words:
            return question.span
        values = []
        for word in question.words:
            with _at(word):
                values.append(read_value(field, word, self._currency))
        return tuple(values) if question.is_several else values[0]

    def _called(self, call: _Call, question: _Question | None) -> Tree:
        with _at(call.name):
            name = call.name.lower()
            if name == ANNIVERSARY:
                return _anniversary(*_origin(call), question)
            if name in set(Measure):
                return self._measured(call, Measure(name), question)
            return self._event(call, Measure.COUNT, question)

    def _measured(self, call: _Call, measure: Measure, question: _Question | None) -> Event:
        inside = call.items[0] if len(call.items) == 1 else None
        event = inside.subject if isinstance(inside, _Item) and inside.question is None else None
        if not isinstance(event, _Call) or question is None:
            raise InvalidConditionError(
                f"{measure}(…) is asked of acts and compared; write for example: {measure}(bought(…)) >= 3",
                code="wrong_measure",
                subject=measure,
            )
        return self._event(event, measure, question)

    def _event(self, call: _Call, measure: Measure, question: _Question | None) -> Event:
        name = call.name.lower()
        with _at(call.name):
            Event(family=name)
        filters = tuple(self._filter(name, item) for item in call.items)
        operator, number = Operator.AT_LEAST, 1
        if question is not None:
            kind = FieldType.MONEY if measure is Measure.VALUE else FieldType.NUMBER
            counted = replace(FIELDS["orders"], id=f"{name}(…)", type=kind, example=f"{name}(…) >= 2")
            operator = _operator(question)
            value = self._value(counted, question)
            if not isinstance(value, int) or question.is_several:
                raise InvalidConditionError(
                    f"{name}(…) is compared with a number, such as {name}(…) >= 2",
                    code="wrong_value",
                    subject=name,
                )
            number = value
        with _at(call.name):
            return Event(family=name, filters=filters, measure=measure, operator=operator, number=number)

    def _filter(self, family: str, item: "_Item | _Question") -> Filter:
        fields = FAMILIES[family].fields
        if isinstance(item, _Question):
            return Filter(field=AT, operator=_operator(item), value=self._value(fields[AT], item))
        subject = _name(item.subject)
        with _at(subject):
            if isinstance(item.subject, _Call):
                raise InvalidConditionError(
                    f"{quoted(subject)} cannot stand inside {family}(…)", code="unexpected", subject=subject
                )
            field = _field(fields, subject, of=f"part of {family}(…)")
            if item.question is None:
                return Filter(field=field.id, operator=Operator.EQ, value=_true(field))
        value = self._value(field, item.question)
        with _at(subject):
            check(field, _operator(item.question), value)
        return Filter(field=field.id, operator=_operator(item.question), value=value)


def _field(fields: Mapping[str, Field], word: Token, *, of: str = "field") -> Field:
    name = word.lower()
    if fields is FIELDS and name not in fields:
        if name in FAMILIES or name in set(Measure) or name == ANNIVERSARY:
            raise InvalidConditionError(
                f"{name} is asked with brackets, such as {name}(…)", code="unexpected", subject=name
            )
        meant = nearest(name, (EVERYONE, NOBODY))
        if meant is not None and nearest(name, fields) is None:
            raise InvalidConditionError(
                f"there is no {of} {quoted(word)}", code="unknown_field", subject=word, suggestion=meant
            )
    return definition(fields, name, of=of)


def _true(field: Field) -> bool:
    if field.type is not FieldType.FLAG:
        raise InvalidConditionError(
            f"{field.id} needs a question; write for example: {field.example}",
            code="incomplete",
            subject=field.id,
        )
    return True


def _operator(question: _Question) -> Operator:
    if question.operator is None:
        raise InvalidConditionError(
            "today and in … days are asked of birthdays and anniversaries only; write for example: "
            "anniversary(first_order) today, or last_order within 1 day",
            code="wrong_operator",
        )
    return question.operator


def _origin(call: _Call) -> tuple[str, Calendar]:
    words = [item.subject for item in call.items if isinstance(item, _Item) and item.question is None]
    names = [word.lower() for word in words if not isinstance(word, _Call)]
    if len(names) != len(call.items) or not 1 <= len(names) <= 2:
        raise InvalidConditionError(
            "an anniversary is one of a date; write for example: anniversary(created, jalali) within next 7 days",
            code="incomplete",
            subject=ANNIVERSARY,
        )
    calendar = names[1] if len(names) == 2 else Calendar.GREGORIAN
    if calendar not in set(Calendar):
        raise InvalidConditionError(
            f"there is no calendar {quoted(calendar)}; there are: {', '.join(Calendar)}",
            code="unknown_choice",
            subject=calendar,
            suggestion=nearest(calendar, Calendar),
        )
    return definition(FIELDS, names[0]).id, Calendar(calendar)


def _anniversary(field_id: str, calendar: Calendar, question: _Question | None) -> Anniversary:
    is_ahead = question is not None and question.operator in {None, Operator.WITHIN_NEXT}
    if question is None or not is_ahead or question.span is None or question.span.unit is Unit.HOURS:
        raise InvalidConditionError(
            "an anniversary is asked for today, in so many days, or within the next days; "
            "write for example: anniversary(first_order) within next 7 days",
            code="incomplete",
            subject=ANNIVERSARY,
        )
    ahead = question.span.length.days if question.span.count <= question.span.most else MAX_AHEAD + 1
    start = ahead if question.operator is None else 0
    return Anniversary(field=field_id, calendar=calendar, start=start, end=ahead)


@contextmanager
def _at(word: Token) -> Iterator[None]:
    """A mistake inside is one of this word, unless a nearer word was blamed for it."""
    try:
        yield
    except InvalidConditionError as error:
        raise misread(error, _place(word)) from None
