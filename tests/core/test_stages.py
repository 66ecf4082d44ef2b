"""Where a customer stands, since when, and the instant at which time alone moves them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.customers import CustomerState
from plugin.core.events import ConsentState
from plugin.core.folding import replay
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.shop_model import CYCLE, PRIOR_MODEL, ShopModel
from plugin.core.lifecycle.stages import (
    LOST_UNSEEN_FOR,
    QUIET_STAGES,
    Course,
    Stage,
    Standing,
    course_of,
    purchases_of,
    standing,
)
from tests.builders import (
    DAY,
    HOUR,
    MINA_ID,
    MINUTE,
    NOW,
    UTC_ZONE,
    a_checkout,
    a_consent,
    a_customer,
    a_refund,
    an_order,
)

NEW_YORK = ZoneInfo("America/New_York")
HO_CHI_MINH = ZoneInfo("Asia/Ho_Chi_Minh")
ZONES = [UTC_ZONE, NEW_YORK, HO_CHI_MINH, ZoneInfo("Asia/Tehran"), ZoneInfo("Pacific/Apia")]
TICK = timedelta(microseconds=1)


LOYAL_BY_RATE = replace(PRIOR_MODEL, loyal_rate=0.17)


def stand(
    customer: CustomerState, at: datetime, zone: ZoneInfo = UTC_ZONE, model: ShopModel = PRIOR_MODEL
) -> Standing:
    return standing(customer, at, zone=zone, model=model)


def course(customer: CustomerState, zone: ZoneInfo = UTC_ZONE, model: ShopModel = PRIOR_MODEL) -> Course:
    found = course_of(customer, zone=zone, model=model)
    assert found is not None
    return found


def buyer_of(*moments: datetime) -> CustomerState:
    return replay(MINA_ID, [an_order(n, at=at) for n, at in enumerate(moments, start=1)])


def limits(customer: CustomerState, zone: ZoneInfo = UTC_ZONE) -> tuple[datetime, datetime]:
    """When the customer becomes at-risk, and lapsed, if nothing more is heard."""
    ahead = course(customer, zone)
    return ahead.at_risk_at, ahead.lapsed_at


def test_a_person_who_never_bought_is_a_prospect_and_stays_one() -> None:
    assert stand(a_customer(consent=None), NOW) == Standing(
        stage=Stage.PROSPECT, since=None, reason="no_order", next_change_at=None
    )


def test_orders_that_are_no_purchases_make_no_buyer() -> None:
    customer = a_customer(
        an_order(1, status="pending"),
        an_order(2),
        a_refund(1, order_id=2, product_minor=5000),
        consent=None,
    )
    assert stand(customer, NOW).stage is Stage.PROSPECT


@pytest.mark.parametrize(
    ("orders", "stage"), [(1, Stage.NEW), (2, Stage.ACTIVE), (3, Stage.LOYAL), (9, Stage.LOYAL)]
)
def test_a_buyer_in_rhythm_is_new_then_active_then_loyal(orders: int, stage: Stage) -> None:
    customer = a_customer(orders=orders, last_order_at=NOW)
    at_risk_at, _ = limits(customer)
    assert stand(customer, NOW) == Standing(stage=stage, since=NOW, reason="order", next_change_at=at_risk_at)


def test_silence_makes_a_buyer_at_risk_then_lapsed_and_at_last_lost_for_ever() -> None:
    customer = a_customer(orders=3, last_order_at=NOW)
    at_risk_at, lapsed_at = limits(customer)
    lost_at = course(customer).lost_at
    assert NOW < at_risk_at < lapsed_at < lost_at
    assert stand(customer, at_risk_at) == Standing(
        stage=Stage.AT_RISK, since=at_risk_at, reason="silence", next_change_at=lapsed_at
    )
    assert stand(customer, lapsed_at) == Standing(
        stage=Stage.LAPSED, since=lapsed_at, reason="silence", next_change_at=lost_at
    )
    for later in (lost_at, lost_at + 10_000 * DAY):
        assert stand(customer, later) == Standing(
            stage=Stage.LOST, since=lost_at, reason="long_silence", next_change_at=None
        )


def test_a_one_time_buyer_of_the_prior_is_at_risk_after_74_days_and_lapsed_after_225() -> None:
    at_risk_at, lapsed_at = limits(buyer_of(NOW))
    assert (at_risk_at - NOW) / DAY == pytest.approx(74.25, abs=0.01)
    assert (lapsed_at - NOW) / DAY == pytest.approx(224.92, abs=0.01)


def test_an_order_after_a_silence_is_won_back_for_one_cycle_and_then_active() -> None:
    first = NOW - 300 * DAY
    customer = buyer_of(first, NOW)
    back = stand(customer, NOW)
    assert back.stage is Stage.WON_BACK
    assert back.since == NOW
    assert back.reason == "order_after_silence"
    assert back.next_change_at == NOW + CYCLE
    after = stand(customer, NOW + CYCLE)
    assert (after.stage, after.since) == (Stage.ACTIVE, NOW + CYCLE)


def test_an_order_within_the_rhythm_wins_nobody_back() -> None:
    first = NOW - 300 * DAY
    at_risk_at, _ = limits(buyer_of(first))
    assert stand(buyer_of(first, at_risk_at - HOUR), at_risk_at).stage is Stage.ACTIVE
    assert stand(buyer_of(first, at_risk_at), at_risk_at).stage is Stage.WON_BACK


def test_a_second_order_on_the_day_of_the_return_does_not_end_it() -> None:
    first, back = NOW - 300 * DAY, NOW
    said = stand(buyer_of(first, back, back + HOUR), back + 2 * HOUR)
    assert said.stage is Stage.WON_BACK
    assert said.next_change_at == back + CYCLE


def test_a_frequent_buyer_who_returns_may_be_at_risk_before_the_cycle_is_over() -> None:
    daily = [NOW - 60 * DAY - n * DAY for n in range(200)]
    customer = buyer_of(*daily, NOW)
    at_risk_at, _ = limits(customer)
    assert at_risk_at < NOW + CYCLE
    assert stand(customer, NOW).stage is Stage.WON_BACK
    assert stand(customer, NOW).next_change_at == at_risk_at
    assert stand(customer, at_risk_at).stage is Stage.AT_RISK


def test_the_next_order_after_a_return_is_in_rhythm_again() -> None:
    customer = buyer_of(NOW - 300 * DAY, NOW, NOW + 10 * DAY)
    assert stand(customer, NOW + 10 * DAY).stage is Stage.LOYAL


def test_who_never_bought_but_wants_our_mail_is_a_subscriber() -> None:
    yes = a_consent(ConsentState.SUBSCRIBED, at=NOW - 3 * DAY)
    said = Standing(stage=Stage.SUBSCRIBER, since=NOW - 3 * DAY, reason="subscribed", next_change_at=None)
    assert stand(a_customer(yes, consent=None), NOW) == said
    no = a_consent(ConsentState.UNSUBSCRIBED, at=NOW - DAY)
    assert stand(a_customer(yes, no, consent=None), NOW).stage is Stage.PROSPECT
    assert stand(a_customer(yes, an_order(1, at=NOW)), NOW).stage is Stage.NEW


def test_nobody_is_lost_who_was_seen_within_half_a_year() -> None:
    silent = buyer_of(NOW)
    lost_at = course(silent).lost_at
    seen = lost_at - 10 * DAY
    looking = replay(MINA_ID, [an_order(1, at=NOW), a_checkout(at=seen)])
    assert course(looking).lost_at == seen + LOST_UNSEEN_FOR
    assert stand(silent, lost_at).stage is Stage.LOST
    assert stand(looking, lost_at).stage is Stage.LAPSED
    assert stand(looking, seen + LOST_UNSEEN_FOR).stage is Stage.LOST


def test_who_hardly_anybody_expects_back_is_still_not_lost_before_half_a_year() -> None:
    daily = ShopModel(rhythm=Rhythm(r=20.0, alpha=2.0, a=0.6, b=1.2), cycle=14 * DAY)
    customer = buyer_of(*(NOW - n * DAY for n in range(60)))
    ahead = course(customer, model=daily)
    assert ahead.lapsed_at < NOW + 30 * DAY
    assert ahead.lost_at == NOW + LOST_UNSEEN_FOR


def test_who_buys_often_but_seldomer_than_the_shops_regulars_is_active_and_no_more() -> None:
    weekly, quarterly = (buyer_of(*(NOW - n * gap for n in range(6))) for gap in (7 * DAY, 91 * DAY))
    assert stand(weekly, NOW, model=LOYAL_BY_RATE).stage is Stage.LOYAL
    assert stand(quarterly, NOW, model=LOYAL_BY_RATE) == Standing(
        stage=Stage.ACTIVE,
        since=NOW,
        reason="order",
        next_change_at=course(quarterly, model=LOYAL_BY_RATE).at_risk_at,
    )


def test_loyalty_fades_by_the_rate_before_silence_is_a_risk() -> None:
    customer = buyer_of(*(NOW - n * 21 * DAY for n in range(5)))
    ahead = course(customer, model=LOYAL_BY_RATE)
    until = ahead.loyal_until
    assert until is not None
    assert NOW < until < ahead.at_risk_at
    assert stand(customer, until - TICK, model=LOYAL_BY_RATE).stage is Stage.LOYAL
    assert stand(customer, until, model=LOYAL_BY_RATE) == Standing(
        stage=Stage.ACTIVE, since=until, reason="slower", next_change_at=ahead.at_risk_at
    )
    age_weeks = (until - ahead.purchases.first_at) / timedelta(weeks=1)
    assert (1 + 4) / (12.5 + age_weeks) == pytest.approx(0.17, abs=1e-6)


def test_every_stage_can_be_reached_and_two_of_them_are_quiet() -> None:
    one, three = buyer_of(NOW), a_customer(orders=3, last_order_at=NOW)
    at_risk_at, lapsed_at = limits(one)
    reached = {
        stand(a_customer(consent=None), NOW).stage,
        stand(one, NOW).stage,
        stand(a_customer(orders=2, last_order_at=NOW), NOW).stage,
        stand(three, NOW).stage,
        stand(one, at_risk_at).stage,
        stand(one, lapsed_at).stage,
        stand(one, NOW + 4000 * DAY).stage,
        stand(a_customer(consent="email"), NOW).stage,
        stand(buyer_of(NOW - 300 * DAY, NOW), NOW).stage,
    }
    assert reached == set(Stage)
    assert {Stage.AT_RISK, Stage.LAPSED} == QUIET_STAGES


def test_orders_of_one_local_day_are_one_purchase() -> None:
    morning = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)  # 01:00 on the 21st in Ho Chi Minh City
    evening = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)  # 23:00 on the 21st
    customer = buyer_of(morning, evening)
    assert stand(customer, evening, HO_CHI_MINH).stage is Stage.NEW
    assert stand(customer, evening, UTC_ZONE).stage is Stage.ACTIVE


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        (datetime(2026, 11, 1, 4, 10, tzinfo=UTC), datetime(2026, 11, 2, 4, 50, tzinfo=UTC), 1),
        (datetime(2026, 11, 1, 4, 10, tzinfo=UTC), datetime(2026, 11, 2, 5, 0, tzinfo=UTC), 2),
        (datetime(2026, 3, 8, 5, 10, tzinfo=UTC), datetime(2026, 3, 9, 3, 50, tzinfo=UTC), 1),
        (datetime(2026, 3, 8, 5, 10, tzinfo=UTC), datetime(2026, 3, 9, 4, 10, tzinfo=UTC), 2),
    ],
    ids=["25-hour day", "the day after it", "23-hour day", "the day after that"],
)
def test_a_day_is_the_shops_calendar_day_however_long_it_is(
    first: datetime, second: datetime, days: int
) -> None:
    purchases = purchases_of(buyer_of(first, second), NEW_YORK)
    assert purchases is not None
    assert purchases.days == days


histories = st.lists(st.integers(0, 4 * 365 * 24 * 60), min_size=1, max_size=12).map(
    lambda minutes: buyer_of(*(NOW - minute * MINUTE for minute in minutes))
)
zones = st.sampled_from(ZONES)
models = st.builds(
    ShopModel,
    rhythm=st.builds(
        Rhythm,
        r=st.floats(0.05, 8),
        alpha=st.floats(0.5, 60),
        a=st.floats(0.05, 5),
        b=st.floats(0.05, 8),
    ),
    cycle=st.integers(14, 120).map(lambda days: days * DAY),
    loyal_rate=st.none() | st.floats(0.001, 2),
)


@given(
    customer=histories,
    zone=zones,
    model=models,
    silence=st.integers(0, 3 * 365 * 24),
    fractions=st.lists(st.floats(0, 1), max_size=5),
)
def test_a_stage_changes_at_the_instant_that_was_foretold_and_at_none_before(
    customer: CustomerState, zone: ZoneInfo, model: ShopModel, silence: int, fractions: list[float]
) -> None:
    now = customer.counted_orders()[-1].placed_at + silence * HOUR
    before = stand(customer, now, zone, model)
    ahead = before.next_change_at
    if ahead is None:
        assert before.stage is Stage.LOST
        assert stand(customer, now + 50_000 * DAY, zone, model) == before
        return
    assert ahead > now
    for between in [now + fraction * (ahead - TICK - now) for fraction in fractions]:
        assert stand(customer, between, zone, model) == before
    assert stand(customer, ahead - TICK, zone, model) == before
    after = stand(customer, ahead, zone, model)
    assert after.stage is not before.stage
    assert after.since == ahead


@given(customer=histories, zone=zones, model=models, silence=st.integers(0, 3 * 365 * 24))
def test_a_customer_has_been_in_the_stage_since_it_says_so(
    customer: CustomerState, zone: ZoneInfo, model: ShopModel, silence: int
) -> None:
    now = customer.counted_orders()[-1].placed_at + silence * HOUR
    said = stand(customer, now, zone, model)
    assert said.since is not None
    assert said.since <= now
    assert stand(customer, said.since, zone, model) == said


@given(customer=histories, zone=zones, model=models)
def test_time_alone_leads_a_buyer_down_one_way_to_lost(
    customer: CustomerState, zone: ZoneInfo, model: ShopModel
) -> None:
    said = stand(customer, customer.counted_orders()[-1].placed_at, zone, model)
    stages = [said.stage]
    while said.next_change_at is not None:
        said = stand(customer, said.next_change_at, zone, model)
        stages.append(said.stage)
    way = [
        *([Stage.WON_BACK] if stages[0] is Stage.WON_BACK else []),
        *(stage for stage in (Stage.NEW, Stage.LOYAL, Stage.ACTIVE) if stage in stages),
        Stage.AT_RISK,
        *([Stage.LAPSED] if Stage.LAPSED in stages else []),
        Stage.LOST,
    ]
    assert stages == way


@given(customer=histories, zone=zones)
def test_an_order_always_brings_a_buyer_back_into_rhythm(customer: CustomerState, zone: ZoneInfo) -> None:
    _, lapsed_at = limits(customer, zone)
    back = replace(
        customer,
        orders={
            **customer.orders,
            99: replace(customer.counted_orders()[-1], order_id=99, placed_at=lapsed_at),
        },
    )
    assert stand(back, lapsed_at, zone).stage is Stage.WON_BACK


def test_a_counter_with_50_000_orders_is_placed_in_moments() -> None:
    one = buyer_of(NOW).orders[1]
    orders = {n: replace(one, order_id=n, placed_at=NOW - n * 20 * MINUTE) for n in range(50_000)}
    counter = CustomerState(id=1, orders=orders)
    begun = perf_counter()
    said = stand(counter, NOW, NEW_YORK)
    assert perf_counter() - begun < 3  # seconds, on a machine that is busy with other things
    assert said.stage is Stage.LOYAL
    assert said.next_change_at is not None
    assert NOW < said.next_change_at < NOW + 60 * DAY
