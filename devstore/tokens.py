"""Access tokens: exchange, expiry, and refresh with rotation, as Shopify has done it since August 2026.

A used refresh token may be sent again, with the same answer, until its replacement is used; then it is dead. A new
exchange retires every older chain: old access tokens live until they expire, old refresh tokens die at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

from devstore import id_tokens
from devstore.database import micros
from devstore.store import Store

ACCESS_LIFETIME = 3600  # seconds
REFRESH_LIFETIME = 7_776_000  # seconds: 90 days
RETRY_LIFETIME = 30 * 86_400  # seconds in which a used refresh token may be retried at all
_SECOND = 1_000_000  # microseconds

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - the name of a type
_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: dict[str, Any]


def answer(store: Store, fields: Mapping[str, Any]) -> Answer:
    """What `POST /admin/oauth/access_token` says to `fields`."""
    config = store.config
    if fields.get("client_id") != config.api_key or fields.get("client_secret") != config.api_secret:
        return _refuse(400, "invalid_client", "The client id or secret is wrong.")
    with store.database.transaction():
        match fields.get("grant_type"):
            case grant if grant == _EXCHANGE:
                return _exchange(store, fields)
            case "refresh_token":
                return _refresh(store, str(fields.get("refresh_token", "")))
            case _:
                return _refuse(400, "unsupported_grant_type", "Use token exchange or refresh_token.")


def is_valid(store: Store, access: str) -> bool:
    """Whether the Admin API accepts this access token now."""
    row = store.database.row("SELECT * FROM tokens WHERE shop = ? AND access = ?", store.shop, access)
    if row is None or not store.is_installed:
        return False
    return row["expires_at"] is None or bool(row["expires_at"] > micros(store.config.clock()))


def revoke_all(store: Store) -> None:
    """Uninstalling ends every token at once."""
    store.database.run("DELETE FROM tokens WHERE shop = ?", store.shop)


def _exchange(store: Store, fields: Mapping[str, Any]) -> Answer:
    if fields.get("subject_token_type") != _ID_TOKEN:
        return _refuse(400, "invalid_request", "subject_token_type must be an ID token.")
    if fields.get("requested_token_type", _OFFLINE) != _OFFLINE:
        return _refuse(400, "invalid_request", "This store issues offline access tokens only.")
    try:
        id_tokens.verify(
            str(fields.get("subject_token", "")),
            shop=store.shop,
            api_key=store.config.api_key,
            api_secret=store.config.api_secret,
            now=store.config.clock(),
        )
    except id_tokens.InvalidIdTokenError as error:
        return _refuse(400, "invalid_subject_token", str(error))
    if not store.is_installed:
        return _refuse(400, "invalid_client", "The app is not installed on this shop.")
    if str(fields.get("expiring", "0")) != "1":
        return Answer(status=200, body=_issue(store, parent=None, expiring=False))
    store.database.run("UPDATE tokens SET state = 'dead' WHERE shop = ?", store.shop)
    return Answer(status=200, body=_issue(store, parent=None))


def _refresh(store: Store, refresh: str) -> Answer:
    now = micros(store.config.clock())
    row = store.database.row("SELECT * FROM tokens WHERE shop = ? AND refresh = ?", store.shop, refresh)
    if row is None or row["state"] == "dead" or row["refresh_expires_at"] <= now or not store.is_installed:
        return _refuse(401, "invalid_request", "This refresh token can not be used. Exchange a new ID token.")
    if row["state"] == "used":
        return _retry(store, row, now)
    store.database.run(
        "UPDATE tokens SET state = 'used', first_used_at = ? WHERE shop = ? AND refresh = ?",
        now,
        store.shop,
        refresh,
    )
    store.database.run(
        "UPDATE tokens SET state = 'dead' WHERE shop = ? AND refresh = ?", store.shop, row["parent"]
    )
    return Answer(status=200, body=_issue(store, parent=refresh))


def _retry(store: Store, row: Row, now: int) -> Answer:
    if row["first_used_at"] + RETRY_LIFETIME * _SECOND <= now:
        return _refuse(401, "invalid_request", "This refresh token was used more than 30 days ago.")
    child = store.database.row(
        "SELECT * FROM tokens WHERE shop = ? AND parent = ? AND state = 'live'", store.shop, row["refresh"]
    )
    if child is None or child["expires_at"] <= now:
        return Answer(status=200, body=_issue(store, parent=row["refresh"]))
    return Answer(
        status=200,
        body={
            "access_token": child["access"],
            "scope": ",".join(store.config.scopes),
            "expires_in": (child["expires_at"] - now) // _SECOND,
            "refresh_token": child["refresh"],
            "refresh_token_expires_in": (child["refresh_expires_at"] - now) // _SECOND,
        },
    )


def _issue(store: Store, *, parent: str | None, expiring: bool = True) -> dict[str, Any]:
    now = micros(store.config.clock())
    access = f"shpat_{store.next_token('access')}"
    body: dict[str, Any] = {"access_token": access, "scope": ",".join(store.config.scopes)}
    refresh = f"shprt_{store.next_token('refresh')}" if expiring else None
    if expiring:
        body |= {
            "expires_in": ACCESS_LIFETIME,
            "refresh_token": refresh,
            "refresh_token_expires_in": REFRESH_LIFETIME,
        }
    store.database.run(
        "INSERT INTO tokens (shop, access, expires_at, refresh, refresh_expires_at, parent, state)"
        " VALUES (?, ?, ?, ?, ?, ?, 'live')",
        store.shop,
        access,
        now + ACCESS_LIFETIME * _SECOND if expiring else None,
        refresh,
        now + REFRESH_LIFETIME * _SECOND if expiring else None,
        parent,
    )
    return body


def _refuse(status: int, error: str, description: str) -> Answer:
    return Answer(status=status, body={"error": error, "error_description": description})
