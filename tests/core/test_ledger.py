"""Points: what orders earn, what refunds take back, and books that always balance."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.customers import CustomerState
from plugin.core.events import CustomerEvent
from plugin.core.folding import fold, replay
from plugin.core.loyalty.earning import EarningRule, earning_rule, points_due
from plugin.core.loyalty.ledger import (
    MAX_POINTS,
    REDEEMED,
    Posting,
    Transaction,
    UnbalancedError,
    adjust_order,
    balance,
    customer_account,
    redeem,
    undo_redemption,
)
from plugin.core.loyalty.rewards import cheapest_reward, rewards_for
from tests.builders import HOUR, MINA_ID, NOW, a_refund, an_order

EUROS = earning_rule("EUR")
MINA = customer_account(MINA_ID)
ORDER_ID = 1


def books(events: list[CustomerEvent], rule: EarningRule = EUROS) -> list[Transaction]:
    """The order's transactions when every event is followed by the adjustment it calls for."""
    customer, written = CustomerState(id=MINA_ID), list[Transaction]()
    for event in events:
        customer = fold(customer, event)
        order = customer.orders.get(ORDER_ID)
        if order is None:
            continue
        adjustment = adjust_order(
            order_id=ORDER_ID,
            customer_id=MINA_ID,
            granted=balance_of(written),
            target=points_due(customer, order, rule),
            sequence=len(written),
            at=event.occurred_at,
        )
        if adjustment is not None:
            written.append(adjustment)
    return written


def balance_of(written: list[Transaction]) -> int:
    return balance((posting for entry in written for posting in entry.postings), MINA)


@st.composite
def lives_of_an_order(draw: st.DrawFn) -> list[CustomerEvent]:
    """Everything Shopify may say of one order: states, a cancellation, refunds that add up to at most the whole."""
    product_minor = draw(st.integers(0, 30_000))
    parts = draw(st.lists(st.integers(1, 10_000), max_size=4))
    statuses = draw(
        st.lists(
            st.sampled_from(["pending", "authorized", "paid", "partially_refunded"]), min_size=1, max_size=4
        )
    )
    is_cancelled = draw(st.booleans())
    events: list[CustomerEvent] = [
        an_order(ORDER_ID, at=NOW, updated_at=NOW + n * HOUR, product_minor=product_minor, status=status)
        for n, status in enumerate(statuses)
    ]
    if is_cancelled:
        last = NOW + 9 * HOUR
        events.append(
            an_order(ORDER_ID, at=NOW, updated_at=last, product_minor=product_minor, cancelled_at=last)
        )
    left = product_minor
    for n, part in enumerate(parts):
        events.append(a_refund(n, order_id=ORDER_ID, at=NOW + HOUR, product_minor=min(part, left)))
        left -= min(part, left)
    return events


@given(life=lives_of_an_order(), data=st.data())
def test_any_order_of_payments_refunds_and_cancellation_ends_in_the_same_balance(
    life: list[CustomerEvent], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(life))
    assert balance_of(books(shuffled)) == balance_of(books(life))


@given(life=lives_of_an_order(), data=st.data())
def test_hearing_it_again_writes_nothing(life: list[CustomerEvent], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(life), max_size=6))
    assert books([*life, *again]) == books(life)


@given(life=lives_of_an_order())
def test_every_transaction_balances_and_has_a_name_of_its_own(life: list[CustomerEvent]) -> None:
    written = books(life)
    for number, entry in enumerate(written, start=1):
        assert sum(posting.points for posting in entry.postings) == 0
        assert entry.id == f"order:1:{number}"
        assert entry.reason == ("order_paid" if balance(entry.postings, MINA) > 0 else "order_reduced")
    everything = [posting for entry in written for posting in entry.postings]
    assert sum(posting.points for posting in everything) == 0


@given(life=lives_of_an_order())
def test_the_points_of_an_order_are_never_negative_at_any_time(life: list[CustomerEvent]) -> None:
    written = books(life)
    assert all(balance_of(written[:n]) >= 0 for n in range(len(written) + 1))


@given(product_minor=st.integers(1, 50_000), parts=st.lists(st.integers(1, 20_000), min_size=1, max_size=6))
def test_a_refund_in_parts_takes_back_what_the_whole_refund_takes_back(
    product_minor: int, parts: list[int]
) -> None:
    order = an_order(ORDER_ID, product_minor=product_minor)
    split = [a_refund(n, product_minor=part, at=NOW + HOUR) for n, part in enumerate(parts)]
    whole = a_refund(99, product_minor=sum(parts), at=NOW + HOUR)
    assert balance_of(books([order, *split])) == balance_of(books([order, whole]))


@given(product_minor=st.integers(0, 50_000), refunded=st.integers(0, 50_000), more=st.integers(0, 50_000))
def test_refunds_never_add_points_and_payments_never_take_any(
    product_minor: int, refunded: int, more: int
) -> None:
    order = an_order(ORDER_ID, product_minor=product_minor)
    once, twice = a_refund(1, product_minor=refunded), a_refund(2, product_minor=more)
    assert (
        balance_of(books([order]))
        >= balance_of(books([order, once]))
        >= balance_of(books([order, once, twice]))
    )
    unpaid = an_order(ORDER_ID, product_minor=product_minor, status="pending", updated_at=NOW - HOUR)
    assert balance_of(books([unpaid, once])) <= balance_of(books([unpaid, once, order]))


@pytest.mark.parametrize(("refunded", "points"), [(1, 49), (1000, 40), (1050, 39), (4700, 3), (4750, 0)])
def test_a_partial_refund_takes_back_the_points_of_what_went_back(refunded: int, points: int) -> None:
    order, refund = an_order(ORDER_ID, product_minor=5000), a_refund(1, product_minor=refunded)
    written = books([order, refund])
    assert [balance(entry.postings, MINA) for entry in written] == [50, points - 50]
    assert balance_of(written) == points


@given(product_minor=st.integers(1, 10**9), excess=st.integers(0, 1000))
def test_a_full_refund_leaves_nothing(product_minor: int, excess: int) -> None:
    full = a_refund(1, product_minor=product_minor + excess)
    assert balance_of(books([an_order(ORDER_ID, product_minor=product_minor), full])) == 0


@pytest.mark.parametrize(
    ("order", "points"),
    [
        (an_order(product_minor=4999), 49),
        (an_order(product_minor=99), 0),
        (an_order(product_minor=5000, status="partially_refunded"), 50),
        (an_order(product_minor=5000, status="authorized"), 0),
        (an_order(product_minor=5000, status="partially_paid"), 0),
        (an_order(product_minor=5000, status="pending"), 0),
        (an_order(product_minor=5000, status="refunded"), 0),
        (an_order(product_minor=5000, is_test=True), 0),
        (an_order(product_minor=5000, cancelled_at=NOW), 0),
        (an_order(product_minor=0), 0),
    ],
)
def test_an_order_earns_one_point_per_whole_unit_once_it_is_paid(order: CustomerEvent, points: int) -> None:
    customer = replay(MINA_ID, [order])
    assert points_due(customer, customer.orders[1], EUROS) == points


@pytest.mark.parametrize(
    ("currency", "unit_minor"),
    [
        ("EUR", 100),
        ("USD", 100),
        ("JPY", 100),
        ("KWD", 1000),
        ("VND", 25_000),
        ("IRR", 50_000_000),
        ("eur", 100),
    ],
)
def test_a_unit_is_worth_about_a_dollar_in_every_currency(currency: str, unit_minor: int) -> None:
    assert earning_rule(currency).unit_minor == unit_minor


def test_the_cheapest_reward_costs_500_points_and_gives_five_units() -> None:
    assert [reward.id for reward in rewards_for("EUR")] == ["discount_500", "discount_1000", "discount_2500"]
    assert cheapest_reward("EUR").value_minor == 500
    assert cheapest_reward("VND").value_minor == 125_000


@pytest.mark.parametrize("currency", ["EUR", "JPY", "VND", "IRR", "KWD"])
def test_a_dearer_reward_is_worth_more_and_never_less_per_point(currency: str) -> None:
    rewards = rewards_for(currency)
    assert [reward.points for reward in rewards] == sorted({reward.points for reward in rewards})
    assert all(r.value_minor * rewards[0].points >= rewards[0].value_minor * r.points for r in rewards)


def test_a_redemption_and_its_undoing_leave_the_balance_where_it_was() -> None:
    spent = redeem(redemption_id="r1", customer_id=MINA_ID, points=500, at=NOW)
    back = undo_redemption(redemption_id="r1", customer_id=MINA_ID, points=500, at=NOW + timedelta(hours=1))
    assert balance(spent.postings, MINA) == -500
    assert balance(spent.postings, REDEEMED) == 500
    assert balance([*spent.postings, *back.postings], MINA) == 0
    assert balance([*spent.postings, *back.postings], REDEEMED) == 0
    assert spent.subject == back.subject == "redemption:r1"
    assert spent.id != back.id


def test_an_order_that_is_where_it_should_be_writes_nothing() -> None:
    assert adjust_order(order_id=1, customer_id=MINA_ID, granted=50, target=50, sequence=3, at=NOW) is None


@pytest.mark.parametrize(
    "postings",
    [
        (Posting(account="a", points=5), Posting(account="b", points=-4)),
        (Posting(account="a", points=0), Posting(account="b", points=0)),
        (Posting(account="a", points=MAX_POINTS + 1), Posting(account="b", points=-MAX_POINTS - 1)),
    ],
    ids=["uneven", "empty-handed", "impossible"],
)
def test_books_that_do_not_balance_cannot_be_written(postings: tuple[Posting, ...]) -> None:
    good = redeem(redemption_id="r1", customer_id=MINA_ID, points=500, at=NOW)
    with pytest.raises(UnbalancedError):
        replace(good, postings=postings)


@pytest.mark.parametrize("points", [0, -5])
def test_a_redemption_cannot_give_points(points: int) -> None:
    with pytest.raises(UnbalancedError):
        redeem(redemption_id="r1", customer_id=MINA_ID, points=points, at=NOW)
    with pytest.raises(UnbalancedError):
        undo_redemption(redemption_id="r1", customer_id=MINA_ID, points=points, at=NOW)
