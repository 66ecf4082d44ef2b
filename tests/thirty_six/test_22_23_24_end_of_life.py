"""Cases 22 to 24: uninstall, erasure and reinstall in any order, without a single call to Shopify."""

from datetime import timedelta

from devstore.model import ConsentState
from tests.street import SHOP, Street

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def reinstall(street: Street) -> None:
    """The merchant adds the app again; Shopify tells nobody, the first page does."""
    street.devstore.store(SHOP).install()
    assert street.open_app().status_code == 200


def a_customer_with_a_checkout(street: Street) -> int:
    customer = street.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    street.shoppers().abandon_checkout(customer.id)
    street.deliver()
    return customer.id


def customers(street: Street) -> list[int]:
    return [row[0] for row in street.rows("SELECT customer_id FROM customers WHERE shop_id = :shop_id")]


def test_22_compliance_is_done_for_an_uninstalled_shop_with_dead_tokens(either_street: Street) -> None:
    street = either_street
    street.move_in()
    leaving, staying = a_customer_with_a_checkout(street), a_customer_with_a_checkout(street)
    street.shoppers().uninstall()
    street.deliver()
    assert street.shop().state == "uninstalled"
    street.asked.clear()
    street.shoppers().data_request(staying)
    street.shoppers().redact(leaving)
    street.deliver()
    street.pass_time(HOUR)
    assert customers(street) == [staying]
    states = street.rows("SELECT kind, state FROM privacy_requests WHERE shop_id = :shop_id ORDER BY kind")
    assert states == [("customer_redact", "done"), ("data_request", "ready")]
    street.clock.at += 48 * HOUR
    street.shoppers().redact_shop()
    street.deliver()
    street.pass_time(HOUR)
    assert customers(street) == []
    assert street.rows("SELECT * FROM events WHERE shop_id = :shop_id") == []
    assert [one.state for one in street.devstore.deliveries(SHOP) if one.state == "failed"] == []
    assert street.asked == []


def test_an_uninstall_cancels_what_is_pending_within_a_minute(street: Street) -> None:
    street.move_in()
    a_customer_with_a_checkout(street)
    with street.house.database.unit(street.shop().shop_id) as unit:
        from plugin.store import shops

        shops.change_settings(unit, {"postal_address": ""}, at=street.now, author="test")
    street.pass_time(HOUR)
    assert street.rows("SELECT state FROM outbox WHERE shop_id = :shop_id") == [("ready",)]
    street.shoppers().uninstall()
    street.deliver()
    street.asked.clear()
    assert street.rows("SELECT state, reason FROM outbox WHERE shop_id = :shop_id") == [
        ("skipped", "shop_uninstalled")
    ]
    ended = street.rows("SELECT end_reason, due FROM enrollments WHERE shop_id = :shop_id")
    assert ended == [("shop_uninstalled", None)]
    street.pass_time(100 * HOUR)
    assert street.rows("SELECT count(*) FROM outbox WHERE shop_id = :shop_id") == [(1,)]
    assert street.mail.sent == []
    assert street.asked == []


def test_23_an_uninstall_notice_that_comes_after_the_reinstall_harms_nothing(either_street: Street) -> None:
    street = either_street
    street.move_in()
    customer = a_customer_with_a_checkout(street)
    street.clock.at += HOUR
    street.shoppers().uninstall()
    late = street.devstore.services.database.rows("SELECT id FROM deliveries WHERE state = 'waiting'")
    street.devstore.services.database.run(
        "UPDATE deliveries SET next_at = next_at + 7200000000 WHERE state = 'waiting'"
    )
    assert late
    street.clock.at += 20 * MINUTE
    street.work()  # the comparison finds the tokens dead
    assert street.shop().state == "needs_reauth"
    reinstall(street)
    street.clock.at += 2 * HOUR
    street.deliver()
    assert street.shop().state == "installed"
    assert customers(street) == [customer]
    street.asked.clear()
    street.pass_time(15 * MINUTE)
    assert any("graphql" in one.path for one in street.asked)
    assert street.shop().state == "installed"
    street.clock.at += 45 * HOUR
    street.shoppers().redact_shop()  # 48 hours after that uninstall
    street.deliver()
    assert street.shop().state == "installed"
    assert customers(street) == [customer]


def test_23_a_repeated_notice_of_an_older_installation_harms_nothing(street: Street) -> None:
    street.move_in()
    street.shoppers().uninstall()
    street.deliver()
    street.clock.at += HOUR
    reinstall(street)
    assert street.shop().generation == 2
    street.house.stores.inbox.reopen(street.shop().shop_id)
    street.work()
    assert street.shop().state == "installed"
    assert street.shop().generation == 2


def test_24_an_erasure_of_an_earlier_installation_keeps_the_present_one(street: Street) -> None:
    street.move_in()
    street.shoppers().uninstall()
    street.deliver()
    street.clock.at += 24 * HOUR
    reinstall(street)
    customer = a_customer_with_a_checkout(street)
    street.clock.at += 24 * HOUR
    street.shoppers().redact_shop()
    street.deliver()
    street.pass_time(HOUR)
    assert street.shop().state == "installed"
    assert customers(street) == [customer]
