"""Every scheduled job, with its cadence, on one screen. APScheduler ticks; the tables decide what is due (law 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.jobs.abandoned_cart import abandoned_cart
from plugin.jobs.loyalty_rewards import loyalty_rewards
from plugin.jobs.process_inbox import process_inbox
from plugin.jobs.reengagement import reengagement
from plugin.jobs.score import score
from plugin.jobs.segments import flip_members, renew_segments, sync_segments
from plugin.jobs.tools import Tools
from plugin.jobs.upkeep import (
    deliver_messages,
    drop_raw_bodies,
    finish_connecting,
    finish_erasures,
    import_history,
    keep_tokens_alive,
    reconcile,
    resolve_doubts,
    take_up_set_aside,
    watch,
    write_tags,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A name, a cadence and what to run; `run` returns how much work there was. Safe to run at any time, twice."""

    name: str
    every: timedelta
    run: Callable[[Tools, datetime], int]

    @property
    def is_constant(self) -> bool:
        """Runs so often that only its work is worth recording; the rest run once per `every` on all machines."""
        return self.every < timedelta(minutes=1)


_FAST = timedelta(milliseconds=50)

JOBS: tuple[Job, ...] = (
    Job(name="process_inbox", every=timedelta(milliseconds=200), run=process_inbox),
    Job(name="import_history", every=timedelta(seconds=2), run=import_history),
    Job(name="abandoned_cart", every=_FAST, run=abandoned_cart),
    Job(name="loyalty_rewards", every=_FAST, run=loyalty_rewards),
    Job(name="reengagement", every=_FAST, run=reengagement),
    Job(name="score", every=timedelta(seconds=1), run=score),
    Job(name="flip_members", every=timedelta(milliseconds=200), run=flip_members),
    Job(name="sync_segments", every=timedelta(seconds=1), run=sync_segments),
    Job(name="deliver_messages", every=_FAST, run=deliver_messages),
    Job(name="reconcile", every=timedelta(seconds=10), run=reconcile),
    Job(name="write_tags", every=timedelta(seconds=2), run=write_tags),
    Job(name="finish_erasures", every=timedelta(seconds=30), run=finish_erasures),
    Job(name="finish_connecting", every=timedelta(minutes=1), run=finish_connecting),
    Job(name="take_up_set_aside", every=timedelta(minutes=5), run=take_up_set_aside),
    Job(name="resolve_doubts", every=timedelta(hours=1), run=resolve_doubts),
    Job(name="watch", every=timedelta(hours=1), run=watch),
    Job(name="renew_segments", every=timedelta(hours=1), run=renew_segments),
    Job(name="keep_tokens_alive", every=timedelta(days=1), run=keep_tokens_alive),
    Job(name="drop_raw_bodies", every=timedelta(days=1), run=drop_raw_bodies),
)
JOB_BY_NAME = {job.name: job for job in JOBS}
