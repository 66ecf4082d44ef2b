"""Languages of the admin: which one a visit gets, and its catalogue."""

from collections.abc import Iterable
from gettext import NullTranslations

from plugin.rendering.catalogs import catalog

LANGUAGES = {"en": "English", "ar": "العربية", "fa": "فارسی", "vi": "Tiếng Việt"}
"""Code to own name, in the order in which Settings offers them."""

SOURCE_LANGUAGE = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa"})
DOMAIN = "admin"


def direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def choose_language(wishes: Iterable[str | None]) -> str:
    """The first wish we speak; a wish is a code, a locale such as `vi-VN`, or an Accept-Language header."""
    for wish in wishes:
        for tag in _ranked(wish or ""):
            language = tag.partition("-")[0].lower()
            if language in LANGUAGES:
                return language
    return SOURCE_LANGUAGE


def translations(language: str) -> NullTranslations:
    """The admin's catalogue; English is the source language and has none."""
    return catalog(DOMAIN, language)


def _ranked(header: str) -> list[str]:
    """Language tags by falling weight; a broken weight counts as none."""
    weighted: list[tuple[float, str]] = []
    for part in header[:200].replace("_", "-").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((float(weight) if weight else 1.0, tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]
