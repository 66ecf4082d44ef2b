"""The seeded store: real sales, moved in time; invented people."""

from collections import Counter
from itertools import pairwise

from devstore.seed.cdnow import purchases
from devstore.seed.fill import FIRST_CUSTOMER
from tests.devstore.world import OTHER, World, a_world


def test_the_sample_is_whole() -> None:
    bought = purchases()
    assert len(bought) == 6919
    assert len({purchase.customer for purchase in bought}) == 2357
    assert sum(purchase.cents for purchase in bought) == 24_409_194
    assert sum(purchase.records for purchase in bought) == 16_479


def test_every_order_costs_and_counts_what_its_purchase_did(full: World) -> None:
    orders = full.devstore.store().orders.where("1 = 1")
    real = Counter((FIRST_CUSTOMER + one.customer, one.records, one.cents) for one in purchases())
    kept = Counter(
        (order.customer_id, sum(line.quantity for line in order.lines), order.total) for order in orders
    )
    assert kept == real
    assert all(order.refunds == () and order.cancelled_at is None and not order.test for order in orders)


def test_the_intervals_are_kept_and_the_last_day_is_today(full: World) -> None:
    store = full.devstore.store()
    days: dict[int, list[int]] = {}
    for purchase in purchases():
        days.setdefault(FIRST_CUSTOMER + purchase.customer, []).append(purchase.day.toordinal())
    for customer in (7_100_000_000_001, 7_100_000_000_900, 7_100_000_002_357):
        moved = [order.created_at.date().toordinal() for order in store.orders.by_owner(customer)]
        gaps = [after - before for before, after in pairwise(moved)]
        assert gaps == [after - before for before, after in pairwise(days[customer])]
    newest = max(order.created_at for order in store.orders.where("1 = 1"))
    assert newest.date().isoformat() == "2026-11-21"
    assert newest <= store.now()


def test_people_are_invented_in_four_scripts_and_no_real_domain(full: World) -> None:
    customers = full.devstore.store().customers.where("1 = 1")
    locales = Counter(customer.locale for customer in customers)
    assert locales == {"en": 1503, "vi": 329, "ar": 294, "fa": 231}
    consents = Counter(customer.consent.state.value for customer in customers)
    assert consents == {"SUBSCRIBED": 1458, "NOT_SUBSCRIBED": 708, "UNSUBSCRIBED": 191}
    domains = {(customer.email or "").rpartition("@")[2] for customer in customers}
    assert domains == {"example.com", "example.net", "example.org"}
    assert len({customer.email for customer in customers}) == 2357
    now = full.devstore.store().now()
    assert all(
        customer.consent.updated_at is None or customer.consent.updated_at <= now for customer in customers
    )


def test_a_customers_figures_agree_with_the_orders(full: World) -> None:
    store = full.devstore.store()
    for customer in store.customers.where("1 = 1", limit=200):
        orders = store.orders.by_owner(customer.id)
        assert (customer.orders, customer.spent) == (len(orders), sum(order.total for order in orders))
        assert customer.last_order_id == max(orders, key=lambda order: order.created_at).id


def test_seeding_twice_gives_the_same_store_and_the_other_shop_stays_empty(full: World) -> None:
    again = a_world(empty=False)
    try:
        for kind in ("customers", "orders"):
            first = getattr(full.devstore.store(), kind).where("1 = 1")
            assert getattr(again.devstore.store(), kind).where("1 = 1") == first
        assert again.devstore.store(OTHER).customers.count() == 0
    finally:
        again.devstore.close()
