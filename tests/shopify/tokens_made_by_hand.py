"""Builders of ID tokens, good and bad, without any JWT library."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

API_KEY = "api-key-of-regulars"
SECRET = "shpss_current_secret_0123456789abcdef"
OLD_SECRET = "shpss_previous_secret_0123456789abcde"
SHOP = "tea-shop.myshopify.com"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
NOW_SECONDS = int(NOW.timestamp())
HEADER: dict[str, Any] = {"alg": "HS256", "typ": "JWT"}


def claims(**changes: Any) -> dict[str, Any]:
    """An admin token's claims; a change to `...` removes the claim."""
    whole: dict[str, Any] = {
        "iss": f"https://{SHOP}/admin",
        "dest": f"https://{SHOP}",
        "aud": API_KEY,
        "sub": "42",
        "exp": NOW_SECONDS + 60,
        "nbf": NOW_SECONDS,
        "iat": NOW_SECONDS,
        "jti": "f8912129-1af6-4cad-9ca3-76b0f7621087",
        "sid": "aaea182f2732d44c23057c0fea584021a4485b2bd25d3eb7fd349313ad24c685",
        "sig": "f07cf3740270c17fb61c700b2f0f2e7f2f4fc8ca48426221738f7a39e4c475bf",
    }
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def token(
    payload: dict[str, Any] | bytes | None = None,
    *,
    header: dict[str, Any] | bytes | None = None,
    secret: str = SECRET,
    algorithm: str = "sha256",
) -> str:
    head = segment(HEADER if header is None else header)
    body = segment(claims() if payload is None else payload)
    signature = hmac.digest(secret.encode(), f"{head}.{body}".encode(), algorithm)
    return f"{head}.{body}.{b64(signature)}"


def segment(value: dict[str, Any] | bytes) -> str:
    return b64(value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode())


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
