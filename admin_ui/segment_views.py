"""Rows of the builder as they are drawn, whatever was typed into them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from admin_ui import segment_words
from admin_ui.segment_draft import Entry
from admin_ui.segment_inputs import Input, Inputs
from admin_ui.segment_rows import ANNIVERSARY, MEASURED, MOST_FILTERS, SEGMENT, filter_of
from plugin.core.segments.events import FAMILIES, Family, Measure
from plugin.core.segments.fields import FIELDS, FieldType
from plugin.core.segments.operators import Operator

_DAYS = [field.id for field in FIELDS.values() if field.type in {FieldType.MOMENT, FieldType.DATE}]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterView:
    """One part of an event's brackets, as it is drawn."""

    id: str
    field: str
    fields: list[tuple[str, str]]
    operator: str
    operators: list[tuple[str, str]]
    inputs: list[Input]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row, as it is drawn."""

    id: str
    field: str
    help: str
    operator: str
    operators: list[tuple[str, str]]
    inputs: list[Input]
    filters: list[FilterView]
    is_event: bool = False
    is_negated: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Draws rows for one visit."""

    inputs: Inputs
    segments: Mapping[str, str]
    """Names of the segments that a row may point at, by id."""

    def view(self, entry: Entry, fault: str = "") -> RowView:
        """A row as it is drawn, whatever was typed into it."""
        words = self.inputs.words
        drawn = RowView(
            id=entry.id,
            field=entry.field,
            help="",
            operator="",
            operators=[],
            inputs=[],
            filters=[],
            is_negated=bool(entry.text("negated")),
            fault=fault,
        )
        if entry.field in FAMILIES:
            return self._event_view(drawn, entry, FAMILIES[entry.field])
        if entry.field == ANNIVERSARY:
            help_text = words.gettext(segment_words.ANNIVERSARY_HELP)
            return replace(drawn, help=help_text, inputs=self._anniversary_inputs(entry))
        if entry.field == SEGMENT:
            operators = [(id_, words.gettext(name)) for id_, name in segment_words.MEMBERSHIPS.items()]
            chosen = Input(
                name="segment",
                kind="choice",
                label=words.gettext(segment_words.SEGMENT),
                value=entry.text("segment"),
                options=tuple(self.segments.items()),
            )
            return replace(
                drawn,
                help=words.gettext(segment_words.SEGMENT_HELP),
                operator=entry.operator or "in",
                operators=operators,
                inputs=[chosen],
            )
        field = FIELDS.get(entry.field, FIELDS["orders"])
        operator = self.inputs.operator(field, entry.operator)
        return replace(
            drawn,
            field=field.id,
            help=words.gettext(segment_words.HELPS[field.id]),
            operator=operator,
            operators=self.inputs.operators(field),
            inputs=self.inputs.of(field, operator, entry.inputs),
        )

    def askable(self) -> list[tuple[str, str, str]]:
        """Of everything that can be asked an example, its name, and what it means."""
        words = self.inputs.words
        fields = [field for _, ids in segment_words.FIELD_GROUPS for field in ids]
        said = [
            (FIELDS[id_].example, segment_words.FIELDS[id_], segment_words.HELPS[id_]) for id_ in fields
        ] + [
            (
                next(iter(family.fields.values())).example,
                segment_words.FAMILIES[id_],
                segment_words.FAMILY_HELPS[id_],
            )
            for id_, family in FAMILIES.items()
        ]
        said += [
            (
                "anniversary(first_order) within next 7 days",
                segment_words.ANNIVERSARY,
                segment_words.ANNIVERSARY_HELP,
            ),
            ('in segment "loyal"', segment_words.SEGMENT, segment_words.SEGMENT_HELP),
        ]
        return [(example, words.gettext(name), words.gettext(help_text)) for example, name, help_text in said]

    def menu(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Everything that can be asked, in groups."""
        words = self.inputs.words
        groups = [
            (words.gettext(label), [(id_, words.gettext(segment_words.FIELDS[id_])) for id_ in ids])
            for label, ids in segment_words.FIELD_GROUPS
        ]
        past = [(id_, words.gettext(name)) for id_, name in segment_words.FAMILIES.items()]
        others = [
            (ANNIVERSARY, words.gettext(segment_words.ANNIVERSARY)),
            (SEGMENT, words.gettext(segment_words.SEGMENT)),
        ]
        return [
            *groups[:1],
            (words.gettext("What happened"), past),
            *groups[1:],
            (words.gettext("More"), others),
        ]

    def _event_view(self, drawn: RowView, entry: Entry, family: Family) -> RowView:
        words = self.inputs.words
        measure = entry.text("measure") or str(Measure.COUNT)
        is_money = measure == Measure.VALUE
        inputs = [
            Input(
                name="measure",
                kind="choice",
                label=words.gettext("Counted"),
                value=measure,
                options=tuple(
                    (str(each), words.gettext(segment_words.MEASURES[each])) for each in family.measures
                ),
            ),
            Input(
                name="number",
                kind="number",
                label=words.gettext("Value"),
                value=entry.text("number") or ("" if "number" in entry.inputs else "1"),
                step="any" if is_money else "1",
                suffix=self.inputs.currency if is_money else "",
            ),
        ]
        return replace(
            drawn,
            help=words.gettext(segment_words.FAMILY_HELPS[family.id]),
            operator=entry.operator or Operator.AT_LEAST,
            operators=[(str(each), words.gettext(segment_words.OPERATORS[each])) for each in MEASURED],
            inputs=inputs,
            filters=[
                self._filter_view(entry, family, id_) for id_ in entry.inputs.get("f", ())[:MOST_FILTERS]
            ],
            is_event=True,
        )

    def _filter_view(self, entry: Entry, family: Family, id_: str) -> FilterView:
        words = self.inputs.words
        field, raw = filter_of(entry, family, id_)
        operator = self.inputs.operator(field, raw.get("operator", ("",))[0])
        return FilterView(
            id=id_,
            field=field.id,
            fields=[(each, words.gettext(segment_words.FAMILY_FIELDS[each])) for each in family.fields],
            operator=operator,
            operators=self.inputs.operators(field),
            inputs=self.inputs.of(field, operator, raw),
        )

    def _anniversary_inputs(self, entry: Entry) -> list[Input]:
        words = self.inputs.words
        return [
            Input(
                name="of",
                kind="choice",
                label=words.gettext("Of which day"),
                value=entry.text("of") or "birthday",
                options=tuple((each, words.gettext(segment_words.FIELDS[each])) for each in _DAYS),
            ),
            Input(
                name="calendar",
                kind="choice",
                label=words.gettext("Calendar"),
                value=entry.text("calendar") or ("jalali" if self.inputs.language == "fa" else "gregorian"),
                options=tuple((id_, words.gettext(name)) for id_, name in segment_words.CALENDARS.items()),
            ),
            Input(
                name="start",
                kind="number",
                label=words.gettext("In how many days, from"),
                value=entry.text("start") or "0",
                is_plain=False,
            ),
            Input(
                name="end",
                kind="number",
                label=words.gettext("until"),
                value=entry.text("end") or "7",
                is_plain=False,
            ),
        ]
