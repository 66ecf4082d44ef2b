"""Which word was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 60  # characters; nobody mistypes a longer word, and comparing costs the square of it
_ALIKE = 0.6  # the share of letters that two words have in common when one is meant by the other


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that looks most like `word`; None when none does."""
    spellings = {each.casefold(): each for each in words}
    found = get_close_matches(word[:_LONGEST].casefold(), spellings, n=1, cutoff=_ALIKE)
    return spellings[found[0]] if found else None
