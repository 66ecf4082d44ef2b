"""Every sentence a customer reads is translated, with the same facts in it."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from plugin.rendering.catalogs import LOCALE_FOLDER, catalog

TEMPLATES = LOCALE_FOLDER.parent / "templates"
TRANSLATED = ("ar", "fa", "vi")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")

Sources = tuple[str, ...]


def sources_in_templates() -> set[Sources]:
    patterns = [(f"**.{kind}", "jinja2") for kind in ("txt", "mjml", "html")]
    found = extract_from_dir(TEMPLATES, patterns, directory_filter=lambda _folder: True)
    messages = (message for _file, _line, message, _comments, _context in found)
    return {_forms(message) for message in messages}


def read(locale: str) -> Catalog:
    with (LOCALE_FOLDER / locale / "LC_MESSAGES" / "mail.po").open("rb") as file:
        return read_po(file, locale=locale)


def translations(locale: str) -> dict[Sources, Sources]:
    return {_forms(message.id): _forms(message.string) for message in read(locale) if message.id}


def _forms(text: object) -> Sources:
    return (text,) if isinstance(text, str) else tuple(form for form in text if form is not None)  # type: ignore[attr-defined]  # a tuple or list of forms


@pytest.mark.parametrize("locale", ["en", *TRANSLATED])
def test_a_catalogue_holds_exactly_the_sentences_of_the_templates(locale: str) -> None:
    assert set(translations(locale)) == sources_in_templates()


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_sentence_has_a_finished_translation(locale: str) -> None:
    fuzzy = [message.id for message in read(locale) if message.id and message.fuzzy]
    empty = [source for source, forms in translations(locale).items() if not all(forms)]
    untouched = [source for source, forms in translations(locale).items() if set(forms) & set(source)]

    assert (fuzzy, empty, untouched) == ([], [], [])


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_names_the_same_facts(locale: str) -> None:
    for source, forms in translations(locale).items():
        facts = set(PLACEHOLDER.findall(source[0]))
        for form in forms:
            missing = facts - set(PLACEHOLDER.findall(form))
            # Arabic says "one point" and "two points" without the number.
            assert missing <= ({"count"} if len(source) > 1 and locale == "ar" else set()), (source, form)
            assert set(PLACEHOLDER.findall(form)) <= facts, (source, form)
            assert form.count("%") == len(PLACEHOLDER.findall(form)), form


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_holds_no_markup_and_no_invisible_direction_marks(locale: str) -> None:
    for forms in translations(locale).values():
        for form in forms:
            assert re.search("[<>&\u200e\u200f\u202a-\u202e\u2066-\u2069]", form) is None, form


def test_persian_is_spelt_with_persian_letters() -> None:
    text = "".join("".join(forms) for forms in translations("fa").values())

    assert re.search("[يك٠-٩]", text) is None


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "لم تُستخدم أي نقطة."),
        (1, "استُخدمت نقطة واحدة."),
        (2, "استُخدمت نقطتان."),
        (3, "استُخدمت %(count)s نقاط."),
        (11, "استُخدمت %(count)s نقطة."),
        (100, "استُخدمت %(count)s نقطة."),
        (103, "استُخدمت %(count)s نقاط."),
    ],
)
def test_arabic_chooses_among_its_six_plural_forms(count: int, expected: str) -> None:
    source = ("It took %(count)s point.", "It took %(count)s points.")

    assert catalog("mail", "ar").ngettext(*source, count) == expected


def test_english_is_its_own_translation() -> None:
    assert catalog("mail", "en").gettext("Visit the shop") == "Visit the shop"
    assert catalog("mail", "en").ngettext("%(count)s point", "%(count)s points", 1) == "%(count)s point"


def test_a_domain_without_a_file_stays_english() -> None:
    assert catalog("no-such-domain", "fa").gettext("Visit the shop") == "Visit the shop"


def test_no_compiled_catalogue_is_kept_in_the_tree() -> None:
    assert list(Path(LOCALE_FOLDER).rglob("*.mo")) == []
