"""When the day of a date comes round again, in the Gregorian and in the Jalali calendar.

29 February is kept on the 28th, and 30 Esfand on the 29th, in years that lack them. A day is no anniversary
of itself.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from plugin.core.segments.conditions import Anniversary, Calendar
from plugin.core.segments.moments import day_of, start_of

_YEARS_AHEAD = 4  # of anniversaries looked at for flips; beyond `_COMPLETE` another look is taken
_COMPLETE = timedelta(days=2 * 365)
_OLDEST = 130  # years; nobody who is older buys anything

Day = tuple[int, int, int]
"""Year, month and day of some calendar."""


def is_near(asked: Anniversary, zone: ZoneInfo) -> Callable[[date, datetime], bool]:
    """The question, ready to be asked of a date or moment at an instant."""

    def near(value: date, now: datetime) -> bool:
        today = day_of(now, zone)
        first, last = today + timedelta(days=asked.start), today + timedelta(days=asked.end)
        return any(first <= day <= last for day in _occasions(asked.calendar, origin(value, zone), today, 2))

    return near


def turns(asked: Anniversary, zone: ZoneInfo, value: date, now: datetime) -> tuple[list[datetime], datetime]:
    """The instants after `now` at which the answer changes, and until when none is missing among them."""
    today = day_of(now, zone)
    found = []
    for day in _occasions(asked.calendar, origin(value, zone), today, _YEARS_AHEAD):
        found.append(start_of(day - timedelta(days=asked.end), zone))
        found.append(start_of(day - timedelta(days=asked.start - 1), zone))
    return [at for at in found if at > now], start_of(today + _COMPLETE, zone)


def origin(value: date, zone: ZoneInfo) -> date:
    return day_of(value, zone) if isinstance(value, datetime) else value


def origins(asked: Anniversary, today: date) -> list[tuple[date, date]]:
    """The same question the other way round: first and last day of every stretch of dates that answer to it.

    For a database, which compares days and knows no calendar.
    """
    first, last = today + timedelta(days=asked.start), today + timedelta(days=asked.end)
    read, _ = _CALENDARS[asked.calendar]
    years = range(read(first)[0], read(last)[0] + 1)
    stretches = (
        _stretch(asked.calendar, born, year, first, last)
        for year in years
        for born in range(year - _OLDEST, year)
    )
    return [stretch for stretch in stretches if stretch is not None]


def _stretch(calendar: Calendar, born: int, year: int, first: date, last: date) -> tuple[date, date] | None:
    """The days of the year `born` whose anniversary in `year` is from `first` to `last`.

    A later day never has an earlier anniversary, also around leap days: so the two ends can be searched for.
    """
    read, write = _CALENDARS[calendar]
    new_year = write((born, 1, 1))
    days = range((write((born + 1, 1, 1)) - new_year).days)

    def occasion(number: int) -> date:
        return _occasion(calendar, read(new_year + timedelta(days=number)), year)

    low = bisect_left(days, first, key=occasion)
    high = bisect_right(days, last, key=occasion)
    return (new_year + timedelta(days=low), new_year + timedelta(days=high - 1)) if low < high else None


def _occasions(calendar: Calendar, born: date, today: date, years: int) -> Iterator[date]:
    """The anniversaries from the year of `today`, in order, for so many years more."""
    read, _ = _CALENDARS[calendar]
    day, year = read(born), read(today)[0]
    for each in range(max(year, day[0] + 1), year + years + 1):
        yield _occasion(calendar, day, each)


def _occasion(calendar: Calendar, day: Day, year: int) -> date:
    return _CALENDARS[calendar][1]((year, day[1], day[2]))


def _gregorian(day: date) -> Day:
    return day.year, day.month, day.day


def _from_gregorian(day: Day) -> date:
    """Of a day that its month lacks, the day before it."""
    try:
        return date(*day)
    except ValueError:
        return date(day[0], day[1], day[2] - 1)


def _jalali(day: date) -> Day:
    read = JalaliDate(day)  # type: ignore[no-untyped-call]  # ships without types
    return read.year, read.month, read.day


def _from_jalali(day: Day) -> date:
    try:
        return _day_of(JalaliDate(*day))  # type: ignore[no-untyped-call]  # as above
    except ValueError:
        return _day_of(JalaliDate(day[0], day[1], day[2] - 1))  # type: ignore[no-untyped-call]  # as above


def _day_of(read: JalaliDate) -> date:
    day = read.to_gregorian()
    return date(day.year, day.month, day.day)


_CALENDARS: dict[Calendar, tuple[Callable[[date], Day], Callable[[Day], date]]] = {
    Calendar.GREGORIAN: (_gregorian, _from_gregorian),
    Calendar.JALALI: (_jalali, _from_jalali),
}
