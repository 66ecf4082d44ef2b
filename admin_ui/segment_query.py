"""A whole form and the tree of a segment: each made of the other, and what is wrong with a form."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from admin_ui.segment_draft import Draft, Entry
from admin_ui.segment_rows import Rows
from plugin.core.segments.conditions import All, Any_, Leaf, Not, Tree, tidy, validate
from plugin.core.segments.errors import InvalidConditionError, SegmentSyntaxError
from plugin.core.segments.parse import parse
from plugin.core.segments.print import to_text


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

    ways = [All(parts=read(group)) for group in draft.groups]
    parts: list[Tree] = [Any_(parts=tuple(ways))] if ways else []
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
    groups, excluded = _divided(tidy(tree))
    number = 0

    def entries(leaves: Iterable[Tree]) -> tuple[Entry, ...]:
        nonlocal number
        made = []
        for leaf in leaves:
            number += 1
            try:
                made.append(rows.entry(leaf, f"r{number}"))
            except InvalidConditionError:
                raise NestedError from None
        return tuple(made)

    return replace(
        draft,
        mode="rows",
        groups=tuple(entries(group) for group in groups),
        excluded=entries(excluded),
    )


def texted(tree: Tree, draft: Draft, currency: str) -> Draft:
    """`draft` as text, a line for each part that must hold."""
    return replace(draft, mode="text", text=to_text(tree, currency=currency))


def _divided(tree: Tree) -> tuple[list[tuple[Tree, ...]], list[Tree]]:
    """The groups of which one must hold, and what leaves people out."""
    excluded: list[Tree] = []
    kept: list[Tree] = []
    for part in tree.parts if isinstance(tree, All) else (tree,):
        if isinstance(part, Not) and not isinstance(part.part, Not):
            inside = part.part
            excluded += inside.parts if isinstance(inside, Any_) else (inside,)
        else:
            kept.append(part)
    ways = kept[0].parts if len(kept) == 1 and isinstance(kept[0], Any_) else (tidy(All(parts=tuple(kept))),)
    if isinstance(tree, Any_) and not tree.parts:
        raise NestedError
    groups = [way.parts if isinstance(way, All) else (way,) for way in ways]
    if any(not _is_row(part) for part in (*(part for group in groups for part in group), *excluded)):
        raise NestedError
    return [group for group in groups if group], excluded


def _is_row(tree: Tree) -> bool:
    return isinstance(tree, Leaf) or (isinstance(tree, Not) and isinstance(tree.part, Leaf))
