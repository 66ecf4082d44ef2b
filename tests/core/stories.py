"""A flow lived through: `decide` asked again and again, and obeyed, as the pipeline does it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from plugin.core.flows.base import (
    Decision,
    Enrollment,
    Exit,
    Flow,
    IssueReward,
    Send,
    Situation,
    Skip,
    Wait,
    decide,
)

MAX_DECISIONS = 20  # more than any flow has steps; what needs more does not end


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    at: datetime
    decision: Decision


def live_through(
    flow: Flow,
    enrollment: Enrollment,
    situation_at: Callable[[datetime], Situation],
    *,
    now: datetime,
    delays: Iterable[timedelta] = (),
) -> list[Chapter]:
    """Every decision from `now` to the exit. `delays` are how much too late we wake from one wait after another."""
    late = iter(delays)
    story: list[Chapter] = []
    while not (story and isinstance(story[-1].decision, Exit)):
        assert len(story) < MAX_DECISIONS, "the flow does not end"
        decision = decide(flow, enrollment, situation_at(now), now)
        story.append(Chapter(at=now, decision=decision))
        match decision:
            case Wait(until=until):
                assert until > now, "a wait that does not wait"
                now = until + next(late, timedelta(0))
            case Send() | IssueReward():
                enrollment = replace(enrollment, step=enrollment.step + 1, acted_at=now)
            case Skip():
                enrollment = replace(enrollment, step=enrollment.step + 1)
    return story


def sent(story: list[Chapter]) -> list[tuple[str, datetime]]:
    return [(c.decision.step.id, c.at) for c in story if isinstance(c.decision, Send)]


def skipped(story: list[Chapter]) -> list[tuple[str, str]]:
    return [(c.decision.step.id, c.decision.reason) for c in story if isinstance(c.decision, Skip)]


def ending(story: list[Chapter]) -> str:
    last = story[-1].decision
    assert isinstance(last, Exit)
    return last.reason
