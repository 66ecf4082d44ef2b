"""Runs the jobs. APScheduler ticks at UTC intervals; what is due is in the tables, so a missed tick loses nothing."""

import gc
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from plugin.clock import Clock
from plugin.jobs import JOBS, Job
from plugin.jobs.tools import Tools
from plugin.store import job_runs

RECORD_EVERY = timedelta(minutes=1)  # an idle constant job leaves this much between its records
_MAX_PASSES = 10_000  # of one tick; more would be a job that makes its own work for ever
_COLLECT_AFTER = (20_000, 20, 20)  # objects, younger and young collections; a batch is about 100,000 objects
_log = logging.getLogger(__name__)


class EndlessWorkError(RuntimeError):
    """A tick did not come to an end: some job keeps making work for itself. See the job named in the message."""


def spare_the_collector() -> None:
    """Call once the house stands: what is alive now stays, so Python's garbage collector need not look at it again.

    Events and rows come and go by thousands and hold no cycles; looking through every module and table for
    garbage at each few hundred of them was a third of a worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


class Worker:
    """The scheduler of one process. Any number of them may run on one PostgreSQL."""

    def __init__(self, tools: Tools, clock: Clock) -> None:
        self._tools = tools
        self._clock = clock
        self._recorded: dict[str, datetime] = {}
        self._at_work = 0
        self._turn = threading.Condition()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(JOBS))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        for job in JOBS:
            self._scheduler.add_job(
                self._tick, "interval", seconds=job.every.total_seconds(), args=[job], id=job.name
            )
        spare_the_collector()
        self._scheduler.start()

    def stop(self) -> None:
        """Finish what is running, then stop."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    @contextmanager
    def still(self) -> Iterator[None]:
        """No job runs inside: for moving time by hand (the demo), which would make leases look long expired."""
        with self._turn:
            self._turn.wait_for(lambda: self._at_work == 0)
            yield

    def _tick(self, job: Job) -> None:
        with self._turn:
            self._at_work += 1
            now = self._clock.now()
        try:
            self._run(job, now)
        except Exception:  # noqa: BLE001  # the edge of a job: the next tick tries again
            _log.exception("job %s failed", job.name)
        finally:
            with self._turn:
                self._at_work -= 1
                self._turn.notify_all()

    def _run(self, job: Job, now: datetime) -> None:
        if not job.is_constant:
            run_job(self._tools, job, now, not_within=job.every * 0.9)
            return
        work = job.run(self._tools, now)
        last = self._recorded.get(job.name)
        if work or last is None or now - last >= RECORD_EVERY:
            self._recorded[job.name] = now
            job_runs.begin(self._tools.database, job.name, now)
            job_runs.finish(self._tools.database, job.name, now, f"done {work}")


def run_job(tools: Tools, job: Job, now: datetime, *, not_within: timedelta = timedelta(0)) -> int | None:
    """Run one job and record it; None when another process ran it less than `not_within` ago."""
    if not job_runs.begin(tools.database, job.name, now, not_within=not_within):
        return None
    try:
        work = job.run(tools, now)
    except Exception as error:
        job_runs.finish(tools.database, job.name, now, f"failed {type(error).__name__}")
        raise
    job_runs.finish(tools.database, job.name, now, f"done {work}")
    return work


def tick(tools: Tools, now: datetime, *, progress: Callable[[int], None] | None = None) -> int:
    """Everything that is due at `now`, until nothing is; returns how much work there was.

    `progress` hears after each pass how much was done so far.
    """
    total = 0
    for job in JOBS:
        if not job.is_constant:
            total += run_job(tools, job, now, not_within=job.every) or 0
    for _ in range(_MAX_PASSES):
        work = {job.name: run_job(tools, job, now) or 0 for job in JOBS if job.is_constant}
        if not any(work.values()):
            return total
        total += sum(work.values())
        if progress is not None:
            progress(total)
    busiest = max(work, key=lambda name: work[name])
    raise EndlessWorkError(f"job {busiest} still finds work after {_MAX_PASSES} passes")
