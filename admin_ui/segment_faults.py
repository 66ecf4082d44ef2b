"""What is wrong with a query, in the merchant's language; the kinds are those of `plugin.core.segments.errors`."""

from dataclasses import dataclass
from gettext import NullTranslations

from admin_ui import segment_words
from plugin.core.segments.errors import InvalidConditionError, SegmentSyntaxError
from plugin.core.segments.events import FAMILIES
from plugin.core.segments.fields import FIELDS

_ENDS = " \t\n,()"
_LONGEST_PLACE = 20  # characters of `line:column`


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


FAULTS = {
    "absurd_window": _("This stretch of time makes no sense: “%(subject)s”. Ten years are the most."),
    "bad_name": _("Use at most 80 characters that can be printed."),
    "changed_meanwhile": _("Somebody changed this segment meanwhile. Open it again and look."),
    "cycle": _("The segment would ask for itself, through “%(subject)s”."),
    "empty": _("A value is missing."),
    "gone": _("This segment is no longer there; it may have been deleted."),
    "in_use": _("It is used elsewhere; take it out there first."),
    "incomplete": _("Something is missing here."),
    "invalid": _("This cannot be asked."),
    "missing_segment": _("There is no segment “%(subject)s”."),
    "name_taken": _("Another segment has this name."),
    "nested": _("This is nested more deeply than rows can show. Change it as text."),
    "no_name": _("Give the segment a name."),
    "nothing_to_undo": _("There is no version before this one."),
    "not_rows": _("This is nested more deeply than rows can show. Change it as text."),
    "reversed": _("The smaller value comes first."),
    "too_deep": _("Too many brackets within each other; twenty levels are the most."),
    "too_long": _("This is too long: a segment may have 100 conditions. Split it in two."),
    "too_many": _("A shop may have 200 segments of its own. Delete one that is no longer used."),
    "too_many_values": _("Too many values; 200 are the most."),
    "unexpected": _("“%(subject)s” is not expected here."),
    "unknown_choice": _("There is no such value: “%(subject)s”."),
    "unknown_family": _("There is nothing called “%(subject)s” to count."),
    "unknown_field": _("There is no field “%(subject)s”."),
    "unknown_unit": _("“%(subject)s” is no unit of time. There are hours, days, weeks, months and years."),
    "unresolved": _("Another segment in this one cannot be understood."),
    "unterminated": _("This text has no closing quotation mark."),
    "wrong_day": _("“%(subject)s” is no day. Days are written 2026-01-31."),
    "wrong_measure": _("This cannot be counted so."),
    "wrong_operator": _("This cannot be asked of this field."),
    "wrong_value": _("This value does not fit the field."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFault:
    """A fault of the query as text: where it is, and what may have been meant."""

    message: str
    line: int
    column: int
    before: str
    """The line up to the fault, without its beginning where it is long."""
    marked: str
    after: str
    suggestion: str
    place: str
    """`line:column`, for the button that takes the suggestion."""


def fault_text(code: str, subject: str, words: NullTranslations) -> str:
    """The sentence of a kind of fault."""
    said = words.gettext(FAULTS.get(code, FAULTS["invalid"])) % {"subject": subject}
    example = _example(subject)
    if not example or code not in {"wrong_operator", "wrong_value", "incomplete"}:
        return said
    return words.gettext("%(fault)s For example: %(example)s") % {"fault": said, "example": example}


def fault_of(error: InvalidConditionError, words: NullTranslations) -> str:
    """An error in words; a field is called by its name."""
    subject = error.subject
    if error.code in {"wrong_operator", "wrong_value", "incomplete", "reversed"} and subject in FIELDS:
        name = words.gettext(segment_words.FIELDS[subject])
        return f"{name}: {fault_text(error.code, subject, words)}"
    return fault_text(error.code, subject, words)


def text_fault(error: SegmentSyntaxError, text: str, words: NullTranslations) -> TextFault:
    """An error of a text, with the line it is in and the word it is about."""
    line = (text.splitlines() or [""])[min(error.line, text.count("\n") + 1) - 1]
    start = max(error.column - 1, 0)
    word = word_at(line, start)
    return TextFault(
        message=fault_of(error, words),
        line=error.line,
        column=error.column,
        before=line[:start],
        marked=word or "\u00a0",
        after=line[start + len(word) :],
        suggestion=error.suggestion or "",
        place=f"{error.line}:{error.column}",
    )


def replaced(text: str, place: str, instead: str) -> str:
    """`text` with the word at `place` replaced; unchanged where there is no such place."""
    line, _, column = place.partition(":")
    lines = text.splitlines() or [""]
    is_place = line.isdecimal() and column.isdecimal() and len(place) <= _LONGEST_PLACE
    if not is_place or not 1 <= int(line) <= len(lines):
        return text
    at, start = int(line) - 1, int(column) - 1
    word = word_at(lines[at], start)
    lines[at] = lines[at][:start] + instead + lines[at][start + len(word) :]
    return "\n".join(lines)


def word_at(line: str, start: int) -> str:
    """What stands at a place: a text in quotation marks, or everything up to the next space or bracket."""
    rest = line[start:]
    if rest[:1] in {'"', "'"}:
        end = rest.find(rest[0], 1)
        return rest[: end + 1] if end > 0 else rest
    ends = [at for at, sign in enumerate(rest) if sign in _ENDS]
    return rest[: ends[0]] if ends and ends[0] else (rest[:1] if ends else rest)


def _example(subject: str) -> str:
    if subject in FIELDS:
        return FIELDS[subject].example
    if subject in FAMILIES:
        return f"{subject}(within 1 year) >= 2"
    return ""
