"""Every reason code that the house can record has a sentence for the merchant (law 11)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import plugin
from admin_ui.reasons import REASONS, sentence

HOUSE = Path(plugin.__file__).parent
CODES_AT = {"end": 1, "_attempt": 1, "_note": 4, "_record": 3, "Refusal": 1, "skip": 2}
"""Calls that take a reason by position, and where."""


def codes_of(path: Path) -> set[str]:
    """The reason codes a module can give: as an argument, as an answer, or in a table of answers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = dict(_constants(tree))
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="reason", value=value):
                found |= set(_texts(value, named))
            case ast.Call(func=ast.Name(id=name), args=args) if (
                name in CODES_AT and len(args) > CODES_AT[name]
            ):
                found |= set(_texts(args[CODES_AT[name]], named))
            case ast.FunctionDef(returns=returns) if returns and ast.unparse(returns) == "str | None":
                found |= {code for code in _returned(node, named) if code.isidentifier()}
            case ast.Assign(targets=[ast.Name(id="_REASONS")], value=ast.Dict(values=values)):
                found |= {code for value in values for code in _texts(value, named)}
    return found


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text


def _texts(value: ast.expr, named: dict[str, str]) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.Name(id=name) if name in named:
            yield named[name]
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, named)
            yield from _texts(orelse, named)


def _returned(function: ast.FunctionDef, named: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from _texts(node.value, named)


MODULES = sorted(
    path for part in ("core", "pipeline", "queries", "channels") for path in (HOUSE / part).rglob("*.py")
)


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(HOUSE)) for path in MODULES])
def test_every_reason_of_a_module_has_a_sentence(path: Path) -> None:
    missing = {code for code in codes_of(path) if sentence(code) is None}
    assert missing == set()


def test_the_search_finds_the_reasons_it_should() -> None:
    assert codes_of(HOUSE / "core" / "sending.py") >= {"suppressed", "flow_off", "missed", "quiet_hours"}
    assert codes_of(HOUSE / "core" / "consent.py") >= {"no_consent", "unsubscribed", "customer_deleted"}
    assert codes_of(HOUSE / "core" / "flows" / "abandoned_checkout.py") >= {"stale", "ordered", "replaced"}
    assert codes_of(HOUSE / "pipeline" / "advance.py") >= {"customer_gone", "points_reached", "due"}


@pytest.mark.parametrize(
    ("code", "like"),
    [("smtp_550", "smtp_refused"), ("unrenderable:UnsafeLinkError", "unrenderable"), ("smtp_250", "kept")],
)
def test_families_of_codes_share_a_sentence(code: str, like: str) -> None:
    assert sentence(code) == REASONS[like]


def test_an_unknown_code_has_no_sentence() -> None:
    assert sentence("unheard_of") is None
