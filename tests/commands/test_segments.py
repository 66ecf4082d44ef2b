"""Segments at a terminal: counted, explained and listed, with one clear line for what is wrong."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.cli import main
from tests.builders import MINA_ID, NOW
from tests.pipeline.stories import mina, orders
from tests.world import OTHER_SHOP, SHOP, a_world


@pytest.fixture(autouse=True)
def _quiet_logging() -> Iterator[None]:
    """Every command sets up the log of its process; here the process goes on."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.fixture(autouse=True)
def _two_shops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mina has bought twice in the first shop; the second is empty."""
    url = f"sqlite:///{tmp_path / 'regulars.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)
    world = a_world(url)
    world.install(SHOP)
    world.install(OTHER_SHOP)
    world.hear(*mina(NOW), orders(1, at=NOW), orders(2, at=NOW))
    world.close()


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["segment", *words]) == 0
    return capsys.readouterr().out


def test_a_count_is_exact_and_of_one_shop(capsys: pytest.CaptureFixture[str]) -> None:
    query = "orders >= 2 AND can_email"
    assert told(capsys, "count", query, "--shop", SHOP) == "1 of 1 customers (100.0%), 1 can be mailed\n"
    assert told(capsys, "count", query, "--shop", OTHER_SHOP) == "0 of 0 customers (0.0%), 0 can be mailed\n"
    assert json.loads(told(capsys, "count", query, "--shop", SHOP, "--json")) == {
        "customers": 1,
        "everyone": 1,
        "share": 1.0,
        "mailable": 1,
        "is_exact": True,
        "low": 1,
        "high": 1,
    }


def test_an_explanation_shows_the_values(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("explain", "orders >= 3 OR NOT can_email", "--customer", str(MINA_ID), "--shop", SHOP)
    assert told(capsys, *words) == (
        "not in the segment\n"
        "  no  one of\n"
        "    no  orders >= 3   (is 2)\n"
        "    no  not\n"
        "      yes can_email   (is True)\n"
    )
    found = json.loads(told(capsys, *words, "--json"))
    assert (found["holds"], found["parts"][0]["value"]) == (False, 2)


def test_the_list_has_every_segment_of_the_house(capsys: pytest.CaptureFixture[str]) -> None:
    found = {line["id"]: line for line in json.loads(told(capsys, "list", "--shop", SHOP, "--json"))}
    assert (found["everyone"]["customers"], found["mailable"]["share"]) == (1, 1.0)
    assert found["bought_once"]["query"] == "orders = 1"
    table = told(capsys, "list", "--shop", SHOP).splitlines()
    assert table[0].split()[:2] == ["segment", "customers"]
    assert len(table) == len(found) + 1


def test_what_is_wrong_is_one_line_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", "count", "ordres >= 2", "--shop", SHOP]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "line 1, column 1" in said
    assert "Did you mean orders?" in said
    assert main(["segment", "explain", "orders >= 2", "--customer", "4711", "--shop", SHOP]) == 1
    assert "no customer of this shop" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["count", ""], "there is nothing to ask"),
        (["count", "orders >= two"], "orders is a number"),
        (["count", f"orders >= {'9' * 5000}"], "orders is a number"),
        (["count", "last_order within 99999 years"], "is out of range"),
        (["count", "orders >= 1 OR " * 10_000 + "orders >= 1"], "a segment may have 20000"),
        (["count", "in segment nope"], "there is no segment “nope”"),
        (["explain", "everyone", "--customer="], "no customer of this shop"),
        (["explain", "everyone", f"--customer={'9' * 5000}"], "no customer of this shop"),
        (["explain", "everyone", "--customer=9223372036854775808"], "no customer of this shop"),
        (["explain", "everyone", "--customer=\ud800"], "no customer of this shop"),
        (["explain", "everyone", "--customer=\x00"], "no customer of this shop"),
    ],
    ids=lambda words: (
        " ".join(words)[:40].encode("ascii", "backslashreplace").decode() if isinstance(words, list) else None
    ),
)
def test_bad_words_are_one_clear_line_and_1(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["segment", *words, "--shop", SHOP]) == 1
    line = capsys.readouterr().err
    assert line.startswith("regulars: ")
    assert (line.count("\n"), said in line) == (1, True)
    assert len(line) < 500


@pytest.mark.parametrize(
    "words", [["segment"], ["segment", "count"], ["segment", "count", "x"], ["score"], ["segment", "frob"]]
)
def test_missing_words_are_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "usage: regulars" in capsys.readouterr().err


@pytest.mark.parametrize("shop", ["", "x", "nope.myshopify.com", "\x00", "\ud800", "x" * 300])
@pytest.mark.parametrize("words", [["segment", "count", "everyone"], ["segment", "list"], ["score"]])
def test_a_shop_that_is_not_here_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], words: list[str], shop: str
) -> None:
    assert main([*words, f"--shop={shop}"]) == 1
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "is not a myshopify.com domain" in line or "is not known here" in line
