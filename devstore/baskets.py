"""Filling a basket so that the number of records and the price come out exactly as asked."""

from itertools import pairwise

from devstore.catalogue import BY_TYPE, PRODUCT_TYPES, Product
from devstore.hashing import fraction, pick
from devstore.model import Line

MOST_LINES = 4
_FAVOURITE_SHARE = 0.7
_PRICE_SWING = 0.12  # how far one record's price strays from the basket's mean, either way


def basket(*, key: str, favourite: str, records: int, cents: int, first_line_id: int) -> tuple[Line, ...]:
    """Lines with `records` records in all that cost exactly `cents`.

    Prices follow the basket, not the catalogue: the sums are real sales, the titles on the lines are invented.
    """
    quantities = _split(key, records)
    products = _choose(key, favourite, len(quantities))
    prices = _prices(key, quantities, cents)
    return tuple(
        _line(first_line_id + index, product, quantity, price)
        for index, (product, quantity, price) in enumerate(zip(products, quantities, prices, strict=True))
    )


def line_of(product: Product, *, number: int, quantity: int) -> Line:
    """`quantity` records of one product at its catalogue price."""
    return _line(number, product, quantity, product.price)


def _line(number: int, product: Product, quantity: int, price: int) -> Line:
    return Line(
        id=number,
        product_id=product.id,
        variant_id=product.variant_id,
        title=product.title,
        product_type=product.product_type,
        vendor=product.vendor,
        sku=product.sku,
        quantity=quantity,
        price=price,
    )


def _split(key: str, records: int) -> list[int]:
    """Cut `records` into one to four lines; the last line is always a single record, which absorbs the cents."""
    if records == 1:
        return [1]
    lines = min(MOST_LINES, 2 + int(fraction(key, "lines") * (records - 1)), records)
    cuts = [round((records - 1) * step / (lines - 1)) for step in range(lines)]
    return [after - before for before, after in pairwise(cuts)] + [1]


def _prices(key: str, quantities: list[int], cents: int) -> list[int]:
    mean = cents // sum(quantities)
    swing = _PRICE_SWING * min(1.0, 3 / sum(quantities))
    prices = [
        max(0, round(mean * (1 + swing * (2 * fraction(key, "price", str(index)) - 1))))
        for index in range(len(quantities) - 1)
    ]
    rest = cents - sum(price * quantity for price, quantity in zip(prices, quantities, strict=False))
    if rest >= 0:
        return [*prices, rest]
    return [*(mean for _ in prices), cents - mean * (sum(quantities) - 1)]


def _choose(key: str, favourite: str, lines: int) -> list[Product]:
    chosen: list[Product] = []
    attempt = 0
    while len(chosen) < lines:
        kind = favourite if fraction(key, "kind", str(attempt)) < _FAVOURITE_SHARE else _other(key, attempt)
        product = pick(BY_TYPE[kind], key, "product", str(attempt))
        if product not in chosen:
            chosen.append(product)
        attempt += 1
    return chosen


def _other(key: str, attempt: int) -> str:
    return pick(PRODUCT_TYPES, key, "other", str(attempt))
