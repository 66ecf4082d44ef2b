"""Stretches of time as people say them: whole numbers of hours, days, weeks, months and years."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MAX_DAYS = 3650  # ten years; longer windows are slips of the keyboard


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    """30 days each."""
    YEARS = "years"
    """365 days each."""


_LENGTH = {
    Unit.HOURS: timedelta(hours=1),
    Unit.DAYS: timedelta(days=1),
    Unit.WEEKS: timedelta(days=7),
    Unit.MONTHS: timedelta(days=30),
    Unit.YEARS: timedelta(days=365),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So many hours, or so many times 24 hours: a month is 30 days and a year 365, whatever the calendar says."""

    count: int
    unit: Unit = Unit.DAYS

    @property
    def length(self) -> timedelta:
        return self.count * _LENGTH[self.unit]

    @property
    def most(self) -> int:
        """The largest count that makes sense in this unit."""
        return timedelta(days=MAX_DAYS) // _LENGTH[self.unit]

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value if self.count != 1 else self.unit.value[:-1]}"


def days(count: int) -> Span:
    return Span(count=count)
