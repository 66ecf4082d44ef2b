"""Chance without dice: numbers that look random and are the same on every machine and in every year."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def fraction(*parts: str) -> float:
    """A number in [0, 1) that depends on `parts` only."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def pick(choices: Sequence[T], *parts: str) -> T:
    return choices[int(fraction(*parts) * len(choices))]


def pick_weighted(weights: dict[T, float], *parts: str) -> T:
    """One key of `weights`; the weights sum to 1."""
    at = fraction(*parts)
    for choice, weight in weights.items():
        at -= weight
        if at < 0:
            return choice
    return next(reversed(weights))
