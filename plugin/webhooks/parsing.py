"""Bytes of a webhook -> one JSON object, strictly and within bounds.

Two readers of one body must agree on what it says. So nothing on which JSON parsers differ gets through: duplicate
keys, NaN, bad UTF-8, byte order marks, lone surrogates, numbers and depths beyond what Shopify ever sends.
"""

import json
import re
from typing import Any, Final

MAX_DEPTH = 100  # brackets within brackets; a real order has about 8
MAX_DIGITS = 30  # of one number; a 64-bit id has 19

UNKNOWN_TOPIC: Final = "unknown_topic"
"""The reason for which a delivery is not failed but ignored: we never asked for its topic."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * (MAX_DIGITS + 1)
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_ALL_BUT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))


class UnintelligibleError(ValueError):
    """A webhook that cannot be understood safely; it is kept as failed, with `reason`, and has no effect.

    `reason` is for machines and never holds anything of the body: `duplicate_key`, `wrong_shape:orders/create`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises `UnintelligibleError` where two parsers could disagree about it."""
    if body.startswith(_BYTE_ORDER_MARK):
        raise UnintelligibleError("byte_order_mark")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise UnintelligibleError("not_utf8") from None
    if _is_too_deep(body):
        raise UnintelligibleError("too_deep")
    try:
        parsed = _decoder_for(body).decode(text)
    except RecursionError:
        raise UnintelligibleError("too_deep") from None
    except json.JSONDecodeError:
        raise UnintelligibleError("not_json") from None
    if not isinstance(parsed, dict):
        raise UnintelligibleError("not_an_object")
    if _SURROGATE_ESCAPE.search(body):
        _refuse_lone_surrogates(parsed)
    return parsed


def _decoder_for(body: bytes) -> json.JSONDecoder:
    return _CAREFUL if _LONG_NUMBER in body.translate(_DIGITS_AS_ZERO) else _DECODER


def _is_too_deep(body: bytes) -> bool:
    """Whether brackets nest deeper than `MAX_DEPTH`, told without a parser: its recursion is what we guard.

    Strings go first, since brackets inside them would feign depth or hide it.
    """
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return False
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"")
    brackets = b"".join(unescaped.split(b'"')[::2]).translate(None, _ALL_BUT_BRACKETS)
    for _ in range(MAX_DEPTH):
        before = len(brackets)
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(brackets) == before:  # all peeled, or unbalanced and so no JSON: the parser will say
            return brackets.count(b"{") + brackets.count(b"[") > MAX_DEPTH
    return bool(brackets)


def _refuse_lone_surrogates(parsed: dict[str, Any]) -> None:
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UnintelligibleError("lone_surrogate") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise UnintelligibleError("duplicate_key")
    return read


def _refuse_constant(_: str) -> None:
    raise UnintelligibleError("not_a_number")


def _bounded_int(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise UnintelligibleError("number_too_long")
    return int(digits)


def _bounded_float(digits: str) -> float:
    if len(digits) > MAX_DIGITS + 10:
        raise UnintelligibleError("number_too_long")
    return float(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
# The hooks on numbers cost a call each; they are only needed where some run of digits is suspiciously long.
_CAREFUL = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_refuse_constant,
    parse_int=_bounded_int,
    parse_float=_bounded_float,
)
