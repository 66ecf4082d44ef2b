"""Months as each calendar has them, and words for everything that Insights and a customer's page may say."""

from datetime import UTC, date, datetime

import pytest

from admin_ui import customer_words, insight_words
from admin_ui.calendars import month_name, month_starts
from admin_ui.formats import Formats
from admin_ui.pages.insights import PHASES
from plugin.core.consent import why_not_mailable
from plugin.core.customers import CustomerState
from plugin.core.events import ConsentState
from plugin.core.lifecycle.maturity import Band
from plugin.core.lifecycle.rfm import RfmGroup
from plugin.core.lifecycle.stages import Stage
from plugin.core.lifecycle.value import ValueClass
from plugin.queries import profile
from plugin.queries.happenings import View
from plugin.queries.insights_lifecycle import MOVES, STEPS


def formats(language: str) -> Formats:
    return Formats(
        language=language, currency="EUR", time_zone="UTC", now=datetime(2026, 11, 22, 12, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("language", "today", "starts"),
    [
        ("en", date(2026, 1, 31), [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]),
        ("ar", date(2026, 3, 1), [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]),
        # Nowruz of 1405 is 21 March 2026: the months of Bahman and Esfand end the year before.
        ("fa", date(2026, 3, 21), [date(2026, 1, 21), date(2026, 2, 20), date(2026, 3, 21)]),
        ("fa", date(2026, 3, 20), [date(2025, 12, 22), date(2026, 1, 21), date(2026, 2, 20)]),
    ],
)
def test_the_last_months_end_with_the_present_one(language: str, today: date, starts: list[date]) -> None:
    assert month_starts(language, today, 3) == starts


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Mar 2026"), ("vi", "thg 3 2026"), ("fa", "فروردین ۱۴۰۵")]
)
def test_a_month_has_its_name_and_year(language: str, name: str) -> None:
    assert month_name(formats(language), date(2026, 3, 21)) == name


def test_every_group_class_band_step_and_move_has_its_words() -> None:
    assert set(insight_words.RFM_GROUPS) == set(insight_words.SHOPIFY_GROUPS) == set(RfmGroup)
    assert set(insight_words.VALUE_CLASSES) == set(insight_words.VALUE_CLASS_TONES) == set(ValueClass)
    assert set(insight_words.BANDS) == set(Band)
    assert set(insight_words.STEPS) == set(STEPS)
    assert set(insight_words.MOVES) == set(insight_words.MOVE_TEXTS) == set(MOVES)
    assert set(insight_words.PHASES) == set(insight_words.PHASE_TEXTS) == set(PHASES)
    assert set(customer_words.VIEWS) == set(View)
    assert set(customer_words.CONSENT_TONES) == set(ConsentState)


def test_every_stage_is_in_one_phase_or_is_where_people_leave() -> None:
    within = [stage for stages in PHASES.values() for stage in stages]
    assert sorted({*within, *MOVES}) == sorted(Stage)
    assert len(within) == len(set(within))


def test_whatever_keeps_a_person_from_being_reached_has_words_and_a_way_out() -> None:
    nobody = why_not_mailable(CustomerState(id=1))
    codes = {nobody, profile.BAD_ADDRESS, profile.SUPPRESSED, profile.UNREACHABLE, profile.NO_CONSENT}
    codes |= {
        "customer_deleted",
        "unsubscribed",
        "consent_pending",
        "redacted",
        "guest",
        "no_name",
        "no_language",
    }
    assert codes == set(customer_words.HEALTH)
