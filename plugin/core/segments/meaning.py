"""From words to a tree: what the names in a query are, and what is asked of them.

The parser calls a method of `Meaning` for every rule of grammar.lark that it has recognised.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from lark import Token, Transformer, v_args

from plugin.core.segments.conditions import (
    All,
    Any_,
    Calendar,
    Condition,
    Event,
    Filter,
    InSegment,
    Not,
    Tree,
)
from plugin.core.segments.errors import InvalidConditionError, quoted
from plugin.core.segments.events import AT, FAMILIES, Measure
from plugin.core.segments.facts import BUCKETS
from plugin.core.segments.fields import FIELDS, Field, FieldType
from plugin.core.segments.operators import Operator, Wanted, check
from plugin.core.segments.said import (
    ANNIVERSARY,
    EVERYONE,
    NOBODY,
    Call,
    Item,
    Question,
    anniversary_of,
    at_word,
    field_of,
    name_of,
    operator_of,
    origin_of,
    true_of,
)
from plugin.core.segments.spans import Span
from plugin.core.segments.values import read_number, read_span, read_value, unquoted

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


Answer = Callable[..., Question]


def _asks(operator: Operator) -> Answer:
    def question(_: "Meaning", word: Token) -> Question:
        return Question(operator=operator, words=(word,))

    return question


def _asks_several(operator: Operator) -> Answer:
    def question(_: "Meaning", words: tuple[Token, ...]) -> Question:
        return Question(operator=operator, words=words, is_several=True)

    return question


def _asks_for(operator: Operator | None, span: Span | None = None) -> Answer:
    def question(_: "Meaning", said: Span | None = None) -> Question:
        return Question(operator=operator, span=said or span)

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
        with at_word(word):
            return InSegment(segment_id=unquoted(word))

    def sample(self, word: Token) -> Tree:
        with at_word(word):
            share = read_number(word.rstrip("%٪ "))
            bucket = Decimal(-1) if share is None else share * BUCKETS / 100
            if not word.endswith(("%", "٪")) or not 0 <= bucket <= BUCKETS or bucket % 1:
                raise InvalidConditionError(
                    f"{quoted(word)} is no share; write a share from 0.1% to 100%, such as sample 10%",
                    code="wrong_value",
                    subject=word,
                )
            return Condition(field=SAMPLED, operator=Operator.LESS_THAN, value=int(bucket))

    def alone(self, subject: "Token | Call") -> Tree:
        if isinstance(subject, Call):
            return self._called(subject, None)
        name = subject.lower()
        if name in {EVERYONE, NOBODY}:
            return All(parts=()) if name == EVERYONE else Any_(parts=())
        with at_word(subject):
            return Condition(field=name, operator=Operator.EQ, value=true_of(field_of(FIELDS, subject)))

    def asked(self, subject: "Token | Call", question: Question) -> Tree:
        if isinstance(subject, Call):
            return self._called(subject, question)
        with at_word(subject):
            field = field_of(FIELDS, subject)
            is_ahead = question.operator in {None, Operator.WITHIN_NEXT}
            if is_ahead and field.type is FieldType.DATE:
                return anniversary_of(field.id, Calendar.GREGORIAN, question)
            operator_of(question)
        return self._condition(subject, field, question)

    def alone_item(self, subject: "Token | Call") -> Item:
        return Item(subject=subject)

    def asked_item(self, subject: "Token | Call", question: Question) -> Item:
        return Item(subject=subject, question=question)

    def call(self, name: Token, *items: "Item | Question") -> "Call":
        return Call(name=name, items=items)

    def compare(self, sign: Token, word: Token) -> Question:
        return Question(operator=COMPARISONS[sign], words=(word,))

    def between(self, low: Token, high: Token) -> Question:
        return Question(operator=Operator.BETWEEN, words=(low, high), is_several=True)

    def has(self, word: Token) -> Question:
        return Question(operator=Operator.HAS_ANY, words=(word,), is_several=True)

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
        with at_word(unit):
            return read_span(count, unit)

    def _condition(self, subject: Token, field: Field, question: Question) -> Condition:
        value = self._value(field, question)
        with at_word(question.words[0] if question.words else subject):
            return Condition(field=field.id, operator=operator_of(question), value=value)

    def _value(self, field: Field, question: Question) -> Wanted:
        if question.span is not None or not question.words:
            return question.span
        values = []
        for word in question.words:
            with at_word(word):
                values.append(read_value(field, word, self._currency))
        return tuple(values) if question.is_several else values[0]

    def _called(self, call: Call, question: Question | None) -> Tree:
        with at_word(call.name):
            name = call.name.lower()
            if name == ANNIVERSARY:
                return anniversary_of(*origin_of(call), question)
            if name in set(Measure):
                return self._measured(call, Measure(name), question)
            return self._event(call, Measure.COUNT, question)

    def _measured(self, call: Call, measure: Measure, question: Question | None) -> Event:
        inside = call.items[0] if len(call.items) == 1 else None
        event = inside.subject if isinstance(inside, Item) and inside.question is None else None
        if not isinstance(event, Call) or question is None:
            raise InvalidConditionError(
                f"{measure}(…) is asked of acts and compared; write for example: {measure}(bought(…)) >= 3",
                code="wrong_measure",
                subject=measure,
            )
        return self._event(event, measure, question)

    def _event(self, call: Call, measure: Measure, question: Question | None) -> Event:
        name = call.name.lower()
        with at_word(call.name):
            Event(family=name)
        filters = tuple(self._filter(name, item) for item in call.items)
        operator, number = Operator.AT_LEAST, 1
        if question is not None:
            kind = FieldType.MONEY if measure is Measure.VALUE else FieldType.NUMBER
            counted = replace(FIELDS["orders"], id=f"{name}(…)", type=kind, example=f"{name}(…) >= 2")
            operator = operator_of(question)
            value = self._value(counted, question)
            if not isinstance(value, int) or question.is_several:
                raise InvalidConditionError(
                    f"{name}(…) is compared with a number, such as {name}(…) >= 2",
                    code="wrong_value",
                    subject=name,
                )
            number = value
        with at_word(call.name):
            return Event(family=name, filters=filters, measure=measure, operator=operator, number=number)

    def _filter(self, family: str, item: "Item | Question") -> Filter:
        fields = FAMILIES[family].fields
        if isinstance(item, Question):
            return Filter(field=AT, operator=operator_of(item), value=self._value(fields[AT], item))
        subject = name_of(item.subject)
        with at_word(subject):
            if isinstance(item.subject, Call):
                raise InvalidConditionError(
                    f"{quoted(subject)} cannot stand inside {family}(…)", code="unexpected", subject=subject
                )
            field = field_of(fields, subject, of=f"part of {family}(…)")
            if item.question is None:
                return Filter(field=field.id, operator=Operator.EQ, value=true_of(field))
        value = self._value(field, item.question)
        with at_word(subject):
            check(field, operator_of(item.question), value)
        return Filter(field=field.id, operator=operator_of(item.question), value=value)
