"""Segments in words: a condition as a sentence, and what was true of one customer."""

from dataclasses import dataclass
from datetime import datetime

from admin_ui import names
from admin_ui.visit import Visit
from plugin.core.segments.conditions import Condition, Tree, Why, conditions_of
from plugin.core.segments.fields import Field, FieldType, Value
from plugin.core.segments.operators import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """Words for one visit: its language, its currency, its time zone."""

    visit: Visit

    def definition(self, tree: Tree) -> list[str]:
        """One sentence for each condition; none for a segment that everyone is in."""
        return [self.condition(condition) for condition in conditions_of(tree)]

    def condition(self, asked: Condition) -> str:
        words = self.visit.words
        known = {"field": words.gettext(names.FIELDS[asked.field])}
        match asked.operator:
            case Operator.IS_KNOWN:
                return words.gettext("%(field)s is known") % known
            case Operator.IS_UNKNOWN:
                return words.gettext("%(field)s is not known") % known
            case Operator.WITHIN_DAYS | Operator.BEFORE_DAYS_AGO:
                return self._window(asked, known)
            case Operator.ONE_OF:
                values = asked.value if isinstance(asked.value, tuple) else ()
                known["value"] = " · ".join(self.value(asked.definition, value) for value in values)
                return words.gettext("%(field)s is one of: %(value)s") % known
        value = asked.value
        known["value"] = (
            "" if value is None or isinstance(value, tuple) else self.value(asked.definition, value)
        )
        patterns = {
            Operator.EQ: words.gettext("%(field)s: %(value)s"),
            Operator.NE: words.gettext("%(field)s is not %(value)s"),
            Operator.AT_LEAST: words.gettext("%(field)s: at least %(value)s"),
            Operator.AT_MOST: words.gettext("%(field)s: at most %(value)s"),
        }
        return patterns[asked.operator] % known

    def finding(self, why: Why) -> str:
        """What is true of the customer, for one condition of the segment."""
        words = self.visit.words
        if not isinstance(why.tree, Condition):
            return ""
        field = why.tree.definition
        known = {"field": words.gettext(names.FIELDS[field.id])}
        if why.value is None:
            return words.gettext("%(field)s is not known") % known
        known["value"] = self.value(field, why.value)
        return words.gettext("%(field)s: %(value)s") % known

    def value(self, field: Field, value: Value) -> str:
        formats, words = self.visit.formats, self.visit.words
        if isinstance(value, datetime):
            return formats.when(value)
        if isinstance(value, bool):
            return words.gettext("yes") if value else words.gettext("no")
        if isinstance(value, int):
            return formats.money(value) if field.type is FieldType.MONEY else formats.num(value)
        choices = {"stage": names.STAGES, "consent_email": names.CONSENTS}.get(field.id, {})
        return words.gettext(choices[value]) if value in choices else value

    def _window(self, asked: Condition, known: dict[str, str]) -> str:
        words = self.visit.words
        days = asked.value if isinstance(asked.value, int) else 0
        known["days"] = self.visit.formats.num(days)
        if asked.operator is Operator.WITHIN_DAYS:
            return (
                words.ngettext(
                    "%(field)s: in the last %(days)s day", "%(field)s: in the last %(days)s days", days
                )
                % known
            )
        return (
            words.ngettext(
                "%(field)s: more than %(days)s day ago", "%(field)s: more than %(days)s days ago", days
            )
            % known
        )
