"""A bounded look at the raw body: is it an object, and does it name another shop at its top level?

No JSON parse: the door answers before anything is understood. The look can miss a claim (an escaped key, a name
beyond the bound); the understanding checks again with a full parse. It must never see one that is not there: a
line-item property that says `shop_domain` refuses no order.
"""

import json
import re

_WHITESPACE = b" \t\r\n"
_SHOP_KEYS = (b'"shop_domain"', b'"myshopify_domain"')
"""Keys whose value is a permanent domain. `domain` is not one: it is the merchant's own."""
_COMMON_END = b'_domain"'  # of every shop key: one fast search clears nearly all bodies

_MAX_TOKENS = 20_000  # strings and brackets looked at; a few milliseconds of the event loop at most
_MAX_DOMAIN = 256  # bytes of a claimed domain; a longer string is nobody's domain

# An unended string matches to the end: were it no token, every escaped quote inside would be tried again.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_STRING_VALUE = re.compile(rb'[ \t\r\n]*:[ \t\r\n]*("(?:[^"\\]++|\\.)*+")', re.DOTALL)


def is_json_object(body: bytes) -> bool:
    """Whether `body` begins and ends like a JSON object. A byte order mark does not."""
    return body.lstrip(_WHITESPACE)[:1] == b"{" and body.rstrip(_WHITESPACE)[-1:] == b"}"


def names_another_shop(body: bytes, shop: str) -> bool:
    """Whether a top-level `shop_domain` or `myshopify_domain` is a string other than `shop`. null claims nothing."""
    if _COMMON_END not in body:
        return False
    return any(claim != shop for claim in _claims(body))


def _claims(body: bytes) -> list[str]:
    claims = []
    depth = 0
    for count, token in enumerate(_TOKEN.finditer(body)):
        if count >= _MAX_TOKENS:
            break
        text = token[0]
        if text in b"{[":
            depth += 1
        elif text in b"}]":
            depth -= 1
        elif depth == 1 and text in _SHOP_KEYS and (value := _STRING_VALUE.match(body, token.end())):
            claims.append(_domain(value[1]))
    return claims


def _domain(literal: bytes) -> str:
    try:
        return str(json.loads(literal[: _MAX_DOMAIN + 2])).lower()
    except ValueError:
        return ""
