"""Months as the merchant's calendar has them: Jalali in Persian, Gregorian elsewhere."""

from datetime import date

from babel.dates import format_skeleton
from persiantools.jdatetime import JalaliDate

from admin_ui.formats import Formats

EPOCH = date(1970, 1, 1)
_JALALI = frozenset({"fa"})


def month_starts(language: str, today: date, count: int) -> list[date]:
    """The first days of the last `count` months, oldest first; the last one is the month of `today`."""
    is_jalali = language in _JALALI
    year, month = (_jalali(today).year, _jalali(today).month) if is_jalali else (today.year, today.month)
    starts = []
    for number in range(year * 12 + month - count, year * 12 + month):
        years, months = divmod(number, 12)
        starts.append(_first_of_jalali(years, months + 1) if is_jalali else date(years, months + 1, 1))
    return starts


def month_name(formats: Formats, start: date) -> str:
    """The month that begins on `start`, with its year."""
    if formats.language in _JALALI:
        jalali = _jalali(start)
        return formats.native(f"{jalali.strftime('%B', locale='fa')} {jalali.year}")
    return formats.native(format_skeleton("yMMM", start, locale=formats.language))


def _jalali(day: date) -> JalaliDate:
    return JalaliDate(day)  # type: ignore[no-untyped-call]  # ships without types


def _first_of_jalali(year: int, month: int) -> date:
    first: date = JalaliDate(year, month, 1).to_gregorian()  # type: ignore[no-untyped-call]  # likewise
    return first
