"""Translations, read from the committed `.po` files into memory; there is no `.mo` to build or to forget."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_FOLDER = Path(__file__).parent.parent / "locale"


@cache
def catalog(domain: str, locale: str) -> gettext.NullTranslations:
    """The translations of `domain` (`mail`, `admin`) into `locale` (en, ar, fa, vi), plurals included.

    A message without a translation, or whose translation is marked fuzzy, stands as its English source. A
    missing file does so too: English is the source language and the last resort, never an error page.
    """
    source = LOCALE_FOLDER / locale / "LC_MESSAGES" / f"{domain}.po"
    if not source.is_file():
        return gettext.NullTranslations()
    with source.open("rb") as file:
        messages = read_po(file, locale=locale, domain=domain)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
