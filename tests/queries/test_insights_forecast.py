"""A forecast beside what came: the same people, the same days, counted by hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from plugin.core.lifecycle.forecast import Forecast
from plugin.core.lifecycle.history import history_of
from plugin.core.lifecycle.maturity import Maturity
from plugin.core.lifecycle.shop_model import PRIOR_MODEL
from plugin.queries.insights_forecast import Week, forecast_page, quarters
from plugin.queries.insights_purchases import Past, past
from plugin.store import models
from plugin.store.models import Foretold
from plugin.store.unit_of_work import Database, Unit
from tests.builders import DAY, NOW
from tests.queries.test_insights import OTHER_SHOP, SHOP, at, put_orders

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEEK = timedelta(weeks=1)
EPOCH = date(1970, 1, 1)


def a_forecast(made_at: datetime, *, expected: float = 8.0, weeks: int = 4) -> Forecast:
    return Forecast(
        made_at=made_at,
        weeks=weeks,
        expected=expected,
        low=expected / 2,
        high=expected * 2,
        by_week=(expected / weeks,) * weeks,
        season_factor=1.0,
    )


def foretold(made_at: datetime, *, weeks: int = 4, is_backtest: bool = False) -> Foretold:
    return Foretold(forecast=a_forecast(made_at, weeks=weeks), number=1, is_backtest=is_backtest)


def keep(unit: Unit, *forecasts: Forecast, maturity: Maturity = Maturity.L3) -> None:
    model = replace(PRIOR_MODEL, maturity=maturity, fitted_at=NOW)
    walk = models.add(unit, model, at=NOW, reason="night", is_whole=True, people=0)
    for each in forecasts:
        models.save_forecast(unit, each, number=walk.number, is_backtest=False)


def test_what_came_is_counted_by_week_of_those_who_were_known(database: Database) -> None:
    made = at(11, 1, 10)
    with database.unit(SHOP) as unit:
        put_orders(
            unit,
            [
                (1, at(9, 1), 100, True),
                (1, at(11, 1, 11), 100, True),  # the day of the forecast itself is not in it
                (1, at(11, 2), 100, True),
                (1, at(11, 2, 9), 100, True),  # the same day counts once
                (1, at(11, 8, 18), 100, True),  # the ninth in the shop: the second week
                (2, at(10, 1), 100, True),
                (2, at(11, 15), 100, False),
                (2, at(11, 16), 100, True),
                (3, at(11, 3), 100, True),  # was not known yet
                (3, at(11, 10), 100, True),
            ],
        )
        keep(unit, a_forecast(made))
        page = forecast_page(unit, ZONE, NOW, past(unit, ZONE, NOW))
    assert page.coming is not None
    begins = (date(2026, 11, 2) - EPOCH).days
    assert page.coming.weeks == (
        Week(begins=begins, expected=2.0, actual=1),
        Week(begins=begins + 7, expected=2.0, actual=1),
        Week(begins=begins + 14, expected=2.0, actual=1),
        Week(begins=begins + 21, expected=2.0, actual=None),
    )
    assert (page.coming.actual, page.coming.is_over, page.coming.is_inside, page.over) == (
        3,
        False,
        False,
        (),
    )


def test_one_forecast_a_quarter_is_looked_back_at() -> None:
    every_night = [foretold(NOW - days * DAY) for days in range(70)]
    found = [NOW - each.forecast.made_at for each in quarters(every_night, NOW)]
    assert found == [4 * WEEK, 8 * WEEK]


def test_a_forecast_made_afterwards_is_said_to_be_one(database: Database) -> None:
    with database.unit(SHOP) as unit:
        put_orders(unit, [(1, at(1, 5), 100, True), (1, at(9, 1), 100, True), (1, at(10, 1), 100, True)])
        keep(unit, a_forecast(NOW - DAY, weeks=13))
        tested = a_forecast(NOW - 13 * WEEK, expected=3.0, weeks=13)
        models.save_forecast(unit, tested, number=1, is_backtest=True)
        page = forecast_page(unit, ZONE, NOW, past(unit, ZONE, NOW))
    assert page.coming is not None
    assert page.coming.forecast.made_at == NOW - DAY
    assert [(each.is_backtest, each.actual, each.is_inside) for each in page.over] == [(True, 2, True)]


@pytest.mark.parametrize(
    ("orders", "days", "ready_in"),
    [
        (25, 70, 70),  # ten weeks for half of the purchases, so ten more
        (50, 28, 28),  # enough purchases, half of the time
        (100, 40, 16),
    ],
)
def test_a_young_shop_hears_when_there_will_be_a_forecast(
    database: Database, orders: int, days: int, ready_in: int
) -> None:
    today = (NOW.date() - EPOCH).days
    bought = [today - days + round(each * days / orders) for each in range(orders)]
    history = history_of(
        np.arange(orders), np.array(bought) * 86_400, np.ones(orders, np.int64), zone=ZoneInfo("UTC")
    )
    with database.reading(SHOP) as unit:
        page = forecast_page(unit, ZoneInfo("UTC"), NOW, Past(history=history, today=today))
    assert (page.maturity, page.shows.has_person_values, page.coming, page.over) == (
        Maturity.L0,
        False,
        None,
        (),
    )
    assert page.ready_at == NOW + timedelta(days=ready_in)


def test_an_empty_shop_has_nothing_to_tell(database: Database) -> None:
    with database.unit(OTHER_SHOP) as unit:
        keep(unit, a_forecast(NOW - DAY))
    with database.reading(SHOP) as unit:
        page = forecast_page(unit, ZONE, NOW, past(unit, ZONE, NOW))
    assert (page.orders, page.weeks, page.ready_at, page.coming, page.over) == (0, 0.0, None, None, ())
