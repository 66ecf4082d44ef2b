"""The command line keeps its promises: examples, exit statuses, one clear line, no secrets."""

import json
import logging
import os
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generate import leaves
from plugin.cli import build_parser, main
from tests.world import API_SECRET

COMMANDS = sorted(path for path, _ in leaves(build_parser()))
PROMISED = {
    "demo", "serve", "web", "worker", "migrate", "jobs list", "jobs run", "tick", "status", "flow list",
    "flow on", "flow off", "why", "shop list", "replay", "score", "export customer", "forget customer", "doctor",
    "segment count", "segment explain", "segment list",
}  # fmt: skip
SECRETS = {
    "SHOPIFY_API_SECRET": API_SECRET,
    "SHOPIFY_API_SECRET_OLD": "shpss_the-old-secret-of-the-tests",
    "REGULARS_SECRET_KEYS": "a-secret-key-of-the-tests,another-secret-key-of-the-tests",
    "SMTP_URL": "smtp://regulars:the-mail-password@127.0.0.1:9",
}
OPEN = {
    "SHOPIFY_API_KEY": "key",
    "REGULARS_APP_URL": "https://app.example.com",
    "REGULARS_MAIL_FROM": "hello@example.com",
    "REGULARS_LOG": "json",
}


@pytest.fixture(autouse=True)
def _quiet_logging() -> Iterator[None]:
    """Every command sets up the log of its process; here the process goes on."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.fixture(autouse=True)
def _bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("REGULARS_", "SHOPIFY_", "STRIPE_"))]:  # noqa: TID251  # to take it away
        monkeypatch.delenv(name)
    monkeypatch.delenv("SMTP_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'regulars.db'}")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def _fully_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SECRETS, **OPEN}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def _migrated(_fully_set: None) -> None:
    assert main(["migrate"]) == 0


def the_one_line(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr().err
    assert said.startswith("regulars: ")
    assert said.count("\n") == 1
    return said


def test_every_command_that_is_promised_exists() -> None:
    assert {path.removeprefix("regulars ") for path in COMMANDS} == PROMISED


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = command.split()[1:]
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--help"])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    _, _, example = said.partition("example:")
    assert command in example
    arguments = example.split(command)[1].split()
    parsed = build_parser().parse_args([*words, *arguments])
    assert callable(parsed.run)


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        [],
        ["flow", "on", "no_such_flow", "--shop", "first.myshopify.com"],
        ["why", "mina@example.com"],
        ["tick", "--at", "yesterday"],
        ["jobs", "run", "no_such_job"],
    ],
    ids=lambda words: " ".join(words) or "nothing",
)
def test_bad_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "usage: regulars" in capsys.readouterr().err


def test_an_unknown_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGULARS_APP_URI", "https://app.example.com")
    assert main(["status"]) == 1
    assert "unknown setting REGULARS_APP_URI" in the_one_line(capsys)


@pytest.mark.parametrize(
    "name", sorted({**SECRETS, **OPEN}.keys() - {"SHOPIFY_API_SECRET_OLD", "REGULARS_LOG"})
)
@pytest.mark.usefixtures("_fully_set")
def test_a_missing_setting_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(name)
    assert main(["serve"]) == 1
    assert f"{name} is not set" in the_one_line(capsys)


def test_a_wrong_setting_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "a-secret-in-the-wrong-place")
    assert main(["status"]) == 1
    said = the_one_line(capsys)
    assert "PORT" in said
    assert "a-secret" not in said


@pytest.mark.parametrize("command", ["serve", "web", "worker", "status"])
@pytest.mark.usefixtures("_fully_set")
def test_an_empty_database_is_not_served(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == 1
    assert "run `regulars migrate`" in the_one_line(capsys)


@pytest.mark.usefixtures("_migrated")
def test_an_older_schema_is_not_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    with sqlite3.connect(tmp_path / "regulars-inbox.db") as connection:
        connection.execute("UPDATE alembic_version_inbox SET version_num = 'old'")
    connection.close()
    assert main(["serve"]) == 1
    assert "the inbox database is at revision old" in the_one_line(capsys)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://regulars:the-database-password@127.0.0.1:9/regulars",
        "sqlite:////no/such/folder/regulars.db",
        "sqlite:///:memory:",
        "sqlite:///file:regulars?mode=memory&uri=true",
        "mysql://regulars:the-database-password@127.0.0.1/regulars",
        "the-database-password",
    ],
)
def test_a_database_that_cannot_be_used_is_one_line(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert main(["status"]) == 1
    said = the_one_line(capsys)
    assert "DATABASE_URL" in said
    assert "the-database-password" not in said


@pytest.mark.usefixtures("_migrated")
def test_a_port_that_is_taken_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        assert main(["serve"]) == 1
    assert f"cannot serve on port {port}" in capsys.readouterr().err


@pytest.mark.usefixtures("_migrated")
def test_a_shop_that_is_not_known_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["flow", "on", "win_back", "--shop", "nobody.myshopify.com"]) == 1
    assert "nobody.myshopify.com is not known here" in the_one_line(capsys)
    assert main(["flow", "on", "win_back", "--shop", "nobody.example.com"]) == 1
    assert "not a myshopify.com domain" in the_one_line(capsys)


@pytest.mark.parametrize("words", ["status", "jobs list", "shop list", "flow list"])
@pytest.mark.usefixtures("_migrated")
def test_json_is_one_document(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main([*words.split(), "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), dict | list)


@pytest.mark.usefixtures("_migrated")
def test_a_job_does_not_run_before_its_newest_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "run", "resolve_doubts", "--at", "2026-11-21T12:00:00Z"]) == 0
    capsys.readouterr()
    assert main(["jobs", "run", "resolve_doubts", "--at", "2026-11-21T11:00:00Z"]) == 1
    assert "has already run as of 2026-11-21T12:00:00" in the_one_line(capsys)


@pytest.mark.parametrize("words", ["status", "jobs list", "shop list", "flow list", "tick", "replay"])
@pytest.mark.usefixtures("_migrated")
def test_no_command_prints_a_secret(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(words.split()) == 0
    said = capsys.readouterr()
    secrets = [part for value in SECRETS.values() for part in value.split(",")] + ["the-mail-password"]
    assert [secret for secret in secrets if secret in said.out + said.err] == []
