"""Case 20: webhooks are not guaranteed. What was lost is found again, and nothing is done late because of it."""

from datetime import timedelta

import pytest

from devstore.model import ConsentState
from plugin.core.keys import shop_id_of
from plugin.store import reconciliations
from plugin.store.reconciliations import Reconciliation
from tests.street import OTHER_SHOP, SHOP, Street

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def found(street: Street, kind: str, domain: str = SHOP) -> Reconciliation:
    with street.house.database.reading(shop_id_of(domain)) as unit:
        mark = reconciliations.find(unit, kind)
    assert mark is not None
    return mark


def test_an_order_whose_webhooks_were_lost_is_known_within_a_quarter_of_an_hour(
    either_street: Street,
) -> None:
    street = either_street
    street.move_in()
    customer = street.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    order = street.shoppers().place_order(customer.id)
    assert street.lose_webhooks() > 0
    for _ in range(15):
        street.pass_time(MINUTE)
    rows = street.rows(
        "SELECT customer_id, orders_count, consent_email FROM customers WHERE shop_id = :shop_id"
    )
    assert rows == [(customer.id, 1, "subscribed")]
    assert found(street, "orders").repaired_ever == 1
    origins = street.rows("SELECT DISTINCT origin FROM events WHERE shop_id = :shop_id")
    assert origins == [("repair",)]
    subjects = street.rows("SELECT subject FROM events WHERE shop_id = :shop_id AND kind = 'OrderChanged'")
    assert subjects == [(f"order:{order.id}",)]


def test_a_lost_paid_order_earns_its_points_and_its_reward(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    street.deliver()
    street.shoppers().place_order(customer.id, amount=60_000)
    street.lose_webhooks()
    street.pass_time(15 * MINUTE)
    (redeemed,) = street.rows("SELECT points, redemptions FROM customers WHERE shop_id = :shop_id")
    assert redeemed.points > 0
    assert redeemed.redemptions == 1
    assert [message.to for message in street.mail.sent] == [customer.email]


def test_an_order_found_late_ends_the_reminders_at_once(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    checkout = street.shoppers().abandon_checkout(customer.id)
    street.deliver()
    assert street.rows("SELECT count(*) FROM enrollments WHERE shop_id = :shop_id AND ended_at IS NULL") == [
        (1,)
    ]
    street.shoppers().place_order(from_checkout=checkout.token)
    street.lose_webhooks()
    street.pass_time(15 * MINUTE)
    ended = street.rows(
        "SELECT end_reason FROM enrollments WHERE shop_id = :shop_id AND flow_id = 'abandoned_checkout'"
    )
    assert ended == [("ordered",)]
    street.pass_time(2 * HOUR)
    assert street.mail.sent == []


def test_an_outage_of_hours_is_caught_up_in_pages(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer()
    street.deliver()
    for _ in range(30):
        street.clock.at += 8 * MINUTE
        street.shoppers().place_order(customer.id)
    street.lose_webhooks()
    street.pass_time(15 * MINUTE)
    street.pass_time(MINUTE)
    assert street.rows("SELECT orders_count FROM customers WHERE shop_id = :shop_id") == [(30,)]
    mark = found(street, "orders")
    assert (mark.repaired_ever, mark.is_under_way, mark.reason) == (30, False, "")


def test_what_webhooks_told_is_not_told_again(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    order = street.shoppers().place_order(customer.id)
    street.shoppers().refund(order.id, 500)
    street.deliver()
    before = street.rows("SELECT count(*) FROM events WHERE shop_id = :shop_id")
    street.pass_time(15 * MINUTE)
    assert found(street, "orders").checked > 0
    assert found(street, "customers").checked > 0
    assert (found(street, "orders").repaired_ever, found(street, "customers").repaired_ever) == (0, 0)
    assert street.rows("SELECT count(*) FROM events WHERE shop_id = :shop_id") == before


def test_webhooks_that_are_merely_on_their_way_are_not_taken_for_lost(street: Street) -> None:
    street.move_in()
    street.pass_time(20 * MINUTE)
    customer = street.shoppers().create_customer()
    street.shoppers().place_order(customer.id)
    street.house.tools.reconciler.step(street.now)
    assert street.rows("SELECT count(*) FROM events WHERE shop_id = :shop_id") == [(0,)]


def test_a_lost_refund_takes_its_points_back(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer()
    order = street.shoppers().place_order(customer.id, amount=2_000)
    street.deliver()
    earned = street.rows("SELECT points FROM customers WHERE shop_id = :shop_id")[0][0]
    assert earned > 0
    street.pass_time(20 * MINUTE)
    street.shoppers().refund(order.id, order.total)
    street.lose_webhooks()
    street.pass_time(15 * MINUTE)
    assert street.rows("SELECT points FROM customers WHERE shop_id = :shop_id") == [(0,)]
    assert found(street, "orders").repaired_ever == 2


def test_a_lost_unsubscribe_is_obeyed(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    street.deliver()
    street.clock.at += HOUR
    street.shoppers().set_consent(customer.id, ConsentState.UNSUBSCRIBED)
    street.lose_webhooks()
    street.pass_time(15 * MINUTE)
    assert street.rows("SELECT consent_email FROM customers WHERE shop_id = :shop_id") == [("unsubscribed",)]


def test_one_shops_failure_does_not_stop_another(street: Street) -> None:
    for domain in (SHOP, OTHER_SHOP):
        street.move_in(domain)
        customer = street.shoppers(domain).create_customer()
        street.shoppers(domain).place_order(customer.id)
    street.lose_webhooks()
    street.befall(SHOP, server_errors=1000)
    street.pass_time(15 * MINUTE)
    assert found(street, "orders", OTHER_SHOP).repaired_ever == 1
    assert found(street, "customers").reason == "http_502"
    street.befall(SHOP, server_errors=0)
    street.pass_time(15 * MINUTE)
    assert (found(street, "orders").repaired_ever, found(street, "customers").reason) == (1, "")


@pytest.mark.parametrize("faults", [{"lose_answer": 1}, {"throttle": 1}, {"server_errors": 1}])
def test_an_answer_that_went_wrong_costs_nothing_but_time(street: Street, faults: dict[str, int]) -> None:
    street.move_in()
    customer = street.shoppers().create_customer()
    street.shoppers().place_order(customer.id)
    street.lose_webhooks()
    street.befall(**faults)
    street.pass_time(12 * MINUTE)
    street.pass_time(11 * MINUTE)
    assert street.rows("SELECT orders_count FROM customers WHERE shop_id = :shop_id") == [(1,)]


def test_a_shop_that_has_to_be_reopened_waits_and_is_caught_up_when_it_is(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer()
    street.shoppers().place_order(customer.id)
    street.lose_webhooks()
    street.devstore.services.database.run("UPDATE tokens SET state = 'dead', expires_at = 0")
    street.pass_time(2 * HOUR)
    assert street.shop().state == "needs_reauth"
    street.asked.clear()
    street.pass_time(5 * HOUR)
    assert [one for one in street.asked if "graphql" in one.path] == []
    assert street.open_app().status_code == 200
    street.work()
    assert street.rows("SELECT orders_count FROM customers WHERE shop_id = :shop_id") == [(1,)]
