"""Time conditions say when they will change: never later than they do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.segments.compile import compile_tree
from plugin.core.segments.conditions import Tree
from plugin.core.segments.facts import NO_PAST, CustomerFacts, LineFact, Past
from plugin.core.segments.parse import parse
from tests.builders import DAY, HOUR, NOW, UTC_ZONE, some_facts
from tests.core.segments.strategies import TICK, customers, instants, pasts, trees

ZONES = ["UTC", "Asia/Tehran", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut"]


def flip(text: str, facts: CustomerFacts, past: Past = NO_PAST, zone: ZoneInfo = UTC_ZONE) -> datetime | None:
    return compile_tree(parse(text, currency="EUR"), zone).next_flip(facts, past, NOW)


@settings(deadline=None, derandomize=True, max_examples=500, database=None)
@given(
    tree=trees,
    facts=customers,
    past=pasts,
    now=instants,
    zone=st.sampled_from(ZONES),
    between=st.lists(st.floats(0, 1, exclude_max=True), min_size=8, max_size=8),
)
def test_nothing_changes_between_now_and_the_next_flip(
    *, tree: Tree, facts: CustomerFacts, past: Past, now: datetime, zone: str, between: list[float]
) -> None:
    asked = compile_tree(tree, ZoneInfo(zone))
    answer, at = asked.holds(facts, past, now), asked.next_flip(facts, past, now)
    assert at is None or at > now
    until = at or now + 5 * 365 * DAY
    moments = {now + share * (until - now) for share in between} | {until - TICK}
    moments |= {
        edge
        for value in (facts.last_order_at, facts.created_at, facts.last_seen_at, *(x.at for x in past.lines))
        if value is not None
        for days in (1, 7, 30, 60, 90, 180, 365)
        for edge in (value + days * DAY, value + days * DAY + TICK)
    }
    for moment in moments:
        if now <= moment < until:
            assert asked.holds(facts, past, moment) is answer, moment


@settings(deadline=None, derandomize=True, max_examples=150, database=None)
@given(tree=trees, facts=customers, past=pasts)
def test_a_segment_that_says_it_is_not_timed_never_flips(
    tree: Tree, facts: CustomerFacts, past: Past
) -> None:
    asked = compile_tree(tree, UTC_ZONE)
    if not asked.is_timed:
        assert asked.next_flip(facts, past, NOW) is None


ORDERED = some_facts(last_order_at=NOW - 10 * DAY, orders_count=2, next_order_from=NOW + 5 * DAY)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("last_order within 30 days", NOW + 20 * DAY + TICK),
        ("last_order within 10 days", NOW + TICK),
        ("last_order within 9 days", None),
        ("last_order before 30 days ago", NOW + 20 * DAY + TICK),
        ("last_order before 9 days ago", None),
        ("NOT last_order within 30 days", NOW + 20 * DAY + TICK),
        ("next_order_from within next 3 days", NOW + 2 * DAY),
        ("next_order_from within next 7 days", NOW + 5 * DAY + TICK),
        ("next_order_from after 3 days from now", NOW + 2 * DAY),
        ("next_order_from before now", NOW + 5 * DAY + TICK),
        ("next_order_from within 1 day", NOW + 5 * DAY),
        ("last_order since 2026-11-01", None),
        ("orders >= 2", None),
        ("everyone", None),
        ("created within 30 days", None),
        # what cannot matter is not waited for
        ("orders >= 9 AND last_order within 30 days", None),
        ("orders >= 2 AND last_order within 30 days", NOW + 20 * DAY + TICK),
        ("last_order within 30 days OR last_order before 20 days ago", None),
        ("last_order before 20 days ago AND last_order within 40 days", NOW + 10 * DAY + TICK),
    ],
)
def test_the_flip_is_the_very_instant(text: str, at: datetime | None) -> None:
    assert flip(text, ORDERED) == at


def test_an_act_leaves_its_window_at_its_own_instant() -> None:
    def line(order_id: int, ago: timedelta) -> LineFact:
        return LineFact(
            at=NOW - ago,
            order_id=order_id,
            product_id=1,
            variant_id=1,
            product_type=None,
            title="Tea",
            quantity=1,
            total_minor=1,
        )

    past = Past(lines=(line(1, 20 * DAY), line(2, 10 * DAY)))
    assert flip("bought(within 30 days) >= 2", ORDERED, past) == NOW + 10 * DAY + TICK
    assert flip("bought(within 30 days)", ORDERED, past) == NOW + 20 * DAY + TICK
    assert flip('bought(title = "Pot", within 30 days)', ORDERED, past) is None
    assert flip("bought() >= 2", ORDERED, past) is None


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        # the night in which the clocks skip midnight: the day begins at one o'clock
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        ("Asia/Beirut", date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC)),
        ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ("UTC", date(2026, 4, 24), datetime(2026, 4, 24, tzinfo=UTC)),
    ],
)
def test_a_birthday_begins_with_the_first_instant_of_its_day(zone: str, day: date, begins: datetime) -> None:
    facts = some_facts(birthday=day.replace(year=1990))
    asked = compile_tree(parse("birthday today", currency="EUR"), ZoneInfo(zone))
    before = begins - 3 * HOUR
    assert asked.next_flip(facts, NO_PAST, before) == begins
    assert not asked.holds(facts, NO_PAST, begins - TICK)
    assert asked.holds(facts, NO_PAST, begins)
    ends = asked.next_flip(facts, NO_PAST, begins)
    assert ends is not None
    assert 22 * HOUR <= ends - begins <= 25 * HOUR
    assert not asked.holds(facts, NO_PAST, ends)
