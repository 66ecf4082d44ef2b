"""Purchases as arrays: local days, merged orders, cut at a day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.lifecycle.history import DAY_SECONDS, history_of, local_day, local_days
from tests.core.models.shops import history

START = datetime(2024, 3, 1, 8, tzinfo=UTC)
ZONES = ("UTC", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Apia", "America/New_York")


@given(
    at=st.lists(st.integers(0, int(datetime(2037, 1, 1, tzinfo=UTC).timestamp())), min_size=1, max_size=20),
    zone=st.sampled_from(ZONES),
)
def test_local_days_of_many_are_those_of_each(at: list[int], zone: str) -> None:
    found = local_days(np.array(at, np.int64), ZoneInfo(zone))
    assert found.tolist() == [local_day(datetime.fromtimestamp(one, UTC), ZoneInfo(zone)) for one in at]


def test_a_midnight_that_does_not_exist_begins_its_day() -> None:
    """São Paulo skipped 00:00 to 01:00 on 4 November 2018."""
    zone = ZoneInfo("America/Sao_Paulo")
    before, after = datetime(2018, 11, 4, 2, 59, 59, tzinfo=UTC), datetime(2018, 11, 4, 3, 0, tzinfo=UTC)
    days = local_days(np.array([int(before.timestamp()), int(after.timestamp())], np.int64), zone)
    epoch = date(1970, 1, 1)
    assert [epoch + timedelta(days=int(day)) for day in days] == [date(2018, 11, 3), date(2018, 11, 4)]


def test_orders_of_one_local_day_are_one_purchase() -> None:
    """23:30 and 00:30 in UTC are one evening in New York."""
    moments = [datetime(2024, 3, 1, 23, 30, tzinfo=UTC), datetime(2024, 3, 2, 0, 30, tzinfo=UTC)]
    seconds = [int(moment.timestamp()) for moment in moments]
    in_new_york = history_of([7, 7], seconds, [100, 250], zone=ZoneInfo("America/New_York"))
    in_london = history_of([7, 7], seconds, [100, 250], zone=ZoneInfo("Europe/London"))
    assert (in_new_york.days.tolist(), in_new_york.value_minor.tolist()) == ([1], [350.0])
    assert (in_london.days.tolist(), in_london.value_minor.tolist()) == ([2], [100.0, 250.0])
    assert (in_new_york.first_at.tolist(), in_new_york.last_at.tolist()) == ([seconds[0]], [seconds[1]])


@given(
    orders=st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 60), st.integers(-500, 5000)), max_size=40)
)
def test_every_order_is_somebodys_and_counted_once(orders: list[tuple[int, int, int]]) -> None:
    shop = history(*orders, start=START)
    assert shop.customer_ids.tolist() == sorted({who for who, _, _ in orders})
    assert shop.days.tolist() == [
        len({day for other, day, _ in orders if other == who}) for who in shop.customer_ids
    ]
    assert shop.sum_by_customer(shop.value_minor).tolist() == [
        sum(value for other, _, value in orders if other == who) for who in shop.customer_ids
    ]
    assert shop.first_day.tolist() == [
        local_day(START + timedelta(days=min(day for other, day, _ in orders if other == who)), shop.zone)
        for who in shop.customer_ids
    ]


@given(
    orders=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 60), st.integers(1, 5000)), max_size=30),
    day=st.integers(-1, 61),
)
def test_the_past_of_a_day_is_the_history_of_what_had_been_bought(
    orders: list[tuple[int, int, int]], day: int
) -> None:
    shop = history(*orders, start=START)
    cut = shop.until_day(local_day(START, shop.zone) + day)
    anew = history(*(order for order in orders if order[1] <= day), start=START)
    for name in ("customer_ids", "first_at", "last_at", "days", "day", "value_minor"):
        assert getattr(cut, name).tolist() == getattr(anew, name).tolist(), name


def test_only_some_customers_keep_all_of_theirs() -> None:
    shop = history((1, 0, 100), (1, 9, 200), (2, 3, 400), (3, 5, 800), (3, 6, 1600), start=START)
    some = shop.only(np.array([True, False, True]))
    assert some.customer_ids.tolist() == [1, 3]
    assert some.value_minor.tolist() == [100.0, 200.0, 800.0, 1600.0]
    assert (some.last_day - some.first_day).tolist() == [9, 1]


def test_an_instant_long_before_any_shop_has_a_day() -> None:
    assert local_days(np.array([-DAY_SECONDS], np.int64), ZoneInfo("UTC")).tolist() == [-1]


@pytest.mark.parametrize("zone", ZONES)
def test_no_orders_are_an_empty_history(zone: str) -> None:
    nobody = history_of([], [], [], zone=ZoneInfo(zone))
    assert (len(nobody), len(nobody.day), len(nobody.only(np.zeros(0, dtype=bool)))) == (0, 0, 0)
