"""In which of four classes a customer's worth puts them (analytics.md 5g)."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from plugin.core.lifecycle.history import Floats, Integers
from plugin.core.lifecycle.shop_model import Growth, ShopModel


class ValueClass(StrEnum):
    """Exactly one of each buyer whom the model knows."""

    MOST_VALUABLE = "most_valuable"
    MOST_GROWABLE = "most_growable"
    BELOW_ZERO = "below_zero"
    MAINTAIN = "maintain"


CLASSES = tuple(ValueClass)
"""What the codes of `value_classes` stand for."""

_HELD_SHARE = 0.5  # of all predicted value, by the most valuable
_MOST_SHARE = 0.2  # of all buyers, at the most
_VALUABLE_ALIVE, _VALUABLE_DAYS = 0.3, 2
_GROWABLE_ALIVE = 0.5
_GROWABLE_SHARE = 0.2  # of those who are alive
_REACHABLE_PERCENTILE = 80  # of comparable customers
_PSEUDO_CUSTOMERS = 20  # of the whole shop, in each cell of comparable ones
_TENURE_WEEKS = (13.0, 26.0, 52.0, 104.0)


def most_valuable_from(clv: Floats, days: Integers, alive: Floats) -> float | None:
    """The predicted value from which on a customer is among the fewest who hold half of it all; None of nobody."""
    may_be = (days >= _VALUABLE_DAYS) & (alive >= _VALUABLE_ALIVE) & (clv > 0)
    best_first = np.sort(clv[may_be])[::-1]
    half = _HELD_SHARE * np.maximum(clv, 0).sum()
    enough = int(np.searchsorted(np.cumsum(best_first), half)) + 1
    count = min(enough, len(best_first), int(_MOST_SHARE * len(clv)))
    return float(best_first[count - 1]) if count else None


def growth_of(clv: Floats, alive: Floats, tenure_weeks: Floats, usual_value: Floats) -> Growth | None:
    """What the better of comparable customers are worth, by time since the first order and usual value."""
    is_alive = alive >= _GROWABLE_ALIVE
    if not is_alive.any():
        return None
    thirds = tuple(float(border) for border in np.quantile(usual_value, (1 / 3, 2 / 3)))
    growth = Growth(
        tenure_weeks=_TENURE_WEEKS, value_minor=thirds, reachable_minor=((0.0,) * 3,) * 5, gap_minor=0.0
    )
    row, column = _cell(growth, tenure_weeks, usual_value)
    everywhere = float(np.percentile(clv, _REACHABLE_PERCENTILE))
    reachable = np.full((5, 3), everywhere)
    for cell in np.ndindex(reachable.shape):
        here = clv[(row == cell[0]) & (column == cell[1])]
        if len(here):
            best = len(here) * np.percentile(here, _REACHABLE_PERCENTILE)
            reachable[cell] = (best + _PSEUDO_CUSTOMERS * everywhere) / (len(here) + _PSEUDO_CUSTOMERS)
    gaps = (reachable[row, column] - clv)[is_alive]
    return Growth(
        tenure_weeks=_TENURE_WEEKS,
        value_minor=thirds,
        reachable_minor=tuple(tuple(float(value) for value in line) for line in reachable),
        gap_minor=float(np.quantile(gaps, 1 - _GROWABLE_SHARE)),
    )


def value_classes(
    model: ShopModel,
    *,
    clv: Floats,
    alive: Floats,
    days: Integers,
    tenure_weeks: Floats,
    usual_value: Floats,
    is_costing: NDArray[np.bool_],
) -> Integers:
    """Each customer's class, as an index into `CLASSES`.

    `is_costing` says who surely costs more than they bring (`clv.is_below_zero`).
    """
    codes = np.full(len(clv), CLASSES.index(ValueClass.MAINTAIN), np.int64)
    if model.growth is not None:
        row, column = _cell(model.growth, tenure_weeks, usual_value)
        gap = np.asarray(model.growth.reachable_minor)[row, column] - clv
        has_room = (alive >= _GROWABLE_ALIVE) & (gap > 0) & (gap >= model.growth.gap_minor)
        codes[has_room] = CLASSES.index(ValueClass.MOST_GROWABLE)
    if model.most_valuable_from is not None:
        is_valuable = (days >= _VALUABLE_DAYS) & (alive >= _VALUABLE_ALIVE)
        codes[is_valuable & (clv >= model.most_valuable_from)] = CLASSES.index(ValueClass.MOST_VALUABLE)
    codes[is_costing] = CLASSES.index(ValueClass.BELOW_ZERO)
    return codes


def _cell(growth: Growth, tenure_weeks: Floats, usual_value: Floats) -> tuple[Integers, Integers]:
    row = np.searchsorted(np.asarray(growth.tenure_weeks), tenure_weeks)
    return row.astype(np.int64), np.searchsorted(np.asarray(growth.value_minor), usual_value).astype(np.int64)
