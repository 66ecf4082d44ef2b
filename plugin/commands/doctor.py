"""regulars doctor: is everything as it should be, and what to do where it is not."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from plugin.clock import SystemClock
from plugin.commands.checks.connection import Connection, check_shops
from plugin.commands.checks.database import check_database, check_jobs
from plugin.commands.checks.mail import check_sender, check_smtp
from plugin.commands.checks.verdicts import Finding, Verdict, fail, ok
from plugin.commands.failure import CommandError
from plugin.commands.shared import Commands, add, now, print_json
from plugin.core.sealing import WeakKeyError, checked_keys
from plugin.logs import set_up_logging
from plugin.settings import Settings, SettingsError, load_settings, require_to_serve
from plugin.store.engine import UnsupportedDatabaseError
from plugin.wiring import House, build_house, open_stores


def add_commands(commands: Commands) -> None:
    doctor = add(
        commands,
        "doctor",
        _doctor,
        what="check configuration, keys, database, mail, shops, clock and jobs, and say what to do",
        example="regulars doctor --json",
    )
    doctor.add_argument("--json", action="store_true")


def _doctor(options: argparse.Namespace) -> None:
    found: list[Finding] = []
    for finding in examine(now()):
        found.append(finding)
        if not options.json:
            sys.stdout.write(f"{finding.verdict:<5} {finding.check}: {finding.says}\n")
            sys.stdout.flush()
    if options.json:
        print_json([asdict(finding) for finding in found])
    failed = sum(finding.verdict is Verdict.FAIL for finding in found)
    if failed:
        raise CommandError(f"{failed} of {len(found)} checks failed")


def examine(at: datetime) -> Iterator[Finding]:
    """Every check in turn; what cannot be looked at without the one before it is left out."""
    try:
        settings = load_settings()
        set_up_logging(settings.log)
        require_to_serve(settings)
    except SettingsError as error:
        yield fail("configuration", str(error))
        return
    yield ok("configuration", "every needed setting is there")
    try:
        checked_keys(settings.secret_keys)
    except WeakKeyError as error:
        yield fail("keys", str(error))
        return
    yield ok("keys", f"{len(settings.secret_keys)} in use, the newest seals")
    yield check_smtp(settings.smtp_url)
    yield from check_sender(settings.mail_from)
    yield from _examine_stored(settings, at)


def _examine_stored(settings: Settings, at: datetime) -> Iterator[Finding]:
    try:
        stores = open_stores(settings)
    except UnsupportedDatabaseError as error:
        yield fail("database", str(error))
        return
    try:
        found = list(check_database(stores, settings.database_url, at))
    finally:
        stores.close()
    yield from found
    if any(finding.check == "database" and finding.verdict is Verdict.FAIL for finding in found):
        return
    house = build_house(settings, SystemClock())
    try:
        yield from check_jobs(house.database, at)
        yield from check_shops(connection_of(house), at)
    finally:
        house.close()


def connection_of(house: House) -> Connection:
    return Connection(
        database=house.database,
        inbox=house.stores.inbox,
        api=house.tools.reconciler.api,
        http=house.http,
        origin=house.origin,
    )
