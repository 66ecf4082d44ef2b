"""The database: there, at the right schema, writable, with room, and with a clock that agrees with ours."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from plugin.commands.checks.verdicts import Finding, fail, ok, warn
from plugin.core.keys import NO_SHOP
from plugin.jobs import JOBS
from plugin.store import job_runs
from plugin.store.schema import SchemaOutOfDateError
from plugin.store.tables import JobRunRow
from plugin.store.unit_of_work import Database
from plugin.store.upserts import insert_new
from plugin.wiring import Stores, require_current_schema

CLOCKS_APART = timedelta(seconds=30)  # leases and due times stay right below this
FULL, NEARLY_FULL = 100 * 2**20, 2**30  # bytes of room
OVERDUE = timedelta(minutes=5)  # of a job, beyond twice its interval


class _UndoneError(Exception):
    """Takes a trial write back."""


def check_database(stores: Stores, database_url: str, now: datetime) -> Iterator[Finding]:
    """Stops at the first finding that makes the others pointless."""
    try:
        with stores.database.reading(NO_SHOP) as unit:
            unit.connection.execute(select(1))
        require_current_schema(stores)
    except SchemaOutOfDateError as error:
        yield fail("database", str(error))
        return
    except SQLAlchemyError:
        yield fail("database", "it cannot be reached: check DATABASE_URL, and that the server runs")
        return
    yield _writable(stores.database, now)
    if (room := _room(database_url)) is not None:
        yield room
    yield _clock(stores.database, now)


def check_jobs(database: Database, now: datetime) -> Iterator[Finding]:
    """One line for all that run as they should, and one for each that does not."""
    runs = job_runs.newest(database)
    late = 0
    for job in JOBS:
        run = runs.get(job.name)
        if run is None:
            late += 1
            yield warn(f"job {job.name}", "it has never run: start `regulars serve` or `regulars worker`")
        elif now - run.started_at > 2 * job.every + OVERDUE:
            late += 1
            at = run.started_at.isoformat(timespec="seconds")
            yield warn(f"job {job.name}", f"it last ran at {at}: is a worker running?")
        elif run.outcome.startswith("failed"):
            late += 1
            yield warn(f"job {job.name}", f"its newest run {run.outcome}: the log says why")
    if not late:
        yield ok("jobs", f"all {len(JOBS)} run as they should")


def _writable(database: Database, now: datetime) -> Finding:
    try:
        with suppress(_UndoneError), database.unit(NO_SHOP) as unit:
            insert_new(unit, JobRunRow, [{"job": "doctor", "started_at": now}])
            raise _UndoneError
    except SQLAlchemyError:
        return fail(
            "database", "it cannot be written to: check its permissions and that nothing holds it locked"
        )
    return ok("database", "reachable, at the current schema, writable")


def _room(database_url: str) -> Finding | None:
    """None where the database is not on this machine."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    left = shutil.disk_usage(Path(url.database).resolve().parent).free
    said = f"{left / 2**30:.1f} GiB left beside the database"
    if left < FULL:
        return fail("disk", f"{said}: make room, or nothing more can be stored")
    if left < NEARLY_FULL:
        return warn("disk", f"{said}: make room soon")
    return ok("disk", said)


def _clock(database: Database, now: datetime) -> Finding:
    with database.reading(NO_SHOP) as unit:
        if not unit.is_postgres:
            return ok("clock", "the database has this machine's")
        theirs: datetime | None = unit.connection.scalar(select(func.clock_timestamp()))
    if theirs is None or abs(theirs - now) > CLOCKS_APART:
        return fail("clock", "the database's differs from ours by more than 30 s: set both by NTP")
    return ok("clock", "the database's agrees with ours")
