"""Days that come round again, in both calendars, and the same question asked the other way round."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from plugin.core.segments.anniversaries import is_near, origins
from plugin.core.segments.conditions import Anniversary, Calendar
from plugin.core.segments.moments import TICK, day_of, start_of
from tests.builders import HOUR, UTC_ZONE


def near(
    value: date, today: date, *, end: int = 0, start: int = 0, calendar: Calendar = Calendar.GREGORIAN
) -> bool:
    asked = Anniversary(field="birthday", calendar=calendar, start=start, end=end)
    return is_near(asked, UTC_ZONE)(value, datetime(today.year, today.month, today.day, 12, tzinfo=UTC))


def jalali(year: int, month: int, day: int) -> date:
    found = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
    return date(found.year, found.month, found.day)


@pytest.mark.parametrize(
    ("born", "today", "end", "expected"),
    [
        (date(1990, 5, 17), date(2026, 5, 17), 0, True),
        (date(1990, 5, 17), date(2026, 5, 18), 30, False),
        (date(1990, 5, 17), date(2026, 4, 17), 30, True),
        (date(1990, 5, 17), date(2026, 4, 16), 30, False),
        (date(1990, 1, 2), date(2026, 12, 30), 7, True),
        (date(1996, 2, 29), date(2026, 2, 28), 0, True),
        (date(1996, 2, 29), date(2028, 2, 28), 0, False),
        (date(1996, 2, 29), date(2028, 2, 29), 0, True),
        (date(1996, 2, 29), date(2026, 3, 1), 0, False),
        (date(2026, 5, 17), date(2026, 5, 17), 30, False),
        (date(2026, 5, 17), date(2027, 5, 17), 0, True),
        (date(2027, 5, 17), date(2026, 5, 17), 30, False),
        (date(1990, 5, 17), date(2026, 5, 18), 366, True),
    ],
)
def test_a_birthday_comes_round_once_a_year(born: date, today: date, end: int, *, expected: bool) -> None:
    assert near(born, today, end=end) is expected


def test_three_days_ahead_is_one_day_only() -> None:
    days = [near(date(1990, 5, 17), date(2026, 5, day), start=3, end=3) for day in (13, 14, 15)]
    assert days == [False, True, False]


def test_the_last_day_of_a_jalali_leap_year_is_kept_a_day_early() -> None:
    leap, common = jalali(1403, 12, 30), jalali(1404, 12, 29)
    assert near(leap, common, calendar=Calendar.JALALI)
    assert not near(leap, common - timedelta(days=1), calendar=Calendar.JALALI)
    assert near(leap, jalali(1408, 12, 30), calendar=Calendar.JALALI)
    assert not near(leap, jalali(1408, 12, 29), calendar=Calendar.JALALI)


def test_the_two_calendars_disagree_about_nowruz() -> None:
    born = jalali(1369, 1, 1)
    assert near(born, jalali(1405, 1, 1), calendar=Calendar.JALALI)
    assert near(born, born.replace(year=2026))


@settings(deadline=None, derandomize=True, max_examples=60, database=None)
@given(
    today=st.dates(date(2020, 1, 1), date(2033, 12, 31))
    | st.sampled_from([date(2026, 2, 28), date(2028, 2, 28)]),
    end=st.sampled_from([0, 1, 7, 30, 366]),
    is_one_day=st.booleans(),
    calendar=st.sampled_from(Calendar),
    first=st.dates(date(1950, 1, 1), date(2026, 1, 1)),
)
def test_the_ranges_for_a_database_hold_exactly_the_days_that_answer(
    today: date, end: int, calendar: Calendar, first: date, *, is_one_day: bool
) -> None:
    asked = Anniversary(field="birthday", calendar=calendar, start=end if is_one_day else 0, end=end)
    ranges = origins(asked, today)
    answers = is_near(asked, UTC_ZONE)
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    for shift in range(0, 1500, 1 if end < 2 else 5):
        day = first + timedelta(days=shift)
        assert answers(day, noon) is any(low <= day <= high for low, high in ranges), day
    for low, high in ranges[:40]:
        assert low <= high
        assert answers(low, noon)
        assert answers(high, noon)


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
        ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
        ("Asia/Beirut", datetime(2026, 10, 24, 21, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),
        ("America/St_Johns", datetime(2010, 11, 7, 2, 31, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Asia/Tehran", datetime(2026, 3, 20, 20, 30, tzinfo=UTC)),
    ],
)
def test_days_never_come_back_and_leave_no_instant_out(zone: str, around: datetime) -> None:
    shop = ZoneInfo(zone)
    before = None
    for minutes in range(-60 * 30, 60 * 30):
        instant = around + timedelta(minutes=minutes)
        day = day_of(instant, shop)
        assert start_of(day, shop) <= instant < start_of(day + timedelta(days=1), shop)
        assert before is None or day >= before
        before = day


def test_the_tick_before_a_day_belongs_to_the_day_before() -> None:
    shop = ZoneInfo("Africa/Cairo")
    begins = start_of(date(2026, 4, 24), shop)
    assert day_of(begins - TICK, shop) == date(2026, 4, 23)
    assert day_of(begins, shop) == date(2026, 4, 24)
    assert begins.astimezone(shop) - begins.astimezone(shop).replace(hour=1, minute=0) == 0 * HOUR
