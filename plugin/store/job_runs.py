"""When each job last ran, over all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import col

from plugin.core.keys import NO_SHOP
from plugin.store.tables import JobRunRow
from plugin.store.unit_of_work import Database
from plugin.store.upserts import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    job: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str


def newest(database: Database) -> dict[str, JobRun]:
    """The newest recorded run of every job that ever ran."""
    query = select(JobRunRow.__table__).where(col(JobRunRow.shop_id) == NO_SHOP)  # type: ignore[attr-defined]
    with database.reading(NO_SHOP) as unit:
        return {
            row.job: JobRun(
                job=row.job, started_at=row.started_at, ended_at=row.ended_at, outcome=row.outcome
            )
            for row in unit.connection.execute(query)
        }


def begin(database: Database, job: str, now: datetime, *, not_within: timedelta = timedelta(0)) -> bool:
    """Record that `job` starts; False when another process started it less than `not_within` ago."""
    with database.unit(NO_SHOP) as unit:
        if insert_new(unit, JobRunRow, [{"job": job, "started_at": now}]) == 1:
            return True
        started = unit.connection.execute(
            update(JobRunRow)
            .where(
                col(JobRunRow.shop_id) == NO_SHOP,
                col(JobRunRow.job) == job,
                col(JobRunRow.started_at) <= now - not_within,
            )
            .values(started_at=now, ended_at=None, outcome="")
        )
        return started.rowcount == 1


def finish(database: Database, job: str, now: datetime, outcome: str) -> None:
    with database.unit(NO_SHOP) as unit:
        unit.connection.execute(
            update(JobRunRow)
            .where(col(JobRunRow.shop_id) == NO_SHOP, col(JobRunRow.job) == job)
            .values(ended_at=now, outcome=outcome)
        )
