"""Segments in words: a question as a sentence, and what was true of one customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from gettext import NullTranslations

from admin_ui import names, segment_words
from admin_ui.segment_inputs import choice_name
from admin_ui.visit import Visit
from plugin.core.segments.conditions import (
    All,
    Anniversary,
    Any_,
    Condition,
    Event,
    Filter,
    InSegment,
    Leaf,
    Not,
    Tree,
)
from plugin.core.segments.events import Measure
from plugin.core.segments.explain import Why
from plugin.core.segments.fields import Field, FieldType
from plugin.core.segments.operators import Operator, Wanted
from plugin.core.segments.spans import Span, Unit

_DAYS = frozenset({FieldType.MOMENT, FieldType.DATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """Words for one visit: its language, its currency, its time zone."""

    visit: Visit
    own: Mapping[str, str] = field(default_factory=dict)
    """Names of the merchant's own segments, by id."""

    def definition(self, tree: Tree) -> list[str]:
        """One sentence for each part that must hold; none for a segment that everyone is in."""
        parts = tree.parts if isinstance(tree, All) else (tree,)
        return [self.said(part) for part in parts]

    def said(self, tree: Tree) -> str:
        """A tree as one sentence."""
        words = self._words
        match tree:
            case All(parts=()):
                return words.gettext("everyone")
            case Any_(parts=()):
                return words.gettext("nobody")
            case All():
                return words.gettext(" and ").join(self._inside(part) for part in tree.parts)
            case Any_():
                return words.gettext(" or ").join(self._inside(part) for part in tree.parts)
            case Not(part=InSegment() as inside):
                return words.gettext("Not in the segment “%(name)s”") % {
                    "name": self.segment(inside.segment_id)
                }
            case Not():
                return words.gettext("Not: %(question)s") % {"question": self._inside(tree.part)}
            case _:
                return self.leaf(tree)

    def leaf(self, asked: Leaf) -> str:
        """One question."""
        words = self._words
        match asked:
            case Condition():
                name = words.gettext(segment_words.FIELDS[asked.field])
                return self._asked(name, asked.definition, asked.operator, asked.value)
            case InSegment():
                return words.gettext("In the segment “%(name)s”") % {"name": self.segment(asked.segment_id)}
            case Anniversary():
                return self._anniversary(asked)
            case Event():
                return self._event(asked)

    def finding(self, why: Why) -> str:
        """What is true of the customer, for one question of the segment."""
        words = self._words
        match why.tree:
            case Event():
                name = words.gettext(segment_words.FAMILIES[why.tree.family])
                number = why.value if isinstance(why.value, int) else 0
                return f"{name}: {self._counted(why.tree.measure, number)}"
            case Condition() | Anniversary():
                known = {"field": words.gettext(segment_words.FIELDS[why.tree.field])}
                if why.value is None or why.value == frozenset():
                    return words.gettext("%(field)s is not known") % known
                known["value"] = self.value(why.tree.definition, why.value)
                return words.gettext("%(field)s: %(value)s") % known
            case _:
                return ""

    def segment(self, segment_id: str) -> str:
        """The name of a segment, the house's or the merchant's own."""
        if segment_id in names.SEGMENTS:
            return self._words.gettext(names.SEGMENTS[segment_id])
        return self.own.get(segment_id, segment_id)

    def value(self, of: Field, value: object) -> str:
        """A value as the merchant's language writes it."""
        formats = self.visit.formats
        match value:
            case bool():
                answer = "yes" if value else "no"
                return self._words.gettext(segment_words.ANSWERS[answer])
            case datetime():
                return formats.when(value)
            case date():
                return formats.day(value)
            case frozenset():
                return " · ".join(sorted(map(str, value)))
            case int() if of.type is FieldType.MONEY:
                return formats.money(value)
            case int() if of.type is FieldType.PERCENT:
                return formats.pct(value / 100, 0)
            case int() | float():
                return formats.num(value)
        return choice_name(of.id, str(value), self._words)

    def span(self, span: Span) -> str:
        """A stretch of time, such as “3 weeks”."""
        words, count = self._words, span.count
        match span.unit:
            case Unit.HOURS:
                text = words.ngettext("%(n)s hour", "%(n)s hours", count)
            case Unit.DAYS:
                text = words.ngettext("%(n)s day", "%(n)s days", count)
            case Unit.WEEKS:
                text = words.ngettext("%(n)s week", "%(n)s weeks", count)
            case Unit.MONTHS:
                text = words.ngettext("%(n)s month", "%(n)s months", count)
            case Unit.YEARS:
                text = words.ngettext("%(n)s year", "%(n)s years", count)
        return text % {"n": self.visit.formats.num(count)}

    @property
    def _words(self) -> NullTranslations:
        return self.visit.words

    def _inside(self, tree: Tree) -> str:
        is_compound = isinstance(tree, All | Any_) and len(tree.parts) > 1
        return f"({self.said(tree)})" if is_compound else self.said(tree)

    def _asked(self, name: str, of: Field, operator: Operator, wanted: Wanted) -> str:
        words = self._words
        known = {"field": name, "value": self._wanted(of, wanted)}
        if operator is Operator.IS_KNOWN:
            return words.gettext("%(field)s is known") % known
        if operator is Operator.IS_UNKNOWN:
            return words.gettext("%(field)s is not known") % known
        if operator is Operator.EQ and of.type not in _DAYS:
            return words.gettext("%(field)s: %(value)s") % known
        of_operators = segment_words.DAY_OPERATORS if of.type in _DAYS else segment_words.OPERATORS
        known["question"] = words.gettext(of_operators[operator])
        # Translators: a question about a field, such as "Orders: at least 2" or "Last order: in the last 3 days".
        return words.gettext("%(field)s: %(question)s %(value)s") % known

    def _wanted(self, of: Field, wanted: Wanted) -> str:
        if isinstance(wanted, Span):
            return self.span(wanted)
        if isinstance(wanted, tuple):
            return " · ".join(self.value(of, each) for each in wanted)
        return "" if wanted is None else self.value(of, wanted)

    def _anniversary(self, asked: Anniversary) -> str:
        words, formats = self._words, self.visit.formats
        known = {
            "field": words.gettext(segment_words.FIELDS[asked.field]),
            "calendar": words.gettext(segment_words.CALENDARS[asked.calendar]),
            "start": formats.num(asked.start),
            "end": formats.num(asked.end),
        }
        if asked.end == 0:
            return words.gettext("Anniversary of %(field)s (%(calendar)s): today") % known
        return (
            words.gettext("Anniversary of %(field)s (%(calendar)s): in %(start)s to %(end)s days from today")
            % known
        )

    def _event(self, event: Event) -> str:
        words = self._words
        name = words.gettext(segment_words.FAMILIES[event.family])
        question = words.gettext(segment_words.OPERATORS[event.operator])
        number = self._counted(event.measure, event.number)
        text = words.gettext("%(field)s: %(question)s %(value)s") % {
            "field": name,
            "question": question,
            "value": number,
        }
        if not event.filters:
            return text
        return f"{text} ({'; '.join(self._filter(event, each) for each in event.filters)})"

    def _filter(self, event: Event, asked: Filter) -> str:
        name = self._words.gettext(segment_words.FAMILY_FIELDS[asked.field])
        return self._asked(name, event.definition.fields[asked.field], asked.operator, asked.value)

    def _counted(self, measure: Measure, number: int) -> str:
        words, formats = self._words, self.visit.formats
        if measure is Measure.VALUE:
            return formats.money(number)
        if measure is Measure.QUANTITY:
            return words.ngettext("%(n)s piece", "%(n)s pieces", number) % {"n": formats.num(number)}
        return words.ngettext("%(n)s time", "%(n)s times", number) % {"n": formats.num(number)}
