"""What is read off a customer's picture, one question at a time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from plugin.core.events import CustomerEvent
from plugin.core.folding import replay
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.facts import CustomerFacts
from plugin.core.segments.facts_of import Beside, facts_of, preferred_hour
from tests.builders import (
    DAY,
    HOUR,
    NOW,
    UTC_ZONE,
    a_cart,
    a_checkout,
    a_consent,
    a_record,
    a_refund,
    a_shipment,
    a_tagging,
    an_order,
)
from tests.core.strategies import histories

CASH = ("Cash on Delivery (COD)",)
BESIDE = Beside(created_at=NOW - 400 * DAY, stage=Stage.NEW, stage_since=NOW)


def facts(*events: CustomerEvent, zone: ZoneInfo = UTC_ZONE, **beside: Any) -> CustomerFacts:
    return facts_of(replay(1, events), replace(BESIDE, **beside), shop_id=7, zone=zone)


def test_days_and_hours_are_the_shops_own() -> None:
    """23:30 in Berlin and half an hour past midnight are two days there and one in London."""
    evening = datetime.fromisoformat("2026-07-01T21:30:00+00:00")
    bought = (an_order(1, at=evening), an_order(2, at=evening + HOUR))
    in_berlin = facts(*bought, zone=ZoneInfo("Europe/Berlin"))
    assert (in_berlin.purchase_days, in_berlin.gap_days) == (2, 1)
    assert (facts(*bought).purchase_days, facts(*bought).gap_days) == (1, None)


@pytest.mark.parametrize(("gaps", "median"), [([10], 10), ([10, 20], 15), ([1, 2, 30], 2), ([1, 2], 2)])
def test_the_gap_is_the_median_and_half_a_day_counts_up(gaps: list[int], median: int) -> None:
    days = [sum(gaps[:place]) for place in range(len(gaps) + 1)]
    bought = [an_order(number, at=NOW - 300 * DAY + day * DAY) for number, day in enumerate(days, start=1)]
    assert facts(*bought).gap_days == median


def test_an_order_given_back_whole_still_counts_as_returned() -> None:
    known = facts(an_order(1), an_order(2), a_refund(1, order_id=1, product_minor=5000))
    assert (known.orders_count, known.refunded_orders, known.refund_share, known.spent_minor) == (
        1,
        1,
        50,
        5000,
    )


def test_no_more_is_given_back_than_was_sold() -> None:
    assert facts(an_order(1), a_refund(1, order_id=1, product_minor=9000)).refund_share == 100


def test_a_parcel_that_came_back_was_refused_and_a_called_off_order_was_not() -> None:
    refused = (
        an_order(1, status="pending", gateways=CASH),
        a_shipment(1, order_id=1, shipment_status="failure"),
    )
    called_off = an_order(2, status="voided", cancelled_at=NOW, gateways=CASH)
    taken = (
        an_order(3, status="paid", gateways=CASH),
        a_shipment(3, order_id=3, shipment_status="delivered"),
    )
    known = facts(*refused, called_off, *taken)
    assert (known.cash_refusals, known.cash_refusal_share, known.orders_count) == (1, 50, 1)


def test_the_channel_is_the_last_orders() -> None:
    web = replace(an_order(1, at=NOW - DAY), source="web")
    pos = replace(an_order(2, at=NOW), source="POS")
    assert facts(pos, web).channel == "pos"
    assert facts().channel is None


def test_tags_are_asked_without_regard_to_case() -> None:
    assert facts(a_tagging("VIP", "Straße")).tags == {"vip", "strasse"}


def test_a_suppressed_address_can_not_be_mailed_whatever_was_said() -> None:
    said = (a_record(email="mina@example.com"), a_consent())
    assert facts(*said).is_mailable
    assert not facts(*said, suppression="mailbox_unknown").is_mailable


def test_whoever_opens_a_cart_was_there() -> None:
    assert facts(an_order(1, at=NOW - 9 * DAY)).last_seen_at == NOW - 9 * DAY
    assert facts(an_order(1, at=NOW - 9 * DAY), a_cart(at=NOW - DAY)).last_seen_at == NOW - DAY
    assert facts(a_checkout(at=NOW - 2 * DAY), a_cart(at=NOW - 3 * DAY)).last_seen_at == NOW - 2 * DAY


def test_a_birthday_that_is_no_date_is_unknown() -> None:
    born = a_record(email="mina@example.com")
    told = replace(born, contact=replace(born.contact, birthday="1990-02-28"))
    assert str(facts(told).birthday) == "1990-02-28"
    assert facts(replace(born, contact=replace(born.contact, birthday="soon"))).birthday is None


@pytest.mark.parametrize(
    ("hours", "preferred"),
    [([], None), ([9], 9), ([23, 0, 1], 0), ([8, 20, 20], 20), ([9, 10, 11, 21], 10)],
)
def test_the_preferred_hour_is_where_orders_gather(hours: list[int], preferred: int | None) -> None:
    assert preferred_hour([NOW.replace(hour=hour) for hour in hours]) == preferred


def test_what_was_long_ago_weighs_less() -> None:
    past = [NOW.replace(hour=8) - timedelta(days=720 + day) for day in range(3)]
    assert preferred_hour([*past, NOW.replace(hour=20)]) == 20


@given(history=histories)
def test_counts_and_shares_hold_together(history: list[CustomerEvent]) -> None:
    known = facts(*history)
    state = replay(1, history)
    assert known.orders_count == len(state.counted_orders()) >= known.purchase_days
    assert known.spent_minor == state.net_minor() >= 0
    assert (known.average_minor is None) is (known.orders_count == 0)
    assert known.discounted_orders <= known.orders_count
    for share in (known.refund_share, known.discount_share, known.cash_refusal_share):
        assert 0 <= share <= 100
    assert (known.preferred_hour is None) is (known.orders_count == 0)
