"""Recency, frequency, monetary value: what merchants know, on the shop's own scale (analytics.md 5e).

A display and the ranking of a shop too small for a model; its sum ranks people nearly as well as the model does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

SCORES = 5
FREQUENCY_CUTS = (1.0, 2.0, 3.0, 5.0)
"""1, 2, 3, 4 to 5, 6 and more purchase days: where most buyers bought equally often, ranks say nothing."""
MOST_TIES = 0.4  # share of buyers with one and the same frequency beyond which it is cut by value
MONETARY_DAYS = 730  # 24 months


class RfmGroup(StrEnum):
    """Shopify's own groups, so that merchants recognise them. It publishes no cut-offs; ours are in `rfm_group`."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    ACTIVE = "active"
    NEW = "new"
    PROMISING = "promising"
    NEEDS_ATTENTION = "needs_attention"
    ALMOST_LOST = "almost_lost"
    AT_RISK = "at_risk"
    PREVIOUSLY_LOYAL = "previously_loyal"
    DORMANT = "dormant"
    PROSPECTS = "prospects"
    """No order yet."""


_GROUPS = {
    # recency score: the groups of the frequency and monetary score together, 1 to 5
    5: (RfmGroup.NEW, RfmGroup.NEW, RfmGroup.ACTIVE, RfmGroup.CHAMPIONS, RfmGroup.CHAMPIONS),
    4: (RfmGroup.PROMISING, RfmGroup.PROMISING, RfmGroup.ACTIVE, RfmGroup.LOYAL, RfmGroup.LOYAL),
    3: (RfmGroup.ALMOST_LOST, RfmGroup.ALMOST_LOST, *[RfmGroup.NEEDS_ATTENTION] * 3),
    2: (
        RfmGroup.DORMANT,
        RfmGroup.ALMOST_LOST,
        RfmGroup.AT_RISK,
        RfmGroup.AT_RISK,
        RfmGroup.PREVIOUSLY_LOYAL,
    ),
    1: (RfmGroup.DORMANT, RfmGroup.DORMANT, RfmGroup.AT_RISK, RfmGroup.AT_RISK, RfmGroup.PREVIOUSLY_LOYAL),
}


def rfm_group(recency: int, frequency: int, monetary: int) -> RfmGroup:
    """The group of three scores from 1 to 5; frequency and monetary value count as their mean, half down."""
    return _GROUPS[recency][(frequency + monetary) // 2 - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RfmCuts:
    """Upper borders of scores 1 to 4 on each scale; a shop's, kept with its model so that one person can be placed."""

    recency_days: tuple[float, ...]
    """Of scores 5 to 2: the fewer days, the higher the score."""
    frequency: tuple[float, ...]
    monetary_minor: tuple[float, ...]


def rfm_cuts(
    recency_days: NDArray[np.float64], frequency: NDArray[np.float64], monetary_minor: NDArray[np.float64]
) -> RfmCuts | None:
    """The borders between the fifths of a shop's buyers, by mean rank; None of nobody."""
    if len(frequency) == 0:
        return None
    _, sharing = np.unique(frequency, return_counts=True)
    is_tied = sharing.max() > MOST_TIES * len(frequency)
    return RfmCuts(
        recency_days=_fifths(recency_days, descending=True),
        frequency=FREQUENCY_CUTS if is_tied else _fifths(frequency),
        monetary_minor=_fifths(monetary_minor),
    )


def rfm(
    cuts: RfmCuts,
    recency_days: NDArray[np.float64],
    frequency: NDArray[np.float64],
    monetary_minor: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Recency, frequency and monetary scores, each 1 to 5."""
    return (
        SCORES - _place(cuts.recency_days, recency_days),
        1 + _place(cuts.frequency, frequency),
        1 + _place(cuts.monetary_minor, monetary_minor),
    )


def rank_scores(values: NDArray[np.float64], *, descending: bool = False) -> NDArray[np.int64]:
    """Score of each value: its mean rank as a share of all, in fifths rounded up."""
    _, where, sharing = np.unique(-values if descending else values, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(sharing) - (sharing - 1) / 2
    return np.ceil(SCORES * mean_rank / len(values) - 1e-9).astype(np.int64)[where]


def _fifths(values: NDArray[np.float64], *, descending: bool = False) -> tuple[float, ...]:
    """The largest value of each score but the highest; of recency the largest of each but the lowest."""
    scores = rank_scores(values, descending=descending)
    if descending:
        scores = SCORES + 1 - scores
    nobody = values.min() - 1  # the border of a score that nobody has
    return tuple(float(values[scores <= score].max(initial=nobody)) for score in range(1, SCORES))


def _place(cuts: Sequence[float], values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.searchsorted(np.asarray(cuts), values, side="left").astype(np.int64)
