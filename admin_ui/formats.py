"""Numbers, money and moments as the merchant's language writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from persiantools.jdatetime import JalaliDate

from admin_ui.i18n import direction

# CLDR calls plain `ar` Latin-digit; readers of this admin asked for native ones, as Egypt and the Gulf use.
_NUMBERING = {"ar": "arab", "fa": "arabext"}
_DIGITS = {
    "ar": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}
_JALALI = frozenset({"fa"})
_JUST_NOW = timedelta(seconds=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """The formatters of one language, currency and time zone."""

    language: str
    currency: str
    time_zone: str
    now: datetime

    def context(self) -> dict[str, Callable[..., str] | str]:
        """The names templates use."""
        return {
            "lang": self.language,
            "dir": direction(self.language),
            "num": self.num,
            "pct": self.pct,
            "money": self.money,
            "when": self.when,
            "clock": self.clock,
            "day": self.day,
            "ago": self.ago,
            "native": self.native,
        }

    def num(self, value: float | Decimal) -> str:
        """A count or quantity, grouped."""
        return self.native(format_decimal(value, **self._symbols))

    def pct(self, share: float | Decimal, decimals: int = 1) -> str:
        """A share between 0 and 1, as per cent."""
        pattern = "0." + "0" * decimals + "%" if decimals else "0%"
        text = format_percent(share, format=pattern, **self._symbols)
        return self.native(text.replace("%", "٪") if self.language in _NUMBERING else text)

    def money(self, minor: int, currency: str | None = None) -> str:
        """An amount in minor units (cents; whole dong), in the shop's currency unless another is named."""
        unit = currency or self.currency
        amount = Decimal(minor).scaleb(-get_currency_precision(unit))
        text = format_currency(amount, unit, **self._symbols)
        return self.native(text)

    def when(self, moment: datetime) -> str:
        """A day and a time of day in the shop's time zone."""
        comma = "،" if self.language in _NUMBERING else ","
        return f"{self.day(moment)}{comma} {self.clock(moment)}"

    def clock(self, moment: datetime) -> str:
        """A time of day in the shop's time zone."""
        local = moment.astimezone(ZoneInfo(self.time_zone))
        is_jalali = self.language in _JALALI
        return self.native(
            f"{local:%H:%M}" if is_jalali else format_time(local, "short", locale=self._locale)
        )

    def day(self, moment: date | datetime) -> str:
        """A calendar day, Jalali in Persian; an instant counts in the shop's time zone."""
        on = moment.astimezone(ZoneInfo(self.time_zone)).date() if isinstance(moment, datetime) else moment
        if self.language in _JALALI:
            jalali = JalaliDate(on)  # type: ignore[no-untyped-call]  # ships without types
            return self.native(f"{jalali.day} {jalali.strftime('%B', locale='fa')} {jalali.year}")
        return self.native(format_skeleton("yMMMd", on, locale=self._locale))

    def ago(self, moment: datetime) -> str:
        """How long before (or after) the visit; coarse on purpose. The very moment counts as just past."""
        distance = min(moment - self.now, _JUST_NOW) if moment <= self.now else moment - self.now
        text = format_timedelta(distance, add_direction=True, locale=self._locale)
        return self.native(text)

    def native(self, text: str) -> str:
        """`text` with the language's own digits."""
        digits = _DIGITS.get(self.language)
        return text.translate(digits) if digits else text

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.language)

    @property
    def _symbols(self) -> dict[str, Any]:
        return {"locale": self._locale, "numbering_system": _NUMBERING.get(self.language, "latn")}
