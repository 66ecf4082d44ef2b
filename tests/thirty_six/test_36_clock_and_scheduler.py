"""Case 36: any number of processes, each with a scheduler of its own, and each job once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from plugin.jobs import Job
from plugin.jobs.tools import Tools
from plugin.worker import run_job
from tests.builders import NOW
from tests.world import World, a_world

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def two_processes(request: pytest.FixtureRequest) -> Iterator[tuple[World, World]]:
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    url: str = request.getfixturevalue(fixture)
    with (
        closing(a_world(url, migrated=request.param != "sqlite")) as one,
        closing(a_world(url, migrated=True)) as two,
    ):
        yield one, two


def test_a_job_runs_once_however_many_processes_tick(two_processes: tuple[World, World]) -> None:
    ran: list[datetime] = []
    start = threading.Barrier(8)

    def note(_: Tools, now: datetime) -> int:
        ran.append(now)
        return 1

    job = Job(name="watch", every=HOUR, run=note)

    def tick_at(number: int, now: datetime) -> None:
        start.wait()
        run_job(two_processes[number % 2].house.tools, job, now, not_within=job.every * 0.9)

    for hour in range(5):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(tick_at, range(8), [NOW + hour * HOUR] * 8))
    assert ran == [NOW + hour * HOUR for hour in range(5)]


def test_ticks_that_were_slept_over_are_made_up_for_by_one(two_processes: tuple[World, World]) -> None:
    ran: list[datetime] = []

    def note(_: Tools, now: datetime) -> int:
        ran.append(now)
        return 0

    job = Job(name="watch", every=HOUR, run=note)
    for moment in (NOW, NOW + 50 * HOUR, NOW + 50 * HOUR + timedelta(minutes=5)):
        for world in two_processes:
            run_job(world.house.tools, job, moment, not_within=job.every * 0.9)
    assert ran == [NOW, NOW + 50 * HOUR]
