"""The OAuth endpoint of a shop: an ID token becomes a token pair, a refresh token becomes the next pair.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from plugin.shopify import wire
from plugin.shopify.errors import UnreachableError
from plugin.shopify.origin import ShopOrigin

ACCESS_LIFETIME = timedelta(hours=1)  # assumed when an answer lacks expires_in; never "for ever"
REFRESH_LIFETIME = timedelta(days=90)  # likewise for refresh_token_expires_in

_PATH = "/admin/oauth/access_token"
_EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105  # a public OAuth name
_OFFLINE_TYPE = "urn:shopify:params:oauth:token-type:offline-access-token"
_TRANSIENT_WAIT = 30.0  # seconds
_CREDENTIALS_WAIT = 900.0  # seconds; wrong app credentials are ours to repair, no shop should suffer for it


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What the app holds of a shop: an access token for an hour and the means to get the next one."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    refresh_expires_at: datetime
    scopes: frozenset[str]

    def packed(self) -> bytes:
        """One value for one sealed column, so that a save is one atomic write."""
        return msgspec.json.encode(self)

    @classmethod
    def unpacked(cls, raw: bytes) -> "TokenPair":
        return msgspec.json.decode(raw, type=cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    pair: TokenPair


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidSubjectToken:
    """Shopify does not take this ID token (any more): ask the browser for a fresh one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminallyRefused:
    """The chain is dead; only the merchant's next visit starts another."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transient:
    """Nothing is decided. Use the same tokens again after `retry_after` seconds."""

    retry_after: float
    reason: str


class TokenDoor:
    """Token exchange and refresh for any shop; holds the app's credentials and no state."""

    def __init__(self, http: httpx.Client, origin: ShopOrigin, *, api_key: str, api_secret: str) -> None:
        self._http = http
        self._origin = origin
        self._credentials = {"client_id": api_key, "client_secret": api_secret}

    def exchange(
        self, shop: str, id_token: str, now: datetime
    ) -> Exchanged | InvalidSubjectToken | TerminallyRefused | Transient:
        """Start a new chain. This kills the refresh token of an older one: do it only without a usable chain."""
        answer = self._ask(
            shop,
            {
                "grant_type": _EXCHANGE_GRANT,
                "subject_token": id_token,
                "subject_token_type": _ID_TOKEN_TYPE,
                "requested_token_type": _OFFLINE_TYPE,
                "expiring": "1",
            },
            now,
        )
        if isinstance(answer, TerminallyRefused) and answer.reason == "invalid_subject_token":
            return InvalidSubjectToken()
        return answer

    def refresh(
        self, shop: str, refresh_token: str, now: datetime
    ) -> Exchanged | TerminallyRefused | Transient:
        """Take the chain one pair further. After a lost answer the same `refresh_token` still works."""
        return self._ask(shop, {"grant_type": "refresh_token", "refresh_token": refresh_token}, now)

    def _ask(
        self, shop: str, form: dict[str, str], now: datetime
    ) -> Exchanged | TerminallyRefused | Transient:
        try:
            reply = wire.post(self._http, self._origin.url(shop, _PATH), form=self._credentials | form)
        except UnreachableError as unreachable:
            return Transient(retry_after=_TRANSIENT_WAIT, reason=unreachable.reason)
        body = reply.json_object()
        if reply.status == httpx.codes.OK and body is not None:
            pair = _pair(body, now)
            return (
                Exchanged(pair=pair)
                if pair
                else Transient(retry_after=_TRANSIENT_WAIT, reason="malformed_answer")
            )
        error = body.get("error") if body else None
        if error == "invalid_client":
            return Transient(retry_after=_CREDENTIALS_WAIT, reason="invalid_client")
        # Only Shopify's own words end a chain: an error page of some proxy in between does not.
        if reply.status in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED) and isinstance(error, str):
            return TerminallyRefused(reason=_machine_word(error))
        return Transient(retry_after=reply.retry_after(_TRANSIENT_WAIT), reason=f"http_{reply.status}")


def _pair(body: dict[str, Any], now: datetime) -> TokenPair | None:
    access, refresh, scope = (body.get(name) for name in ("access_token", "refresh_token", "scope"))
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        return None
    return TokenPair(
        access_token=access,
        refresh_token=refresh,
        expires_at=now.astimezone(UTC) + _lifetime(body.get("expires_in"), ACCESS_LIFETIME),
        refresh_expires_at=now.astimezone(UTC)
        + _lifetime(body.get("refresh_token_expires_in"), REFRESH_LIFETIME),
        scopes=frozenset(scope.split(",")) - {""} if isinstance(scope, str) else frozenset(),
    )


def _lifetime(seconds: object, default: timedelta) -> timedelta:
    if type(seconds) is not int or not 0 < seconds <= default.total_seconds():
        return default
    return timedelta(seconds=seconds)


def _machine_word(text: str) -> str:
    return "".join(
        letter for letter in text[:40].lower() if letter.isascii() and (letter.isalnum() or letter == "_")
    )
