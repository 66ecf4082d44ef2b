"""The vocabulary of flows: what a flow is, who enters it, and what it may decide.

A flow is a value. `decide` is the whole of its behaviour and a pure function, so the very code that runs a
flow live can be run over a store's past.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.consent import why_not_mailable
from plugin.core.customers import CustomerState
from plugin.core.events import CustomerEvent
from plugin.core.lifecycle.stages import Stage

MAX_LATENESS = timedelta(hours=48)
"""A message whose moment passed longer ago than this is missed, not sent late."""


class StepKind(StrEnum):
    MESSAGE = "message"
    ISSUE_REWARD = "issue_reward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    id: str
    after: timedelta
    """Since the enrollment began."""
    kind: StepKind = StepKind.MESSAGE
    channel: str = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a decision may look at."""

    customer: CustomerState
    stage: Stage
    currency: str
    points: int = 0
    redemptions: int = 0
    """Rewards this customer has had or is being given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChanged:
    """The customer's lifecycle stage moved, by an order or by time alone."""

    before: Stage
    after: Stage
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChanged:
    """The customer joined a segment or left it, by a fact or by time alone."""

    segment_id: str
    joined: bool
    at: datetime


Occasion = CustomerEvent | StageChanged | SegmentChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """One customer's passage through one flow."""

    id: int
    flow_id: str
    version: int
    customer_id: int
    trigger_key: str
    entered_at: datetime
    step: int = 0
    acted_at: datetime | None = None
    """When the flow last sent or did something."""
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The customer enters. The same `trigger_key` never enters twice."""

    trigger_key: str
    entered_at: datetime
    context: Mapping[str, str] = field(default_factory=dict)
    restarts_waiting: bool = False
    """An enrollment of this key that has not acted yet starts its clock again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The customer could have entered, and this is why not."""

    trigger_key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    id: str
    version: int
    steps: tuple[Step, ...]
    enters: Callable[[Situation, Occasion, datetime], Entry | Refusal | None]
    exits: Callable[[Situation, Enrollment], str | None]
    """The reason to end the enrollment now, or None."""
    segments: frozenset[str] = frozenset()
    """Segments whose joining or leaving it acts on, by id: they cannot be deleted while it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReward:
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    step: Step
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    reason: str


Decision = Send | IssueReward | Wait | Skip | Exit


def decide(flow: Flow, enrollment: Enrollment, situation: Situation, now: datetime) -> Decision:
    """What to do with `enrollment` at `now`."""
    reason = flow.exits(situation, enrollment)
    if reason is not None:
        return Exit(reason=reason)
    if enrollment.step >= len(flow.steps):
        return Exit(reason="completed")
    step = flow.steps[enrollment.step]
    due = due_at(flow, enrollment)
    if now < due:
        return Wait(until=due)
    unmailable = why_not_mailable(situation.customer, step.channel)
    if step.kind is StepKind.ISSUE_REWARD:
        # Points are spent only on a reward that the person can be told of.
        return IssueReward(step=step) if unmailable is None else Exit(reason=unmailable)
    if _is_overtaken(flow, enrollment, now):
        return Skip(step=step, reason="overtaken")
    if now - due > MAX_LATENESS:
        return Skip(step=step, reason="missed")
    if unmailable is not None:
        return Skip(step=step, reason=unmailable)
    return Send(step=step)


def due_at(flow: Flow, enrollment: Enrollment) -> datetime:
    """When the enrollment's next step is due: on schedule, but never on the heels of a late one before it."""
    step = flow.steps[enrollment.step]
    scheduled = enrollment.entered_at + step.after
    if enrollment.step == 0 or enrollment.acted_at is None:
        return scheduled
    planned_gap = step.after - flow.steps[enrollment.step - 1].after
    return max(scheduled, enrollment.acted_at + planned_gap / 2)


def _is_overtaken(flow: Flow, enrollment: Enrollment, now: datetime) -> bool:
    """After an outage only the newest due message is worth sending, not the whole series at once."""
    later = (
        step for step in flow.steps[enrollment.step + 1 :] if step.after > flow.steps[enrollment.step].after
    )
    return any(now >= enrollment.entered_at + step.after for step in later)


def step_id(flow: Flow, enrollment: Enrollment) -> str:
    """The id of the step that the enrollment stands before, or `end`."""
    return flow.steps[enrollment.step].id if enrollment.step < len(flow.steps) else "end"
