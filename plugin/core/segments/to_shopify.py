"""A segment of ours, asked in Shopify's language, where that has words for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from plugin.core.segments.conditions import (
    All,
    Anniversary,
    Any_,
    Calendar,
    Condition,
    Event,
    Filter,
    InSegment,
    Leaf,
    Not,
    Tree,
    tidy,
)
from plugin.core.segments.events import Measure
from plugin.core.segments.fields import FIELDS, FieldType
from plugin.core.segments.operators import Operator, Wanted
from plugin.core.segments.print import to_text
from plugin.core.segments.shopify_words import (
    BIRTHDAY,
    BY_FAMILY,
    BY_FIELD,
    MAX_CLAUSES,
    MAX_QUERY,
    Attribute,
    Function,
    NotExpressibleError,
)
from plugin.core.segments.spans import Span
from plugin.core.segments.values import money_text

_SIGNS = {
    Operator.EQ: "=",
    Operator.NE: "!=",
    Operator.LESS_THAN: "<",
    Operator.AT_MOST: "<=",
    Operator.MORE_THAN: ">",
    Operator.AT_LEAST: ">=",
}
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def to_shopify(tree: Tree, *, currency: str) -> str:
    """The query for `segmentCreate`, as near as Shopify's language comes.

    Raises `NotExpressibleError`, which names every part that it has no words for.
    """
    writer = _Writer(currency=currency)
    said = writer.say(tidy(tree), is_negated=False)
    if writer.problems:
        raise NotExpressibleError(tuple(dict.fromkeys(writer.problems)))
    if said.clauses > MAX_CLAUSES:
        raise NotExpressibleError(
            (f"this takes {said.clauses} clauses and Shopify allows {MAX_CLAUSES}; ask for less",)
        )
    if len(said.text) > MAX_QUERY:
        raise NotExpressibleError((f"Shopify allows {MAX_QUERY} characters; this takes {len(said.text)}",))
    return said.text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    text: str
    joined_by: str = ""
    clauses: int = 1

    def inside(self, connector: str) -> str:
        return f"({self.text})" if (self.joined_by, connector) == ("OR", "AND") else self.text


_NOTHING = _Said(text="")


def _joined(connector: str, parts: Iterable[_Said]) -> _Said:
    some = list(parts)
    if len(some) == 1:
        return some[0]
    return _Said(
        text=f" {connector} ".join(part.inside(connector) for part in some),
        joined_by=connector,
        clauses=sum(part.clauses for part in some),
    )


@dataclass(slots=True, kw_only=True)
class _Writer:
    currency: str
    problems: list[str] = field(default_factory=list)

    def say(self, tree: Tree, *, is_negated: bool) -> _Said:
        match tree:
            case Not(part=part):
                return self.say(part, is_negated=not is_negated)
            case All(parts=()) | Any_(parts=()):
                is_everyone = isinstance(tree, All) is not is_negated
                return _Said(text=f"customer_added_date IS {'NOT ' if is_everyone else ''}NULL")
            case All() | Any_():
                connector = "AND" if isinstance(tree, All) is not is_negated else "OR"
                return _joined(connector, [self.say(part, is_negated=is_negated) for part in tree.parts])
            case _:
                return self._leaf(tree, is_negated=is_negated)

    def _leaf(self, leaf: Leaf, *, is_negated: bool) -> _Said:
        match leaf:
            case Condition() if leaf.field in BY_FIELD:
                return self._condition(leaf, BY_FIELD[leaf.field], is_negated=is_negated)
            case Event() if leaf.family in BY_FAMILY:
                return self._event(leaf, BY_FAMILY[leaf.family], is_negated=is_negated)
            case Anniversary(field="birthday", calendar=Calendar.GREGORIAN, start=0) if not is_negated:
                until = f"BETWEEN today AND +{leaf.end}d" if leaf.end else "= today"
                return _Said(text=f"anniversary('{BIRTHDAY}') {until}")
            case InSegment():
                return self._unsayable(
                    leaf, "Shopify knows no segment inside another; put its conditions here"
                )
            case Condition(field="can_email"):
                return self._unsayable(
                    leaf, "Shopify knows the consent only; ask for email_consent = subscribed"
                )
            case _:
                return self._unsayable(leaf, "Shopify does not know this of a customer")

    def _unsayable(self, leaf: Leaf, words: str) -> _Said:
        self.problems.append(f"{to_text(leaf, currency=self.currency)}: {words}")
        return _NOTHING

    def _condition(self, asked: Condition, attribute: Attribute, *, is_negated: bool) -> _Said:
        name, wanted = attribute.name, asked.value
        if asked.operator in {Operator.IS_KNOWN, Operator.IS_UNKNOWN}:
            is_known = (asked.operator is Operator.IS_KNOWN) is not is_negated
            return _Said(text=f"{name} IS {'NOT ' if is_known else ''}NULL")
        if isinstance(wanted, Span):
            return self._window(asked, attribute, wanted, is_negated=is_negated)
        if attribute.is_email_domain:
            return self._domain(asked, attribute, is_negated=is_negated)
        if isinstance(wanted, tuple):
            return self._several(asked, attribute, wanted, is_negated=is_negated)
        if asked.operator not in _SIGNS:
            return self._unsayable(asked, f"{name} cannot be asked like this")
        if attribute.is_list:
            return self._contains(attribute, asked.operator, wanted, is_negated=is_negated)
        return self._compared(
            attribute, _SIGNS[asked.operator], self._value(attribute, wanted), is_negated=is_negated
        )

    def _compared(self, attribute: Attribute, sign: str, value: str, *, is_negated: bool) -> _Said:
        """Shopify's `!=` holds of what is unknown, ours does not; the other signs agree."""
        name, shown = attribute.name, _OPPOSITE[sign] if is_negated else sign
        clause = _Said(text=f"{name} {shown} {value}")
        if attribute.is_always_known or (is_negated and sign == "="):
            return clause
        if is_negated:
            return _joined("OR", [clause, _Said(text=f"{name} IS NULL")])
        return _joined("AND", [clause, _Said(text=f"{name} IS NOT NULL")]) if sign == "!=" else clause

    def _contains(
        self, attribute: Attribute, operator: Operator, wanted: object, *, is_negated: bool
    ) -> _Said:
        is_not = (operator is Operator.NE) is not is_negated
        clause = _Said(
            text=f"{attribute.name} {'NOT ' if is_not else ''}CONTAINS {self._value(attribute, wanted)}"
        )
        if operator is not Operator.NE:
            return clause
        known = _Said(text=f"{attribute.name} IS {'' if is_negated else 'NOT '}NULL")
        return _joined("OR" if is_negated else "AND", [clause, known])

    def _several(
        self, asked: Condition, attribute: Attribute, wanted: tuple[object, ...], *, is_negated: bool
    ) -> _Said:
        one = Operator.NE if asked.operator is Operator.NONE_OF else Operator.EQ
        if asked.operator is Operator.BETWEEN:
            return self._between(attribute, wanted, is_negated=is_negated)
        say: Callable[[object], _Said] = (
            (lambda value: self._contains(attribute, one, value, is_negated=is_negated))
            if attribute.is_list
            else lambda value: self._compared(
                attribute, _SIGNS[one], self._value(attribute, value), is_negated=is_negated
            )
        )
        is_every = asked.operator in {Operator.NONE_OF, Operator.HAS_ALL}
        return _joined("AND" if is_every is not is_negated else "OR", map(say, wanted))

    def _between(self, attribute: Attribute, wanted: tuple[object, ...], *, is_negated: bool) -> _Said:
        low, high = (self._value(attribute, value) for value in wanted)
        if not is_negated:
            return _Said(text=f"{attribute.name} BETWEEN {low} AND {high}")
        outside = [_Said(text=f"{attribute.name} < {low}"), _Said(text=f"{attribute.name} > {high}")]
        unknown = [] if attribute.is_always_known else [_Said(text=f"{attribute.name} IS NULL")]
        return _joined("OR", outside + unknown)

    def _window(self, asked: Condition, attribute: Attribute, span: Span, *, is_negated: bool) -> _Said:
        window = _offset(asked.operator, span)
        if window is None:
            return self._unsayable(asked, "Shopify asks for whole days that have passed")
        return self._compared(attribute, *window, is_negated=is_negated)

    def _domain(self, asked: Condition, attribute: Attribute, *, is_negated: bool) -> _Said:
        text = str(asked.value)
        if asked.operator is not Operator.ENDS_WITH or not text.startswith("@") or "@" in text[1:]:
            return self._unsayable(
                asked, 'Shopify knows the domain of an address only; ask: email ends with "@…"'
            )
        return self._compared(attribute, "=", _quoted(text[1:].lower()), is_negated=is_negated)

    def _value(self, attribute: Attribute, wanted: object) -> str:
        if isinstance(wanted, date):
            return wanted.isoformat()
        if isinstance(wanted, int):
            is_money = FIELDS[attribute.field].type is FieldType.MONEY
            return money_text(wanted, self.currency) if is_money else str(wanted)
        text = str(wanted)
        return _quoted(text.upper() if attribute.is_upper else text)

    def _event(self, event: Event, function: Function, *, is_negated: bool) -> _Said:
        ours = {filter_: parameter for parameter, filter_ in function.parameters.items()}
        names = [each.field for each in event.filters]
        if len(set(names)) < len(names) or not set(names) <= ours.keys():
            return self._unsayable(event, f"Shopify asks here for {', '.join(ours.values())}, each once")
        parameters = [self._parameter(ours[each.field], each, event) for each in event.filters]
        if None in parameters:
            return self._unsayable(event, "Shopify cannot ask for one of these parts")
        measures = {measure: parameter for parameter, measure in function.measures.items()}
        is_none = event.measure is Measure.COUNT and (event.operator, event.number) in {
            (Operator.EQ, 0),
            (Operator.AT_MOST, 0),
            (Operator.LESS_THAN, 1),
        }
        is_some = event.measure is Measure.COUNT and (event.operator, event.number) in {
            (Operator.AT_LEAST, 1),
            (Operator.MORE_THAN, 0),
        }
        if not is_none and not is_some:
            if event.measure not in measures or event.operator in {Operator.LESS_THAN, Operator.AT_MOST}:
                return self._unsayable(event, "Shopify counts upwards only")
            is_money = event.measure is Measure.VALUE
            number = money_text(event.number, self.currency) if is_money else str(event.number)
            parameters.append(f"{measures[event.measure]} {_SIGNS[event.operator]} {number}")
        matches = "NOT MATCHES" if is_none is not is_negated else "MATCHES"
        return _Said(text=f"{function.name} {matches} ({', '.join(map(str, parameters))})")

    def _parameter(self, name: str, asked: Filter, event: Event) -> str | None:
        wanted: Wanted = asked.value
        if isinstance(wanted, Span):
            window = _offset(asked.operator, wanted)
            return None if window is None else f"{name} {window[0]} {window[1]}"
        value = _Values(event, asked, self.currency)
        if isinstance(wanted, tuple):
            if asked.operator is Operator.BETWEEN:
                return f"{name} BETWEEN {value.of(wanted[0])} AND {value.of(wanted[1])}"
            several = "IN" if asked.operator is Operator.ONE_OF else "NOT IN"
            return f"{name} {several} ({', '.join(map(value.of, wanted))})"
        return f"{name} {_SIGNS[asked.operator]} {value.of(wanted)}" if asked.operator in _SIGNS else None


class _Values:
    def __init__(self, event: Event, asked: Filter, currency: str) -> None:
        self._is_money = event.definition.fields[asked.field].type is FieldType.MONEY
        self._currency = currency

    def of(self, wanted: object) -> str:
        if isinstance(wanted, date):
            return wanted.isoformat()
        return money_text(int(str(wanted)), self._currency) if self._is_money else str(wanted)


def _offset(operator: Operator, span: Span) -> tuple[str, str] | None:
    """`within 30 days` -> `>=`, `-30d`; None for what is not whole days, or lies ahead."""
    signs = {Operator.WITHIN: ">=", Operator.BEFORE_AGO: "<"}
    if operator not in signs or span.length % timedelta(days=1) or not span.count:
        return None
    return signs[operator], f"-{span.length.days}d"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
