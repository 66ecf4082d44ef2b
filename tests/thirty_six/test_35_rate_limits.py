"""Case 35: Shopify's limits, met over real HTTP: each is waited out, and none loses or doubles anything."""

from datetime import timedelta

import pytest

from plugin.core.keys import shop_id_of
from plugin.shopify.errors import ThrottledError
from plugin.shopify.graphql import AdminClient
from plugin.shopify.shops import read_shop
from plugin.store import imports
from tests.street import OTHER_SHOP, SHOP, Street

MINUTE = timedelta(minutes=1)
SHOP_ID, OTHER_ID = shop_id_of(SHOP), shop_id_of(OTHER_SHOP)


def a_client(street: Street, waited: list[float], *, patience: float) -> AdminClient:
    tools = street.house.tools
    return AdminClient(
        street.house.http,
        street.house.origin,
        "2026-10",
        tools.chain,
        patience=patience,
        wait=waited.append,
    )


def test_a_throttled_answer_is_waited_out(street: Street) -> None:
    street.move_in()
    waited: list[float] = []
    street.befall(throttle=1)
    assert read_shop(a_client(street, waited, patience=60), SHOP_ID, SHOP, street.now).name
    assert len(waited) == 1


def test_one_shops_empty_budget_keeps_no_other_shop_waiting(street: Street) -> None:
    for domain in (SHOP, OTHER_SHOP):
        street.move_in(domain)
    store = street.devstore.store(SHOP)
    street.devstore.services.buckets.of(store).drain(street.now)
    waited: list[float] = []
    client = a_client(street, waited, patience=0)
    with pytest.raises(ThrottledError) as throttled:
        read_shop(client, SHOP_ID, SHOP, street.now)
    assert 0 < throttled.value.wait_seconds < 60
    assert read_shop(client, OTHER_ID, OTHER_SHOP, street.now).name
    later = street.now + timedelta(seconds=throttled.value.wait_seconds)
    street.clock.at = later
    assert read_shop(client, SHOP_ID, SHOP, later).name
    assert waited == []


def test_a_comparison_that_is_throttled_goes_on_a_little_later(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer()
    for _ in range(20):
        street.shoppers().place_order(customer.id)
    street.lose_webhooks()
    street.clock.at += 12 * MINUTE
    street.devstore.services.buckets.of(street.devstore.store(SHOP)).drain(street.now)
    for _ in range(60):
        street.pass_time(timedelta(seconds=10))
    assert street.rows("SELECT orders_count FROM customers WHERE shop_id = :shop_id") == [(20,)]


def test_an_import_survives_faults_at_every_step_without_doubles(street: Street) -> None:
    customer = street.shoppers().create_customer()
    for _ in range(3):
        street.shoppers().place_order(customer.id)
    street.lose_webhooks()
    assert street.open_app().status_code == 200
    for fault in (
        "throttle",
        "lose_answer",
        "server_errors",
        "refuse_tokens",
        "lose_answer",
        "server_errors",
    ):
        street.befall(**{fault: 1})
        street.pass_time(2 * MINUTE)
    for _ in range(5):
        street.pass_time(2 * MINUTE)
    with street.house.database.reading(SHOP_ID) as unit:
        assert {found.state for found in imports.of_shop(unit)} == {"done"}
    assert street.rows("SELECT orders_count FROM customers WHERE shop_id = :shop_id") == [(3,)]
    told = street.rows("SELECT count(*) FROM events WHERE shop_id = :shop_id AND kind = 'OrderChanged'")
    assert told == [(3,)]
