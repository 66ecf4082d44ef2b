"""The words of the demo's own pages, in the four languages of the demo: a file each in `labels/`."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import babel.numbers
from babel import Locale
from babel.dates import format_skeleton, format_time

from devstore.model import CURRENCY

LANGUAGES: Final = {"en": "English", "ar": "العربية", "fa": "فارسی", "vi": "Tiếng Việt"}
_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa"})
_DIGITS: Final = {"ar": ("arab", "٠١٢٣٤٥٦٧٨٩"), "fa": ("arabext", "۰۱۲۳۴۵۶۷۸۹")}
_FIRST_STRONG, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_numbers: Any = babel.numbers  # the published stubs describe an older Babel, without numbering systems

_WORDS: Final[dict[str, dict[str, str]]] = {
    language: json.loads((Path(__file__).parent / "labels" / f"{language}.json").read_text("utf-8"))
    for language in LANGUAGES
}


class Words:
    """The labels of one language; an unknown language reads English."""

    def __init__(self, language: str | None) -> None:
        self.language = language if language in _WORDS else "en"
        self._words = _WORDS[self.language]

    @property
    def direction(self) -> str:
        return "rtl" if self.language in _RIGHT_TO_LEFT else "ltr"

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def say(self, key: str, **values: str) -> str:
        return self._words[key].format(**values)

    def money(self, cents: int) -> str:
        system = self._numbering
        return self._native(
            _numbers.format_currency(cents / 100, CURRENCY, locale=self.language, numbering_system=system)
        )

    def count(self, number: int) -> str:
        system = self._numbering
        return self._native(_numbers.format_decimal(number, locale=self.language, numbering_system=system))

    def time(self, at: datetime) -> str:
        """To the minute: between two looks at the page the seconds would be wrong."""
        day = format_skeleton("yMMMd", at, locale=self.language)
        clock = format_time(at, "short", locale=self.language)
        pattern = str(Locale(self.language).datetime_formats["medium"])
        return self._native(pattern.replace("{1}", day).replace("{0}", clock))

    def name(self, text: str) -> str:
        """A name of any script, kept from turning the line around it."""
        return f"{_FIRST_STRONG}{text}{_POP}"

    @property
    def _numbering(self) -> str:
        return _DIGITS[self.language][0] if self.language in _DIGITS else "latn"

    def _native(self, text: str) -> str:
        """`text` in the digits of the language; Babel itself only changes the separators."""
        if self.language not in _DIGITS:
            return text
        return text.translate(str.maketrans("0123456789", _DIGITS[self.language][1]))


def vocabulary() -> dict[str, frozenset[str]]:
    """The keys of each language, so that a test can see that none lacks a word."""
    return {language: frozenset(words) for language, words in _WORDS.items()}
