"""The last question before the wire: caps, quiet hours, and what is asked before them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from plugin.core.sending import MAX_AGE, Go, Later, No, SendingPolicy, may_send
from tests.builders import DAY, HOUR, MINUTE, NOW, wire_facts

FREE = SendingPolicy()
NIGHT = SendingPolicy(quiet_from=time(21), quiet_until=time(9))
NEW_YORK = ZoneInfo("America/New_York")
HO_CHI_MINH = ZoneInfo("Asia/Ho_Chi_Minh")


def test_a_message_with_nothing_against_it_goes() -> None:
    assert may_send(FREE, wire_facts(), NOW) == Go()


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (wire_facts(is_suppressed=True), "suppressed"),
        (wire_facts(unmailable="unsubscribed"), "unsubscribed"),
        (wire_facts(exit_reason="ordered"), "ordered"),
        (wire_facts(is_flow_on=False), "flow_off"),
        (wire_facts(created_at=NOW - MAX_AGE - MINUTE), "missed"),
    ],
)
def test_a_message_that_must_not_go_is_refused_with_its_reason(facts: object, reason: str) -> None:
    assert may_send(FREE, facts, NOW) == No(reason=reason)  # type: ignore[arg-type]  # parametrize forgets types


def test_suppression_is_said_before_everything_else() -> None:
    facts = wire_facts(
        is_suppressed=True,
        unmailable="unsubscribed",
        exit_reason="ordered",
        is_flow_on=False,
        is_shop_active=False,
        created_at=NOW - 30 * DAY,
    )
    assert may_send(FREE, facts, NOW) == No(reason="suppressed")


def test_a_message_that_must_not_go_is_not_kept_waiting_for_morning() -> None:
    night = NOW.replace(hour=23)
    facts = wire_facts(created_at=night, exit_reason="ordered", is_shop_active=False, sent_at=(night,) * 9)
    assert may_send(NIGHT, facts, night) == No(reason="ordered")


def test_a_message_of_exactly_the_greatest_age_still_goes() -> None:
    assert may_send(FREE, wire_facts(created_at=NOW - MAX_AGE), NOW) == Go()


def test_a_shop_that_must_sign_in_again_and_one_without_an_address_wait() -> None:
    assert may_send(FREE, wire_facts(is_shop_active=False), NOW) == Later(
        until=NOW + 15 * MINUTE, reason="shop_needs_reauth"
    )
    assert may_send(FREE, wire_facts(has_postal_address=False), NOW) == Later(
        until=NOW + HOUR, reason="no_postal_address"
    )


def test_the_third_message_of_a_day_goes_and_the_fourth_waits_for_the_first_to_be_a_day_old() -> None:
    sent = (NOW - 20 * HOUR, NOW - 5 * HOUR)
    assert may_send(FREE, wire_facts(sent_at=sent), NOW) == Go()
    full = (*sent, NOW - HOUR)
    assert may_send(FREE, wire_facts(sent_at=full), NOW) == Later(
        until=NOW + 4 * HOUR, reason="frequency_cap"
    )


def test_the_window_is_rolling_and_not_the_calendar_day() -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    before_midnight = tuple(midnight - n * MINUTE for n in (1, 2, 3))
    later = may_send(FREE, wire_facts(created_at=midnight, sent_at=before_midnight), midnight + MINUTE)
    assert later == Later(until=midnight + DAY - 3 * MINUTE, reason="frequency_cap")


def test_the_week_is_full_after_seven_though_no_day_is() -> None:
    sent = tuple(NOW - n * 22 * HOUR for n in range(1, 8))
    assert may_send(FREE, wire_facts(sent_at=sent), NOW) == Later(
        until=sent[-1] + 7 * DAY, reason="frequency_cap"
    )


def test_when_day_and_week_are_both_full_the_longer_wait_counts() -> None:
    long_ago = tuple(NOW - 7 * DAY + n * MINUTE for n in (1, 2, 3, 4))
    today = (NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR)
    facts = wire_facts(sent_at=(*long_ago, *today))
    assert may_send(FREE, facts, NOW) == Later(until=NOW + 21 * HOUR, reason="frequency_cap")


def test_a_cap_of_nothing_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="switch the flow off"):
        SendingPolicy(max_per_day=0)


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        (time(20, 59), None),
        (time(21, 0), datetime(2026, 11, 22, 9, tzinfo=UTC)),
        (time(23, 59), datetime(2026, 11, 22, 9, tzinfo=UTC)),
        (time(0, 0), datetime(2026, 11, 21, 9, tzinfo=UTC)),
        (time(8, 59), datetime(2026, 11, 21, 9, tzinfo=UTC)),
        (time(9, 0), None),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(clock: time, until: datetime | None) -> None:
    now = datetime.combine(NOW.date(), clock, tzinfo=UTC)
    expected = Go() if until is None else Later(until=until, reason="quiet_hours")
    assert may_send(NIGHT, wire_facts(created_at=now), now) == expected


def test_quiet_hours_within_a_day_end_the_same_day() -> None:
    siesta = SendingPolicy(quiet_from=time(13), quiet_until=time(16))
    now = NOW.replace(hour=14)
    assert may_send(siesta, wire_facts(created_at=now), now) == Later(
        until=NOW.replace(hour=16), reason="quiet_hours"
    )


def test_quiet_hours_are_those_of_the_reader() -> None:
    noon_in_london = NOW
    assert may_send(NIGHT, wire_facts(zone=HO_CHI_MINH), noon_in_london) == Go()
    evening_there = NOW.replace(hour=15)  # 22:00 in Ho Chi Minh City
    facts = wire_facts(created_at=evening_there, zone=HO_CHI_MINH)
    assert may_send(NIGHT, facts, evening_there) == Later(
        until=datetime(2026, 11, 22, 2, tzinfo=UTC), reason="quiet_hours"
    )


def test_half_a_rule_and_an_empty_window_are_no_quiet_hours() -> None:
    for policy in (
        SendingPolicy(quiet_from=time(21)),
        SendingPolicy(quiet_until=time(9)),
        SendingPolicy(quiet_from=time(9), quiet_until=time(9)),
    ):
        assert may_send(policy, wire_facts(created_at=NOW.replace(hour=9)), NOW.replace(hour=9)) == Go()


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    policy = SendingPolicy(quiet_from=time(22), quiet_until=time(1, 30))
    second_ten_past_one = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert second_ten_past_one.astimezone(NEW_YORK).fold == 1
    later = may_send(policy, wire_facts(created_at=second_ten_past_one, zone=NEW_YORK), second_ten_past_one)
    assert later == Later(until=datetime(2026, 11, 1, 6, 30, tzinfo=UTC), reason="quiet_hours")


def test_quiet_hours_that_end_in_an_hour_that_never_comes_end_after_it() -> None:
    policy = SendingPolicy(quiet_from=time(22), quiet_until=time(2, 30))
    before_the_gap = datetime(2026, 3, 8, 6, 59, tzinfo=UTC)  # 01:59 in New York, then 03:00
    later = may_send(policy, wire_facts(created_at=before_the_gap, zone=NEW_YORK), before_the_gap)
    assert later == Later(until=datetime(2026, 3, 8, 7, 30, tzinfo=UTC), reason="quiet_hours")


# Nights on which the clock jumps: at two, at midnight, by half an hour, by two hours, by a whole day.
NIGHTS = [
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 10, 29, 21, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Asia/Tehran", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
]
quarters = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@settings(max_examples=500)
@given(
    night=st.sampled_from(NIGHTS),
    minutes=st.integers(-36 * 60, 36 * 60),
    begins=quarters,
    ends=quarters,
)
@example(night=NIGHTS[1], minutes=10, begins=time(22), ends=time(1, 30))
def test_quiet_hours_always_end_later_and_are_over_when_they_end(
    night: tuple[str, datetime], minutes: int, begins: time, ends: time
) -> None:
    quiet_minutes = (ends.hour * 60 + ends.minute - begins.hour * 60 - begins.minute) % (24 * 60)
    assume(quiet_minutes <= 21 * 60)  # a shorter day than that can fall into the gap as a whole
    zone, around = ZoneInfo(night[0]), night[1]
    now = around + timedelta(minutes=minutes)
    policy = SendingPolicy(quiet_from=begins, quiet_until=ends)
    facts = wire_facts(created_at=now, zone=zone)
    verdict = may_send(policy, facts, now)
    if isinstance(verdict, Later):
        assert now < verdict.until <= now + 26 * HOUR
        assert may_send(policy, replace(facts, created_at=verdict.until), verdict.until) == Go()


@given(
    ages=st.lists(st.integers(0, 8 * 24 * 60), max_size=12),
    per_day=st.integers(1, 4),
    per_week=st.integers(1, 9),
)
def test_a_cap_always_ends_later_and_leaves_room_when_it_ends(
    ages: list[int], per_day: int, per_week: int
) -> None:
    policy = SendingPolicy(max_per_day=per_day, max_per_week=per_week)
    facts = wire_facts(sent_at=tuple(NOW - age * MINUTE for age in ages))
    verdict = may_send(policy, facts, NOW)
    if isinstance(verdict, Later):
        assert NOW < verdict.until <= NOW + 7 * DAY
        assert may_send(policy, replace(facts, created_at=verdict.until), verdict.until) == Go()
        just_before = verdict.until - timedelta(microseconds=1)
        assert isinstance(may_send(policy, replace(facts, created_at=just_before), just_before), Later)


@given(gaps=st.lists(st.integers(0, 600), min_size=1, max_size=60))
def test_nobody_is_ever_sent_more_than_the_caps_allow(gaps: list[int]) -> None:
    now, sent = NOW, list[datetime]()
    for gap in gaps:
        now += gap * MINUTE
        if may_send(FREE, wire_facts(created_at=now, sent_at=tuple(sent)), now) == Go():
            sent.append(now)
    for last in sent:
        assert sum(last - DAY < at <= last for at in sent) <= FREE.max_per_day
        assert sum(last - 7 * DAY < at <= last for at in sent) <= FREE.max_per_week
