"""A whole form and the tree of a segment: each made of the other, and what is wrong with a form."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from admin_ui.segment_draft import Draft, Entry, Shape
from admin_ui.segment_rows import Rows
from plugin.core.segments.conditions import All, Any_, Leaf, Not, Tree, tidy, validate
from plugin.core.segments.errors import InvalidConditionError, SegmentSyntaxError
from plugin.core.segments.parse import parse
from plugin.core.segments.print import to_text
from plugin.core.segments.rows import NotRowsError, Row, to_rows


class NestedError(Exception):
    """Rows cannot show this query: it is nested more deeply than groups of conditions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a form asks, or what keeps it from asking anything."""

    tree: Tree | None
    """As written, other segments by their names; None while something is wrong."""
    faults: dict[str, InvalidConditionError]
    """By the id of the row; `text` for the query as text, `` for the whole."""


def asked(draft: Draft, rows: Rows, currency: str) -> Asked:
    """The tree of a form as it was typed."""
    if draft.mode == "text":
        try:
            return Asked(tree=parse(draft.text, currency=currency), faults={})
        except SegmentSyntaxError as error:
            return Asked(tree=None, faults={"text": error})
    faults: dict[str, InvalidConditionError] = {}

    def read(entries: Iterable[Entry]) -> tuple[Tree, ...]:
        trees = []
        for entry in entries:
            try:
                trees.append(rows.tree(entry))
            except InvalidConditionError as error:
                faults[entry.id] = error
        return tuple(trees)

    parts: list[Tree] = []
    if draft.shape == "any" and draft.groups:
        parts.append(Any_(parts=tuple(All(parts=read(group)) for group in draft.groups)))
    elif draft.shape == "all":
        parts += [Any_(parts=read(group)) for group in draft.groups]
    if draft.excluded:
        parts.append(Not(part=Any_(parts=read(draft.excluded))))
    tree = tidy(All(parts=tuple(parts)))
    try:
        validate(tree)
    except InvalidConditionError as error:
        faults[""] = error
    return Asked(tree=None if faults else tree, faults=faults)


def drafted(tree: Tree, rows: Rows, draft: Draft) -> Draft:
    """`draft` with the rows of `tree`. Raises `NestedError` where rows cannot say it."""
    try:
        shape, groups, excluded = _divided(tidy(tree))
    except NotRowsError:
        raise NestedError from None
    number = 0

    def entries(questions: Iterable[Tree]) -> tuple[Entry, ...]:
        nonlocal number
        made = []
        for question in questions:
            number += 1
            made.append(rows.entry(question, f"r{number}"))
        return tuple(made)

    return replace(
        draft,
        mode="rows",
        shape=shape,
        groups=tuple(entries(group) for group in groups),
        excluded=entries(excluded),
    )


def texted(tree: Tree, draft: Draft, currency: str) -> Draft:
    """`draft` as text, a line for each part that must hold."""
    return replace(draft, mode="text", text=to_text(tree, currency=currency))


_Groups = list[tuple[Tree, ...]]


def _divided(tree: Tree) -> tuple[Shape, _Groups, tuple[Tree, ...]]:
    """The groups, how they are joined, and what leaves people out; one of many groups where both shapes fit."""
    excluded: list[Tree] = []
    kept: list[Tree] = []
    for part in tree.parts if isinstance(tree, All) else (tree,):
        if isinstance(part, Not) and not isinstance(part.part, Not):
            excluded += part.part.parts if isinstance(part.part, Any_) else (part.part,)
        else:
            kept.append(part)
    only = kept[0] if len(kept) == 1 else tidy(All(parts=tuple(kept)))
    ways = only.parts if isinstance(only, Any_) and only.parts else (only,)
    groups = [way.parts if isinstance(way, All) else (way,) for way in ways]
    if all(map(_is_row, chain(excluded, *groups))):
        return "any", [group for group in groups if group], tuple(excluded)
    shown = to_rows(tree)
    return (
        "all",
        [tuple(map(_question, group)) for group in shown.groups],
        tuple(map(_question, shown.excluded)),
    )


def _question(row: Row) -> Tree:
    return Not(part=row.question) if row.is_negated else row.question


def _is_row(tree: Tree) -> bool:
    return isinstance(tree, Leaf) or (isinstance(tree, Not) and isinstance(tree.part, Leaf))
