"""What was expected of the customers a shop already had, beside what they did.

Counted as the forecast counts (`core.lifecycle.forecast`): days with a purchase by customers who had bought by the
day of the forecast. Its weeks begin on the day after, in the shop's zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from plugin.core.lifecycle.forecast import QUARTER_WEEKS, Forecast, orders_of_known
from plugin.core.lifecycle.history import local_day
from plugin.core.lifecycle.maturity import L1_ORDERS, L1_WEEKS, Maturity, Showing, showing
from plugin.queries.insights_purchases import Past
from plugin.store import models
from plugin.store.models import Foretold
from plugin.store.unit_of_work import Unit

MOST_QUARTERS = 8  # back from today


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of a forecast; `actual` is None while it has not begun, and still grows while it is running."""

    begins: int
    """Its first local day, from 1970-01-01."""
    expected: float
    actual: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A forecast beside what came of it so far."""

    forecast: Forecast
    is_backtest: bool
    """Made afterwards, from what was known at its moment."""
    weeks: tuple[Week, ...]
    is_over: bool
    actual: int

    @property
    def is_inside(self) -> bool:
        return self.forecast.low <= self.actual <= self.forecast.high


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPage:
    maturity: Maturity
    shows: Showing
    orders: int
    """Purchase days so far."""
    weeks: float
    """Since the first purchase."""
    ready_at: datetime | None
    """When a first estimate is to be expected at this pace; None once there is one, and while nobody buys."""
    coming: Compared | None
    """The newest forecast."""
    over: tuple[Compared, ...]
    """Forecasts whose time is over, newest first, one a quarter."""
    share: float
    """Of the customers, those whose purchases were looked at."""


def forecast_page(unit: Unit, zone: ZoneInfo, now: datetime, past: Past) -> ForecastPage:
    """Everything the page says; `past` is of the same moment."""
    model = models.current(unit)
    since = now - timedelta(weeks=QUARTER_WEEKS * (MOST_QUARTERS + 1))
    told = [each for each in models.forecasts(unit, since=since) if each.forecast.made_at <= now]
    coming = next((each for each in reversed(told) if not each.is_backtest), None)
    orders, weeks = int(past.history.days.sum()), _weeks(past)
    return ForecastPage(
        maturity=model.maturity,
        shows=showing(model.maturity),
        orders=orders,
        weeks=weeks,
        ready_at=_ready_at(orders, weeks, now) if model.maturity is Maturity.L0 else None,
        coming=_compared(coming, past, zone) if coming is not None else None,
        over=tuple(_compared(each, past, zone) for each in quarters(told, now)),
        share=past.share,
    )


def quarters(told: Sequence[Foretold], now: datetime) -> list[Foretold]:
    """Of forecasts made every night those whose time is over, none beginning before another has ended."""
    found: list[Foretold] = []
    until = now
    for each in sorted(told, key=lambda each: each.forecast.made_at, reverse=True):
        if each.forecast.made_at + timedelta(weeks=each.forecast.weeks) <= until:
            found.append(each)
            until = each.forecast.made_at
    return found


def _compared(told: Foretold, past: Past, zone: ZoneInfo) -> Compared:
    made = local_day(told.forecast.made_at, zone)
    counts = [_actual(past, made, made + 7 * week) for week in range(told.forecast.weeks + 1)]
    weeks = tuple(
        Week(
            begins=made + 7 * week + 1,
            expected=expected,
            actual=counts[week + 1] - counts[week] if made + 7 * week < past.today else None,
        )
        for week, expected in enumerate(told.forecast.by_week)
    )
    return Compared(
        forecast=told.forecast,
        is_backtest=told.is_backtest,
        weeks=weeks,
        is_over=made + 7 * told.forecast.weeks < past.today,
        actual=counts[-1],
    )


def _actual(past: Past, made: int, until: int) -> int:
    """Of all customers; what was counted of a sample stands for as much of the rest."""
    return round(orders_of_known(past.history, made, until) / past.share)


def _weeks(past: Past) -> float:
    return float(past.today - past.history.first_day.min()) / 7 if len(past.history) else 0.0


def _ready_at(orders: int, weeks: float, now: datetime) -> datetime | None:
    """At the pace of the days so far; both a number of orders and a time are needed (`maturity_of`)."""
    if orders == 0:
        return None
    pace = orders / max(weeks, 1 / 7)
    left = max((L1_ORDERS - orders) / pace, L1_WEEKS - weeks, 0.0)
    return now + timedelta(days=ceil(left * 7))
