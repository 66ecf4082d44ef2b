"""How a language writes: direction, numbers, money, dates. Four languages, any tag accepted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import babel.numbers
from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.localedata import exists as is_known_to_cldr
from persiantools.jdatetime import JalaliDate

from plugin.core.money import major_units

LANGUAGES = ("en", "ar", "fa", "vi")
FALLBACK = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa"})

_DIGITS = {
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}

# The published stubs describe an older Babel, without numbering systems.
_numbers: Any = babel.numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Localisation:
    """One way of writing. Make it with `localisation(tag)`; there are few different ones, all immutable."""

    language: str
    """One of `LANGUAGES`."""
    region: str | None
    """Kept for Arabic only, whose digits and month names differ between countries."""

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    @property
    def start(self) -> str:
        """The side where a line begins, for mail clients that know no logical properties."""
        return "right" if self.language in RIGHT_TO_LEFT else "left"

    @property
    def end(self) -> str:
        return "left" if self.language in RIGHT_TO_LEFT else "right"

    @property
    def is_right_to_left(self) -> bool:
        return self.language in RIGHT_TO_LEFT

    @property
    def cldr(self) -> Locale:
        return _cldr(self.language, self.region)

    def native_digits(self, text: str) -> str:
        """`text` with ASCII digits as this language writes them: CLDR's patterns alone leave them ASCII."""
        numbering = str(cast("Any", self.cldr).default_numbering_system)
        return text.translate(_DIGITS[numbering]) if numbering in _DIGITS else text

    def number(self, value: int | Decimal) -> str:
        return self.native_digits(
            _numbers.format_decimal(value, locale=self.cldr, numbering_system="default")
        )

    def percent(self, percent: int) -> str:
        """`percent` is in whole percent: 15 is written 15%."""
        share = Decimal(percent) / 100
        text = _numbers.format_percent(share, locale=self.cldr, numbering_system="default")
        native = self.native_digits(text)
        return native if native == text else native.replace("%", "٪")

    def money(self, minor: int, currency: str) -> str:
        """An amount in integer minor units of an ISO 4217 currency."""
        amount = major_units(minor, currency)
        text = _numbers.format_currency(
            amount, currency.upper(), locale=self.cldr, numbering_system="default"
        )
        return self.native_digits(text)

    def date(self, instant: datetime, zone: str) -> str:
        """The local day of `instant` in the IANA `zone`, in words: Gregorian, and Jalali in Persian."""
        day = instant.astimezone(ZoneInfo(zone)).date()
        if self.language == "fa":
            jalali = JalaliDate(day, locale="fa")  # type: ignore[no-untyped-call]  # the library is not typed
            return self.native_digits(f"{jalali.day} {jalali.strftime('%B')} {jalali.year}")
        return self.native_digits(format_date(day, "long", locale=self.cldr))

    def ago(self, past: timedelta) -> str:
        """How long ago, in the largest unit that fits: `3 days ago`. `past` is positive for the past."""
        text = format_timedelta(-past, add_direction=True, locale=self.cldr)
        return self.native_digits(text)


def supported_language(tag: str | None) -> str:
    """The one of `LANGUAGES` that serves a BCP 47 tag best; English when none does."""
    language = (tag or "").replace("_", "-").split("-", 1)[0].lower()
    return language if language in LANGUAGES else FALLBACK


@cache
def _known(language: str, region: str | None) -> Localisation:
    return Localisation(language=language, region=region)


def localisation(tag: str | None) -> Localisation:
    """The way of writing for a BCP 47 tag such as `fa`, `ar-EG` or `vi_VN`; never fails."""
    language = supported_language(tag)
    return _known(language, _region(tag or "") if language == "ar" else None)


def _region(tag: str) -> str | None:
    for part in tag.replace("_", "-").split("-")[1:]:
        if len(part) == 2 and part.isascii() and part.isalpha():
            return part.upper() if is_known_to_cldr(f"ar_{part.upper()}") else None
    return None


@cache
def _cldr(language: str, region: str | None) -> Locale:
    return Locale(language, territory=region)
