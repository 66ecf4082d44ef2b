"""Faults that a test asks for: the next answers of one shop go wrong in a named way."""

from dataclasses import dataclass, field, fields
from threading import Lock
from typing import Any


@dataclass(slots=True, kw_only=True)
class Faults:
    """How many more times each fault will happen."""

    lose_answer: int = 0
    """Do what was asked, then end the connection in the middle of the answer."""
    server_errors: int = 0
    """Answer 502 without doing anything."""
    throttle: int = 0
    """Answer THROTTLED without doing anything."""
    refuse_tokens: int = 0
    """Refuse the access token of the next Admin API requests with 401."""
    token_errors: int = 0
    """Answer 503 to the next token requests without doing anything."""
    lose_token_answer: int = 0
    """Issue tokens, then end the connection in the middle of the answer."""

    def set(self, wanted: dict[str, Any]) -> None:
        for name, count in wanted.items():
            if name not in {known.name for known in fields(self)} or not isinstance(count, int):
                raise ValueError(f"There is no fault called {name[:40]!r}, or its count is no whole number.")
            setattr(self, name, count)

    def take(self, name: str) -> bool:
        """Whether the fault happens now; counts it down."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


@dataclass(slots=True)
class FaultsByShop:
    _by_shop: dict[str, Faults] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, shop: str) -> Faults:
        with self._lock:
            return self._by_shop.setdefault(shop, Faults())

    def clear(self) -> None:
        with self._lock:
            self._by_shop.clear()
