"""Recency, frequency and money of a shop's buyers as a grid of fives (analytics.md 5e)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf, isfinite

from sqlalchemy import case, func, select

from plugin.core.lifecycle.rfm import RfmGroup
from plugin.store import models
from plugin.store.tables import CustomerFactsRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

SCORES = (1, 2, 3, 4, 5)

_facts = table_of(CustomerFactsRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class RfmCell:
    """The buyers of one recency and one frequency score, or of one group."""

    customers: int
    mailable: int
    spent_minor: int
    """What they have spent altogether."""
    monetary: float
    """Their mean monetary score, 1 to 5."""

    @property
    def average_minor(self) -> int:
        return round(self.spent_minor / self.customers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Whole numbers from `low` to `high`; None for no end."""

    low: int
    high: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RfmPage:
    buyers: int
    """Customers with scores."""
    unscored: int
    """Customers with orders that have no scores yet."""
    cells: Mapping[tuple[int, int], RfmCell]
    """By recency and frequency; a cell that nobody is in is absent."""
    groups: Mapping[RfmGroup, RfmCell]
    recency_days: Mapping[int, Range]
    """Days since the last order, by score, as the shop's model has them; a score that nobody can have is absent."""
    frequency: Mapping[int, Range]
    """Purchase days, by score; likewise."""

    @property
    def largest(self) -> int:
        """The customers of the fullest cell."""
        return max((cell.customers for cell in self.cells.values()), default=0)


def rfm_page(unit: Unit) -> RfmPage:
    """The grid and the groups of all buyers; one pass over the shop's customers."""
    columns = _facts.c
    query = (
        select(
            columns.rfm_recency,
            columns.rfm_frequency,
            columns.rfm_group,
            func.count(),
            func.sum(case((columns.is_mailable, 1), else_=0)),
            func.sum(columns.spent_minor),
            func.sum(columns.rfm_monetary),
        )
        .where(columns.shop_id == unit.shop_id, columns.orders_count > 0)
        .group_by(columns.rfm_recency, columns.rfm_frequency, columns.rfm_group)
    )
    cells: dict[tuple[int, int], list[int]] = {}
    groups: dict[RfmGroup, list[int]] = {}
    unscored = 0
    cuts = models.current(unit).rfm
    for recency, frequency, group, customers, *sums in unit.connection.execute(query):
        if recency is None or group is None:
            unscored += customers
            continue
        counted = [customers, *map(int, sums)]
        _add(cells.setdefault((recency, frequency), [0, 0, 0, 0]), counted)
        _add(groups.setdefault(RfmGroup(group), [0, 0, 0, 0]), counted)
    return RfmPage(
        buyers=sum(sums[0] for sums in cells.values()),
        unscored=unscored,
        cells={place: _cell(sums) for place, sums in cells.items()},
        groups={group: _cell(sums) for group, sums in groups.items()},
        recency_days=ranges(cuts.recency_days, 0, SCORES[::-1]) if cuts else {},
        frequency=ranges(cuts.frequency, 1, SCORES) if cuts else {},
    )


def ranges(uppers: Sequence[float], lowest: int, scores: Sequence[int]) -> dict[int, Range]:
    """The whole numbers of each of `scores`, in the order of the borders `uppers` between them."""
    found: dict[int, Range] = {}
    for score, upper in zip(scores, (*uppers, inf), strict=True):
        high = floor(upper) if isfinite(upper) else None
        if upper == inf or (high is not None and high >= lowest):
            found[score] = Range(low=lowest, high=high)
            lowest = high + 1 if high is not None else lowest
    return found


def _add(total: list[int], counted: list[int]) -> None:
    for place, count in enumerate(counted):
        total[place] += count


def _cell(sums: list[int]) -> RfmCell:
    customers, mailable, spent_minor, monetary = sums
    return RfmCell(
        customers=customers, mailable=mailable, spent_minor=spent_minor, monetary=monetary / customers
    )
