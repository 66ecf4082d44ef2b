"""Bring the catalogues in `plugin/locale` up to date with the sentences in templates and code.

`python -m admin_ui.messages` after a sentence changed, then translate what is empty; a test fails while any is.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from admin_ui.i18n import DOMAIN, LANGUAGES, SOURCE_LANGUAGE

HERE = Path(__file__).parent
_METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
# Fixed, so that a run without changes changes nothing.
_CREATED = datetime(2026, 11, 21, tzinfo=UTC)
_OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}


def template() -> Catalog:
    """Every sentence of the admin, without translations."""
    catalog = Catalog(domain=DOMAIN, project="Regulars", charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(HERE, _METHODS, _OPTIONS):
        if "node_modules" not in name:
            catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalog


def catalogues() -> Iterator[tuple[str, Path]]:
    """Language and file of each catalogue."""
    with as_file(files("plugin") / "locale") as folder:
        for language in LANGUAGES:
            if language != SOURCE_LANGUAGE:
                yield language, folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def update() -> None:
    """Write every catalogue anew: translations stay, new sentences are empty, sentences that are gone go."""
    wanted = template()
    for language, path in catalogues():
        known = Catalog(locale=language)
        if path.exists():
            with path.open("rb") as stream:
                known = read_po(stream, locale=language, domain=DOMAIN)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            write_po(
                stream, _translated(wanted, known, language), width=110, sort_output=True, no_location=True
            )


def _translated(wanted: Catalog, known: Catalog, language: str) -> Catalog:
    catalog = Catalog(
        locale=language,
        domain=DOMAIN,
        header_comment=f"# The admin of Regulars, {language}.",
        project="Regulars",
        version="admin",
        copyright_holder="Regulars",
        msgid_bugs_address="-",
        creation_date=_CREATED,
        revision_date=_CREATED,
        last_translator="Regulars",
        language_team=language,
        charset="utf-8",
        fuzzy=False,
    )
    for message in wanted:
        if message.id:
            old = known.get(message.id, message.context)
            catalog.add(message.id, old.string if old else None, context=message.context)
    return catalog


if __name__ == "__main__":
    update()
