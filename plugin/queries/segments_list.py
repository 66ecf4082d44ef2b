"""The list of segments: how many belong to each, how that has changed, what uses it, and whether it is up to date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from plugin.core.segments.conditions import Tree
from plugin.core.segments.defaults import SEGMENT_BY_ID, SEGMENTS
from plugin.store import members, segments
from plugin.store.live_segments import EVERYONE, Shelf, house_fingerprint, shelf_of, users_of
from plugin.store.members import Size
from plugin.store.segments import Definition, Sync
from plugin.store.shops import Shop
from plugin.store.tables import SegmentSizeRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

TREND_DAYS = 90
CHANGE_DAYS = 30
_sizes = table_of(SegmentSizeRow)

State = Literal["ready", "syncing", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLine:
    """One segment, as a list shows it. Read from counters: fast, however many people there are."""

    id: str
    tree: Tree | None
    """What it asks, with other segments put into their places; None when it cannot be understood."""
    definition: Definition | None
    """None for a segment of the house, whose name and text come by its id."""
    customers: int
    mailable: int
    share: float
    """Of all customers of the shop, 0 to 1; 0 where there are none."""
    change: int | None
    """By how many customers it grew in 30 days; None where nobody had counted it then."""
    used_in: tuple[str, ...]
    """Ids of segments and flows."""
    state: State
    since: datetime | None
    """When it began to be brought up to date, or went wrong; None when it is ready."""
    reason: str
    """What went wrong; empty when nothing did."""

    @property
    def is_own(self) -> bool:
        """Made by the merchant."""
        return self.definition is not None


def segment_lines(unit: Unit, shop: Shop, now: datetime) -> list[SegmentLine]:
    """Every segment: the house's in their order, then the merchant's own by name."""
    shelf = shelf_of(unit, shop)
    own = {each.segment_id: each for each in segments.in_force(unit)}
    by_name = sorted(own.values(), key=lambda each: (each.name.casefold(), each.segment_id))
    ids = [*(segment.id for segment in SEGMENTS), *(each.segment_id for each in by_name)]
    today = now.astimezone(shop.zone).date()
    sizes = members.sizes(unit, ids)
    before = members.sizes(unit, ids, on=today - timedelta(days=CHANGE_DAYS))
    everyone = sizes.get(EVERYONE, _NOBODY).customers
    walk = segments.sync_of(unit)
    lines = []
    for segment_id in ids:
        size = sizes.get(segment_id, _NOBODY)
        state, since, reason = _state(segment_id, own, shelf, walk, house_fingerprint(shop.zone))
        lines.append(
            SegmentLine(
                id=segment_id,
                tree=shelf.trees.get(segment_id),
                definition=own.get(segment_id),
                customers=size.customers,
                mailable=size.mailable,
                share=size.customers / everyone if everyone else 0.0,
                change=_change(segment_id, size, before),
                used_in=users_of(segment_id, shelf),
                state=state,
                since=since,
                reason=reason,
            )
        )
    return lines


def trend(
    unit: Unit, shop: Shop, segment_id: str, now: datetime, *, days: int = TREND_DAYS
) -> list[tuple[date, int]]:
    """How many belonged at the end of each of the last `days` local days, today last, since we know."""
    today = now.astimezone(shop.zone).date()
    first = today - timedelta(days=days - 1)
    size = members.sizes(unit, [segment_id], on=first).get(segment_id)
    changed = members.daily(unit, segment_id, since=first)
    line = []
    for day in (first + timedelta(days=number) for number in range(days)):
        size = changed.get(day, size)
        if size is not None:
            line.append((day, size.customers))
    return line


_NOBODY = Size(customers=0, mailable=0)


def _change(segment_id: str, size: Size, before: Mapping[str, Size]) -> int | None:
    """The house's segments were counted from the first customer on, the merchant's own since they exist."""
    was_counted = segment_id in before or (segment_id in SEGMENT_BY_ID and EVERYONE in before)
    return size.customers - before.get(segment_id, _NOBODY).customers if was_counted else None


def _state(
    segment_id: str, own: Mapping[str, Definition], shelf: Shelf, walk: Sync, house: str
) -> tuple[State, datetime | None, str]:
    """`error` when it cannot be understood or brought up to date, `syncing` until every customer was asked."""
    definition = own.get(segment_id)
    if segment_id in shelf.broken:
        return "error", definition.at if definition else None, shelf.broken[segment_id]
    changes = [own[each] for each in (segment_id, *shelf.parts_of(segment_id)) if each in own]
    unsettled = [change.at for change in changes if change.number > walk.settled]
    if unsettled:
        return ("error" if walk.reason else "syncing"), min(unsettled), walk.reason
    if definition is None and walk.house != house:
        return ("error" if walk.reason else "syncing"), walk.began_at, walk.reason
    return "ready", None, ""
