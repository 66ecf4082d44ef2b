"""A tree -> a predicate that is cheap to ask: of every customer at every event, and when time alone may change it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from zoneinfo import ZoneInfo

from plugin.core.segments import acts, anniversaries
from plugin.core.segments.conditions import (
    All,
    Anniversary,
    Any_,
    Condition,
    Event,
    InSegment,
    Leaf,
    Not,
    Tree,
    leaves_of,
    validate,
)
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.facts import CustomerFacts, Past
from plugin.core.segments.fields import FieldType
from plugin.core.segments.moments import reach_of
from plugin.core.segments.questions import compares, question_of
from plugin.core.segments.spans import Span

RESOLVED_CONDITIONS = 500  # of a segment with the segments inside it
RESOLVED_DEPTH = 40
_MOST_TURNS = 24  # instants tried for a flip; whoever has more is asked again at the last of them

Holds = Callable[[CustomerFacts, Past, datetime], bool]
Turns = Callable[[CustomerFacts, Past, datetime], tuple[list[datetime], datetime | None]]
"""The instants after now at which a leaf may change, and until when none is missing (None: for ever)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """Whether a customer belongs to a segment. Pure: the same facts, past and now give the same answer."""

    holds: Holds
    families: frozenset[str]
    """The families of acts that have to be in the `Past`."""
    turns: tuple[Turns, ...]

    @property
    def is_timed(self) -> bool:
        """Whether time alone can change any answer."""
        return bool(self.turns)

    def next_flip(self, facts: CustomerFacts, past: Past, now: datetime) -> datetime | None:
        """The first instant after `now` at which time alone may change the answer; None when it never will.

        Never later than a change. It may be earlier than one where somebody's acts are very many.
        """
        if not self.turns:
            return None
        instants: set[datetime] = set()
        complete_until: datetime | None = None
        for turn in self.turns:
            found, until = turn(facts, past, now)
            instants.update(found)
            if until is not None and (complete_until is None or until < complete_until):
                complete_until = until
        answer = self.holds(facts, past, now)
        for at in nsmallest(_MOST_TURNS, instants):
            if complete_until is not None and at >= complete_until:
                return complete_until
            if self.holds(facts, past, at) is not answer:
                return at
        return max(nsmallest(_MOST_TURNS, instants)) if len(instants) > _MOST_TURNS else complete_until


def compile_tree(tree: Tree, zone: ZoneInfo) -> Predicate:
    """The predicate of a resolved tree, with the days of the shop's `zone`. Raises `InvalidConditionError`."""
    validate(tree, conditions=RESOLVED_CONDITIONS, depth=RESOLVED_DEPTH)
    leaves = tuple(leaves_of(tree))
    return Predicate(
        holds=_holds(tree, zone),
        families=frozenset(leaf.family for leaf in leaves if isinstance(leaf, Event)),
        turns=tuple(turns for leaf in leaves if (turns := _turns(leaf, zone)) is not None),
    )


def _holds(tree: Tree, zone: ZoneInfo) -> Holds:
    match tree:
        case All(parts=parts):
            return _all(tuple(_holds(part, zone) for part in parts))
        case Any_(parts=parts):
            return _any(tuple(_holds(part, zone) for part in parts))
        case Not(part=part):
            negated = _holds(part, zone)
            return lambda facts, past, now: not negated(facts, past, now)
        case _:
            return leaf_holds(tree, zone)


def _all(parts: tuple[Holds, ...]) -> Holds:
    def holds(facts: CustomerFacts, past: Past, now: datetime) -> bool:
        for part in parts:  # noqa: SIM110  # a generator costs as much as the questions
            if not part(facts, past, now):
                return False
        return True

    return holds


def _any(parts: tuple[Holds, ...]) -> Holds:
    def holds(facts: CustomerFacts, past: Past, now: datetime) -> bool:
        for part in parts:  # noqa: SIM110  # as above
            if part(facts, past, now):
                return True
        return False

    return holds


def leaf_holds(leaf: Leaf, zone: ZoneInfo) -> Holds:
    """A single question, ready to be asked. Raises `InvalidConditionError` for a segment not resolved yet."""
    match leaf:
        case Condition():
            return question_of(leaf.definition, leaf.operator, leaf.value, zone)
        case Event():
            count, answers = acts.measured(leaf, zone), compares(leaf.operator, leaf.number)
            return lambda _facts, past, now: answers(count(past, now))
        case Anniversary():
            read, is_near = leaf.definition.read, anniversaries.is_near(leaf, zone)

            def near(facts: CustomerFacts, _past: Past, now: datetime) -> bool:
                value = read(facts)
                return value is not None and is_near(value, now)

            return near
        case InSegment():
            raise InvalidConditionError(
                f"segment {leaf.segment_id} has to be resolved before anybody can be asked", code="unresolved"
            )


def _turns(leaf: Leaf, zone: ZoneInfo) -> Turns | None:
    match leaf:
        case Condition():
            return _moving(leaf, zone)
        case Event():
            instants = acts.turns(leaf, zone)
            if instants is None:
                return None
            return lambda _facts, past, now: (instants(past, now), None)
        case Anniversary():
            read = leaf.definition.read

            def turns(
                facts: CustomerFacts, _past: Past, now: datetime
            ) -> tuple[list[datetime], datetime | None]:
                value = read(facts)
                return ([], None) if value is None else anniversaries.turns(leaf, zone, value, now)

            return turns
        case _:
            return None


def _moving(condition: Condition, zone: ZoneInfo) -> Turns | None:
    field = condition.definition
    if field.type is not FieldType.MOMENT or not isinstance(condition.value, Span):
        return None
    read, reach = field.read, reach_of(condition.operator, condition.value, zone)

    def turns(facts: CustomerFacts, _past: Past, now: datetime) -> tuple[list[datetime], datetime | None]:
        value = read(facts)
        return ([] if value is None else reach.turns(value, now)), None

    return turns
