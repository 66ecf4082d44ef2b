"""The segment builder's form, as it was sent: rows in groups, rows that exclude, or the query as text.

Everything is kept as it was typed, so that a half-finished row comes back as the merchant left it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from typing import Literal

Mode = Literal["rows", "text"]
Shape = Literal["any", "all"]
"""Which groups: one of them, all of whose rows hold; or all of them, one row of each."""

MOST_ROWS = 100
_LONG_ID = 10  # characters; far more than any form of ours reaches
EXCLUDED = "x"
"""The group of the rows whose people are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row, in raw text."""

    id: str
    """Names its inputs; unique in the form and kept from answer to answer."""
    field: str
    operator: str = ""
    inputs: dict[str, tuple[str, ...]] = made(default_factory=dict)
    """What was typed or ticked, by the name of the input without the row's prefix."""

    def text(self, name: str) -> str:
        """The first thing typed into `name`; empty when nothing was."""
        values = self.inputs.get(name, ())
        return values[0].strip() if values else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A whole form. Who matches an excluded row is out, whatever the groups say."""

    segment_id: str = ""
    """Empty while the segment is new."""
    version: int = 0
    """The version that was opened, so that a change by another person is noticed."""
    name: str = ""
    mode: Mode = "rows"
    shape: Shape = "any"
    text: str = ""
    groups: tuple[tuple[Entry, ...], ...] = ()
    excluded: tuple[Entry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every row, in the order of the page."""
        return (*(entry for group in self.groups for entry in group), *self.excluded)


def read(items: Iterable[tuple[str, str]]) -> Draft:
    """A form as the browser sends it: `row` = `<group>.<id>` for each row, then `<id>.<input>` for what is in it."""
    fields: dict[str, list[str]] = {}
    for name, value in items:
        fields.setdefault(name, []).append(value)
    groups: dict[str, list[Entry]] = {}
    for place in dict.fromkeys(fields.get("row", [])[:MOST_ROWS]):
        group, _, row_id = place.partition(".")
        prefix = f"{row_id}."
        inputs = {
            name.removeprefix(prefix): tuple(values)
            for name, values in fields.items()
            if name.startswith(prefix)
        }
        entry = Entry(
            id=row_id,
            field=_last(inputs.pop("field", ())),
            operator=_last(inputs.pop("operator", ())),
            inputs=inputs,
        )
        groups.setdefault(group, []).append(entry)
    excluded = tuple(groups.pop(EXCLUDED, ()))
    version = _last(fields.get("version", ()))
    return Draft(
        segment_id=_last(fields.get("segment_id", ())),
        version=int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0,
        name=_last(fields.get("name", ())),
        mode="text" if _last(fields.get("mode", ())) == "text" else "rows",
        shape="all" if _last(fields.get("shape", ())) == "all" else "any",
        text=_last(fields.get("text", ())),
        groups=tuple(tuple(group) for group in groups.values()),
        excluded=excluded,
    )


def add(draft: Draft, place: str, field_id: str) -> tuple[Draft, str]:
    """Put a new row at the end of a group, by its number, of a new group, or of the excluded. Returns its id."""
    if len(draft.entries) >= MOST_ROWS:
        return draft, draft.entries[-1].id
    new = Entry(id=_free_id(draft.entries), field=field_id)
    if place == EXCLUDED:
        return replace(draft, excluded=(*draft.excluded, new)), new.id
    groups = [list(group) for group in draft.groups]
    number = int(place) if place.isascii() and place.isdecimal() and len(place) < 4 else len(groups)
    if number < len(groups):
        groups[number].append(new)
    else:
        groups.append([new])
    return replace(draft, groups=tuple(tuple(group) for group in groups)), new.id


def remove(draft: Draft, row_id: str) -> tuple[Draft, str]:
    """Take a row away; an empty group goes with it. Returns the row before it, or the first that is left."""
    ids = [entry.id for entry in draft.entries]
    at = ids.index(row_id) if row_id in ids else 0
    groups = tuple(
        kept for group in draft.groups if (kept := tuple(entry for entry in group if entry.id != row_id))
    )
    excluded = tuple(entry for entry in draft.excluded if entry.id != row_id)
    left = [each for each in ids if each != row_id]
    nearest = left[max(at - 1, 0)] if left else ""
    return replace(draft, groups=groups, excluded=excluded), nearest


def change(draft: Draft, row_id: str, new: Entry) -> Draft:
    """Put `new` into the place of a row."""

    def put(entries: Iterable[Entry]) -> tuple[Entry, ...]:
        return tuple(new if entry.id == row_id else entry for entry in entries)

    return replace(draft, groups=tuple(put(group) for group in draft.groups), excluded=put(draft.excluded))


def narrowed(entry: Entry) -> tuple[Entry, str]:
    """An event with one more part in its brackets, and the id of that part."""
    parts = entry.inputs.get("f", ())
    new = f"f{_free_number(parts)}"
    return replace(entry, inputs={**entry.inputs, "f": (*parts, new)}), new


def without_part(entry: Entry, part: str, *, keep_name: bool = False) -> Entry:
    """An event without what one part of its brackets says; `keep_name` leaves its field, to be asked anew."""
    kept = {
        name: values
        for name, values in entry.inputs.items()
        if not name.startswith(f"{part}.") or (keep_name and name == f"{part}.field")
    }
    if not keep_name:
        kept["f"] = tuple(each for each in kept.get("f", ()) if each != part)
    return replace(entry, inputs=kept)


def _free_id(entries: Sequence[Entry]) -> str:
    return f"r{_free_number(entry.id for entry in entries)}"


def _free_number(ids: Iterable[str]) -> int:
    """One more than the highest number behind the letter of an id; ids that we never gave count for nothing."""
    numbers = (int(each[1:]) for each in ids if each[1:].isdecimal() and len(each) < _LONG_ID)
    return max(numbers, default=0) + 1


def _last(values: Sequence[str]) -> str:
    return values[-1] if values else ""
