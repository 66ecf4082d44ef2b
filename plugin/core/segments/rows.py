"""A segment as the builder shows it: rows in groups, all groups must hold, one row of a group is enough; and a
block of rows that keep people out.

Not every tree has this shape. One that has not is shown as text only, and says so.
"""

from dataclasses import dataclass

from plugin.core.segments.conditions import All, Any_, Leaf, Not, Tree, tidy
from plugin.core.segments.errors import InvalidConditionError


class NotRowsError(InvalidConditionError):
    """This segment is nested deeper than rows can show. Edit it as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    question: Leaf
    is_negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    groups: tuple[tuple[Row, ...], ...] = ()
    """None of them: everyone."""
    excluded: tuple[Row, ...] = ()
    """Whoever answers to one of them is out."""


def from_rows(rows: Rows) -> Tree:
    """The tree of the rows; empty groups ask nothing."""
    parts: list[Tree] = [_group(group) for group in rows.groups if group]
    if rows.excluded:
        parts.append(Not(part=_group(rows.excluded)))
    return tidy(All(parts=tuple(parts)))


def to_rows(tree: Tree) -> Rows:
    """The rows of the tree. Raises `NotRowsError` when it has another shape."""
    clean = tidy(tree)
    groups: list[tuple[Row, ...]] = []
    excluded: list[Row] = []
    for part in clean.parts if isinstance(clean, All) else (clean,):
        if isinstance(part, Not):
            excluded.extend(_rows(part.part))
        else:
            groups.append(_rows(part))
    return Rows(groups=tuple(groups), excluded=tuple(excluded))


def _group(rows: tuple[Row, ...]) -> Tree:
    return Any_(parts=tuple(Not(part=row.question) if row.is_negated else row.question for row in rows))


def _rows(tree: Tree) -> tuple[Row, ...]:
    match tree:
        case Any_(parts=parts) if parts:
            return tuple(_row(part) for part in parts)
        case _:
            return (_row(tree),)


def _row(tree: Tree) -> Row:
    match tree:
        case Not(part=part) if isinstance(part, Leaf):
            return Row(question=part, is_negated=True)
        case _ if isinstance(tree, Leaf):
            return Row(question=tree)
        case _:
            raise NotRowsError(
                "this segment is nested deeper than rows can show; edit it as text", code="not_rows"
            )
