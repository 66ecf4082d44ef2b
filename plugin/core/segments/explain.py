"""Why somebody is, or is not, in a segment: every part of the tree with its answer and the value at the time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from plugin.core.segments import acts
from plugin.core.segments.compile import RESOLVED_CONDITIONS, RESOLVED_DEPTH, leaf_holds
from plugin.core.segments.conditions import (
    All,
    Anniversary,
    Any_,
    Condition,
    Event,
    Leaf,
    Not,
    Tree,
    validate,
)
from plugin.core.segments.facts import CustomerFacts, Past
from plugin.core.segments.fields import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A tree and its answer, part by part, with the values that were true at the time."""

    tree: Tree
    held: bool
    value: Value | None = None
    """Of a condition or an anniversary: the customer's value; None when unknown. Of an event: what was counted."""
    parts: tuple["Why", ...] = ()

    def findings(self) -> Iterator["Why"]:
        """The single questions, in the order in which they were written."""
        if isinstance(self.tree, Leaf):
            yield self
        for part in self.parts:
            yield from part.findings()


def explain(tree: Tree, facts: CustomerFacts, past: Past, now: datetime, *, zone: ZoneInfo) -> Why:
    """Like asking the predicate of a resolved tree, but every part is asked and every answer is kept."""
    validate(tree, conditions=RESOLVED_CONDITIONS, depth=RESOLVED_DEPTH)

    def why(node: Tree) -> Why:
        match node:
            case All():
                parts = tuple(why(part) for part in node.parts)
                return Why(tree=node, held=all(part.held for part in parts), parts=parts)
            case Any_():
                parts = tuple(why(part) for part in node.parts)
                return Why(tree=node, held=any(part.held for part in parts), parts=parts)
            case Not():
                part = why(node.part)
                return Why(tree=node, held=not part.held, parts=(part,))
            case _:
                held = leaf_holds(node, zone)(facts, past, now)
                return Why(tree=node, held=held, value=_value(node, facts, past, now, zone))

    return why(tree)


def _value(leaf: Leaf, facts: CustomerFacts, past: Past, now: datetime, zone: ZoneInfo) -> Value | None:
    match leaf:
        case Condition() | Anniversary():
            value: Value | None = leaf.definition.read(facts)
            return value
        case Event():
            return acts.measured(leaf, zone)(past, now)
        case _:
            return None
