"""Money as integers of the currency's smallest unit; never a float, never two currencies in one sum."""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

# ISO 4217 exponents that are not 2, as Shopify formats them.
_EXPONENTS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0
    ),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
MAX_MINOR = 10**15
"""Larger amounts than any order has; what exceeds it is a mistake of the sender."""

# Narrower than `Decimal`, which also reads `1_000`, digits of every script and exponents that overflow.
_AMOUNT = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")


class InvalidAmountError(ValueError):
    """This is not an amount of money. Amounts are decimal texts such as `"19.90"`."""


def exponent(currency: str) -> int:
    """How many decimals `currency` has (ISO 4217)."""
    return _EXPONENTS.get(currency.upper(), 2)


def minor_units(amount: str | float | Decimal, currency: str) -> int:
    """`"19.90"`, `"EUR"` -> `1990`. Raises `InvalidAmountError` on anything that is not a sane amount."""
    return _minor_units(str(amount), currency)


@lru_cache(maxsize=4096)  # most amounts of a shop are the same few hundred prices, and nought
def _minor_units(text: str, currency: str) -> int:
    if _AMOUNT.fullmatch(text) is None or abs(Decimal(text)) > MAX_MINOR:
        raise InvalidAmountError(f"{text[:40]!r} is not an amount of money")
    scaled = Decimal(text).scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if abs(scaled) > MAX_MINOR:
        raise InvalidAmountError(f"{text[:40]!r} is larger than any order")
    return int(scaled)


def major_units(minor: int, currency: str) -> Decimal:
    """`1990`, `"EUR"` -> `Decimal("19.90")`."""
    return Decimal(minor).scaleb(-exponent(currency))
