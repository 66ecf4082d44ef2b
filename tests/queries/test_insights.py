"""The numbers of Insights on worlds small enough to count by hand, on either database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from devstore.seed.cdnow import purchases
from plugin.core.lifecycle.history import history_of
from plugin.core.lifecycle.rfm import RfmGroup
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.facts import bucket_of
from plugin.queries.insights_lifecycle import (
    Standing,
    Step,
    lifecycle,
    moves_since,
    steps,
    who_moved,
    who_stepped,
)
from plugin.queries.insights_purchases import Past, past
from plugin.queries.insights_retention import Cell, cohorts, second_purchase
from plugin.queries.insights_rfm import Range, ranges, rfm_page
from plugin.store import customers, imports
from plugin.store.tables import CustomerFactsRow, CustomerRow, OrderRow
from plugin.store.unit_of_work import Database, Unit
from tests.builders import DAY, NOW

SHOP, OTHER_SHOP = 11, 12
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EPOCH = date(1970, 1, 1)
ANA, BEN, CHI, DAN, EVE = 1, 2, 3, 4, 5
MONTHS = [(day - EPOCH).days for day in (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))]


def at(month: int, day: int, hour: int = 5) -> datetime:
    """An instant of 2026, UTC; the shop is seven hours ahead."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def some_buyers(unit: Unit) -> None:
    """Four buyers and a person without an order; the first three months of a shop.

    Chi's first order is of the last September evening in UTC, and of October in the shop. Dan's two orders are
    of one day. Eve's order was never paid.
    """
    orders = [
        (ANA, at(9, 10), 1000, True),
        (ANA, at(10, 5), 2000, True),
        (ANA, at(11, 2), 4000, True),
        (BEN, at(9, 20), 500, True),
        (CHI, at(9, 30, 18), 700, True),
        (CHI, at(11, 20), 800, True),
        (DAN, at(11, 10), 100, True),
        (DAN, at(11, 10, 6), 200, True),
        (EVE, at(11, 11), 9900, False),
    ]
    have_bought = [
        (ANA, 3, "loyal", 5, 5, 5, "champions"),
        (BEN, 1, "at_risk", 1, 1, 1, "dormant"),
        (CHI, 2, "active", 5, 4, 3, "champions"),
        (DAN, 2, "new", 5, 4, 1, "active"),
        (EVE, 0, "prospect", None, None, None, None),
    ]
    put_orders(unit, orders)
    for customer_id, count, stage, recency, frequency, monetary, group in have_bought:
        spent = sum(net for buyer, _, net, counts in orders if buyer == customer_id and counts)
        put_facts(
            unit,
            customer_id,
            orders_count=count,
            spent_minor=spent,
            stage=stage,
            is_mailable=customer_id in {ANA, EVE},
            rfm_recency=recency,
            rfm_frequency=frequency,
            rfm_monetary=monetary,
            rfm_group=group,
        )


def put_orders(unit: Unit, orders: Sequence[tuple[int, datetime, int, bool]]) -> None:
    rows = [
        {
            "shop_id": unit.shop_id,
            "order_id": number,
            "customer_id": customer_id,
            "at": moment,
            "is_purchase": counts,
            "product_minor": net,
            "refunded_minor": 0,
            "net_minor": net,
            "hour": 12,
        }
        for number, (customer_id, moment, net, counts) in enumerate(orders, 1)
    ]
    unit.connection.execute(insert(OrderRow), rows)


def put_facts(unit: Unit, customer_id: int, **facts: object) -> None:
    row = {"shop_id": unit.shop_id, "customer_id": customer_id}
    bucket = bucket_of(unit.shop_id, customer_id)
    unit.connection.execute(insert(CustomerFactsRow), {**row, "bucket": bucket, **facts})
    known = {"created_at": at(9, 1), "updated_at": NOW, "state": b"", "stage": facts.get("stage", "prospect")}
    unit.connection.execute(insert(CustomerRow), {**row, **known})


def put_moves(unit: Unit, *moves: tuple[int, datetime, str, str]) -> None:
    rows = [
        {"customer_id": customer_id, "at": moment, "after": after, "before": "active", "reason": reason}
        for customer_id, moment, after, reason in moves
    ]
    customers.record_stage_changes(unit, rows)


def test_cohorts_are_of_the_shops_own_months(database: Database) -> None:
    with database.unit(SHOP) as unit:
        some_buyers(unit)
        september, october, november = cohorts(past(unit, ZONE, NOW), MONTHS)
    assert [each.customers for each in (september, october, november)] == [2, 1, 1]
    assert september.returned == (
        Cell(value=0, is_complete=True),
        Cell(value=0.5, is_complete=True),
        so_far(0.5),
    )
    assert september.active == (
        Cell(value=1, is_complete=True),
        Cell(value=0.5, is_complete=True),
        so_far(0.5),
    )
    assert [cell.value for cell in september.revenue] == [1500, 2000, 4000]
    assert october.returned == (Cell(value=0, is_complete=True), so_far(1.0))
    assert november.returned == (so_far(0.0),)
    assert [cell.value for cell in november.revenue] == [300]


def so_far(value: float) -> Cell:
    return Cell(value=value, is_complete=False)


def test_a_cohort_is_complete_for_a_horizon_once_its_last_day_had_the_time(database: Database) -> None:
    with database.unit(SHOP) as unit:
        some_buyers(unit)
        looked = past(unit, ZONE, NOW)
    september, october, _ = cohorts(looked, MONTHS)
    assert [(cell.value, cell.is_complete) for cell in september.within] == [
        (0.5, True),
        (0.5, False),
        (0.5, False),
        (0.5, False),
    ]
    assert [cell.value for cell in october.within] == [0.0, 1.0, 1.0, 1.0]
    thirty_days_after = date(2026, 9, 30) + timedelta(days=30)
    for day, is_complete in ((thirty_days_after, False), (thirty_days_after + timedelta(days=1), True)):
        earlier = Past(history=looked.history, today=(day - EPOCH).days)
        assert cohorts(earlier, MONTHS)[0].within[0].is_complete is is_complete


def test_the_time_to_the_second_purchase_counts_those_who_have_not_returned_yet(database: Database) -> None:
    with database.unit(SHOP) as unit:
        some_buyers(unit)
        found = second_purchase(past(unit, ZONE, NOW))
    # After 25 days one of three who had been watched so long returned, after 50 days one of two.
    assert (found.buyers, found.returned, found.median_days) == (4, 2, 50)
    assert [each.share for each in found.returns] == [pytest.approx(1 / 3), pytest.approx(2 / 3), None, None]
    assert found.returns[0].low == pytest.approx(0.055, abs=0.001)
    assert found.returns[0].high == pytest.approx(0.946, abs=0.001)


def test_where_fewer_than_half_return_there_is_no_median() -> None:
    history = history_of([1, 2, 3, 1], [0, 0, 0, 5 * 86_400], [1, 1, 1, 1], zone=ZONE)
    found = second_purchase(Past(history=history, today=40))
    assert found.median_days is None
    assert found.returns[0].share == pytest.approx(1 / 3)


def test_a_shop_without_orders_has_no_cohorts_and_no_times(database: Database) -> None:
    with database.unit(OTHER_SHOP) as unit:
        some_buyers(unit)
    with database.reading(SHOP) as unit:
        looked = past(unit, ZONE, NOW)
        shown = lifecycle(unit, ZONE, NOW, looked, days=90)
        page = rfm_page(unit)
    assert cohorts(looked, MONTHS) == []
    found = second_purchase(looked)
    assert (found.buyers, found.median_days, {each.share for each in found.returns}) == (0, None, {None})
    assert shown.steps == tuple(Step(id=name, moved=0, could=0) for name in ("first", "second", "third"))
    assert (shown.customers, shown.moves_since, shown.steps[0].share) == (0, None, None)
    assert (page.buyers, page.cells, page.largest) == (0, {}, 0)


def naive_survival(watched: Sequence[tuple[int, bool]], days: int) -> float:
    left = 1.0
    for moment in sorted({length for length, returned in watched if returned and length <= days}):
        at_risk = sum(length >= moment for length, _ in watched)
        left *= 1 - sum(length == moment and returned for length, returned in watched) / at_risk
    return left


@given(
    st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(1, 30)), min_size=1, max_size=12),
)
def test_the_estimate_is_that_of_the_textbook(stories: list[tuple[int, int | None]]) -> None:
    today = 60
    bought = [(number, first) for number, (first, _) in enumerate(stories)]
    bought += [(n, first + gap) for n, (first, gap) in enumerate(stories) if gap and first + gap <= today]
    watched = [
        (gap, True) if gap and first + gap <= today else (today - first, False) for first, gap in stories
    ]
    history = history_of(
        [who for who, _ in bought],
        [day * 86_400 for _, day in bought],
        [1] * len(bought),
        zone=ZoneInfo("UTC"),
    )
    found = second_purchase(Past(history=history, today=today), horizons=(7, 15, 30))
    for each in found.returns:
        if each.share is not None:
            assert each.share == pytest.approx(1 - naive_survival(watched, each.days))
        else:
            assert max(length for length, _ in watched) < each.days
    if found.median_days is not None:
        assert naive_survival(watched, found.median_days) <= 0.5 + 1e-9
        assert naive_survival(watched, found.median_days - 1) > 0.5 - 1e-9


def music_shop(until: date) -> Past:
    bought = [each for each in purchases() if each.day <= until]
    seconds = [(each.day - EPOCH).days * 86_400 for each in bought]
    history = history_of(
        [each.customer for each in bought], seconds, [each.cents for each in bought], zone=ZoneInfo("UTC")
    )
    return Past(history=history, today=(until - EPOCH).days)


def test_the_music_shop_has_the_published_number_of_repeaters() -> None:
    """CDNOW's tenth: 2,357 buyers, of whom 946 have come back within 39 weeks (Fader and Hardie 2013)."""
    found = second_purchase(music_shop(date(1997, 9, 30)))
    assert (found.buyers, found.returned) == (2357, 946)


def test_cohorts_watched_long_enough_agree_with_the_estimate() -> None:
    looked = music_shop(date(1998, 6, 30))
    months = [(date(1997 + n // 12, n % 12 + 1, 1) - EPOCH).days for n in range(18)]
    made = cohorts(looked, months)
    assert [each.month for each in made] == [0, 1, 2]
    assert sum(each.customers for each in made) == 2357
    assert all(cell.is_complete for each in made for cell in each.within)
    for place, estimate in enumerate(second_purchase(looked).returns):
        whole = sum(each.within[place].value * each.customers for each in made) / 2357
        assert estimate.share == pytest.approx(whole)


def test_the_cycle_counts_who_moved_on_and_who_could_have(database: Database) -> None:
    with database.unit(SHOP) as unit:
        some_buyers(unit)
        looked = past(unit, ZONE, NOW)
        month = lifecycle(unit, ZONE, NOW, looked, days=30)
    # Thirty days: from 23 October. Dan bought first; Chi a second time; Ana a third time.
    assert month.steps == (
        Step(id="first", moved=1, could=2),  # Dan, and Eve who has not
        Step(id="second", moved=1, could=3),  # Chi; Ben and Dan could have
        Step(id="third", moved=1, could=2),  # Ana; Chi could have
    )
    assert month.standing[Stage.LOYAL] == Standing(customers=1, mailable=1)
    assert month.customers == 5
    assert who_stepped(looked, "second", looked.today - 29) == [CHI]
    assert who_stepped(looked, "first", looked.today - 364) == [DAN, CHI, BEN, ANA]
    with pytest.raises(KeyError):
        who_stepped(looked, "fourth", 0)


def test_a_day_at_the_border_of_the_period_belongs_to_it() -> None:
    history = history_of([1, 2], [100 * 86_400, 101 * 86_400], [1, 1], zone=ZoneInfo("UTC"))
    nth = Past(history=history, today=130).nth_days(3)
    assert steps(nth, 2, 101)[0] == Step(id="first", moved=1, could=1)


def test_moves_are_people_and_leave_out_what_was_imported(database: Database) -> None:
    with database.unit(SHOP) as unit:
        some_buyers(unit)
        imports.request(unit, 1, at(11, 1))
        assert moves_since(unit) is None
        for found in imports.of_shop(unit):
            imports.change(unit, found, state="done", ended_at=at(11, 1))
        put_moves(
            unit,
            (ANA, at(11, 1), "loyal", "import"),
            (BEN, at(10, 20), "at_risk", "silence"),  # before we could see everything
            (BEN, at(11, 5), "at_risk", "silence"),
            (BEN, at(11, 15), "lapsed", "silence"),
            (CHI, at(11, 6), "at_risk", "silence"),
            (CHI, at(11, 20), "won_back", "order_after_silence"),
            (CHI, at(11, 21, 11), "at_risk", "silence"),
            (DAN, at(11, 6), "lapsed", "refit"),
            (DAN, NOW + DAY, "at_risk", "silence"),
        )
        shown = lifecycle(unit, ZONE, NOW, past(unit, ZONE, NOW), days=90)
        assert shown.moves_since == at(11, 1)
        assert shown.moves == {Stage.AT_RISK: 2, Stage.LAPSED: 1, Stage.LOST: 0, Stage.WON_BACK: 1}
        assert who_moved(unit, Stage.AT_RISK, NOW, days=90) == [CHI, BEN]
        assert who_moved(unit, Stage.AT_RISK, NOW, days=1) == [CHI]
    with database.reading(OTHER_SHOP) as unit:
        assert who_moved(unit, Stage.AT_RISK, NOW, days=90) == []


def test_the_grid_counts_people_and_what_they_spent(database: Database) -> None:
    with database.unit(SHOP) as unit:
        some_buyers(unit)
        page = rfm_page(unit)
    assert (page.buyers, page.unscored, page.largest) == (4, 0, 2)
    assert {place: cell.customers for place, cell in page.cells.items()} == {(5, 5): 1, (5, 4): 2, (1, 1): 1}
    chi_and_dan = page.cells[5, 4]
    assert (chi_and_dan.spent_minor, chi_and_dan.average_minor, chi_and_dan.monetary) == (1800, 900, 2.0)
    champions = page.groups[RfmGroup.CHAMPIONS]
    assert (champions.customers, champions.mailable, champions.spent_minor) == (2, 1, 8500)


def test_scores_say_what_they_mean() -> None:
    assert ranges((1.0, 2.0, 3.0, 5.0), 1, (1, 2, 3, 4, 5)) == {
        1: Range(low=1, high=1),
        2: Range(low=2, high=2),
        3: Range(low=3, high=3),
        4: Range(low=4, high=5),
        5: Range(low=6, high=None),
    }
    # Of two buyers nobody has some scores; of one recency border there is no whole day between.
    assert ranges((-inf, 0.0, 0.0, 9.0), 0, (5, 4, 3, 2, 1)) == {
        4: Range(low=0, high=0),
        2: Range(low=1, high=9),
        1: Range(low=10, high=None),
    }


def test_a_large_shop_is_looked_at_through_a_random_sample(database: Database) -> None:
    with database.unit(SHOP) as unit:
        buyers = range(1, 1001)
        put_orders(unit, [(buyer, at(11, 1 + buyer % 20), 100, True) for buyer in buyers])
        rows = [
            {
                "shop_id": SHOP,
                "bucket": bucket_of(SHOP, buyer),
                "customer_id": buyer,
                "orders_count": 1,
                "stage": "new",
            }
            for buyer in buyers
        ]
        unit.connection.execute(insert(CustomerFactsRow), rows)
        whole = past(unit, ZONE, NOW, most_orders=5000)
        part = past(unit, ZONE, NOW, most_orders=300)
        shown = lifecycle(unit, ZONE, NOW, part, days=30)
    assert (len(whole.history), whole.share) == (1000, 1.0)
    assert part.share < 1
    expected = sum(bucket_of(SHOP, buyer) < part.buckets for buyer in buyers)
    assert len(part.history) == expected
    assert (shown.customers, shown.steps[0].could) == (1000, expected)
