"""A tree -> its text, such that `parse` gives the tree back (`conditions.tidy` of it, to be exact)."""

from plugin.core.segments.conditions import (
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
    tidy,
)
from plugin.core.segments.events import AT, Measure
from plugin.core.segments.fields import FIELDS, Field, FieldType
from plugin.core.segments.operators import Operator, Wanted
from plugin.core.segments.said import ANNIVERSARY, EVERYONE, NOBODY
from plugin.core.segments.spans import Span, days
from plugin.core.segments.values import money_text, quote, value_text

_SIGNS = {
    Operator.EQ: "=",
    Operator.NE: "!=",
    Operator.LESS_THAN: "<",
    Operator.AT_MOST: "<=",
    Operator.MORE_THAN: ">",
    Operator.AT_LEAST: ">=",
}
_OF_DAYS = {
    Operator.EQ: "on",
    Operator.LESS_THAN: "before",
    Operator.AT_MOST: "until",
    Operator.MORE_THAN: "after",
    Operator.AT_LEAST: "since",
}
_OF_TEXTS = {
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.ENDS_WITH: "ends with",
    Operator.ONE_OF: "in",
    Operator.NONE_OF: "not in",
    Operator.HAS_ANY: "has any of",
    Operator.HAS_ALL: "has all of",
    Operator.IS_KNOWN: "is known",
    Operator.IS_UNKNOWN: "is unknown",
}


def to_text(tree: Tree, *, currency: str) -> str:
    """The query on one line. Raises `InvalidConditionError` for a tree that is nested beyond reading."""
    return _any(tidy(tree), currency)


def question_text(field: Field, operator: Operator, wanted: Wanted, currency: str) -> str:
    """What stands after the name of the field: `>= 2`, `within 30 days`; empty for a flag that holds."""
    match wanted:
        case Span():
            return _window(operator, wanted)
        case tuple() if operator is Operator.BETWEEN:
            low, high = (value_text(field, value, currency) for value in wanted)
            return f"between {low} and {high}"
        case tuple() if operator is Operator.HAS_ANY and len(wanted) == 1:
            return f"has {value_text(field, wanted[0], currency)}"
        case tuple():
            values = ", ".join(value_text(field, value, currency) for value in wanted)
            return f"{_OF_TEXTS[operator]} ({values})"
        case None:
            return _OF_TEXTS[operator]
        case True if field.type is FieldType.FLAG:
            return ""
    signs: dict[Operator, str] = _OF_TEXTS | _SIGNS
    if field.type in {FieldType.MOMENT, FieldType.DATE}:
        signs |= _OF_DAYS
    return f"{signs[operator]} {value_text(field, wanted, currency)}"


def _any(tree: Tree, currency: str) -> str:
    if isinstance(tree, Any_) and tree.parts:
        return " OR ".join(_all(part, currency) for part in tree.parts)
    return _all(tree, currency)


def _all(tree: Tree, currency: str) -> str:
    if isinstance(tree, All) and tree.parts:
        return " AND ".join(_unit(part, currency) for part in tree.parts)
    return _unit(tree, currency)


def _unit(tree: Tree, currency: str) -> str:
    match tree:
        case Condition():
            return _named(tree.definition, tree, currency)
        case Event():
            return _event(tree, currency)
        case Anniversary():
            return _anniversary(tree)
        case InSegment():
            return f"in segment {quote(tree.segment_id)}"
        case Not():
            return f"NOT {_unit(tree.part, currency)}"
        case All(parts=()):
            return EVERYONE
        case Any_(parts=()):
            return NOBODY
        case _:
            return f"({_any(tree, currency)})"


def _named(field: Field, asked: Condition | Filter, currency: str) -> str:
    question = question_text(field, asked.operator, asked.value, currency)
    return question if field.id == AT else f"{field.id} {question}".rstrip()


def _event(event: Event, currency: str) -> str:
    fields = event.definition.fields
    inside = ", ".join(_named(fields[each.field], each, currency) for each in event.filters)
    text = f"{event.family}({inside})"
    if event.measure is Measure.COUNT:
        if event.operator is Operator.AT_LEAST and event.number == 1:
            return text
        return f"{text} {_SIGNS[event.operator]} {event.number}"
    is_money = event.measure is Measure.VALUE
    number = money_text(event.number, currency) if is_money else str(event.number)
    return f"{event.measure}({text}) {_SIGNS[event.operator]} {number}"


def _anniversary(asked: Anniversary) -> str:
    is_birthday = FIELDS[asked.field].type is FieldType.DATE and asked.calendar is Calendar.GREGORIAN
    calendar = f", {asked.calendar}" if asked.calendar is not Calendar.GREGORIAN else ""
    subject = asked.field if is_birthday else f"{ANNIVERSARY}({asked.field}{calendar})"
    if asked.end == 0:
        return f"{subject} today"
    if asked.start == asked.end:
        return f"{subject} in {days(asked.end)}"
    return f"{subject} within next {days(asked.end)}"


def _window(operator: Operator, span: Span) -> str:
    match operator:
        case Operator.WITHIN:
            return f"within {span}"
        case Operator.WITHIN_NEXT:
            return f"within next {span}"
        case Operator.BEFORE_AGO:
            return f"before {span} ago" if span.count else "before now"
        case _:
            return f"after {span} from now" if span.count else "after now"
