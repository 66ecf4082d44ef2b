"""What a parser has heard, before it is known what is meant: a subject, a question, a call with brackets."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lark import Token

from plugin.core.segments.conditions import MAX_AHEAD, Anniversary, Calendar
from plugin.core.segments.errors import InvalidConditionError, Place, misread, quoted
from plugin.core.segments.events import FAMILIES, Measure
from plugin.core.segments.fields import FIELDS, Field, FieldType
from plugin.core.segments.operators import Operator, definition
from plugin.core.segments.spans import Span, Unit
from plugin.core.segments.suggest import nearest

EVERYONE, NOBODY = "everyone", "nobody"
ANNIVERSARY = "anniversary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    operator: Operator | None
    """None for what only an anniversary is asked: today, in 3 days."""
    words: tuple[Token, ...] = ()
    span: Span | None = None
    is_several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    name: Token
    items: tuple["Item | Question", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    subject: "Token | Call"
    question: Question | None = None


def name_of(subject: Token | Call) -> Token:
    return subject.name if isinstance(subject, Call) else subject


def field_of(fields: Mapping[str, Field], word: Token, *, of: str = "field") -> Field:
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


def true_of(field: Field) -> bool:
    if field.type is not FieldType.FLAG:
        raise InvalidConditionError(
            f"{field.id} needs a question; write for example: {field.example}",
            code="incomplete",
            subject=field.id,
        )
    return True


def operator_of(question: Question) -> Operator:
    if question.operator is None:
        raise InvalidConditionError(
            "today and in … days are asked of birthdays and anniversaries only; write for example: "
            "anniversary(first_order) today, or last_order within 1 day",
            code="wrong_operator",
        )
    return question.operator


def origin_of(call: Call) -> tuple[str, Calendar]:
    words = [item.subject for item in call.items if isinstance(item, Item) and item.question is None]
    names = [word.lower() for word in words if not isinstance(word, Call)]
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


def anniversary_of(field_id: str, calendar: Calendar, question: Question | None) -> Anniversary:
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
def at_word(word: Token) -> Iterator[None]:
    """A mistake inside is one of this word, unless a nearer word was blamed for it."""
    try:
        yield
    except InvalidConditionError as error:
        raise misread(error, place_of(word)) from None


def place_of(word: Token) -> Place:
    return Place(word.line or 1, word.column or 1)
