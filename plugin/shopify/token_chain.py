"""The use of a shop's token chain by many workers at once, safe against lost answers, crashes and zombies.

A refresh is a network call, so no database transaction may span it. What serialises it is a lease: a row
that says until when one worker may refresh, and whose number grows with each holder. A save carries that
number, so a worker that slept past its lease saves nothing. The old pair stays stored until the new one is
committed; Shopify lets the old refresh token be used again until the new one is.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from plugin.shopify.errors import NeedsReauthError, UnreachableError
from plugin.shopify.tokens import (
    Exchanged,
    InvalidSubjectToken,
    TerminallyRefused,
    TokenDoor,
    TokenPair,
    Transient,
)

REFRESH_BEFORE = timedelta(minutes=5)  # left on the access token when the next one is fetched
LEASE = timedelta(seconds=45)  # longer than the slowest refresh (32 s, plugin.shopify.wire) and its save
KEEP_ALIVE_AFTER = timedelta(days=60)  # without a refresh; the refresh token dies at 90
_REFRESH_TOKEN_LIFE = timedelta(days=90)
_POLL = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChain:
    """What is stored of a shop's chain."""

    pair: TokenPair | None
    needs_reauth: str | None = None
    """Why the chain is dead, or None while it lives."""


class TokenStore(Protocol):
    """Where chains live. Each method is one short transaction of its own."""

    def load(self, shop_id: int) -> StoredChain | None:
        """The committed state of the chain."""
        ...

    def acquire_lease(self, shop_id: int, *, now: datetime, until: datetime) -> int | None:
        """A number larger than any before for this shop, or None while another lease runs past `now`.

        Works for a shop that has no chain yet.
        """
        ...

    def release_lease(self, shop_id: int, lease: int) -> None:
        """End the lease if it is still this one."""
        ...

    def save(self, shop_id: int, pair: TokenPair, lease: int) -> bool:
        """Store the pair whole and clear `needs_reauth`; False, and no change, if the lease is not the newest."""
        ...

    def mark_needs_reauth(self, shop_id: int, reason: str, lease: int) -> bool:
        """Record that the chain is dead; False, and no change, if the lease is not the newest."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReady:
    """The shop can be reached."""

    is_new: bool
    """True when this call started the chain: the moment to provision the shop."""
    scopes: frozenset[str]


class TokenChain:
    """A valid access token for any shop, whenever one can be had."""

    def __init__(
        self, store: TokenStore, door: TokenDoor, *, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._store = store
        self._door = door
        self._wait = wait

    def access_token(self, shop_id: int, shop: str, now: datetime) -> str:
        """A token with minutes left. Raises `NeedsReauthError`, or `UnreachableError` when none can be had now."""
        pair = self._living(shop_id)
        if pair.expires_at - now >= REFRESH_BEFORE:
            return pair.access_token
        return self._refreshed(shop_id, shop, now, stale=pair).access_token

    def renew(self, shop_id: int, shop: str, rejected: str, now: datetime) -> str:
        """Another token than `rejected`, which Shopify answered with 401. Raises like `access_token`."""
        pair = self._living(shop_id)
        if pair.access_token != rejected:
            return pair.access_token
        return self._refreshed(shop_id, shop, now, stale=pair, may_keep=False).access_token

    def give_up(self, shop_id: int, rejected: str, reason: str, now: datetime) -> None:
        """Mark the chain dead if it still is the one whose fresh token was rejected."""
        lease = self._store.acquire_lease(shop_id, now=now, until=now + LEASE)
        if lease is None:
            return
        try:
            chain = self._store.load(shop_id)
            if chain and chain.pair and chain.pair.access_token == rejected:
                self._store.mark_needs_reauth(shop_id, reason, lease)
        finally:
            self._store.release_lease(shop_id, lease)

    def keep_alive(self, shop_id: int, shop: str, now: datetime) -> bool:
        """Refresh a dormant shop's chain before it dies of age; True if that was due. Raises like `access_token`."""
        pair = self._living(shop_id)
        if now - (pair.refresh_expires_at - _REFRESH_TOKEN_LIFE) < KEEP_ALIVE_AFTER:
            return False
        self._refreshed(shop_id, shop, now, stale=pair)
        return True

    def ensure_chain(
        self, shop_id: int, shop: str, id_token: str, now: datetime
    ) -> ChainReady | InvalidSubjectToken | TerminallyRefused | Transient:
        """Exchange the (already verified) `id_token` if, and only if, no usable chain is stored."""
        waited = timedelta(0)
        while True:
            usable = self._usable(shop_id, now)
            if usable:
                return ChainReady(is_new=False, scopes=usable.scopes)
            lease = self._store.acquire_lease(shop_id, now=now + waited, until=now + waited + LEASE)
            if lease is not None:
                break
            if waited > LEASE:
                return Transient(retry_after=_POLL.total_seconds(), reason="chain_busy")
            waited += self._pause()
        try:
            usable = self._usable(shop_id, now)
            if usable:
                return ChainReady(is_new=False, scopes=usable.scopes)
            answer = self._door.exchange(shop, id_token, now)
            if not isinstance(answer, Exchanged):
                return answer
            if not self._store.save(shop_id, answer.pair, lease):
                return Transient(retry_after=0.0, reason="lease_lost")
            return ChainReady(is_new=True, scopes=answer.pair.scopes)
        finally:
            self._store.release_lease(shop_id, lease)

    def _usable(self, shop_id: int, now: datetime) -> TokenPair | None:
        chain = self._store.load(shop_id)
        if chain is None or chain.pair is None or chain.needs_reauth or chain.pair.refresh_expires_at <= now:
            return None
        return chain.pair

    def _living(self, shop_id: int) -> TokenPair:
        chain = self._store.load(shop_id)
        if chain is not None and chain.needs_reauth:
            raise NeedsReauthError(chain.needs_reauth)
        if chain is None or chain.pair is None:
            raise NeedsReauthError("not_connected")
        return chain.pair

    def _refreshed(
        self, shop_id: int, shop: str, now: datetime, *, stale: TokenPair, may_keep: bool = True
    ) -> TokenPair:
        """The pair after `stale`, fetched by us or by whoever is at it already."""
        waited = timedelta(0)
        while True:
            lease = self._store.acquire_lease(shop_id, now=now + waited, until=now + waited + LEASE)
            if lease is not None:
                return self._refresh_under(lease, shop_id, shop, now + waited, stale=stale, may_keep=may_keep)
            pair = self._living(shop_id)
            if pair.access_token != stale.access_token:
                return pair
            if may_keep and stale.expires_at > now + waited:
                return stale
            if waited > LEASE:
                raise UnreachableError("chain_busy", retry_after=LEASE.total_seconds())
            waited += self._pause()

    def _refresh_under(
        self, lease: int, shop_id: int, shop: str, now: datetime, *, stale: TokenPair, may_keep: bool
    ) -> TokenPair:
        try:
            pair = self._living(shop_id)
            if pair.access_token != stale.access_token:
                return pair
            if pair.refresh_expires_at <= now:
                return self._dead(shop_id, "refresh_token_expired", lease)
            answer = self._door.refresh(shop, pair.refresh_token, now)
            if isinstance(answer, TerminallyRefused):
                return self._dead(shop_id, answer.reason, lease)
            if isinstance(answer, Transient):
                if may_keep and pair.expires_at > now:
                    return pair
                raise UnreachableError(answer.reason, retry_after=answer.retry_after)
            if self._store.save(shop_id, answer.pair, lease):
                return answer.pair
            # Someone took over while we waited for the answer: theirs is the chain, ours is dropped.
            return self._living(shop_id)
        finally:
            self._store.release_lease(shop_id, lease)

    def _dead(self, shop_id: int, reason: str, lease: int) -> TokenPair:
        if self._store.mark_needs_reauth(shop_id, reason, lease):
            raise NeedsReauthError(reason)
        return self._living(shop_id)

    def _pause(self) -> timedelta:
        self._wait(_POLL.total_seconds())
        return _POLL
