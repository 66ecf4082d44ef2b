"""The last question before the wire: may this message go to this person at this moment?

Asked again inside the transaction that marks the message as being on the wire, because between the decision
and the wire a person may order, unsubscribe or be asleep.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MAX_AGE = timedelta(hours=72)
"""A message that could not go out for this long is no longer what the person should read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPolicy:
    """The shop's rules. Quiet hours run from `quiet_from` up to, not including, `quiet_until`, local time.

    Raises `ValueError` for a cap below one: that nothing may go is said by switching the flow off.
    """

    max_per_day: int = 3
    max_per_week: int = 7
    quiet_from: time | None = None
    quiet_until: time | None = None

    def __post_init__(self) -> None:
        if min(self.max_per_day, self.max_per_week) < 1:
            raise ValueError("a frequency cap is at least one message; to send none, switch the flow off")


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFacts:
    """What is true at the wire."""

    created_at: datetime
    is_shop_active: bool
    has_postal_address: bool
    is_flow_on: bool
    exit_reason: str | None
    unmailable: str | None
    is_suppressed: bool
    sent_at: Sequence[datetime]
    """When this person was last sent marketing, across all flows; newest 7 days are enough."""
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class No:
    reason: str


def may_send(policy: SendingPolicy, facts: WireFacts, now: datetime) -> Go | Later | No:
    """Refusals first, postponements after: a message that must not go is not kept waiting."""
    refusal = _refusal(facts, now)
    if refusal is not None:
        return No(reason=refusal)
    if not facts.is_shop_active:
        return Later(until=now + timedelta(minutes=15), reason="shop_needs_reauth")
    if not facts.has_postal_address:
        return Later(until=now + timedelta(hours=1), reason="no_postal_address")
    capped_until = _capped_until(policy, facts.sent_at, now)
    if capped_until is not None:
        return Later(until=capped_until, reason="frequency_cap")
    quiet_until = _quiet_until(policy, facts.zone, now)
    if quiet_until is not None:
        return Later(until=quiet_until, reason="quiet_hours")
    return Go()


def _refusal(facts: WireFacts, now: datetime) -> str | None:
    if facts.is_suppressed:
        return "suppressed"
    if facts.unmailable is not None:
        return facts.unmailable
    if facts.exit_reason is not None:
        return facts.exit_reason
    if not facts.is_flow_on:
        return "flow_off"
    if now - facts.created_at > MAX_AGE:
        return "missed"
    return None


def _capped_until(policy: SendingPolicy, sent_at: Sequence[datetime], now: datetime) -> datetime | None:
    """The first instant at which no rolling window is full; None when none is."""
    free_at = now
    for limit, window in (
        (policy.max_per_day, timedelta(days=1)),
        (policy.max_per_week, timedelta(days=7)),
    ):
        recent = sorted(at for at in sent_at if now - window < at <= now)
        if len(recent) >= limit:
            free_at = max(free_at, recent[len(recent) - limit] + window)
    return free_at if free_at > now else None


def _quiet_until(policy: SendingPolicy, zone: ZoneInfo, now: datetime) -> datetime | None:
    if policy.quiet_from is None or policy.quiet_until is None or policy.quiet_from == policy.quiet_until:
        return None
    local = now.astimezone(zone)
    begins, ends = policy.quiet_from, policy.quiet_until
    clock = local.time()
    is_quiet = begins <= clock < ends if begins < ends else (clock >= begins or clock < ends)
    if not is_quiet:
        return None
    day = local.date() if clock < ends else local.date() + timedelta(days=1)
    until = datetime.combine(day, ends, tzinfo=zone).astimezone(UTC)
    if until <= now:  # the night the clock goes back: that time of day has been, and comes once more
        until = datetime.combine(day, ends.replace(fold=1), tzinfo=zone).astimezone(UTC)
    return until
