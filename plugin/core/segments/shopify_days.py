"""Days as Shopify's segment language says them: absolute, named, or so long before today."""

from dataclasses import dataclass
from datetime import date

from lark import Token

from plugin.core.segments.errors import quoted
from plugin.core.segments.operators import Operator, Wanted
from plugin.core.segments.spans import Span, Unit
from plugin.core.segments.values import read_day

_UNITS = {"d": Unit.DAYS, "w": Unit.WEEKS, "m": Unit.MONTHS, "y": Unit.YEARS}
_NAMED = {"7_days_ago": "-7d", "30_days_ago": "-30d", "90_days_ago": "-90d", "12_months_ago": "-12m"}
_MONTHS = 12
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyQuestion:
    operator: Operator
    words: tuple[Token, ...] = ()
    is_negated: bool = False


class UnsayableError(Exception):
    """Carries the words for `NotExpressibleError`."""


def moment_parts(name: str, question: ShopifyQuestion) -> tuple[tuple[Operator, Wanted], ...]:
    """What is asked of a moment, as one or two questions of ours."""
    if not question.words:
        return ((question.operator, None),)
    bounds = [_bound(name, word) for word in question.words]
    if question.operator is Operator.BETWEEN:
        low, high = bounds
        if isinstance(low, date) and isinstance(high, date):
            return ((Operator.BETWEEN, (low, high)),)
        first: tuple[Operator, Wanted] = (
            (Operator.WITHIN, low) if isinstance(low, Span) else (Operator.AT_LEAST, low)
        )
        if isinstance(high, Span):
            return (first,) if not high.count else (first, (Operator.BEFORE_AGO, high))
        raise UnsayableError(f"{name} cannot begin with a day that moves and end with one that does not")
    (bound,) = bounds
    if isinstance(bound, date):
        return ((question.operator, bound),)
    if question.operator in {Operator.MORE_THAN, Operator.AT_LEAST} and bound.count:
        return ((Operator.WITHIN, bound),)
    if question.operator is Operator.AT_MOST or (question.operator is Operator.LESS_THAN and bound.count):
        return ((Operator.BEFORE_AGO, bound),)
    raise UnsayableError(f"{name} cannot be asked for one day that moves, such as today; ask for >= -1d")


def _bound(name: str, word: Token) -> date | Span:
    """A day, or so long before now; no time at all is today."""
    text = _NAMED.get(str(word), str(word).replace(" ", ""))
    if word.type == "DATE":
        return read_day(text)
    if text == "today":
        return Span(count=0)
    if text == "yesterday":
        return Span(count=1)
    if text.startswith("-") and text[-1] in _UNITS:
        return offset_span(text)
    if word.type == "TIME":
        raise UnsayableError(f"{name} is asked by days; leave the time of {text} out")
    raise UnsayableError(f"{name} cannot be compared with {quoted(text)}")


def offset_span(offset: str) -> Span:
    count, unit = int(offset[1:-1][:_MOST_DIGITS]), _UNITS[offset[-1]]
    if unit is Unit.MONTHS and count and count % _MONTHS == 0:
        return Span(count=count // _MONTHS, unit=Unit.YEARS)
    return Span(count=count, unit=unit)
