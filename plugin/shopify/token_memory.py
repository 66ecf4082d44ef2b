"""A token store in memory: for the fake door, for tests of what uses chains, and as the contract's example."""

import threading
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.shopify.token_chain import StoredChain
from plugin.shopify.tokens import TokenPair


@dataclass(slots=True)
class _Lease:
    number: int = 0
    until: datetime | None = None


class MemoryTokenStore:
    """`TokenStore` for one process."""

    def __init__(self) -> None:
        self._chains: dict[int, StoredChain] = {}
        self._leases: dict[int, _Lease] = defaultdict(_Lease)
        self._lock = threading.Lock()

    def load(self, shop_id: int) -> StoredChain | None:
        with self._lock:
            return self._chains.get(shop_id)

    def acquire_lease(self, shop_id: int, *, now: datetime, until: datetime) -> int | None:
        with self._lock:
            lease = self._leases[shop_id]
            if lease.until is not None and lease.until > now:
                return None
            lease.number += 1
            lease.until = until
            return lease.number

    def release_lease(self, shop_id: int, lease: int) -> None:
        with self._lock:
            if self._leases[shop_id].number == lease:
                self._leases[shop_id].until = None

    def save(self, shop_id: int, pair: TokenPair, lease: int) -> bool:
        with self._lock:
            if self._leases[shop_id].number != lease:
                return False
            self._chains[shop_id] = StoredChain(pair=pair)
            return True

    def mark_needs_reauth(self, shop_id: int, reason: str, lease: int) -> bool:
        with self._lock:
            if self._leases[shop_id].number != lease:
                return False
            known = self._chains.get(shop_id, StoredChain(pair=None))
            self._chains[shop_id] = replace(known, needs_reauth=reason)
            return True
