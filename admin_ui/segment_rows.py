"""Rows of the builder and the questions of a segment: each made of the other."""

from dataclasses import dataclass, replace

from admin_ui.segment_draft import Entry
from admin_ui.segment_inputs import Inputs, Raw
from plugin.core.segments.conditions import (
    Anniversary,
    Calendar,
    Condition,
    Event,
    Filter,
    InSegment,
    Not,
    Tree,
)
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.events import AT, FAMILIES, Family, Measure
from plugin.core.segments.fields import FIELDS, Field
from plugin.core.segments.operators import Operator

ANNIVERSARY, SEGMENT = "anniversary", "segment"
MEASURED = (
    Operator.AT_LEAST,
    Operator.AT_MOST,
    Operator.EQ,
    Operator.NE,
    Operator.MORE_THAN,
    Operator.LESS_THAN,
)
MOST_FILTERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Reads and writes rows for one visit."""

    inputs: Inputs

    def tree(self, entry: Entry) -> Tree:
        """The question of a row. Raises `InvalidConditionError` where it is not complete."""
        question = self._question(entry)
        return Not(part=question) if entry.text("negated") else question

    def entry(self, tree: Tree, row_id: str) -> Entry:
        """The row of a question. Raises `InvalidConditionError` for what is more than one."""
        match tree:
            case Condition():
                raw = self.inputs.raw(tree.definition, tree.operator, tree.value)
                return Entry(id=row_id, field=tree.field, operator=tree.operator, inputs=raw)
            case Event():
                return self._event_entry(tree, row_id)
            case Anniversary():
                inputs: dict[str, tuple[str, ...]] = {
                    "of": (tree.field,),
                    "calendar": (str(tree.calendar),),
                    "start": (str(tree.start),),
                    "end": (str(tree.end),),
                }
                return Entry(id=row_id, field=ANNIVERSARY, inputs=inputs)
            case InSegment():
                return Entry(id=row_id, field=SEGMENT, operator="in", inputs={"segment": (tree.segment_id,)})
            case Not(part=InSegment() as inside):
                return replace(self.entry(inside, row_id), operator="out")
            case Not(part=Condition() | Event() | Anniversary() as part):
                plain = self.entry(part, row_id)
                return replace(plain, inputs={**plain.inputs, "negated": ("1",)})
        raise InvalidConditionError("this is nested more deeply than rows can show", code="nested")

    def started(self, entry: Entry) -> Entry:
        """A row whose field or operator was just chosen, with a first value."""
        field = FIELDS.get(entry.field)
        if field is None:
            return entry
        operator = self.inputs.operator(field, entry.operator)
        return replace(entry, operator=operator, inputs=self.inputs.started(field, operator, entry.inputs))

    def _question(self, entry: Entry) -> Tree:
        if entry.field in FAMILIES:
            return self._event(entry, FAMILIES[entry.field])
        if entry.field == ANNIVERSARY:
            return Anniversary(
                field=entry.text("of"),
                calendar=Calendar.JALALI if entry.text("calendar") == Calendar.JALALI else Calendar.GREGORIAN,
                start=self._days(entry, "start"),
                end=self._days(entry, "end"),
            )
        if entry.field == SEGMENT:
            inside = InSegment(segment_id=entry.text("segment"))
            return Not(part=inside) if entry.operator == "out" else inside
        field = FIELDS.get(entry.field)
        if field is None:
            raise InvalidConditionError("there is no such field", code="unknown_field", subject=entry.field)
        operator = self.inputs.operator(field, entry.operator)
        value = self.inputs.read(field, operator, entry.inputs)
        return Condition(field=field.id, operator=operator, value=value)

    def _days(self, entry: Entry, name: str) -> int:
        value = self.inputs.read(FIELDS["orders"], Operator.EQ, {"value": (entry.text(name),)})
        return value if isinstance(value, int) else 0

    def _event(self, entry: Entry, family: Family) -> Event:
        asked_for = entry.text("measure") or str(Measure.COUNT)
        if asked_for not in set(Measure):
            raise InvalidConditionError("there is no such measure", code="wrong_measure", subject=family.id)
        measure = Measure(asked_for)
        number = self.inputs.read(_counted(measure), Operator.EQ, {"value": (entry.text("number"),)})
        operator = Operator(entry.operator) if entry.operator in set(MEASURED) else Operator.AT_LEAST
        filters = []
        for id_ in entry.inputs.get("f", ())[:MOST_FILTERS]:
            field, raw = filter_of(entry, family, id_)
            asked = self.inputs.operator(field, raw.get("operator", ("",))[0])
            value = self.inputs.read(field, asked, raw)
            filters.append(Filter(field=field.id, operator=asked, value=value))
        return Event(
            family=family.id,
            filters=tuple(filters),
            measure=measure,
            operator=operator,
            number=number if isinstance(number, int) else -1,
        )

    def _event_entry(self, event: Event, row_id: str) -> Entry:
        counted = _counted(event.measure)
        inputs: dict[str, tuple[str, ...]] = {
            "measure": (str(event.measure),),
            "number": self.inputs.raw(counted, Operator.EQ, event.number)["value"],
            "f": tuple(f"f{number}" for number in range(1, len(event.filters) + 1)),
        }
        for id_, each in zip(inputs["f"], event.filters, strict=True):
            inputs[f"{id_}.field"] = (each.field,)
            inputs[f"{id_}.operator"] = (str(each.operator),)
            field = event.definition.fields[each.field]
            for name, values in self.inputs.raw(field, each.operator, each.value).items():
                inputs[f"{id_}.{name}"] = values
        return Entry(id=row_id, field=event.family, operator=event.operator, inputs=inputs)


def _counted(measure: Measure) -> Field:
    """A field of the type in which a measure is compared."""
    return FIELDS["spent"] if measure is Measure.VALUE else FIELDS["orders"]


def filter_of(entry: Entry, family: Family, id_: str) -> tuple[Field, Raw]:
    """The field that one part of an event's brackets asks about, and what was typed into it."""
    field = family.fields.get(entry.text(f"{id_}.field"), family.fields[AT])
    prefix = f"{id_}."
    raw = {
        name.removeprefix(prefix): values for name, values in entry.inputs.items() if name.startswith(prefix)
    }
    return field, raw
