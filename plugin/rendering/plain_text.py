"""Text from strangers, made fit to stand inside our sentences: one line, visible characters, no direction tricks."""

import re
import unicodedata

_JOINERS = frozenset("\u200c\u200d")
"""Zero width, but part of how Persian words and composite emoji are spelt."""
_BLANKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_WHITE = re.compile(r"\s+")

FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"


def single_line(text: str, limit: int) -> str:
    """`text` in NFC, on one line of at most `limit` characters, without control and bidi characters."""
    visible = "".join(_visible(character) for character in text)
    line = _WHITE.sub(" ", unicodedata.normalize("NFC", visible)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def isolated(text: str, *, is_right_to_left: bool) -> str:
    """`text` between bidi isolates wherever its direction could pull at the words around it."""
    if is_right_to_left or _has_right_to_left(text):
        return f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"
    return text


def _visible(character: str) -> str:
    if character in _BLANKS:
        return " "
    if character in _JOINERS or unicodedata.category(character) not in _INVISIBLE:
        return character
    return ""


def _has_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in text)
