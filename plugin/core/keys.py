"""Ids and keys derived from meaning, so that a crash and a retry agree on them.

Everything here is a pure function of stable values: running it twice, on two machines, years apart, gives
the same key. That is what turns "do it again" into "it is already done" (law 2).
"""

import hashlib
import hmac
import re
from base64 import b32encode

_SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\.myshopify\.com")
_POSITIVE_64_BIT = (1 << 63) - 1

NO_SHOP = 0
"""The `shop_id` of rows that belong to the installation itself, such as a job's last run."""


class InvalidShopDomainError(ValueError):
    """This is not a myshopify.com domain. Shops are named by their permanent `*.myshopify.com` domain."""


def shop_domain(text: str) -> str:
    """Return `text` as a canonical shop domain, or raise `InvalidShopDomainError`.

    Strict on purpose: no scheme, port, user, trailing dot or other host is repaired into a shop.
    """
    candidate = text.lower() if text.isascii() else ""
    if _SHOP_DOMAIN.fullmatch(candidate) is None:
        raise InvalidShopDomainError(f"{text[:80]!r} is not a myshopify.com domain")
    return candidate


def shop_id_of(domain: str) -> int:
    """The 63-bit id of a shop, from its permanent domain (docs/decisions/0004)."""
    return stable_id("shop", shop_domain(domain))


def stable_id(*parts: str) -> int:
    """A positive 63-bit integer that stands for `parts`; the same parts give the same number for ever."""
    digest = hashlib.blake2b(_joined(parts), digest_size=8).digest()
    return (int.from_bytes(digest, "big") & _POSITIVE_64_BIT) or 1


def guest_id(shop_id: int, contact: str) -> int:
    """The id of a person known only by an address: negative, so that it never meets a Shopify id."""
    return -stable_id("guest", str(shop_id), contact)


def fingerprint(*parts: str) -> str:
    """32 hex characters that stand for `parts`; used where the parts themselves would be too long."""
    return hashlib.blake2b(_joined(parts), digest_size=16).hexdigest()


def effect_key(*, shop_id: int, flow: str, version: int, enrollment_id: int, step: str) -> str:
    """The unique name of one effect: `shop:flow:version:enrollment:step`."""
    return f"{shop_id}:{flow}:{version}:{enrollment_id}:{step}"


def discount_code(secret: bytes, key: str, *, prefix: str = "REG") -> str:
    """A discount code that follows from the effect `key` and cannot be guessed without `secret`.

    Twelve base-32 characters are 60 bits. The alphabet has no 0, 1, 8 or 9, so a code survives being read aloud.
    """
    digest = hmac.digest(secret, b"discount-code\x00" + key.encode(), "sha256")
    letters = b32encode(digest[:8]).decode()[:12]
    return f"{prefix}-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _joined(parts: tuple[str, ...]) -> bytes:
    return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
