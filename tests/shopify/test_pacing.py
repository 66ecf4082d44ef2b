from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.shopify.pacing import Bucket, read_cost

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
BUCKET = Bucket(available=100.0, maximum=2000.0, restore_rate=50.0, at=NOW)


def cost_answer(**status: Any) -> dict[str, Any]:
    throttle = {"maximumAvailable": 2000.0, "currentlyAvailable": 1954, "restoreRate": 100.0} | status
    return {
        "extensions": {"cost": {"requestedQueryCost": 101, "actualQueryCost": 46, "throttleStatus": throttle}}
    }


def test_a_bucket_refills_at_its_own_rate_and_no_further_than_full() -> None:
    assert BUCKET.level(NOW) == 100
    assert BUCKET.level(NOW + timedelta(seconds=10)) == 600
    assert BUCKET.level(NOW + timedelta(hours=1)) == 2000
    assert BUCKET.level(NOW - timedelta(hours=1)) == 100


def test_the_wait_is_what_is_missing_over_the_restore_rate() -> None:
    assert BUCKET.seconds_until(80, NOW) == 0
    assert BUCKET.seconds_until(350, NOW) == 5
    assert BUCKET.seconds_until(350, NOW + timedelta(seconds=4)) == 1


def test_a_cost_beyond_the_bucket_waits_only_until_it_is_full() -> None:
    assert BUCKET.seconds_until(1_000_000, NOW) == 38


@given(st.floats(0, 2000), st.floats(0, 3000), st.floats(1, 2000))
def test_after_the_wait_the_points_are_there(available: float, cost: float, rate: float) -> None:
    bucket = Bucket(available=available, maximum=2000.0, restore_rate=rate, at=NOW)
    after = NOW + timedelta(seconds=bucket.seconds_until(cost, NOW) + 1e-3)
    assert bucket.seconds_until(cost, after) == 0


def test_an_answers_cost_is_read() -> None:
    found = read_cost(cost_answer(), NOW)
    assert found
    assert (found.requested, found.actual) == (101, 46)
    assert found.bucket == Bucket(available=1954, maximum=2000, restore_rate=100, at=NOW)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"extensions": None},
        {"extensions": {"cost": None}},
        {"extensions": {"cost": {"requestedQueryCost": 1}}},
        cost_answer(restoreRate=0),
        cost_answer(restoreRate="100"),
        cost_answer(maximumAvailable=None),
        cost_answer(currentlyAvailable=True),
    ],
)
def test_a_cost_that_makes_no_sense_paces_nothing(answer: dict[str, Any]) -> None:
    assert read_cost(answer, NOW) is None
