"""What is put into a basket."""

from collections.abc import Sequence
from dataclasses import dataclass

from devstore.baskets import basket, line_of
from devstore.catalogue import PRODUCT_TYPES, PRODUCTS
from devstore.hashing import pick
from devstore.model import Line
from devstore.store import Store

_FIRST_LINE = 14_500_000_000_000
_MOST_LINES = 8
_RECORD = 1400  # cents: about what one record costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A product to put into a basket: `product` is its place in the catalogue, from 0."""

    product: int
    quantity: int = 1


def lines_of(items: Sequence[Item], store: Store, *, key: str, cents: int | None = None) -> tuple[Line, ...]:
    """Lines of `items`; without any, a basket that costs `cents`, or whatever `key` leads to."""
    first = _FIRST_LINE + store.next_ids(_MOST_LINES) % 1_000_000_000
    if items:
        return tuple(
            line_of(PRODUCTS[item.product % len(PRODUCTS)], number=first + index, quantity=item.quantity)
            for index, item in enumerate(items)
        )
    if cents is not None:
        favourite = pick(PRODUCT_TYPES, key, "favourite")
        records = max(1, round(cents / _RECORD))
        return basket(key=key, favourite=favourite, records=records, cents=cents, first_line_id=first)
    chosen = [pick(PRODUCTS, key, str(place)) for place in range(3)]
    return tuple(
        line_of(product, number=first + index, quantity=1)
        for index, product in enumerate(dict.fromkeys(chosen))
    )
