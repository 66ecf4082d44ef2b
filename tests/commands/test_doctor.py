"""`regulars doctor`: one line for each thing it looks at, and each line says what to do."""

import json
import logging
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from plugin.channels.dns_text import ResolverUnreachableError, text_records
from plugin.cli import main
from plugin.commands.checks.connection import check_shops
from plugin.commands.checks.database import check_database, check_jobs
from plugin.commands.checks.mail import check_sender, check_smtp
from plugin.commands.checks.verdicts import Finding, Verdict
from plugin.commands.doctor import connection_of
from plugin.jobs import JOBS
from plugin.store import alarms, job_runs, shops
from plugin.wiring import migrate, open_stores
from tests.builders import HOUR, NOW
from tests.channels.mail_server import mail_server
from tests.street import SHOP, Street, a_street
from tests.world import API_KEY, API_SECRET, World, a_world, settings

SETTINGS = {
    "SHOPIFY_API_KEY": API_KEY,
    "SHOPIFY_API_SECRET": API_SECRET,
    "REGULARS_APP_URL": "https://app.example.com",
    "REGULARS_SECRET_KEYS": "a key that is long enough for tests",
    "SMTP_URL": "memory://",
    "REGULARS_MAIL_FROM": "hello@127.0.0.1",
}


@pytest.fixture(autouse=True)
def _quiet_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def street(sqlite_url: str) -> Iterator[Street]:
    with a_street(sqlite_url) as made:
        yield made


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    made = a_world(sqlite_url)
    yield made
    made.close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a migrated database, and the settings for it in the environment."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'regulars.db'}"
    opened = open_stores(settings(url))
    migrate(opened)
    opened.close()
    for name, value in (SETTINGS | {"DATABASE_URL": url}).items():
        monkeypatch.setenv(name, value)
    return tmp_path


def said(found: Iterator[Finding]) -> dict[str, Verdict]:
    return {f"{one.check}: {one.says}": one.verdict for one in found}


def about(found: Iterator[Finding], check: str) -> list[tuple[str, str]]:
    return [(one.verdict.value, one.says) for one in found if one.check == check]


def test_a_house_that_is_well_fails_nothing(
    here: Path,  # noqa: ARG001
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("plugin.commands.checks.mail.text_records", lambda _: [])
    status = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    failed = [one for one in found if one["verdict"] == "fail" and one["check"] not in {"SPF", "DMARC"}]
    assert failed == []
    checks = {one["check"] for one in found}
    assert {"configuration", "keys", "mail server", "database", "disk", "clock", "shops"} <= checks
    assert status in {0, 1}


def test_what_fails_is_a_line_and_an_exit_status(
    here: Path,  # noqa: ARG001
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SHOPIFY_API_SECRET")
    assert main(["doctor"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("fail  configuration: SHOPIFY_API_SECRET is not set: copy it")
    assert shown.err == "regulars: 1 of 1 checks failed\n"


def test_a_weak_key_is_named(
    here: Path,  # noqa: ARG001
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REGULARS_SECRET_KEYS", "short")
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "fail  keys: REGULARS_SECRET_KEYS needs at least one key" in shown
    assert "short" not in shown


def test_an_unmigrated_database_says_how_to_migrate_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    opened = open_stores(settings(url))
    ((check, verdict, says),) = [
        (one.check, one.verdict, one.says) for one in check_database(opened, url, NOW)
    ]
    opened.close()
    assert (check, verdict) == ("database", Verdict.FAIL)
    assert "regulars migrate" in says


def test_the_trial_write_leaves_nothing_behind(world: World) -> None:
    url = world.house.settings.database_url
    found = about(check_database(world.house.stores, url, NOW), "database")
    assert found == [("ok", "reachable, at the current schema, writable")]
    assert world.rows("SELECT * FROM job_runs WHERE job = 'doctor' AND :shop_id > 0") == []


@pytest.mark.parametrize(
    ("left", "verdict"), [(50 * 2**20, "fail"), (500 * 2**20, "warn"), (5 * 2**30, "ok")]
)
def test_a_full_disk_is_noticed_before_it_is_full(
    world: World, monkeypatch: pytest.MonkeyPatch, left: int, verdict: str
) -> None:
    class Usage:
        free = left

    monkeypatch.setattr("plugin.commands.checks.database.shutil.disk_usage", lambda _: Usage)
    url = world.house.settings.database_url
    ((found, _),) = about(check_database(world.house.stores, url, NOW), "disk")
    assert found == verdict


@pytest.mark.postgres
def test_a_database_whose_clock_differs_is_an_error(migrated_postgres_url: str) -> None:
    made = a_world(migrated_postgres_url, migrated=True)
    ((verdict, says),) = about(check_database(made.house.stores, migrated_postgres_url, NOW), "clock")
    made.close()
    assert verdict == "fail"
    assert "NTP" in says


def test_jobs_that_do_not_run_are_named(world: World) -> None:
    for job in JOBS:
        job_runs.begin(world.database, job.name, NOW)
        job_runs.finish(world.database, job.name, NOW, "done 0")
    assert about(check_jobs(world.database, NOW), "jobs") == [("ok", f"all {len(JOBS)} run as they should")]
    job_runs.finish(world.database, "watch", NOW, "failed KeyError")
    assert about(check_jobs(world.database, NOW), "job watch") == [
        ("warn", "its newest run failed KeyError: the log says why")
    ]
    late = list(check_jobs(world.database, NOW + HOUR))
    assert "job process_inbox" in {one.check for one in late}
    assert "job keep_tokens_alive" not in {one.check for one in late}


def test_a_mail_server_is_greeted_and_sent_nothing() -> None:
    with mail_server() as server:
        found = check_smtp(f"smtp://127.0.0.1:{server.port}")
        assert (found.verdict, found.says) == (Verdict.OK, "it greets us")
        assert server.taken == []


def test_a_mail_server_that_is_not_there_or_will_not_have_us_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert check_smtp(f"smtp://127.0.0.1:{port}").says.startswith("connection_refused: check host and port")
    with mail_server() as server:
        found = check_smtp(f"smtp://who:secret-password@127.0.0.1:{server.port}?starttls=never")
        assert found.verdict is Verdict.FAIL
        assert found.says.startswith("login_not_offered")
        assert "secret-password" not in found.says
        encrypted = check_smtp(f"smtp://127.0.0.1:{server.port}?starttls=required")
        assert encrypted.says.startswith("starttls_missing")
    assert check_smtp("ftp://mail").verdict is Verdict.FAIL
    assert check_smtp("memory://").verdict is Verdict.WARN


def test_the_senders_records_are_looked_up() -> None:
    records = {"example.com": ["google-site=1", "v=spf1 -all"], "_dmarc.example.com": ["v=DMARC1; p=none"]}
    found = [
        (one.check, one.verdict.value)
        for one in check_sender("Tea <hi@example.com>", records=lambda n: records.get(n, []))
    ]
    assert found == [("SPF", "ok"), ("DMARC", "ok"), ("DKIM", "warn")]
    below = [
        (one.check, one.verdict.value)
        for one in check_sender("hi@mail.example.com", records=lambda n: records.get(n, []))
    ]
    assert below == [("SPF", "fail"), ("DMARC", "ok"), ("DKIM", "warn")]


def test_without_a_resolver_the_records_could_not_be_checked() -> None:
    def silent(name: str) -> list[str]:
        raise ResolverUnreachableError(name)

    (found,) = check_sender("hi@example.com", records=silent)
    assert (found.verdict, found.check) == (Verdict.WARN, "sender domain")
    assert "could not be checked" in found.says


@contextmanager
def a_resolver(texts: list[bytes]) -> Iterator[tuple[str, int]]:
    """Answers one question with these TXT records, each in strings of at most 5 bytes, after another record."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))

    def record(kind: int, content: bytes) -> bytes:
        return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(content)) + content

    def answer() -> None:
        query, sender = line.recvfrom(512)
        rows = [record(5, b"\x03abc\x00")]
        for one in texts:
            parts = [one[start : start + 5] for start in range(0, len(one), 5)]
            rows.append(record(16, b"".join(bytes([len(part)]) + part for part in parts)))
        head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(rows), 0, 0)
        line.sendto(head + query[12:] + b"".join(rows), sender)

    thread = threading.Thread(target=answer)
    thread.start()
    yield line.getsockname()
    thread.join()
    line.close()


def test_text_records_are_read_off_the_wire() -> None:
    with a_resolver([b"v=spf1 include:mail.example -all", b"other"]) as address:
        found = text_records("example.com", resolver=address)
    assert found == ["v=spf1 include:mail.example -all", "other"]


def test_a_shop_that_is_well_has_a_line_for_each_thing_looked_at(street: Street) -> None:
    street.move_in()
    street.shoppers().create_customer()
    street.deliver()
    street.pass_time(timedelta(minutes=11))
    tools = replace(connection_of(street.house))
    found = about(check_shops(tools, street.now), SHOP)
    assert [verdict for verdict, _ in found] == ["ok", "ok", "ok"]
    assert found[0][1] == "reachable, with every permission we need"
    assert found[1][1].startswith("compared with Shopify at 2026-11-21T12:")
    assert found[2][1].startswith("newest webhook at 2026-11-21T12:")


def test_silence_and_a_comparison_that_stopped_are_worth_a_look(street: Street) -> None:
    street.move_in()
    street.clock.at += timedelta(days=4)
    with street.house.database.unit(street.shop().shop_id) as unit:
        alarms.raise_alarm(unit, "webhooks", at=street.now, hours=6, expected=40, seen=0)
    found = about(check_shops(connection_of(street.house), street.now), SHOP)
    assert [verdict for verdict, _ in found] == ["ok", "warn", "warn", "warn"]
    assert "and not since" in found[1][1]
    assert found[2][1].startswith("no webhook")
    assert "0 in 6 h, 40 expected" in found[3][1]


def test_a_shop_that_has_to_be_reopened_is_a_failure_that_says_so(street: Street) -> None:
    street.move_in()
    street.devstore.services.database.run("UPDATE tokens SET state = 'dead', expires_at = 0")
    expected = ("fail", "Shopify refuses our access: the merchant has to open the app in Shopify once")
    assert about(check_shops(connection_of(street.house), street.now), SHOP)[0] == expected
    assert street.shop().state == shops.NEEDS_REAUTH
    verdict, says = about(check_shops(connection_of(street.house), street.now), SHOP)[0]
    assert (verdict, "sending is paused" in says) == ("fail", True)


def test_permissions_that_lack_are_named(street: Street) -> None:
    street.move_in()
    narrow = replace(street.devstore.config, scopes=("read_orders",))
    object.__setattr__(street.devstore.services, "config", narrow)  # a merchant took permissions back
    found = about(check_shops(connection_of(street.house), street.now), SHOP)[0]
    assert found[0] == "fail"
    assert "write_discounts" in found[1]


def test_a_clock_that_differs_from_shopifys_is_an_error(street: Street) -> None:
    """Time stands still on the street; the server's own Date header goes on."""
    street.move_in()
    ((verdict, says),) = about(check_shops(connection_of(street.house), street.now), "clock")
    assert (verdict, says.partition(":")[0]) == ("fail", "ours differs from Shopify's by more than 30 s")


def test_a_token_that_no_key_opens_is_named(street: Street) -> None:
    street.move_in()
    with street.house.database.unit(street.shop().shop_id) as unit:
        unit.connection.execute(text("UPDATE shop_tokens SET sealed = 'sealed by a key that is gone'"))
    verdict, says = about(check_shops(connection_of(street.house), street.now), SHOP)[0]
    assert (verdict, "REGULARS_SECRET_KEYS" in says) == ("fail", True)
