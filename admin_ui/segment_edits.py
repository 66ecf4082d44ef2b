"""What a press of a button does to the form of the builder; each edit is one line of `EDITS`."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from admin_ui.segment_bench import Bench
from admin_ui.segment_draft import Draft, Entry, add, change, narrowed, remove, without_part
from admin_ui.segment_faults import fault_of, replaced
from admin_ui.segment_query import NestedError, drafted, texted
from plugin.core.segments.errors import SegmentSyntaxError
from plugin.core.segments.parse import parse
from plugin.core.segments.shopify_query import NotExpressibleError, from_shopify

Said = Mapping[str, str]
Edited = tuple[Draft, str, str]
"""The form, the row that takes the focus, and why nothing was done, where nothing was."""

FIRST_FIELD = "orders"
_EDITOR = "editor"


def edited(bench: Bench, draft: Draft, said: Said) -> Edited:
    """The form after the edit that it names; as it was for one that does not exist."""
    edit = EDITS.get(said.get("do", ""))
    return edit(bench, draft, said) if edit else (draft, "", "")


def _add(bench: Bench, draft: Draft, said: Said) -> Edited:
    after, row_id = add(draft, said.get("at", ""), FIRST_FIELD)
    return _restarted(bench, after, row_id), row_id, ""


def _remove(_bench: Bench, draft: Draft, said: Said) -> Edited:
    after, nearest = remove(draft, said.get("at", ""))
    return after, nearest or _EDITOR, ""


def _field(bench: Bench, draft: Draft, said: Said) -> Edited:
    """Another field is another question: what was typed for the old one goes."""
    entry = _entry(draft, said)
    if entry is None:
        return draft, "", ""
    return _restarted(bench, change(draft, entry.id, Entry(id=entry.id, field=entry.field)), entry.id), "", ""


def _operator(bench: Bench, draft: Draft, said: Said) -> Edited:
    entry = _entry(draft, said)
    return (_restarted(bench, draft, entry.id) if entry else draft), "", ""


def _filter(_bench: Bench, draft: Draft, said: Said) -> Edited:
    entry = _entry(draft, said)
    if entry is None:
        return draft, "", ""
    after, part = narrowed(entry)
    return change(draft, entry.id, after), f"{entry.id}.{part}", ""


def _filter_field(_bench: Bench, draft: Draft, said: Said) -> Edited:
    entry = _entry(draft, said)
    if entry is None:
        return draft, "", ""
    return change(draft, entry.id, without_part(entry, _part(said), keep_name=True)), "", ""


def _unfilter(_bench: Bench, draft: Draft, said: Said) -> Edited:
    entry = _entry(draft, said)
    if entry is None:
        return draft, "", ""
    return change(draft, entry.id, without_part(entry, _part(said))), entry.id, ""


def _shape(_bench: Bench, draft: Draft, _said: Said) -> Edited:
    """The form says the new shape already; the words between rows and groups are drawn anew."""
    return draft, "", ""


def _to_rows(bench: Bench, draft: Draft, _said: Said) -> Edited:
    words = bench.visit.words
    if not draft.text.strip():
        return replace(draft, mode="rows"), _EDITOR, ""
    try:
        tree = parse(draft.text, currency=bench.shop.currency)
        return drafted(tree, bench.rows, draft), _EDITOR, ""
    except SegmentSyntaxError:
        return draft, "", words.gettext("Rows appear as soon as the query can be understood.")
    except NestedError:
        return draft, "", words.gettext("This is nested more deeply than rows can show. Change it as text.")


def _to_text(bench: Bench, draft: Draft, _said: Said) -> Edited:
    answer = bench.asked(draft)
    if answer.tree is None:
        return draft, "", bench.obstacle(draft, answer)
    return texted(answer.tree, draft, bench.shop.currency), _EDITOR, ""


def _take(_bench: Bench, draft: Draft, said: Said) -> Edited:
    """Put what was probably meant in the place of what was written."""
    text = replaced(draft.text, said.get("at", ""), said.get("instead", ""))
    return replace(draft, text=text), _EDITOR, ""


def _import(bench: Bench, draft: Draft, said: Said) -> Edited:
    """Take over what a Shopify segment asks, or say which parts have no words here."""
    words, currency = bench.visit.words, bench.shop.currency
    try:
        tree = from_shopify(said.get("shopify", ""), currency=currency)
    except SegmentSyntaxError as error:
        place = words.gettext("Line %(line)s, character %(column)s") % {
            "line": bench.visit.formats.num(error.line),
            "column": bench.visit.formats.num(error.column),
        }
        return draft, "", f"{fault_of(error, words)} {place}"
    except NotExpressibleError as error:
        return draft, "", f"{words.gettext('Our language has no words for:')} {'; '.join(error.parts)}"
    try:
        return drafted(tree, bench.rows, draft), _EDITOR, ""
    except NestedError:
        return texted(tree, draft, currency), _EDITOR, ""


def _restarted(bench: Bench, draft: Draft, row_id: str) -> Draft:
    entry = next((each for each in draft.entries if each.id == row_id), None)
    return change(draft, row_id, bench.rows.started(entry)) if entry else draft


def _entry(draft: Draft, said: Said) -> Entry | None:
    row_id = said.get("at", "").partition(".")[0]
    return next((each for each in draft.entries if each.id == row_id), None)


def _part(said: Said) -> str:
    return said.get("at", "").partition(".")[2]


EDITS: dict[str, Callable[[Bench, Draft, Said], Edited]] = {
    "add": _add,
    "remove": _remove,
    "field": _field,
    "operator": _operator,
    "filter": _filter,
    "filter_field": _filter_field,
    "unfilter": _unfilter,
    "rows": _to_rows,
    "text": _to_text,
    "take": _take,
    "shape": _shape,
    "import": _import,
}
