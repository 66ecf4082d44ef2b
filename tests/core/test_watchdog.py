"""When silence is news: against a shop's own past, and only where that says enough."""

from datetime import timedelta

import pytest

from plugin.core.watchdog import Band, expected_band, window_for


def test_a_busy_shop_that_falls_silent_is_noticed() -> None:
    band = expected_band([400, 380, 420, 410])
    assert band == Band(expected=405, least=321)
    assert band.is_quiet(0)
    assert band.is_quiet(320)
    assert not band.is_quiet(321)


@pytest.mark.parametrize("past", [[], [400], [400, 400, 400]])
def test_without_four_weeks_there_is_nothing_to_compare_with(past: list[int]) -> None:
    assert expected_band(past) is None


@pytest.mark.parametrize("past", [[0, 0, 0, 0], [1, 2, 1, 3], [6, 6, 6, 6], [0, 500, 500, 500]])
def test_where_nothing_at_all_could_be_chance_there_is_no_alarm(past: list[int]) -> None:
    assert expected_band(past) is None


def test_seven_a_window_is_the_least_that_makes_silence_news() -> None:
    band = expected_band([7, 7, 7, 7])
    assert band == Band(expected=7, least=1)
    assert band.is_quiet(0)
    assert not band.is_quiet(1)


def test_the_quietest_of_the_past_weeks_is_the_measure() -> None:
    """A holiday among them makes the watch patient."""
    patient, eager = expected_band([400, 400, 400, 100]), expected_band([400, 400, 400, 400])
    assert patient is not None
    assert eager is not None
    assert (patient.expected, eager.expected) == (400, 400)
    assert patient.least < 100 < eager.least


def test_a_very_busy_shop_has_a_band_too() -> None:
    band = expected_band([1_000_000] * 4)
    assert band is not None
    assert 996_000 < band.least < 1_000_000


@pytest.mark.parametrize(
    ("counts", "hours"),
    [([336] * 4, 6), ([335] * 4, 24), ([84, 900, 900, 900], 24), ([83] * 4, 72), ([], 72)],
)
def test_the_busier_a_shop_the_sooner_its_silence_is_news(counts: list[int], hours: int) -> None:
    assert window_for(counts) == timedelta(hours=hours)
