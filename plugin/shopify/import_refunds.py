"""What the refunds of an imported order took back, worked out from the order's sums.

A bulk operation cannot select the lines of a refund (no connection inside a list field), only its money. Money
goes back for goods, their tax, shipping and gift cards; what of it is goods follows from what the order tells.
The estimate gives way to the refund's own webhook as soon as there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSums:
    """Of one order, in minor units of the shop's currency."""

    product: int
    """Goods as sold: after discounts, without tax and gift cards."""
    tax: int
    goods_gone: int
    """Of `product`, what is no longer in the order: refunded, or taken out by an edit."""
    gift_cards_gone: int
    shipping_refunded: int


def goods_refunded(sums: OrderSums, money: Sequence[int]) -> list[int]:
    """For each refund of `money`, the value of goods without tax; never more than the order's goods in all.

    Refunds without money are order edits: they share what is gone and no money accounts for.
    """
    total = sum(money)
    for_goods = max(0, total - sums.shipping_refunded - sums.gift_cards_gone)
    gross = sums.product + sums.tax
    by_money = min(sums.product, round(Fraction(for_goods * sums.product, gross))) if gross > 0 else 0
    edits = [index for index, amount in enumerate(money) if amount == 0]
    by_edits = min(sums.product, max(by_money, sums.goods_gone)) - by_money if edits else 0
    shares = _shared(by_money, money) if total > 0 else [0] * len(money)
    for index, share in zip(edits, _shared(by_edits, [1] * len(edits)), strict=True):
        shares[index] += share
    return shares


def _shared(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in whole units by weight; the running sum is rounded, so that nothing is lost or made."""
    weight_of_all = sum(weights)
    shares: list[int] = []
    passed = given = 0
    for weight in weights:
        passed += weight
        share = total * passed // weight_of_all - given
        given += share
        shares.append(share)
    return shares
