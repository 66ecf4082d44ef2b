"""Rules of the house that no linter knows (docs/decisions). Each exception is named here, with its reason."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.conformance.sources import ROOT, committed, modules

MAY_COMMIT = {
    "plugin/store/unit_of_work.py": "the unit of work itself",
    "plugin/store/schema.py": "migrations",
    "plugin/store/inbox_store.py": "the inbox is a database of its own",
    "plugin/store/inbox_retention.py": "likewise",
    "plugin/store/inbox_arrivals.py": "likewise; it only reads",
    "plugin/store/inbox_sqlite.py": "the door's group commit",
    "plugin/store/inbox_postgres.py": "the door's group commit",
    "devstore/database.py": "a store of its own",
}
_COMMITTING = frozenset({"commit", "begin", "begin_nested", "rollback", "begin_immediate"})
_TRANSACTION_SQL = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|END TRANSACTION)\b")
_OPENS_TRANSACTIONS = {
    "plugin/store/engine.py",  # how an engine begins
    "plugin/store/inbox.py",  # likewise
    "plugin/shopify/bulk_join.py",  # a scratch file of its own, thrown away with the import
}

SEAMS = {
    ("plugin/clock.py", "datetime.now"): "the one reader of the wall clock",
    ("plugin/settings.py", "os.environ"): "the one reader of the environment",
    ("plugin/demo.py", "secrets.token_hex"): "the demo makes its own keys, once",
    ("plugin/demo.py", "secrets.token_urlsafe"): "the demo makes its own keys, once",
    ("plugin/shopify/graphql.py", "time.sleep"): "waits out a throttle; tests hand in their own wait",
    ("plugin/shopify/token_chain.py", "time.sleep"): "waits for the refresh of another; likewise",
    ("plugin/shopify/bulk.py", "time.monotonic"): "how long a download may take",
    ("plugin/shopify/wire.py", "time.monotonic"): "how long an answer may take",
    ("devstore/webhooks/courier.py", "time.monotonic"): "how long deliveries may still run at a stop",
}
_AMBIENT = frozenset(
    {
        *(f"datetime.{name}" for name in ("now", "utcnow", "today")),
        *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
        *("date.today", "datetime.date.today", "os.environ", "os.getenv", "os.urandom"),
        *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "perf_counter", "sleep", "localtime")),
    }
)
_CHANCE = ("random.", "secrets.", "uuid.", "numpy.random.", "np.random.")
_HIDES_THEM = frozenset({"random", "secrets", "uuid", "time", "os"})

LONG = {
    "plugin/core/customers.py": "the state of a customer and every question asked of it",
    "plugin/core/folding.py": "the fold: its parts are one idea and only make sense together",
    "plugin/core/events.py": "everything that can happen, in our words, on one page",
    "plugin/store/migrations/main/versions/0001_the_first_schema.py": "generated once, never read for pleasure",
    "admin_ui/static/polaris-lite.js": "the stand-ins of a dozen components, one table of them",
}
LONGEST = 300  # lines

_FORBIDDEN_WORDS = re.compile(r"(^|[_\W])(utils?|helpers?|managers?)([_\W]|$)")
_REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.com|registry\.yarnpkg|crates\.io|proxy\.golang"
    r"|docker\.io|ghcr\.io|quay\.io|unpkg\.com|jsdelivr\.net|cdnjs\.|--(?:extra-)?index-url|deb\.debian\.org",
)
_MARKUP = ("admin_ui/templates/*", "plugin/templates/pages/*.html", "devstore/frame/templates/*")
_STYLES = ("admin_ui/static/*.css", "plugin/templates/pages/*.css", "devstore/frame/static/*.css")
_PHYSICAL = re.compile(
    r"(?:^|[;{\s])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)[\w-]*|left|right)\s*:"
    r"|text-align\s*:\s*(?:left|right)|float\s*:\s*(?:left|right)|clear\s*:\s*(?:left|right)"
    r"|border-(?:top|bottom)-(?:left|right)-radius",
    re.MULTILINE,
)
_INLINE = re.compile(r"\sstyle\s*=|\son[a-z]+\s*=|javascript:|<style\b", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"https?://[^\s\"'<>)]+")


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def imported_from_the_store(tree: ast.Module) -> set[str]:
    """Modules of ours, whose `begin` is a function of theirs and no transaction's."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports if node.module == "plugin.store" for alias in node.names}


def test_only_the_unit_of_work_commits() -> None:
    committing = {
        path
        for path, tree in modules()
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in _COMMITTING
        and ast.unparse(call.func.value) not in imported_from_the_store(tree)
    }
    assert committing - MAY_COMMIT.keys() == set()


def test_nobody_speaks_of_transactions_in_sql() -> None:
    speaking = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _TRANSACTION_SQL.match(node.value)
        and not path.startswith("plugin/store/migrations/")
    }
    assert speaking - MAY_COMMIT.keys() - _OPENS_TRANSACTIONS == set()


def test_time_chance_and_surroundings_enter_only_through_their_seams() -> None:
    found = {
        (path, name)
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ((name := ast.unparse(node)) in _AMBIENT or name.startswith(_CHANCE))
    }
    assert found - SEAMS.keys() == set()
    assert SEAMS.keys() - found == set(), "a seam that is no longer used"


def test_no_name_of_a_seam_is_imported_out_of_its_module() -> None:
    hiding = [
        f"{path}: from {node.module}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in _HIDES_THEM
    ]
    assert hiding == []


def test_devstore_knows_nothing_of_plugin() -> None:
    knowing = [
        path
        for path, tree in modules("devstore")
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"plugin", "admin_ui"})
        or (
            isinstance(node, ast.Import)
            and {a.name.split(".")[0] for a in node.names} & {"plugin", "admin_ui"}
        )
    ]
    assert knowing == []


def test_no_module_is_named_for_nothing() -> None:
    assert [path.as_posix() for path in committed("*.py") if _FORBIDDEN_WORDS.search(path.as_posix())] == []


def test_no_class_or_function_is_named_for_nothing() -> None:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    named = [
        f"{path}: {node.name}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, kinds)
        and re.search(r"(^|_)(utils?|helpers?|managers?)(_|$)|Utils?$|Helpers?$|Managers?$", node.name)
    ]
    assert named == []


def test_no_module_is_longer_than_a_thought() -> None:
    patterns = [
        f"{package}/*.{kind}"
        for package in ("plugin", "admin_ui", "devstore")
        for kind in ("py", "js", "css")
    ]
    own = [path for path in committed(*patterns) if "vendor" not in path.parts]
    long = {path.as_posix() for path in own if len((ROOT / path).read_text("utf-8").splitlines()) > LONGEST}
    assert long - LONG.keys() == set()


def test_no_committed_file_names_a_registry() -> None:
    this = "tests/conformance/test_house_rules.py"
    naming = []
    for path in committed():
        try:
            text = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        if path.as_posix() != this and _REGISTRIES.search(text):
            naming.append(path.as_posix())
    assert naming == []


@pytest.mark.parametrize("path", committed(*_STYLES), ids=str)
def test_styles_know_no_left_and_right(path: object) -> None:
    text = (ROOT / str(path)).read_text("utf-8")
    assert [found[0].strip() for found in _PHYSICAL.finditer(text)] == []


@pytest.mark.parametrize("path", committed(*_MARKUP), ids=str)
def test_markup_holds_no_inline_style_and_no_code(path: object) -> None:
    text = (ROOT / str(path)).read_text("utf-8")
    if str(path).endswith("plugin/templates/pages/page.html"):
        # One stylesheet, included whole and allowed by its hash: the page must look right with no second request.
        text = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert _INLINE.findall(text) == []
    code = [
        body
        for attributes, body in _SCRIPT.findall(text)
        if body.strip() and 'type="application/json"' not in attributes
    ]
    assert code == []


@pytest.mark.parametrize("path", committed(*_MARKUP, "plugin/templates/email/*"), ids=str)
def test_templates_lead_to_no_stranger(path: object) -> None:
    assert _ADDRESS.findall((ROOT / str(path)).read_text("utf-8")) == []


def test_the_rules_can_see() -> None:
    """A rule whose pattern matches nothing holds nothing."""
    assert _PHYSICAL.search("a { margin-left: 1px }")
    assert _PHYSICAL.search("a{left:0}")
    assert not _PHYSICAL.search("a { margin-inline-start: 1px; inset-inline: 0 }")
    assert _INLINE.search('<p style="x">')
    assert _INLINE.search("<p onclick=x>")
    assert not _INLINE.search('<p data-style-of="x">')
    assert len(committed(*_MARKUP)) > 10
    assert len(committed(*_STYLES)) > 1
    assert len(dict(modules())) > 100
