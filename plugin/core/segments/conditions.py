"""The tree of a segment: what it asks, whether a customer answers to it, and why.

Logic has two values. What is not known matches no question but `is_unknown`, and `Not` turns that into a
match, in Python as in SQL (plugin/queries/segments.py): "not from France" includes people of no known country,
"from elsewhere than France" (`ne`) does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from plugin.core.segments.facts import CustomerFacts
from plugin.core.segments.fields import FIELDS, Field, Value
from plugin.core.segments.operators import InvalidConditionError, Operator, Wanted, check, holds

MAX_CONDITIONS = 100  # per segment; a person reads no more, and databases limit an expression's depth
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One question about one field. Raises `InvalidConditionError` when it makes no sense."""

    field: str
    operator: Operator
    value: Wanted = None
    """None for `is_known` and `is_unknown`, a tuple for `one_of`, whole days for windows."""

    def __post_init__(self) -> None:
        check(self.field, self.operator, self.value)

    @property
    def definition(self) -> Field:
        return FIELDS[self.field]


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every part holds; with no parts, everyone."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Any_:  # noqa: N801 - `Any` is another idea in every module of Python
    """At least one part holds; with no parts, nobody."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    part: "Tree"


Tree = Condition | All | Any_ | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A tree and its answer, part by part, with the values that were true at the time."""

    tree: Tree
    held: bool
    value: Value | None = None
    """Of a condition: the customer's value; None when unknown."""
    parts: tuple["Why", ...] = ()

    def findings(self) -> Iterator["Why"]:
        """The single conditions, in the order in which they were written."""
        if isinstance(self.tree, Condition):
            yield self
        for part in self.parts:
            yield from part.findings()


def matches(tree: Tree, facts: CustomerFacts, now: datetime) -> bool:
    """True when the customer belongs to the segment at `now`."""
    match tree:
        case Condition():
            return holds(tree.operator, tree.value, tree.definition.read(facts), now)
        case All():
            return all(matches(part, facts, now) for part in tree.parts)
        case Any_():
            return any(matches(part, facts, now) for part in tree.parts)
        case Not():
            return not matches(tree.part, facts, now)


def explain(tree: Tree, facts: CustomerFacts, now: datetime) -> Why:
    """Like `matches`, but every part is asked and every answer is kept."""
    match tree:
        case Condition():
            value = tree.definition.read(facts)
            return Why(tree=tree, held=holds(tree.operator, tree.value, value, now), value=value)
        case All():
            parts = tuple(explain(part, facts, now) for part in tree.parts)
            return Why(tree=tree, held=all(part.held for part in parts), parts=parts)
        case Any_():
            parts = tuple(explain(part, facts, now) for part in tree.parts)
            return Why(tree=tree, held=any(part.held for part in parts), parts=parts)
        case Not():
            part = explain(tree.part, facts, now)
            return Why(tree=tree, held=not part.held, parts=(part,))


def validate(tree: Tree) -> None:
    """Raise `InvalidConditionError` when `tree` is larger than a person or a database can read."""
    if _depth(tree) > MAX_DEPTH:
        raise InvalidConditionError(f"a segment may be nested {MAX_DEPTH} levels deep; flatten it")
    if sum(1 for _ in conditions_of(tree)) > MAX_CONDITIONS:
        raise InvalidConditionError(f"a segment may have {MAX_CONDITIONS} conditions; split it in two")


def conditions_of(tree: Tree) -> Iterator[Condition]:
    """Every condition of `tree`, in the order in which they were written."""
    waiting: list[Tree] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Condition):
            yield node
        else:
            waiting.extend(reversed(_parts(node)))


def _depth(tree: Tree) -> int:
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [part for node in level for part in _parts(node)]
    return depth


def _parts(tree: Tree) -> tuple[Tree, ...]:
    match tree:
        case Condition():
            return ()
        case All() | Any_():
            return tree.parts
        case Not():
            return (tree.part,)
