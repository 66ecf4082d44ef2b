"""The text of a segment -> its tree, or what is wrong with it and where."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.lark import PostLex

from plugin.core.segments.conditions import MAX_DEPTH, Tree, tidy, validate
from plugin.core.segments.errors import InvalidConditionError, Place, SegmentSyntaxError, misread, quoted
from plugin.core.segments.meaning import NAMES, Meaning
from plugin.core.segments.suggest import nearest

MAX_LENGTH = 20_000  # characters of a query; the longest that says only what a segment may say
GRAMMAR = Path(__file__).with_name("grammar.lark")

_START = Place(1, 1)
_QUOTES = "\"'“«"
_KEYWORDS = {
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
}


def parse(text: str, *, currency: str) -> Tree:
    """What the query asks, with money in minor units of `currency`.

    Raises `SegmentSyntaxError`, which says what is wrong, at which line and column, and what was probably meant.
    """
    if len(text) > MAX_LENGTH:
        raise SegmentSyntaxError(
            f"this text has {len(text)} characters; a segment may have {MAX_LENGTH}", *_START, code="too_long"
        )
    if not text.strip():
        raise SegmentSyntaxError(
            "there is nothing to ask; write a condition, or everyone", *_START, "everyone", code="incomplete"
        )
    try:
        tree: Tree = _parser(currency.upper()).parse(text)  # type: ignore[assignment]  # what Meaning gives
        validate(tree := tidy(tree))
    except UnexpectedInput as error:
        raise _unexpected(error, text) from None
    except InvalidConditionError as error:
        raise misread(error, _START) from None
    return tree


class _Nesting(PostLex):
    """Refuses brackets and NOTs within each other beyond what anybody reads, before anything is built of them."""

    always_accept = ()

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
            if open_brackets[-1] + negations > MAX_DEPTH + 2:  # two for a measure of an event
                raise SegmentSyntaxError(
                    f"a segment may be nested {MAX_DEPTH} levels deep; flatten it",
                    token.line or 1,
                    token.column or 1,
                    code="too_deep",
                )
            yield token


@lru_cache(maxsize=8)
def _parser(currency: str) -> Lark:
    return Lark(
        GRAMMAR.read_text("utf-8"),
        parser="lalr",
        transformer=Meaning(currency),
        postlex=_Nesting(),
        maybe_placeholders=False,
    )


def _unexpected(error: UnexpectedInput, text: str) -> SegmentSyntaxError:
    place = Place(max(error.line, 1), max(error.column, 1))
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        if error.token.type == "$END":
            return SegmentSyntaxError(
                f"the text ends too early; it goes on with {_words(expected)}",
                *_end_of(text),
                code="incomplete",
            )
        return _misplaced(str(error.token), place, expected)
    if isinstance(error, UnexpectedCharacters):
        rest = text[error.pos_in_stream or 0 :]
        if rest[:1] in _QUOTES:
            return SegmentSyntaxError(
                "this text has no closing quotation mark", *place, code="unterminated", subject=rest[:1]
            )
        return _misplaced(
            rest.split(maxsplit=1)[0] if rest.split() else rest, place, set(error.allowed or ())
        )
    return SegmentSyntaxError("this cannot be understood", *place)


def _misplaced(word: str, place: Place, expected: set[str]) -> SegmentSyntaxError:
    names = {name.strip("_").lower() for name in expected if name not in _KEYWORDS or name in {"_OR", "_AND"}}
    known = names | ({"in"} if "_IN" in expected else set())
    if "NAME" in expected and "COMPARE" not in expected:
        known |= set(NAMES)
    return SegmentSyntaxError(
        f"{quoted(word)} is not expected here; here stands {_words(expected)}",
        *place,
        nearest(word, known),
        code="unexpected",
        subject=word[:60],
    )


def _words(expected: set[str]) -> str:
    """What could stand here; a condition and a question have too many forms for all of them."""
    if "_SAMPLE" in expected:
        return "a condition such as orders >= 2"
    if "COMPARE" in expected:
        return "a question such as =, >=, in (…), within, before, contains, is known"
    known = [words for name, words in _KEYWORDS.items() if name in expected]
    others = sorted(name.strip("_").lower() for name in expected - _KEYWORDS.keys())
    return " or ".join((known + others)[:6]) or "nothing more"


def _end_of(text: str) -> Place:
    lines = text.rstrip().split("\n")
    return Place(len(lines), len(lines[-1]) + 1)
