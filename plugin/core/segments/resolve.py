"""Segments inside segments: each name gives way to the tree it stands for."""

from collections.abc import Mapping

from plugin.core.segments.compile import RESOLVED_CONDITIONS, RESOLVED_DEPTH
from plugin.core.segments.conditions import All, Any_, InSegment, Not, Tree, leaves_of, parts_of, validate
from plugin.core.segments.errors import InvalidConditionError, quoted
from plugin.core.segments.suggest import nearest

_SHOWN = 8  # segments of a way that an error names
_Size = tuple[int, int]
"""Questions, and levels."""


class MissingSegmentError(InvalidConditionError):
    """A segment asks for another one that does not exist. The message names the way there."""


class CyclicSegmentError(InvalidConditionError):
    """A segment asks, through others, for itself. The message names the way round."""


def resolve(tree: Tree, definitions: Mapping[str, Tree]) -> Tree:
    """`tree` with every segment in it replaced by its definition, to the end.

    Raises `MissingSegmentError`, `CyclicSegmentError`, or `InvalidConditionError` when the whole is larger than
    anybody can read or a database can answer.
    """
    validate(tree)
    sizes: dict[str, _Size] = {}
    wholes: dict[str, Tree] = {}
    for name in _innermost_first(tree, definitions):
        validate(definitions[name])
        sizes[name] = _checked(_size(definitions[name], sizes))
        wholes[name] = _inlined(definitions[name], wholes)
    _checked(_size(tree, sizes))
    return _inlined(tree, wholes)


def _innermost_first(tree: Tree, definitions: Mapping[str, Tree]) -> list[str]:
    """Every segment that `tree` asks for, directly or through others, after those that it asks for itself."""
    order: dict[str, None] = {}
    path: list[str] = []
    waiting = [iter(_named(tree))]
    while waiting:
        name = next(waiting[-1], None)
        if name is None:
            waiting.pop()
            if path:
                order[path.pop()] = None
        elif name in path:
            raise CyclicSegmentError(
                f"the segment asks for itself: {_way([*path[path.index(name) :], name])}",
                code="cycle",
                subject=name,
            )
        elif name not in order:
            if name not in definitions:
                raise _missing(name, path, definitions)
            path.append(name)
            waiting.append(iter(_named(definitions[name])))
    return list(order)


def _missing(name: str, path: list[str], definitions: Mapping[str, Tree]) -> MissingSegmentError:
    through = f" (asked for by {_way([*path, name])})" if path else ""
    return MissingSegmentError(
        f"there is no segment {quoted(name)}{through}",
        code="missing_segment",
        subject=name,
        suggestion=nearest(name, definitions),
    )


def _way(names: list[str]) -> str:
    shown = names if len(names) <= _SHOWN else [*names[: _SHOWN - 2], "…", names[-1]]
    return " → ".join(shown)


def _named(tree: Tree) -> list[str]:
    return sorted({leaf.segment_id for leaf in leaves_of(tree) if isinstance(leaf, InSegment)})


def _size(tree: Tree, sizes: Mapping[str, _Size]) -> _Size:
    if isinstance(tree, InSegment):
        return sizes[tree.segment_id]
    parts = [_size(part, sizes) for part in parts_of(tree)]
    if not parts:
        return int(not isinstance(tree, All | Any_)), 1
    return sum(count for count, _ in parts), 1 + max(levels for _, levels in parts)


def _checked(size: _Size) -> _Size:
    if size[0] > RESOLVED_CONDITIONS or size[1] > RESOLVED_DEPTH:
        raise InvalidConditionError(
            f"with the segments inside it, a segment may have {RESOLVED_CONDITIONS} conditions and "
            f"{RESOLVED_DEPTH} levels; ask for fewer segments",
            code="too_long",
        )
    return size


def _inlined(tree: Tree, wholes: Mapping[str, Tree]) -> Tree:
    match tree:
        case InSegment():
            return wholes[tree.segment_id]
        case All() | Any_():
            return type(tree)(parts=tuple(_inlined(part, wholes) for part in tree.parts))
        case Not():
            return Not(part=_inlined(tree.part, wholes))
        case _:
            return tree
