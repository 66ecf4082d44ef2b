"""Repaired facts: they end and earn like any other, but nobody acts on a moment that has passed."""

from datetime import timedelta
from typing import Any

from plugin.core.keys import shop_id_of
from plugin.pipeline.reconcile import RECONCILE
from plugin.shopify.fake import Misfortune
from plugin.store import queue, reconciliations
from tests.builders import HOUR, MINUTE, NOW
from tests.pipeline.stories import abandons, mina, orders
from tests.world import OTHER_SHOP, SHOP, World


def reconciled(world: World, domain: str = SHOP) -> tuple[int, int, int, str]:
    """Rows checked, repaired now and ever, and what stood in the way, of the orders."""
    with world.database.reading(shop_id_of(domain)) as unit:
        mark = reconciliations.find(unit, "orders")
    assert mark is not None
    return mark.checked, mark.repaired, mark.repaired_ever, mark.reason


def wake(world: World, *domains: str) -> None:
    for domain in domains:
        with world.database.unit(shop_id_of(domain)) as unit:
            queue.wake(unit, RECONCILE, world.clock.at)


def a_row(number: int, *, at: str = "2026-11-21T12:01:00Z", lines: int = 1) -> dict[str, Any]:
    """An order as Shopify's orders query tells it."""
    money = {"shopMoney": {"amount": "20.0"}}
    line = {
        "title": "Tea",
        "quantity": 1,
        "currentQuantity": 1,
        "isGiftCard": False,
        "product": None,
        "variant": None,
        "originalTotalSet": money,
        "discountAllocations": [],
        "taxLines": [],
    }
    nodes = [line | {"id": f"gid://shopify/LineItem/{number}{index}"} for index in range(lines)]
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{number}",
        "createdAt": at,
        "processedAt": at,
        "updatedAt": at,
        "cancelledAt": None,
        "test": False,
        "sourceName": "web",
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "paymentGatewayNames": [],
        "fulfillments": [],
        "email": "mina@example.com",
        "customerLocale": "en",
        "customer": {"id": "gid://shopify/Customer/7001"},
        "cartToken": None,
        "checkoutToken": None,
        "discountCodes": [],
        "currencyCode": "EUR",
        "taxesIncluded": False,
        "totalPriceSet": money,
        "totalTaxSet": None,
        "totalRefundedShippingSet": None,
        "refunds": [],
        "lineItems": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}},
    }


def test_a_checkout_found_late_is_reminded_of_from_the_next_moment_on(world: World) -> None:
    world.hear(*mina())
    world.clock.at = NOW + 3 * HOUR
    world.hear(abandons(at=NOW), origin="repair")
    world.pass_time(timedelta(0))
    assert world.mail.sent == []
    world.pass_time(20 * HOUR)
    assert world.mail.sent == []
    world.pass_time(HOUR)
    assert len(world.mail.sent) == 1
    said = world.rows(
        "SELECT step_id, outcome, reason FROM decisions WHERE shop_id = :shop_id ORDER BY step_id"
    )
    assert said == [
        ("enter", "entered", "trigger"),
        ("reminder_1", "skipped", "missed"),
        ("reminder_2", "queued", "due"),
    ]


def test_a_checkout_whose_every_moment_has_passed_is_missed(world: World) -> None:
    world.hear(*mina())
    world.clock.at = NOW + 80 * HOUR
    world.hear(abandons(at=NOW), origin="repair")
    world.pass_time(HOUR)
    assert world.mail.sent == []
    assert world.rows("SELECT outcome, reason FROM decisions WHERE shop_id = :shop_id") == [
        ("not_entered", "missed")
    ]
    assert world.rows("SELECT * FROM enrollments WHERE shop_id = :shop_id") == []


def test_a_checkout_found_in_time_is_reminded_of_as_ever(world: World) -> None:
    world.hear(*mina())
    world.clock.at = NOW + 30 * MINUTE
    world.hear(abandons(at=NOW), origin="repair")
    world.pass_time(30 * MINUTE)
    assert len(world.mail.sent) == 1


def test_a_repaired_order_earns_what_a_webhook_would_have_earned(world: World) -> None:
    world.hear(*mina())
    world.hear(orders(1), origin="live")
    world.hear(orders(2), origin="repair")
    world.hear(orders(3), origin="import")
    points = dict(
        world.rows(
            "SELECT t.subject, sum(p.points) FROM ledger_transactions t JOIN postings p"
            " ON p.shop_id = t.shop_id AND p.transaction_id = t.transaction_id"
            " WHERE t.shop_id = :shop_id AND p.account LIKE 'customer%' GROUP BY t.subject"
        )
    )
    assert points["order:2"] == points["order:1"] > 0
    assert "order:3" not in points


def test_every_row_of_a_window_is_looked_at_whatever_a_page_holds(world: World) -> None:
    """More rows than a page, some in one second, and pages that restart by time."""
    shop = world.admin.shops[shop_id_of(SHOP)]
    same_second = [a_row(number) for number in range(1, 21)]
    later = [a_row(number, at=f"2026-11-21T12:02:{number - 20:02}Z") for number in range(21, 41)]
    shop.orders = same_second + later
    wake(world, SHOP)
    world.clock.at = NOW + 10 * MINUTE
    world.house.tools.reconciler.step(world.clock.at)
    assert world.rows("SELECT count(*) FROM events WHERE shop_id = :shop_id") == [(40,)]
    checked, repaired, ever, _ = reconciled(world)
    assert (repaired, ever) == (40, 40)
    with world.database.reading(shop_id_of(SHOP)) as unit:
        assert {found.kind: found.repaired_at for found in reconciliations.of_shop(unit)} == {
            "customers": None,
            "orders": world.clock.at,
        }
    assert checked >= 40
    wake(world, OTHER_SHOP)
    world.house.tools.reconciler.step(world.clock.at)
    assert reconciled(world, OTHER_SHOP)[:3] == (0, 0, 0)


def test_a_pass_that_was_cut_off_goes_on_where_it_was(world: World) -> None:
    world.admin.shops[shop_id_of(SHOP)].orders = [
        a_row(number, at=f"2026-11-21T12:00:{number:02}Z") for number in range(1, 31)
    ]
    wake(world, SHOP)
    world.clock.at = NOW + 10 * MINUTE
    world.admin.befall("customers_changed", Misfortune.NEVER_ARRIVED)
    world.house.tools.reconciler.step(world.clock.at)
    world.clock.at += 10 * MINUTE
    world.admin.befall("orders_changed", *[Misfortune.NEVER_ARRIVED])
    world.house.tools.reconciler.step(world.clock.at)
    assert reconciled(world) == (0, 0, 0, "ConnectError")
    world.clock.at += 10 * MINUTE
    world.house.tools.reconciler.step(world.clock.at)
    assert reconciled(world)[1:] == (30, 30, "")


def test_an_order_with_more_lines_than_a_page_is_read_whole(world: World) -> None:
    row = a_row(1, lines=12)
    row["lineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": "10"}
    row["lineItems"]["nodes"], rest = row["lineItems"]["nodes"][:10], row["lineItems"]["nodes"][10:]
    shop = world.admin.shops[shop_id_of(SHOP)]
    shop.orders = [row]
    shop.more_lines = {row["id"]: rest}
    wake(world, SHOP)
    world.clock.at = NOW + 10 * MINUTE
    world.house.tools.reconciler.step(world.clock.at)
    assert world.rows("SELECT net_minor FROM customers WHERE shop_id = :shop_id") == [(24_000,)]


def test_a_shop_that_left_is_not_asked(world: World) -> None:
    wake(world, SHOP)
    with world.database.unit(world.shop_id) as unit:
        from plugin.store import shops

        shops.set_state(unit, shops.UNINSTALLED, at=NOW, reason="test", author="test")
    world.house.tools.reconciler.step(NOW + HOUR)
    assert world.admin.calls == {}
