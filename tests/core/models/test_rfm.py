"""RFM: fifths by rank, Shopify's groups, and borders that place one person as the whole shop would."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.lifecycle.rfm import (
    FREQUENCY_CUTS,
    MOST_TIES,
    RfmGroup,
    rank_scores,
    rfm,
    rfm_cuts,
    rfm_group,
)
from plugin.core.lifecycle.scores import rfm_measures
from tests.core.models.shops import CALIBRATED, cdnow, day_number

values = st.lists(st.integers(0, 2000), min_size=1, max_size=60)


def floats(of: list[int]) -> Any:
    return np.array(of, np.float64)


@given(recency=values, monetary=values)
def test_the_borders_give_everyone_their_rank(recency: list[int], monetary: list[int]) -> None:
    count = min(len(recency), len(monetary))
    r, m, f = floats(recency[:count]), floats(monetary[:count]), floats(list(range(1, count + 1)))
    cuts = rfm_cuts(r, f, m)
    assert cuts is not None
    placed = rfm(cuts, r, f, m)
    assert placed[0].tolist() == rank_scores(r, descending=True).tolist()
    assert placed[2].tolist() == rank_scores(m).tolist()
    if count * MOST_TIES >= 1:
        assert placed[1].tolist() == rank_scores(f).tolist()


def test_the_borders_of_the_sample() -> None:
    """analytics.md's quantiles, 99 to 242 days and 14.96 to 93.72 dollars, lie at our borders or just above."""
    recency, frequency, monetary = rfm_measures(cdnow(CALIBRATED), day_number(CALIBRATED))
    cuts = rfm_cuts(recency, frequency, monetary)
    assert cuts is not None
    for borders, measure, published in (
        (cuts.recency_days, recency, (99, 198, 219, 242)),
        (cuts.monetary_minor, monetary, (1496, 2799, 4597.6, 9372.2)),
    ):
        following = [float(measure[measure > border].min()) for border in borders]
        assert all(low <= q <= high for low, q, high in zip(borders, published, following, strict=True))


def test_where_most_bought_once_the_number_itself_is_the_score() -> None:
    """59.9 % of the sample: by rank there would be no 1 and no 3."""
    recency, frequency, monetary = rfm_measures(cdnow(CALIBRATED), day_number(CALIBRATED))
    cuts = rfm_cuts(recency, frequency, monetary)
    assert cuts is not None
    assert cuts.frequency == FREQUENCY_CUTS
    _, scores, _ = rfm(cuts, *(floats([0] * 8), floats([1, 2, 3, 4, 5, 6, 7, 50_000]), floats([0] * 8)))
    assert scores.tolist() == [1, 2, 3, 4, 4, 5, 5, 5]


def test_nobody_has_no_borders() -> None:
    assert rfm_cuts(floats([]), floats([]), floats([])) is None


def test_every_buyer_has_a_group_and_every_group_of_buyers_exists() -> None:
    groups = {rfm_group(r, f, m) for r, f, m in product(range(1, 6), repeat=3)}
    assert groups == set(RfmGroup) - {RfmGroup.PROSPECTS}


@pytest.mark.parametrize(
    ("scores", "group"),
    [
        ((5, 5, 5), RfmGroup.CHAMPIONS),
        ((4, 4, 5), RfmGroup.LOYAL),
        ((5, 1, 2), RfmGroup.NEW),
        ((4, 1, 1), RfmGroup.PROMISING),
        ((4, 3, 3), RfmGroup.ACTIVE),
        ((3, 3, 3), RfmGroup.NEEDS_ATTENTION),
        ((2, 2, 2), RfmGroup.ALMOST_LOST),
        ((1, 4, 4), RfmGroup.AT_RISK),
        ((1, 5, 5), RfmGroup.PREVIOUSLY_LOYAL),
        ((1, 1, 1), RfmGroup.DORMANT),
    ],
)
def test_groups_mean_what_shopify_says_of_them(scores: tuple[int, int, int], group: RfmGroup) -> None:
    assert rfm_group(*scores) is group


@given(st.tuples(*[st.integers(1, 5)] * 3))
def test_halves_count_down(scores: tuple[int, int, int]) -> None:
    r, f, m = scores
    assert rfm_group(r, f, m) is rfm_group(r, m, f) is rfm_group(r, (f + m) // 2, (f + m) // 2)
