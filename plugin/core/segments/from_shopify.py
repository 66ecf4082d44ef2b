"""A segment of Shopify, asked in our language."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lark import Lark, Token, Transformer, v_args

from plugin.core.segments.conditions import (
    All,
    Anniversary,
    Any_,
    Condition,
    Event,
    Filter,
    Not,
    Tree,
    tidy,
    validate,
)
from plugin.core.segments.errors import InvalidConditionError, quoted
from plugin.core.segments.events import FAMILIES, Measure
from plugin.core.segments.fields import FIELDS, Field, FieldType
from plugin.core.segments.operators import Operator, Wanted, check
from plugin.core.segments.shopify_days import ShopifyQuestion, UnsayableError, moment_parts, offset_span
from plugin.core.segments.shopify_words import (
    BIRTHDAY,
    BY_FUNCTION,
    BY_NAME,
    Attribute,
    Function,
    NotExpressibleError,
)
from plugin.core.segments.syntax import Nesting, understood
from plugin.core.segments.values import read_value, unquoted

_GRAMMAR = Path(__file__).with_name("shopify.lark")
_SIGNS = {
    "=": Operator.EQ,
    "!=": Operator.NE,
    "<": Operator.LESS_THAN,
    "<=": Operator.AT_MOST,
    ">": Operator.MORE_THAN,
    ">=": Operator.AT_LEAST,
}


def from_shopify(text: str, *, currency: str) -> Tree:
    """What Shopify's query asks, as near as our language comes.

    Raises `SegmentSyntaxError` for what is no query, and `NotExpressibleError` for parts we have no words for.
    """
    found = understood(
        _parser(currency.upper()),
        text,
        names=lambda _: (*BY_NAME, *BY_FUNCTION),
        condition="number_of_orders >= 2",
    )
    if not isinstance(found, _Read):
        raise TypeError("the grammar begins with something else than a query")
    if found.problems:
        raise NotExpressibleError(found.problems)
    tree = tidy(found.tree)
    validate(tree)
    return tree


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    tree: Tree
    problems: tuple[str, ...] = ()


@v_args(inline=True)
class _Shopify(Transformer[Token, _Read]):
    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency

    def start(self, read: _Read) -> _Read:
        return read

    def any(self, *parts: _Read) -> _Read:
        return _Read(tree=Any_(parts=tuple(part.tree for part in parts)), problems=_problems(parts))

    def all(self, *parts: _Read) -> _Read:
        return _Read(tree=All(parts=tuple(part.tree for part in parts)), problems=_problems(parts))

    def clause(self, name: Token, question: ShopifyQuestion) -> _Read:
        attribute = BY_NAME.get(name.lower())
        if attribute is None:
            return _unsayable(f"we do not know {quoted(name)} of a customer")
        return self._read(lambda: self._condition(attribute, question))

    def matches(self, name: Token, parameters: tuple[tuple[Token, ShopifyQuestion], ...]) -> _Read:
        function = BY_FUNCTION.get(name.lower())
        if function is None:
            return _unsayable(f"we do not know {quoted(name)} of a customer")
        return self._read(lambda: self._event(function, parameters))

    def matches_not(self, name: Token, parameters: tuple[tuple[Token, ShopifyQuestion], ...]) -> _Read:
        read = self.matches(name, parameters)
        return _Read(tree=Not(part=read.tree), problems=read.problems)

    def anniversary(self, name: Token, of: Token, question: ShopifyQuestion) -> _Read:
        if name.lower() != "anniversary" or unquoted(of) != BIRTHDAY:
            return _unsayable(f"{name}({of}) is known of birthdays only, as anniversary('{BIRTHDAY}')")
        words = [str(word).replace(" ", "") for word in question.words]
        if question.operator is Operator.EQ and words == ["today"]:
            return _Read(tree=Anniversary(field="birthday"))
        is_ahead = question.operator is Operator.BETWEEN and words[0] == "today"
        if is_ahead and words[1].startswith("+") and (ahead := offset_span(words[1])).count <= ahead.most:
            return self._read(lambda: Anniversary(field="birthday", end=ahead.length.days))
        return _unsayable("a birthday is asked for today, or BETWEEN today AND a day ahead such as +30d")

    def parameters(self, *parts: tuple[Token, ShopifyQuestion]) -> tuple[tuple[Token, ShopifyQuestion], ...]:
        return parts

    def parameter(self, name: Token, question: ShopifyQuestion) -> tuple[Token, ShopifyQuestion]:
        return name, question

    def compare(self, sign: Token, word: Token) -> ShopifyQuestion:
        is_not = sign == "!="
        return ShopifyQuestion(
            operator=Operator.EQ if is_not else _SIGNS[sign], words=(word,), is_negated=is_not
        )

    def between(self, low: Token, high: Token) -> ShopifyQuestion:
        return ShopifyQuestion(operator=Operator.BETWEEN, words=(low, high))

    def contains(self, word: Token) -> ShopifyQuestion:
        return ShopifyQuestion(operator=Operator.CONTAINS, words=(word,))

    def contains_not(self, word: Token) -> ShopifyQuestion:
        return ShopifyQuestion(operator=Operator.CONTAINS, words=(word,), is_negated=True)

    def one_of(self, words: tuple[Token, ...]) -> ShopifyQuestion:
        return ShopifyQuestion(operator=Operator.ONE_OF, words=words)

    def none_of(self, words: tuple[Token, ...]) -> ShopifyQuestion:
        return ShopifyQuestion(operator=Operator.ONE_OF, words=words, is_negated=True)

    def is_null(self) -> ShopifyQuestion:
        return ShopifyQuestion(operator=Operator.IS_UNKNOWN)

    def is_not_null(self) -> ShopifyQuestion:
        return ShopifyQuestion(operator=Operator.IS_KNOWN)

    def values(self, *words: Token) -> tuple[Token, ...]:
        return words

    def _read(self, made: Callable[[], Tree]) -> _Read:
        try:
            return _Read(tree=made())
        except (UnsayableError, InvalidConditionError) as error:
            return _unsayable(str(error))

    def _condition(self, attribute: Attribute, question: ShopifyQuestion) -> Tree:
        field = FIELDS[attribute.field]
        parts = (
            moment_parts(attribute.name, question)
            if field.type is FieldType.MOMENT
            else ((_operator(attribute, question), self._wanted(attribute, field, question)),)
        )
        conditions = tuple(Condition(field=field.id, operator=each, value=value) for each, value in parts)
        tree: Tree = All(parts=conditions)
        return Not(part=tree) if question.is_negated else tree

    def _wanted(self, attribute: Attribute, field: Field, question: ShopifyQuestion) -> Wanted:
        if not question.words:
            return None
        if attribute.is_email_domain:
            return f"@{unquoted(question.words[0])}"
        values = tuple(read_value(field, word, self._currency) for word in question.words)
        is_several = question.operator in {Operator.BETWEEN, Operator.ONE_OF} or field.type is FieldType.TAGS
        return values if is_several else values[0]

    def _event(self, function: Function, parameters: tuple[tuple[Token, ShopifyQuestion], ...]) -> Tree:
        filters: list[Filter] = []
        measured: list[tuple[Measure, Operator, int]] = []
        fields = FAMILIES[function.family].fields
        for name, question in parameters:
            if name in function.measures:
                measured.append(self._measured(Measure(function.measures[name]), name, question))
            elif name not in function.parameters:
                raise UnsayableError(f"we cannot ask {function.name} by {name}")
            elif name == "date":
                if question.is_negated:
                    raise UnsayableError(f"we cannot leave one day out of {function.name}")
                filters += [
                    Filter(field="at", operator=each, value=value)
                    for each, value in moment_parts(name, question)
                ]
            else:
                filters.append(self._filter(fields[function.parameters[name]], question))
        if len(measured) > 1:
            raise UnsayableError(f"we count {function.name} in one way at a time")
        measure, operator, number = (measured or [(Measure.COUNT, Operator.AT_LEAST, 1)])[0]
        return Event(
            family=function.family, filters=tuple(filters), measure=measure, operator=operator, number=number
        )

    def _filter(self, field: Field, question: ShopifyQuestion) -> Filter:
        negated = {Operator.EQ: Operator.NE, Operator.ONE_OF: Operator.NONE_OF}
        operator = negated.get(question.operator) if question.is_negated else question.operator
        if operator is None:
            raise UnsayableError(f"{field.id} cannot be asked like this")
        values = tuple(read_value(field, word, self._currency) for word in question.words)
        is_several = operator in {Operator.BETWEEN, Operator.ONE_OF, Operator.NONE_OF}
        wanted: Wanted = values if is_several else values[0] if values else None
        check(field, operator, wanted)
        return Filter(field=field.id, operator=operator, value=wanted)

    def _measured(
        self, measure: Measure, name: str, question: ShopifyQuestion
    ) -> tuple[Measure, Operator, int]:
        if question.operator not in _SIGNS.values() or len(question.words) != 1:
            raise UnsayableError(f"we compare {name} with one number")
        field = FIELDS["spent" if measure is Measure.VALUE else "orders"]
        number = read_value(field, question.words[0], self._currency)
        if not isinstance(number, int):
            raise UnsayableError(f"we compare {name} with one number")
        return measure, Operator.NE if question.is_negated else question.operator, number


def _operator(attribute: Attribute, question: ShopifyQuestion) -> Operator:
    if question.operator in {Operator.IS_KNOWN, Operator.IS_UNKNOWN}:
        return question.operator
    if attribute.is_email_domain and question.operator is Operator.EQ:
        return Operator.ENDS_WITH
    if attribute.is_email_domain or attribute.is_list is not (question.operator is Operator.CONTAINS):
        raise UnsayableError(f"{attribute.name} cannot be asked like this")
    if question.operator is Operator.CONTAINS:
        return Operator.HAS_ANY if FIELDS[attribute.field].type is FieldType.TAGS else Operator.EQ
    return question.operator


def _unsayable(words: str) -> _Read:
    return _Read(tree=Any_(parts=()), problems=(words,))


def _problems(parts: tuple[_Read, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(problem for part in parts for problem in part.problems))


@lru_cache(maxsize=32)
def _parser(currency: str) -> Lark:
    return Lark(
        _GRAMMAR.read_text("utf-8"),
        parser="lalr",
        transformer=_Shopify(currency),
        postlex=Nesting(),
        maybe_placeholders=False,
    )
