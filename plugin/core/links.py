"""Links that carry their own proof: signed, bound to a purpose, free of personal data.

A token is base64url of `kind | payload | MAC`. It holds ids, never an address, so that a forwarded or logged
link names nobody; and an unsubscribe link cannot be turned into a preferences link.
"""

import hmac
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from plugin.core.sealing import checked_keys, derived_key

_MAC_BYTES = 20  # 160 bits of HMAC-SHA256
_MAX_TOKEN = 1024  # characters
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_BYTES, _IDS = b"\x00", b"\x01"
_ID_BYTES = 8


class InvalidLinkError(ValueError):
    """This link was not made here, or not for this. Show one neutral page; do not say which."""


class LinkSigner:
    """Signs and verifies link tokens with a ring of `keys`, newest first; every key verifies."""

    __slots__ = ("_keys", "_rings")

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = checked_keys(keys)
        self._rings: dict[str, tuple[bytes, ...]] = {}

    def sign(self, purpose: str, payload: bytes | tuple[int, ...]) -> str:
        """A token for `payload`: a few bytes, or signed 64-bit ids (negative ones stand for guests)."""
        body = _BYTES + payload if isinstance(payload, bytes) else _IDS + _packed(payload)
        token = urlsafe_b64encode(body + _mac(self._ring(purpose)[0], body)).rstrip(b"=").decode()
        if len(token) > _MAX_TOKEN:
            raise ValueError("the payload is too long for a link")
        return token

    def verify(self, purpose: str, token: str) -> bytes | tuple[int, ...]:
        """Return the payload that was signed for `purpose`; raises `InvalidLinkError`."""
        raw = _decoded(token)
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        is_ours = False
        for key in self._ring(purpose):
            is_ours |= hmac.compare_digest(_mac(key, body), mac)
        if not is_ours:
            raise InvalidLinkError("this link is not valid")
        return body[1:] if body[:1] == _BYTES else _unpacked(body[1:])

    def verify_ids(self, purpose: str, token: str) -> tuple[int, ...]:
        """Like `verify`, for tokens made of ids."""
        payload = self.verify(purpose, token)
        if isinstance(payload, bytes):
            raise InvalidLinkError("this link is not valid")
        return payload

    def __repr__(self) -> str:
        return f"LinkSigner({len(self._keys)} keys)"

    def _ring(self, purpose: str) -> tuple[bytes, ...]:
        if purpose not in self._rings:
            self._rings[purpose] = tuple(derived_key(key, f"link/{purpose}") for key in self._keys)
        return self._rings[purpose]


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC_BYTES]


def _packed(ids: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(ids)}q", *ids)


def _unpacked(raw: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(raw) // _ID_BYTES}q", raw)


def _decoded(token: str) -> bytes:
    if not 0 < len(token) <= _MAX_TOKEN or _TOKEN.fullmatch(token) is None or len(token) % 4 == 1:
        raise InvalidLinkError("this link is not valid")
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    is_canonical = urlsafe_b64encode(raw).rstrip(b"=").decode() == token
    if not is_canonical or len(raw) <= _MAC_BYTES:
        raise InvalidLinkError("this link is not valid")
    return raw
