"""Addresses, phone numbers and tokens as Shopify sends them, in the one form in which we compare them."""

import re
import unicodedata

_EMAIL = re.compile(r'[^\s@"(),:;<>\[\]\\]{1,64}@[^\s@"(),:;<>\[\]\\.]+(?:\.[^\s@"(),:;<>\[\]\\.]+)+')
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_EMAIL = 254  # characters; RFC 5321's path limit


def email_of(text: str | None) -> str | None:
    """`" Ada@Example.COM "` -> `"ada@example.com"`; None where the text cannot be an address.

    Invisible and direction-changing characters make it no address: nobody could tell two such addresses apart.
    """
    if not text:
        return None
    candidate = unicodedata.normalize("NFC", text.strip()).lower()
    if len(candidate) > _LONGEST_EMAIL or not candidate.isprintable():
        return None
    return candidate if _EMAIL.fullmatch(candidate) else None


def phone_of(text: str | None) -> str | None:
    """`"+49 151 1234 5678"` -> `"+4915112345678"`; None without a country code, which we never guess."""
    if not text or not text.isascii():
        return None
    digits = re.sub(r"[\s().-]", "", text)
    return digits if _E164.fullmatch(digits) else None


def token_of(text: str | None) -> str | None:
    """A cart or checkout token without the secret `?key=...` that the storefront appends."""
    return (text or "").partition("?")[0].strip() or None


def id_in(gid: str, resource: str) -> int:
    """`gid://shopify/Customer/12` -> 12. Raises ValueError for another resource or no number."""
    start = f"gid://shopify/{resource}/"
    number = gid.removeprefix(start).partition("?")[0]
    if not gid.startswith(start) or not number.isascii() or not number.isdigit() or len(number) > 19:
        raise ValueError(f"this is not the id of a Shopify {resource}")
    return int(number)
