"""`regulars score`: learn from a shop now, say what came of it, and refuse half a history."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.cli import main
from plugin.pipeline.score import score
from plugin.store import imports
from tests.pipeline.regulars import a_past, import_past
from tests.world import API_KEY, API_SECRET, SHOP, World, a_world


@pytest.fixture(autouse=True)
def _quiet_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'regulars.db'}"
    for name, value in {
        "DATABASE_URL": url,
        "SHOPIFY_API_KEY": API_KEY,
        "SHOPIFY_API_SECRET": API_SECRET,
        "REGULARS_LOG": "text",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    made = a_world(url)
    made.install(SHOP)
    yield made
    made.close()


def test_scoring_says_what_was_learnt_and_how_many_it_reached(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    import_past(world, a_past(20))
    score(world.database, world.clock.at)
    assert main(["score", "--shop", SHOP, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["shop"], said["number"], said["walked"], said["maturity"]) == (SHOP, 2, 20, "L1")
    assert said["orders"] > 20
    assert 14 <= said["cycle_days"] <= 120
    assert main(["score", "--shop", SHOP]) == 0
    assert "20 customers scored" in capsys.readouterr().out


def test_an_empty_shop_is_scored_too(world: World, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001  # it is the shop
    assert main(["score", "--shop", SHOP]) == 0
    assert (
        capsys.readouterr().out
        == "learnt from 0 purchases in 0 weeks (L0); 0 customers scored, 0 of them changed\n"
    )


def test_half_a_history_is_refused_in_one_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with world.database.unit(world.shop_id) as unit:
        imports.request(unit, 1, world.clock.at)
    assert main(["score", "--shop", SHOP]) == 1
    assert capsys.readouterr().err == (
        f"regulars: the history of {SHOP} is still being imported; scores come by themselves after it\n"
    )
