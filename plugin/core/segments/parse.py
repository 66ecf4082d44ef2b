"""The text of a segment -> its tree, or what is wrong with it and where."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from lark import Lark

from plugin.core.segments.conditions import Tree, tidy, validate
from plugin.core.segments.errors import InvalidConditionError, Place, misread
from plugin.core.segments.meaning import NAMES, Meaning
from plugin.core.segments.syntax import MAX_LENGTH, Nesting, understood

__all__ = ["MAX_LENGTH", "parse"]

_GRAMMAR = Path(__file__).with_name("grammar.lark")
_EXAMPLE = "orders >= 2"


def parse(text: str, *, currency: str) -> Tree:
    """What the query asks, with money in minor units of `currency`.

    Raises `SegmentSyntaxError`, which says what is wrong, at which line and column, and what was probably meant.
    """
    try:
        found = understood(_parser(currency.upper()), text, names=_names, condition=_EXAMPLE)
        tree = tidy(found)  # type: ignore[arg-type]  # what `Meaning.start` gives
        validate(tree)
    except InvalidConditionError as error:
        raise misread(error, Place(1, 1)) from None
    return tree


def _names(expected: Collection[str]) -> Iterable[str]:
    return NAMES if "NAME" in expected and "COMPARE" not in expected else ()


@lru_cache(maxsize=32)
def _parser(currency: str) -> Lark:
    return Lark(
        _GRAMMAR.read_text("utf-8"),
        parser="lalr",
        transformer=Meaning(currency),
        postlex=Nesting(),
        maybe_placeholders=False,
    )
