"""A job is one module and one registry line, and may run at any time, twice."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

from plugin.jobs import JOB_BY_NAME, JOBS, Job
from plugin.store import job_runs
from plugin.worker import run_job, tick
from tests.builders import HOUR, MINUTE
from tests.conformance.sources import modules
from tests.pipeline.stories import abandons, mina
from tests.world import OTHER_SHOP, SHOP, a_world

_NOT_JOBS = {"__init__", "tools"}


def test_every_module_of_jobs_is_in_the_table() -> None:
    stems = {Path(path).stem for path, _ in modules("plugin/jobs")} - _NOT_JOBS
    assert {job.run.__module__.rpartition(".")[2] for job in JOBS} == stems


def test_every_job_has_one_name_which_is_its_functions() -> None:
    assert [job.name for job in JOBS] == [job.run.__name__ for job in JOBS]
    assert len(JOB_BY_NAME) == len(JOBS)


def test_every_job_says_what_it_is_for() -> None:
    silent = [job.name for job in JOBS if not (job.run.__doc__ and import_module(job.run.__module__).__doc__)]
    assert silent == []


def test_cadences_are_real() -> None:
    assert [job.name for job in JOBS if not timedelta(0) < job.every <= timedelta(days=1)] == []


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_that_ran_finds_nothing_more_to_do(job: Job, tmp_path: Path) -> None:
    world = a_world(f"sqlite:///{tmp_path / 'regulars.db'}")
    try:
        assert run_job(world.house.tools, job, world.clock.at) == 0
        world.install(SHOP)
        world.install(OTHER_SHOP)
        world.hear(*mina(), abandons())
        world.clock.at += HOUR
        tick(world.house.tools, world.clock.at)
        sent = len(world.mail.sent)
        assert sent == 1
        for later in (timedelta(0), MINUTE):
            world.clock.at += later
            assert run_job(world.house.tools, job, world.clock.at) == 0
        assert len(world.mail.sent) == sent
        assert job_runs.newest(world.database)[job.name].outcome == "done 0"
    finally:
        world.close()
