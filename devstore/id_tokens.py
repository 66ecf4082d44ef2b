"""ID tokens as Shopify makes them for an embedded app: HS256 with the app's secret, one minute long."""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

LIFETIME = 60  # seconds
LEEWAY = 10  # seconds that two clocks may differ


class InvalidIdTokenError(ValueError):
    """The ID token is not one that this store's admin made for this app, or its minute is over. Ask for a new one."""


def mint(
    *, shop: str, api_key: str, api_secret: str, now: datetime, user: str = "1", serial: str = "0"
) -> str:
    """A fresh ID token for the merchant `user` of `shop`; `serial` makes two tokens of one second differ."""
    at = int(now.timestamp())
    claims = {
        "iss": f"https://{shop}/admin",
        "dest": f"https://{shop}",
        "aud": api_key,
        "sub": user,
        "exp": at + LIFETIME,
        "nbf": at,
        "iat": at,
        "jti": hashlib.sha256(f"{shop}:{user}:{at}:{serial}".encode()).hexdigest()[:32],
        "sid": hashlib.sha256(f"{shop}:{user}".encode()).hexdigest(),
    }
    signed = f"{_encode(_compact({'alg': 'HS256', 'typ': 'JWT'}))}.{_encode(_compact(claims))}"
    return f"{signed}.{_encode(_signature(api_secret, signed))}"


def verify(token: str, *, shop: str, api_key: str, api_secret: str, now: datetime) -> dict[str, Any]:
    """The claims of a valid token of `shop`, or `InvalidIdTokenError`."""
    signed, _, signature = token.rpartition(".")
    head, _, body = signed.partition(".")
    try:
        header, claims = json.loads(_decode(head)), json.loads(_decode(body))
        genuine = hmac.compare_digest(_decode(signature), _signature(api_secret, signed))
    except (ValueError, binascii.Error) as error:
        raise InvalidIdTokenError("The token is not a JWT.") from error
    if (
        not isinstance(header, dict)
        or not isinstance(claims, dict)
        or header.get("alg") != "HS256"
        or not genuine
    ):
        raise InvalidIdTokenError("The token is not signed with this app's secret.")
    at = now.timestamp()
    is_current = claims.get("nbf", at) - LEEWAY <= at <= claims.get("exp", 0) + LEEWAY
    if not is_current or claims.get("aud") != api_key or claims.get("dest") != f"https://{shop}":
        raise InvalidIdTokenError("The token is for another app or shop, or its minute is over.")
    return claims


def _signature(secret: str, signed: str) -> bytes:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
