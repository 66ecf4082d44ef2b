"""Notice when a shop's webhooks, its orders or a live flow go quiet against their own past, and when they are back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.watchdog import HISTORY, WEEK, WEEKS, WINDOWS, expected_band, window_for
from plugin.store import alarms, flows, shops
from plugin.store.inbox import InboxStore
from plugin.store.unit_of_work import Database, Unit

Count = Callable[[datetime, datetime], int]
"""How many there were from one instant up to, not including, another."""

WEBHOOKS, ORDERS = "webhooks", "orders"
ORDERS_TOPIC = "orders/create"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    is_quiet: bool
    hours: int
    expected: int
    seen: int


def watch_shops(database: Database, inbox: InboxStore, now: datetime) -> int:
    """Look at every installed shop; returns how many alarms began or ended."""
    changed = 0
    for shop_id in shops.installed_ids(database):
        with database.reading(shop_id) as unit:
            installed_at = shops.get(unit).installed_at
        arrivals: dict[str, _Verdict | None] = {}
        if installed_at is not None and installed_at <= now - HISTORY:
            for name, topic in ((WEBHOOKS, None), (ORDERS, ORDERS_TOPIC)):
                arrivals[name] = _quiet(_arrivals(inbox, shop_id, topic), now)
        with database.unit(shop_id) as unit:
            changed += _settle(unit, arrivals | _flows(unit, now), now)
    return changed


def _arrivals(inbox: InboxStore, shop_id: int, topic: str | None) -> Count:
    return lambda since, until: inbox.received(shop_id, since, until, topic=topic)


def _flows(unit: Unit, now: datetime) -> dict[str, _Verdict | None]:
    """A flow is judged by itself, once it has been on for long enough."""
    found: dict[str, _Verdict | None] = {}
    for flow_id, switch in flows.switches(unit).items():
        if switch.is_on and switch.at <= now - HISTORY:
            found[f"flow:{flow_id}"] = _quiet(_entries(unit, flow_id), now)
    return found


def _entries(unit: Unit, flow_id: str) -> Count:
    return lambda since, until: alarms.entered(unit, flow_id, since, until)


def _quiet(count: Count, now: datetime) -> _Verdict | None:
    """What the window says, or None where its past says too little."""

    def past(window: timedelta) -> list[int]:
        weeks = (now - week * WEEK for week in range(1, WEEKS + 1))
        return [count(until - window, until) for until in weeks]

    window = window_for(past(WINDOWS[-1]))
    band = expected_band(past(window))
    if band is None:
        return None
    seen = count(now - window, now)
    return _Verdict(
        is_quiet=band.is_quiet(seen), hours=window // timedelta(hours=1), expected=band.expected, seen=seen
    )


def _settle(unit: Unit, verdicts: dict[str, _Verdict | None], now: datetime) -> int:
    """Begin and end alarms. At an hour that says nothing they stay; what is not watched any more is no alarm."""
    lasting = alarms.open_of(unit)
    changed = 0
    for watched, verdict in verdicts.items():
        if verdict is not None and verdict.is_quiet and watched not in lasting:
            alarms.raise_alarm(
                unit,
                watched,
                at=now,
                hours=verdict.hours,
                expected=verdict.expected,
                seen=verdict.seen,
            )
            changed += 1
    for watched, alarm in lasting.items():
        is_watched = watched in verdicts
        verdict = verdicts.get(watched)
        is_over = not is_watched or (verdict is not None and not verdict.is_quiet)
        if is_over:
            alarms.end(unit, alarm, now)
            changed += 1
    return changed
