# ruff: noqa: RUF001 - native digits are the subject
from datetime import UTC, datetime, timedelta

import pytest

from plugin.rendering.localisation import localisation


@pytest.mark.parametrize(
    ("tag", "language", "direction"),
    [
        ("en", "en", "ltr"),
        ("EN-gb", "en", "ltr"),
        ("ar", "ar", "rtl"),
        ("ar_EG", "ar", "rtl"),
        ("fa-Arab-IR", "fa", "rtl"),
        ("vi-VN", "vi", "ltr"),
        ("zh-Hant-TW", "en", "ltr"),
        ("", "en", "ltr"),
        (None, "en", "ltr"),
        ("../../etc", "en", "ltr"),
    ],
)
def test_any_tag_becomes_one_of_four_languages(tag: str | None, language: str, direction: str) -> None:
    ways = localisation(tag)

    assert (ways.language, ways.direction) == (language, direction)


@pytest.mark.parametrize(
    ("tag", "minor", "currency", "expected"),
    [
        ("en", 123450, "USD", "$1,234.50"),
        ("en", 1234, "JPY", "¥1,234"),
        ("en", 1234567, "KWD", "KWD1,234.567"),
        ("en", -500, "EUR", "-€5.00"),
        ("vi", 1234000, "VND", "1.234.000\u00a0₫"),
        ("vi", 123450, "EUR", "1.234,50\u00a0€"),
        ("ar", 123450, "USD", "\u200f1,234.50\u00a0US$"),
        ("ar-AE", 1234, "KWD", "\u200f1.234\u00a0د.ك.\u200f"),
        ("ar-EG", 123450, "USD", "\u200f١٬٢٣٤٫٥٠\u00a0US$"),
        ("ar-XX", 1200, "EUR", "\u200f12.00\u00a0€"),
        ("fa", 123450, "USD", "\u200e$\u00a0۱٬۲۳۴٫۵۰"),
    ],
)
def test_money_is_written_as_the_language_writes_it(
    tag: str, minor: int, currency: str, expected: str
) -> None:
    assert localisation(tag).money(minor, currency) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "March 21, 2026"),
        ("vi", "21 tháng 3, 2026"),
        ("ar", "21 مارس 2026"),
        ("ar-SA", "٢١ مارس ٢٠٢٦"),
        ("fa", "۱ فروردین ۱۴۰۵"),
    ],
)
def test_a_date_is_the_local_day_in_the_calendar_of_the_language(tag: str, expected: str) -> None:
    late_evening_utc = datetime(2026, 3, 20, 22, 0, tzinfo=UTC)

    assert localisation(tag).date(late_evening_utc, "Asia/Tehran") == expected


@pytest.mark.parametrize(
    ("tag", "number", "percent", "ago"),
    [
        ("en", "1,234", "15%", "3 days ago"),
        ("vi", "1.234", "15%", "3 ngày trước"),
        ("ar", "1,234", "15%", "قبل 3 أيام"),
        ("ar-EG", "١٬٢٣٤", "١٥٪", "قبل ٣ أيام"),
        ("fa", "۱٬۲۳۴", "۱۵٪", "۳ روز پیش"),
    ],
)
def test_numbers_shares_and_spans(tag: str, number: str, percent: str, ago: str) -> None:
    ways = localisation(tag)

    assert (ways.number(1234), ways.percent(15), ways.ago(timedelta(days=3))) == (number, percent, ago)
