# ruff: noqa: RUF001  (Arabic and Persian letters are what is tested)
"""Numbers, money and moments in each language of the admin."""

from datetime import UTC, date, datetime, timedelta

import pytest

from admin_ui.formats import Formats
from admin_ui.i18n import choose_language
from tests.admin_ui.world import NOW


def formats(language: str, *, currency: str = "USD", time_zone: str = "UTC") -> Formats:
    return Formats(language=language, currency=currency, time_zone=time_zone, now=NOW)


@pytest.mark.parametrize(
    ("language", "number", "share", "money"),
    [
        ("en", "12,345.5", "22.4%", "$1,234.50"),
        ("vi", "12.345,5", "22,4%", "1.234,50\xa0US$"),
        ("ar", "١٢٬٣٤٥٫٥", "٢٢٫٤٪", "\u200f١٬٢٣٤٫٥٠\xa0US$"),
        ("fa", "۱۲٬۳۴۵٫۵", "۲۲٫۴٪", "\u200e$\xa0۱٬۲۳۴٫۵۰"),
    ],
)
def test_numbers_wear_the_digits_of_the_language(language: str, number: str, share: str, money: str) -> None:
    speaks = formats(language)
    assert (speaks.num(12345.5), speaks.pct(0.224), speaks.money(123450)) == (number, share, money)


def test_minor_units_follow_the_currency() -> None:
    assert formats("en").money(1999) == "$19.99"
    assert formats("en", currency="VND").money(199000) == "₫199,000"
    assert formats("en").money(1500, "KWD") == "KWD1.500"
    assert formats("en").money(-250) == "-$2.50"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Nov 21, 2026"), ("vi", "21 thg 11, 2026"), ("ar", "٢١ نوفمبر ٢٠٢٦"), ("fa", "۳۰ آبان ۱۴۰۵")],
)
def test_days_follow_the_calendar_of_the_language(language: str, expected: str) -> None:
    assert formats(language).day(date(2026, 11, 21)) == expected


def test_an_instant_is_told_in_the_time_zone_of_the_shop() -> None:
    late = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
    assert formats("en", time_zone="Asia/Tehran").day(late) == "Mar 21, 2026"
    assert formats("fa", time_zone="Asia/Tehran").when(late) == "۱ فروردین ۱۴۰۵، ۰۰:۰۰"
    assert formats("vi", time_zone="Asia/Ho_Chi_Minh").when(late) == "21 thg 3, 2026, 03:30"
    assert formats("en").when(late) == "Mar 20, 2026, 8:30\u202fPM"


def test_how_long_ago_is_coarse_and_native() -> None:
    three_days = NOW - timedelta(days=3)
    told = {language: formats(language).ago(three_days) for language in ("en", "ar", "fa", "vi")}
    assert told == {"en": "3 days ago", "ar": "قبل ٣ أيام", "fa": "۳ روز پیش", "vi": "3 ngày trước"}
    assert formats("en").ago(NOW + timedelta(hours=2)) == "in 2 hours"


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        ((None, "vi-VN"), "vi"),
        (("fa", "vi"), "fa"),
        ((None, None, "de-DE,ar;q=0.4,vi;q=0.8,*;q=0.1"), "vi"),
        (("de", "fr"), "en"),
        ((None, "zh_CN", "fa_IR"), "fa"),
        (("vi;q=garbage", "ar"), "ar"),
        (("", "\x00;;q=,," * 500), "en"),
        ((), "en"),
    ],
)
def test_the_first_wish_we_speak_wins(wishes: tuple[str | None, ...], language: str) -> None:
    assert choose_language(wishes) == language
