"""Spreading an order's discounts over its lines, as Shopify does for a code on the entire order ("across, all")."""

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise

from devstore.model import Allocation, DiscountUse, Line


def allocated(lines: tuple[Line, ...], uses: tuple[DiscountUse, ...]) -> tuple[Line, ...]:
    """`lines`, each with its share of every use in proportion to what is still to pay for it.

    The shares of one use add up to its cents exactly: the running sum is rounded, not the share.
    """
    for index, use in enumerate(uses):
        shares = _shares([line.after_discounts for line in lines], use.cents)
        lines = tuple(
            replace(line, allocations=(*line.allocations, Allocation(use=index, cents=share)))
            if share
            else line
            for line, share in zip(lines, shares, strict=True)
        )
    return lines


def _shares(weights: list[int], cents: int) -> list[int]:
    whole = sum(weights)
    if whole == 0:
        return [0 for _ in weights]
    given = [round(Fraction(cents * passed, whole)) for passed in accumulate(weights, initial=0)]
    return [after - before for before, after in pairwise(given)]
