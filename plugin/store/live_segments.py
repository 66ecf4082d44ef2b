"""The segments of a shop as they are asked: the house's and the merchant's own, understood and put together.

What is understood is kept by its very text, so that one shop can never be given another's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from plugin.core.flows import FLOWS
from plugin.core.keys import fingerprint
from plugin.core.segments.compile import Predicate, compile_tree
from plugin.core.segments.conditions import Event, InSegment, Tree, leaves_of
from plugin.core.segments.defaults import SEGMENT_BY_ID, SEGMENTS
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.parse import parse
from plugin.core.segments.resolve import resolve
from plugin.store import segments
from plugin.store.purchases import LINES, MESSAGES, ORDERS
from plugin.store.segments import Definition
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

EVERYONE = "everyone"
"""The house's segment whose size is the size of the shop."""

_ACTS = {"bought": LINES, "ordered": ORDERS, "received": MESSAGES}
_KEPT = 256  # shops whose segments a process keeps understood

Texts = tuple[tuple[str, str], ...]
"""Id and query of each segment of the merchant's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Every segment of a shop. Shared between callers: look, do not change."""

    understood: Mapping[str, Tree]
    """By id, as written: segments-in-segments are named."""
    trees: Mapping[str, Tree]
    """By id, with every segment-in-segment put into its place."""
    asks: Mapping[str, frozenset[str]]
    """Which other segments each one names itself."""
    broken: Mapping[str, str]
    """Why a stored query cannot be understood any more; its members stay as they are."""

    def parts_of(self, segment_id: str) -> set[str]:
        """Every segment that this one asks about, directly or through another."""
        found: set[str] = set()
        waiting = [segment_id]
        while waiting:
            fresh = self.asks.get(waiting.pop(), frozenset()) - found
            found |= fresh
            waiting += fresh
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSegments:
    """What is asked of every customer whose facts change."""

    predicates: tuple[tuple[str, Predicate], ...]
    timed: tuple[Predicate, ...]
    """Those whose answers time alone may change."""
    families: frozenset[str]
    """Of acts that some segment asks about, as `purchases.past_of` names them."""
    broken: frozenset[str]

    @property
    def ids(self) -> set[str]:
        return {segment_id for segment_id, _ in self.predicates}


def shelf_of(unit: Unit, shop: Shop) -> Shelf:
    return shelf(texts(segments.in_force(unit)), shop.currency)


def live_of(unit: Unit, shop: Shop) -> LiveSegments:
    return _live(texts(segments.in_force(unit)), shop.currency, shop.zone)


def families_of(trees: Iterable[Tree]) -> frozenset[str]:
    """The acts that these ask about, as `purchases.past_of` names them: a long past is not read for nothing."""
    leaves = (leaf for tree in trees for leaf in leaves_of(tree))
    return frozenset(_ACTS[leaf.family] for leaf in leaves if isinstance(leaf, Event))


def users_of(segment_id: str, shelf: Shelf) -> tuple[str, ...]:
    """Ids of the segments, then of the flows, that ask who belongs to this segment."""
    asking = sorted(other for other, asked in shelf.asks.items() if segment_id in asked)
    return (*asking, *(flow.id for flow in FLOWS if segment_id in flow.segments))


def house_fingerprint(zone: ZoneInfo) -> str:
    """Stands for what the house's own segments ask in this version of the app, and when days begin."""
    return fingerprint(zone.key, *(f"{segment.id}: {segment.text}" for segment in SEGMENTS))


def texts(own: Iterable[Definition]) -> Texts:
    return tuple((each.segment_id, each.query) for each in own)


@lru_cache(maxsize=_KEPT)
def shelf(own: Texts, currency: str) -> Shelf:
    """The house's segments and `own`, whose money is written in `currency`."""
    understood: dict[str, Tree] = {segment.id: segment.tree for segment in SEGMENTS}
    broken: dict[str, str] = {}
    for segment_id, query in own:
        try:
            understood[segment_id] = parse(query, currency=currency)
        except InvalidConditionError as error:
            broken[segment_id] = str(error)
    trees: dict[str, Tree] = {}
    for segment_id, tree in understood.items():
        try:
            trees[segment_id] = resolve(tree, understood)
        except InvalidConditionError as error:
            broken[segment_id] = str(error)
    asks = {segment_id: _asked_in(tree) for segment_id, tree in understood.items()}
    return Shelf(understood=understood, trees=trees, asks=asks, broken=broken)


@lru_cache(maxsize=_KEPT)
def _live(own: Texts, currency: str, zone: ZoneInfo) -> LiveSegments:
    known = shelf(own, currency)
    predicates = tuple(
        (
            segment_id,
            _house_predicate(segment_id, zone) if segment_id in SEGMENT_BY_ID else compile_tree(tree, zone),
        )
        for segment_id, tree in known.trees.items()
    )
    families = frozenset().union(*(predicate.families for _, predicate in predicates))
    return LiveSegments(
        predicates=predicates,
        timed=tuple(predicate for _, predicate in predicates if predicate.is_timed),
        families=frozenset(_ACTS[family] for family in families),
        broken=frozenset(known.broken),
    )


@lru_cache(maxsize=1024)
def _house_predicate(segment_id: str, zone: ZoneInfo) -> Predicate:
    """The same for every shop of a zone; most shops have no other segments."""
    return compile_tree(resolve(SEGMENT_BY_ID[segment_id].tree, {}), zone)


def _asked_in(tree: Tree) -> frozenset[str]:
    return frozenset(leaf.segment_id for leaf in leaves_of(tree) if isinstance(leaf, InSegment))
