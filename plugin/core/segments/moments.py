"""Instants, days of the shop's zone, and the stretch of time that a question about a moment reaches over."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.core.segments.operators import Operator, Wanted
from plugin.core.segments.spans import Span

TICK = timedelta.resolution
"""The smallest step of an instant; what is later than something is later by at least this."""
_DAY = timedelta(days=1)
_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC; also where the clocks skip midnight, or show it twice."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The local day whose `start_of` is the last one not after `instant`, so that no day ever comes back."""
    day = instant.astimezone(zone).date()
    tomorrow = day + _DAY
    return tomorrow if start_of(tomorrow, zone) <= instant else day


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From `low` to `high`, both included: an instant, or a distance from now."""

    low: datetime | timedelta = _EVER[0]
    high: datetime | timedelta = _EVER[1]

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        low = now + self.low if isinstance(self.low, timedelta) else self.low
        high = now + self.high if isinstance(self.high, timedelta) else self.high
        return low, high

    @property
    def is_moving(self) -> bool:
        return isinstance(self.low, timedelta) or isinstance(self.high, timedelta)

    def turns(self, value: datetime, now: datetime) -> list[datetime]:
        """The instants after `now` at which `value` enters or leaves."""
        found = []
        if isinstance(self.high, timedelta):
            found.append(value - self.high)
        if isinstance(self.low, timedelta):
            found.append(value - self.low + TICK)
        return [at for at in found if at > now]


def reach_of(operator: Operator, wanted: Wanted, zone: ZoneInfo) -> Reach:
    """What a checked question about a moment reaches over; days are those of `zone`."""
    match wanted:
        case Span():
            return _window(operator, wanted.length)
        case (date() as first, date() as last):
            return Reach(low=start_of(first, zone), high=start_of(last + _DAY, zone) - TICK)
        case date():
            return _days(operator, start_of(wanted, zone), start_of(wanted + _DAY, zone))
        case _:
            raise TypeError(f"{operator} reaches over no time")


def _window(operator: Operator, length: timedelta) -> Reach:
    match operator:
        case Operator.WITHIN:
            return Reach(low=-length, high=timedelta(0))
        case Operator.BEFORE_AGO:
            return Reach(high=-length - TICK)
        case Operator.WITHIN_NEXT:
            return Reach(low=timedelta(0), high=length)
        case _:
            return Reach(low=length + TICK)


def _days(operator: Operator, begins: datetime, ends: datetime) -> Reach:
    match operator:
        case Operator.LESS_THAN:
            return Reach(high=begins - TICK)
        case Operator.AT_MOST:
            return Reach(high=ends - TICK)
        case Operator.MORE_THAN:
            return Reach(low=ends)
        case Operator.AT_LEAST:
            return Reach(low=begins)
        case _:
            return Reach(low=begins, high=ends - TICK)
