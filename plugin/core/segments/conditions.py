"""The tree of a segment: what it asks.

Logic has two values. What is not known matches no question but `is_unknown`, and `Not` turns that into a
match, in Python as in SQL (plugin/queries/segments_sql.py): "not from France" includes people of no known country,
"from elsewhere than France" (`ne`) does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from plugin.core.money import MAX_MINOR
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.events import FAMILIES, Family, Measure
from plugin.core.segments.fields import FIELDS, Field, FieldType
from plugin.core.segments.operators import Operator, Wanted, check, definition, is_plain
from plugin.core.segments.suggest import nearest

MAX_CONDITIONS = 100  # per segment; a person reads no more, and databases limit an expression's depth
MAX_DEPTH = 20
MAX_AHEAD = 366  # days from today within which an anniversary is asked for
MAX_ID = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One question about one field. Raises `InvalidConditionError` when it makes no sense."""

    field: str
    operator: Operator
    value: Wanted = None
    """None for `is_known` and `is_unknown`, a tuple for `between` and several values, a `Span` for windows."""

    def __post_init__(self) -> None:
        check(self.definition, self.operator, self.value)

    @property
    def definition(self) -> Field:
        return definition(FIELDS, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One question about an act of a family; `Event` checks it."""

    field: str
    operator: Operator
    value: Wanted = None


_MEASURING = frozenset(
    {
        Operator.EQ,
        Operator.NE,
        Operator.LESS_THAN,
        Operator.AT_MOST,
        Operator.MORE_THAN,
        Operator.AT_LEAST,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """How much of what the person did answers to every filter. Raises `InvalidConditionError`."""

    family: str
    filters: tuple[Filter, ...] = ()
    measure: Measure = Measure.COUNT
    operator: Operator = Operator.AT_LEAST
    number: int = 1
    """Money in minor units."""

    def __post_init__(self) -> None:
        family = self.definition
        for each in self.filters:
            of = f"part of {family.id}(…)"
            check(definition(family.fields, each.field, of=of), each.operator, each.value)
        if self.measure not in family.measures:
            possible = ", ".join(family.measures)
            raise InvalidConditionError(
                f"{self.measure}({family.id}(…)) cannot be asked; of {family.id} there is: {possible}",
                code="wrong_measure",
                subject=self.measure,
            )
        is_number = type(self.number) is int and 0 <= self.number <= MAX_MINOR
        if self.operator not in _MEASURING or not is_number:
            raise InvalidConditionError(
                f"{family.id}(…) is compared with a number from 0, such as {family.id}(…) >= 2",
                code="wrong_value",
                subject=family.id,
            )

    @property
    def definition(self) -> Family:
        family = FAMILIES.get(self.family)
        if family is None:
            raise InvalidConditionError(
                f"there is nothing called {self.family[:MAX_ID]}(…) to count; there is: {', '.join(FAMILIES)}",
                code="unknown_family",
                subject=self.family[:MAX_ID],
                suggestion=nearest(self.family, FAMILIES),
            )
        return family


class Calendar(StrEnum):
    GREGORIAN = "gregorian"
    JALALI = "jalali"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anniversary:
    """The day of a date comes round again from `start` to `end` days from today, in the shop's zone.

    `start` is 0, or `end` for one single day.

    29 February is kept on the 28th, and 30 Esfand on the 29th, in years that lack them. The day itself is no
    anniversary of it. Raises `InvalidConditionError`.
    """

    field: str
    calendar: Calendar = Calendar.GREGORIAN
    start: int = 0
    end: int = 0

    def __post_init__(self) -> None:
        field = self.definition
        if field.type not in {FieldType.MOMENT, FieldType.DATE}:
            raise InvalidConditionError(
                f"{field.id} is a {field.type} and has no anniversary; write for example: "
                "anniversary(first_order) within next 7 days",
                code="wrong_value",
                subject=field.id,
            )
        if self.start not in {0, self.end} or not 0 <= self.end <= MAX_AHEAD:
            raise InvalidConditionError(
                f"an anniversary is asked for within the next 0 to {MAX_AHEAD} days",
                code="absurd_window",
                subject=field.id,
            )

    @property
    def definition(self) -> Field:
        return definition(FIELDS, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class InSegment:
    """Everybody in another segment; `resolve` puts its tree in this place."""

    segment_id: str

    def __post_init__(self) -> None:
        if not self.segment_id or len(self.segment_id) > MAX_ID or not is_plain(self.segment_id):
            raise InvalidConditionError("a segment is named by its id, such as “vip”", code="wrong_value")


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


Leaf = Condition | Event | Anniversary | InSegment
Tree = Leaf | All | Any_ | Not


def validate(tree: Tree, *, conditions: int = MAX_CONDITIONS, depth: int = MAX_DEPTH) -> None:
    """Raise `InvalidConditionError` when `tree` is larger than a person or a database can read."""
    levels, found, level = 0, 0, [tree]
    while level:
        levels += 1
        if levels > depth:
            raise InvalidConditionError(
                f"a segment may be nested {depth} levels deep; flatten it", code="too_deep"
            )
        found += sum(isinstance(node, Leaf) for node in level)
        if found > conditions:
            raise InvalidConditionError(
                f"a segment may have {conditions} conditions; split it in two", code="too_long"
            )
        level = [part for node in level for part in parts_of(node)]


def leaves_of(tree: Tree) -> Iterator[Leaf]:
    """Every single question of `tree`, in the order in which they were written."""
    waiting: list[Tree] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Leaf):
            yield node
        else:
            waiting.extend(reversed(parts_of(node)))


def conditions_of(tree: Tree) -> Iterator[Condition]:
    """Every question about a field, in the order in which they were written."""
    return (leaf for leaf in leaves_of(tree) if isinstance(leaf, Condition))


def tidy(tree: Tree) -> Tree:
    """The same question without needless brackets: `All` in `All`, `Any_` in `Any_`, and either of one part."""
    validate(tree, conditions=10**6, depth=MAX_DEPTH * 3)
    return _tidy(tree)


def _tidy(tree: Tree) -> Tree:
    match tree:
        case Not(part=part):
            return Not(part=_tidy(part))
        case All() | Any_():
            kind = type(tree)
            inside: list[Tree] = []
            for part in map(_tidy, tree.parts):
                inside.extend(part.parts if isinstance(part, kind) and part.parts else (part,))
            return inside[0] if len(inside) == 1 else kind(parts=tuple(inside))
        case _:
            return tree


def parts_of(tree: Tree) -> tuple[Tree, ...]:
    match tree:
        case All() | Any_():
            return tree.parts
        case Not():
            return (tree.part,)
        case _:
            return ()
