"""Header values as ASCII. Our own encoder, because the standard library's can be talked into a second header."""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header

MAX_LINE = 76  # characters of a header line; RFC 5322 recommends at most 78
_WORD_BYTES = 39  # UTF-8 bytes in one encoded-word: 66 characters, so that one still fits beside "Subject: "

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 .,'&()-]+")
_PLAIN_LINE = 60  # characters; a longer header is sent in encoded words, which fold without doubt
_JOINER = "\u200d"


class UnsafeHeaderError(ValueError):
    """A header value holds a line break or control character, open or encoded. It is refused, not repaired."""


def unstructured(value: str) -> str:
    """A free-text header (Subject) as ASCII, folded. Raises `UnsafeHeaderError`."""
    require_one_line(value)
    is_plain = value.isascii() and "=?" not in value and len(value) <= _PLAIN_LINE and value == value.strip()
    return value if is_plain else _encoded(value)


def named_address(name: str | None, address: str) -> str:
    """`Name <address>` for From, To and Reply-To; `address` is in its wire form. Raises `UnsafeHeaderError`."""
    if not name:
        return address
    require_one_line(name)
    is_plain = _PLAIN_NAME.fullmatch(name) and len(name) <= _PLAIN_LINE
    shown = f'"{name}"' if is_plain else _encoded(name)
    joint = " " if len(shown) + len(address) < _PLAIN_LINE else "\r\n "
    return f"{shown}{joint}<{address}>"


def require_one_line(value: str) -> None:
    """Refuse control characters in `value` as it stands and as a reader decodes it (CVE-2024-6923)."""
    if _CONTROL.search(value) or _CONTROL.search(decoded(value)):
        raise UnsafeHeaderError("a header value holds a line break or control character")


def decoded(value: str) -> str:
    """What a mail reader makes of `value`. Raises `UnsafeHeaderError` if nobody can tell."""
    try:
        return "".join(_part(text, charset) for text, charset in decode_header(value))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        raise UnsafeHeaderError("a header value cannot be decoded") from None


def _part(text: str | bytes, charset: str | None) -> str:
    return text if isinstance(text, str) else text.decode(charset or "ascii", "replace")


def _encoded(value: str) -> str:
    """RFC 2047 words of whole characters, so that each decodes alone; words fold into lines of their own."""
    words = (f"=?utf-8?b?{b64encode(chunk.encode()).decode()}?=" for chunk in _chunks(value))
    return "\r\n ".join(words)


def _chunks(value: str) -> Iterator[str]:
    chunk = ""
    for cluster in _clusters(value):
        if chunk and len((chunk + cluster).encode()) > _WORD_BYTES:
            yield chunk
            chunk = ""
        chunk += cluster
    if chunk:
        yield chunk


def _clusters(value: str) -> Iterator[str]:
    """What a reader sees as one character, as far as it fits in one word: marks and joined emoji stay whole."""
    cluster = ""
    for character in value:
        is_joined = cluster and (_continues(character) or cluster.endswith(_JOINER))
        if is_joined and len((cluster + character).encode()) <= _WORD_BYTES:
            cluster += character
        else:
            if cluster:
                yield cluster
            cluster = character
    if cluster:
        yield cluster


def _continues(character: str) -> bool:
    is_skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return is_skin_tone or character == _JOINER or unicodedata.category(character) in {"Mn", "Me", "Mc"}
