"""Who comes back: cohorts by the month of the first purchase, and the time to the second.

Months are whatever calendar the page shows: the caller says on which local day each begins. Days are local days
since 1970-01-01, and purchases of one day are one purchase, as everywhere (analytics.md 5, edge cases).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plugin.core.lifecycle.history import Floats, Integers
from plugin.queries.insights_purchases import Past

HORIZONS = (30, 60, 90, 365)  # days within which a second purchase is asked for
LAST_MONTH = 12  # after the month of the first purchase
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number of one cohort. While its time is not over it can still grow, and is shown greyed."""

    value: float
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The customers whose first purchase fell into one month.

    Each list begins with that month itself and ends with the present one, at most `LAST_MONTH` later.
    """

    month: int
    """Place among the months the caller gave."""
    customers: int
    returned: tuple[Cell, ...]
    """The share who have bought on a second day by the end of that month."""
    active: tuple[Cell, ...]
    """The share who bought in that month."""
    revenue: tuple[Cell, ...]
    """Net value of all purchases in that month, in minor units."""
    within: tuple[Cell, ...]
    """The share who bought on a second day within each of `HORIZONS`; complete when the whole month had the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The Kaplan-Meier estimate that a buyer has returned within `days`, and its 95 % interval.

    None where nobody has been known for that long and not returned: nothing can be said so far out.
    """

    days: int
    share: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPurchase:
    """How long it takes from the first purchase to the second, of all buyers (features_and_metrics.md 6)."""

    buyers: int
    returned: int
    median_days: int | None
    """By when half of all buyers have returned; None where fewer than half do. Not the mean of those who did."""
    returns: tuple[Return, ...]


def cohorts(past: Past, month_starts: Sequence[int]) -> list[Cohort]:
    """The cohorts of the months that begin on `month_starts` (ascending; the last one is running), oldest first.

    Months without a first purchase are left out; so are customers whose first purchase is older.
    """
    starts = np.asarray(month_starts, dtype=np.int64)
    history, nth = past.history, past.nth_days(2)

    def month_of(days: Integers) -> Integers:
        return np.searchsorted(starts, days, side="right") - 1

    first_month = month_of(nth[:, 0])
    second_month = np.where(nth[:, 1] >= 0, month_of(nth[:, 1]), len(starts))
    buyers = np.repeat(np.arange(len(history)), history.days)
    cohort_of_purchase, month_of_purchase = first_month[buyers], month_of(history.day)
    found: list[Cohort] = []
    for month in range(len(starts)):
        is_member = first_month == month
        size = int(is_member.sum())
        if size == 0:
            continue
        is_theirs = cohort_of_purchase == month
        months = range(month, min(len(starts), month + LAST_MONTH + 1))
        returned, active, revenue = [], [], []
        for later in months:
            is_over = later < len(starts) - 1
            bought = is_theirs & (month_of_purchase == later)
            by_then = int((second_month[is_member] <= later).sum())
            returned.append(Cell(value=by_then / size, is_complete=is_over))
            active.append(Cell(value=len(np.unique(buyers[bought])) / size, is_complete=is_over))
            revenue.append(Cell(value=float(history.value_minor[bought].sum()), is_complete=is_over))
        ends = int(starts[month + 1]) - 1 if month + 1 < len(starts) else past.today
        found.append(
            Cohort(
                month=month,
                customers=size,
                returned=tuple(returned),
                active=tuple(active),
                revenue=tuple(revenue),
                within=_within(nth[is_member], ends, past.today),
            )
        )
    return found


def _within(nth: Integers, month_ends: int, today: int) -> tuple[Cell, ...]:
    has_second = nth[:, 1] >= 0
    gaps = nth[has_second, 1] - nth[has_second, 0]
    return tuple(
        Cell(value=int((gaps <= days).sum()) / len(nth), is_complete=month_ends + days < today)
        for days in HORIZONS
    )


def second_purchase(past: Past, horizons: Sequence[int] = HORIZONS) -> SecondPurchase:
    """Kaplan-Meier over all buyers: who has not returned yet counts for as long as we have watched."""
    nth = past.nth_days(2)
    has_returned = nth[:, 1] >= 0
    watched = np.where(has_returned, nth[:, 1], past.today) - nth[:, 0]
    moments, left, spread = _survival(watched, has_returned)
    passed = np.flatnonzero(left <= 0.5)
    longest = int(watched.max(initial=-1))
    return SecondPurchase(
        buyers=len(nth),
        returned=int(has_returned.sum()),
        median_days=int(moments[passed[0]]) if len(passed) else None,
        returns=tuple(_return(days, moments, left, spread, longest) for days in horizons),
    )


def _survival(watched: Integers, has_returned: NDArray[np.bool_]) -> tuple[Integers, Floats, Floats]:
    """The days on which somebody returned, the share that had not by then, and Greenwood's sum for its variance."""
    moments = np.unique(watched[has_returned])
    ordered = np.sort(watched)
    at_risk = len(ordered) - np.searchsorted(ordered, moments, side="left")
    gone = np.bincount(np.searchsorted(moments, watched[has_returned]), minlength=len(moments))
    remaining = at_risk - gone
    left = np.cumprod(remaining / at_risk).astype(np.float64)
    with np.errstate(divide="ignore"):  # where all have returned nobody is left to be unsure about
        spread: Floats = np.cumsum(gone / (at_risk * remaining))
    return moments, left, spread


def _return(days: int, moments: Integers, left: Floats, spread: Floats, longest: int) -> Return:
    """The interval on the scale of log(-log S), which keeps it between 0 and 1."""
    if days > longest:
        return Return(days=days, share=None)
    place = int(np.searchsorted(moments, days, side="right")) - 1
    survival = float(left[place]) if place >= 0 else 1.0
    if not 0 < survival < 1:
        return Return(days=days, share=1 - survival)
    width = _Z95 * float(np.sqrt(spread[place])) / abs(float(np.log(survival)))
    low, high = survival ** np.exp(width), survival ** np.exp(-width)
    return Return(days=days, share=1 - survival, low=1 - float(high), high=1 - float(low))
