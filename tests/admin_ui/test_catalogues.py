# ruff: noqa: RUF001  (Arabic and Persian letters are what is tested)
"""Every sentence of the admin exists in every language."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from admin_ui import messages
from admin_ui.i18n import LANGUAGES, SOURCE_LANGUAGE, translations

CATALOGUES = dict(messages.catalogues())
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def test_every_language_has_a_catalogue() -> None:
    assert [SOURCE_LANGUAGE, *CATALOGUES] == list(LANGUAGES)


@pytest.mark.parametrize(("language", "path"), CATALOGUES.items())
def test_every_sentence_is_translated_with_its_placeholders(language: str, path: Path) -> None:
    with path.open("rb") as stream:
        catalogue = read_po(stream, locale=language, domain="admin")
    wanted = {message.id for message in messages.template() if message.id}
    assert {message.id for message in catalogue if message.id} == wanted
    for message in catalogue:
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert len(forms) == (1 if isinstance(message.id, str) else catalogue.num_plurals)
        for form in forms:
            assert form, f"{language}: {source!r} is not translated"
            assert set(PLACEHOLDER.findall(form)) <= set(PLACEHOLDER.findall(source))
            if isinstance(message.id, str):
                assert sorted(PLACEHOLDER.findall(form)) == sorted(PLACEHOLDER.findall(source))


def test_a_catalogue_speaks() -> None:
    assert translations("fa").gettext("Segments") == "بخش‌ها"
    assert translations("en").gettext("Segments") == "Segments"
