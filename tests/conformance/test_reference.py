"""docs/reference says what the code says; `python -m docs.generate` brings it up to date."""

import re
from pathlib import Path

from docs.generate import PARTS, REFERENCE, behind, leaves
from plugin.app import create_app
from plugin.cli import build_parser
from tests.world import a_world

DOCS = REFERENCE.parent
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def test_the_generated_pages_are_up_to_date() -> None:
    assert [page.name for page in behind()] == []


def test_every_generated_part_has_its_place() -> None:
    text = "".join(page.read_text("utf-8") for page in REFERENCE.glob("*.md"))
    assert {part: text.count(f"<!-- generated: {part} -->") for part in PARTS} == dict.fromkeys(PARTS, 1)


def test_no_link_between_documents_leads_nowhere() -> None:
    pages = [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]
    broken = [
        f"{page.relative_to(DOCS.parent)} -> {target}"
        for page in pages
        for target in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_document_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    missing = [
        page.relative_to(DOCS).as_posix()
        for page in DOCS.rglob("*.md")
        if page.name != "README.md" and page.relative_to(DOCS).as_posix() not in index
    ]
    assert missing == []


def test_every_command_named_in_the_documents_exists() -> None:
    known = {path.removeprefix("regulars ") for path, _ in leaves(build_parser())}
    families = {command.split()[0] for command in known}
    named: set[str] = set()
    for page in [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]:
        for words in re.findall(
            r"(?:`|^)regulars ([a-z]+(?: [a-z]+)?)", page.read_text("utf-8"), re.MULTILINE
        ):
            named.add(words)
    unknown = [words for words in named if words not in known and words.split()[0] not in (families & known)]
    assert unknown == []


def test_every_public_route_is_in_the_reference(tmp_path: Path) -> None:
    world = a_world(f"sqlite:///{tmp_path / 'regulars.db'}")
    try:
        app = create_app(world.house)._app
        paths = {route.path for route in app.routes if getattr(route, "path", "")}  # type: ignore[attr-defined]  # the door hides what it wraps
    finally:
        world.close()
    page = (REFERENCE / "http.md").read_text("utf-8")
    assert [path for path in sorted(paths) if f"{path}`" not in page] == []


def test_every_file_that_the_documents_name_exists() -> None:
    pages = [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]
    named = {
        name
        for page in pages
        for name in re.findall(
            r"`((?:plugin|admin_ui|devstore|tests|benchmarks)/[\w/.-]+)`", page.read_text("utf-8")
        )
    }
    assert [name for name in sorted(named) if "<" not in name and not (DOCS.parent / name).exists()] == []
