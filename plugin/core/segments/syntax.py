"""What a parser stumbled over, in words; for our own language and for Shopify's."""

from collections.abc import Callable, Collection, Iterable, Iterator

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.lark import PostLex

from plugin.core.segments.conditions import MAX_DEPTH
from plugin.core.segments.errors import Place, SegmentSyntaxError, quoted
from plugin.core.segments.suggest import nearest

MAX_LENGTH = 20_000  # characters of a query; the longest that says only what a segment may say
_START = Place(1, 1)
_QUOTES = "\"'“«"
_OF_BRACKETS = 2  # levels beyond a tree's that a measure of an event needs

WORDS = {
    "_OR": "OR",
    "_AND": "AND",
    "_NOT": "NOT",
    "_IN": "in (…)",
    "_RPAR": ")",
    "_LPAR": "(",
    "_COMMA": "a comma",
    "COMPARE": "a comparison such as = or >=",
    "$END": "the end",
    "NAME": "a word",
    "TEXT": "a text in quotation marks",
    "NUMBER": "a number",
    "DATE": "a day such as 2026-01-31",
    "PERCENT": "a share such as 10%",
    "OFFSET": "days ago such as -30d",
}
"""What the terminals of the grammars are called; the others are called by their names."""

Names = Callable[[Collection[str]], Iterable[str]]
"""Which names may stand where these terminals are expected, for suggestions."""


class Nesting(PostLex):
    """Refuses brackets and NOTs within each other beyond what anybody reads, before anything is built of them."""

    always_accept: Iterable[str] = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        open_brackets, negations = [0], 0
        for token in stream:
            if token.type == "_NOT":
                negations += 1
            elif token.type == "_LPAR":
                open_brackets.append(open_brackets[-1] + negations + 1)
                negations = 0
            else:
                negations = 0
                if token.type == "_RPAR" and len(open_brackets) > 1:
                    open_brackets.pop()
            if open_brackets[-1] + negations > MAX_DEPTH + _OF_BRACKETS:
                raise SegmentSyntaxError(
                    f"a segment may be nested {MAX_DEPTH} levels deep; flatten it",
                    token.line or 1,
                    token.column or 1,
                    code="too_deep",
                )
            yield token


def understood(parser: Lark, text: str, *, names: Names, condition: str) -> object:
    """What the parser's transformer makes of `text`; `condition` is an example of one.

    Raises `SegmentSyntaxError`.
    """
    if len(text) > MAX_LENGTH:
        raise SegmentSyntaxError(
            f"this text has {len(text)} characters; a segment may have {MAX_LENGTH}", *_START, code="too_long"
        )
    if not text.strip():
        raise SegmentSyntaxError(
            f"there is nothing to ask; write a condition, such as {condition}", *_START, code="incomplete"
        )
    try:
        return parser.parse(text)
    except UnexpectedInput as error:
        raise _Stumble(names, condition).over(error, text) from None


class _Stumble:
    def __init__(self, names: Names, condition: str) -> None:
        self._names, self._condition = names, condition

    def over(self, error: UnexpectedInput, text: str) -> SegmentSyntaxError:
        place = Place(max(error.line, 1), max(error.column, 1))
        if isinstance(error, UnexpectedToken):
            expected = set(error.accepts or error.expected)
            if error.token.type == "$END":
                return SegmentSyntaxError(
                    f"the text ends too early; it goes on with {self._words(expected)}",
                    *_end_of(text),
                    code="incomplete",
                )
            return self._misplaced(str(error.token), place, expected)
        if isinstance(error, UnexpectedCharacters):
            rest = text[error.pos_in_stream or 0 :]
            if rest[:1] in _QUOTES:
                return SegmentSyntaxError(
                    "this text has no closing quotation mark", *place, code="unterminated", subject=rest[:1]
                )
            word = rest.split(maxsplit=1)[0] if rest.split() else rest
            return self._misplaced(word, place, set(error.allowed or ()))
        return SegmentSyntaxError("this cannot be understood", *place)

    def _misplaced(self, word: str, place: Place, expected: set[str]) -> SegmentSyntaxError:
        keywords = {
            name.strip("_").lower()
            for name in expected
            if name not in WORDS or name in {"_OR", "_AND", "_IN"}
        }
        return SegmentSyntaxError(
            f"{quoted(word)} is not expected here; here stands {self._words(expected)}",
            *place,
            nearest(word, keywords | set(self._names(expected))),
            code="unexpected",
            subject=word[:60],
        )

    def _words(self, expected: set[str]) -> str:
        """What could stand here; a condition and a question have too many forms for all of them."""
        if "COMPARE" in expected:
            return "a question such as =, >=, in (…), within, before, contains, is known"
        if {"NAME", "_LPAR"} <= expected:
            return f"a condition such as {self._condition}"
        known = [words for name, words in WORDS.items() if name in expected]
        others = sorted(name.strip("_").lower() for name in expected - WORDS.keys())
        return " or ".join((known + others)[:6]) or "nothing more"


def _end_of(text: str) -> Place:
    lines = text.rstrip().split("\n")
    return Place(len(lines), len(lines[-1]) + 1)
