"""The merchant's identity: Shopify's ID token (also called session token), verified strictly.

One app secret signs ID tokens, webhooks, launch URLs, proxy queries and the tokens of checkout and
customer-account extensions, so a good signature alone proves little: every claim is held to the exact
shape of an admin token. General libraries accept more (no `exp`, `http:` issuers, lists of audiences),
which is why this one is ours; they serve as an oracle in the tests.

Rules: https://shopify.dev/docs/apps/build/authentication-authorization/session-tokens
"""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from plugin.core import keys

MAX_LENGTH = 8 * 1024  # characters; a real token is under 800
LEEWAY = timedelta(seconds=10)  # clock skew that Shopify's own libraries allow
MAX_LIFETIME = timedelta(hours=1)  # real tokens live one minute; one valid for years was not made by Shopify

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_DIGITS = re.compile(r"[0-9]{1,20}")
_SESSION_ID = re.compile(r"[\x21-\x7e]{1,255}")
_KNOWN_HEADER_NAMES = frozenset({"alg", "typ", "kid"})
_MAX_BRACKETS = 16  # an admin token is one flat object; more is an attack on the parser's stack
_MAX_NUMBER_DIGITS = 15
_DEST_PREFIX = "https://"


class Refusal(StrEnum):
    """Why a token was refused; safe to log and to count."""

    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    HEADER = "header"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    LIFETIME = "lifetime"
    AUDIENCE = "audience"
    SHOP = "shop"
    ISSUER = "issuer"
    SUBJECT = "subject"
    SESSION = "session"


class IdTokenError(Exception):
    """This ID token is not a valid one of this app. Answer 401, or send a document through the bounce page."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason

    @property
    def is_stale(self) -> bool:
        """True when the token was ours and only its minute is over: a fresh one will do."""
        return self.reason is Refusal.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """A verified merchant of a verified shop."""

    shop: str
    shop_id: int
    user_id: int
    """Shopify's id of the staff member."""
    session_id: str
    expires_at: datetime


def verify_id_token(token: str, *, api_key: str, secrets: Sequence[str], now: datetime) -> IdToken:
    """Return who is speaking, or raise `IdTokenError`.

    `secrets` are the live app secrets; each is tried, so that rotation locks nobody out.
    """
    if not api_key or not any(secrets):
        raise ValueError("SHOPIFY_API_KEY and SHOPIFY_API_SECRET are needed to verify ID tokens")
    if len(token) > MAX_LENGTH:
        raise IdTokenError(Refusal.TOO_LONG)
    segments = token.split(".")
    if len(segments) != 3:
        raise IdTokenError(Refusal.MALFORMED)
    header, payload, signature = (_decoded(segment) for segment in segments)
    _check_header(_parsed(header))
    _check_signature(token.rpartition(".")[0].encode("ascii"), signature, secrets)
    claims = _parsed(payload)
    expires_at = _checked_times(claims, now)
    if claims.get("aud") != api_key:
        raise IdTokenError(Refusal.AUDIENCE)
    shop = _checked_shop(claims)
    return IdToken(
        shop=shop,
        shop_id=keys.shop_id_of(shop),
        user_id=int(_checked_text(claims, "sub", _DIGITS, Refusal.SUBJECT)),
        session_id=_checked_text(claims, "sid", _SESSION_ID, Refusal.SESSION),
        expires_at=expires_at,
    )


def _decoded(segment: str) -> bytes:
    if _SEGMENT.fullmatch(segment) is None or len(segment) % 4 == 1:
        raise IdTokenError(Refusal.MALFORMED)
    raw = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    # Two spellings of one value would be two tokens with one meaning.
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != segment:
        raise IdTokenError(Refusal.MALFORMED)
    return raw


def _parsed(raw: bytes) -> dict[str, Any]:
    if raw.count(b"{") + raw.count(b"[") > _MAX_BRACKETS:
        raise IdTokenError(Refusal.MALFORMED)
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refused_number,
            parse_float=_refused_number,
            parse_int=_bounded_int,
        )
    except ValueError as error:
        raise IdTokenError(Refusal.MALFORMED) from error
    if not isinstance(value, dict):
        raise IdTokenError(Refusal.MALFORMED)
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _refused_number(text: str) -> Any:
    raise ValueError(f"unexpected number {text[:20]}")


def _bounded_int(text: str) -> int:
    if len(text) > _MAX_NUMBER_DIGITS:
        raise ValueError("number too long")
    return int(text)


def _check_header(header: dict[str, Any]) -> None:
    if header.get("alg") != "HS256":
        raise IdTokenError(Refusal.ALGORITHM)
    # Names such as crit, jwk, jku, x5u or b64 ask a verifier to behave differently: not this one.
    if header.keys() - _KNOWN_HEADER_NAMES or header.get("typ", "JWT") != "JWT":
        raise IdTokenError(Refusal.HEADER)


def _check_signature(signed: bytes, signature: bytes, secrets: Sequence[str]) -> None:
    is_ours = False
    for secret in filter(None, secrets):
        is_ours |= hmac.compare_digest(hmac.digest(secret.encode(), signed, "sha256"), signature)
    if not is_ours:
        raise IdTokenError(Refusal.SIGNATURE)


def _checked_times(claims: dict[str, Any], now: datetime) -> datetime:
    expires_at, not_before = _instant(claims, "exp"), _instant(claims, "nbf")
    if expires_at <= now - LEEWAY:
        raise IdTokenError(Refusal.EXPIRED)
    if not_before > now + LEEWAY:
        raise IdTokenError(Refusal.NOT_YET_VALID)
    if "iat" in claims and _instant(claims, "iat") > now + LEEWAY:
        raise IdTokenError(Refusal.NOT_YET_VALID)
    if expires_at > now + MAX_LIFETIME or expires_at < not_before:
        raise IdTokenError(Refusal.LIFETIME)
    return expires_at


def _instant(claims: dict[str, Any], name: str) -> datetime:
    seconds = claims.get(name)
    if type(seconds) is not int:  # bool is an int to isinstance
        raise IdTokenError(Refusal.MALFORMED)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise IdTokenError(Refusal.LIFETIME) from error


def _checked_shop(claims: dict[str, Any]) -> str:
    dest = claims.get("dest")
    if not isinstance(dest, str) or not dest.startswith(_DEST_PREFIX):
        raise IdTokenError(Refusal.SHOP)
    host = dest.removeprefix(_DEST_PREFIX)
    try:
        shop = keys.shop_domain(host)
    except keys.InvalidShopDomainError as error:
        raise IdTokenError(Refusal.SHOP) from error
    if shop != host:
        raise IdTokenError(Refusal.SHOP)
    if claims.get("iss") != f"https://{shop}/admin":
        raise IdTokenError(Refusal.ISSUER)
    return shop


def _checked_text(claims: dict[str, Any], name: str, pattern: re.Pattern[str], refusal: Refusal) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise IdTokenError(refusal)
    return value
