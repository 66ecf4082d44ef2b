"""Cases 25 and 26: whoever must be erased is found by any of their names, and only in the shop that asks."""

from plugin.core.keys import shop_id_of
from plugin.jobs.process_inbox import process_inbox
from tests.pipeline.door import a_delivery, store
from tests.pipeline.stories import mina, orders
from tests.webhooks.shopify_bodies import a_customer_redact
from tests.world import OTHER_SHOP, SHOP, World


def people(world: World, shop: str = SHOP) -> int:
    query = "SELECT count(*) FROM customers WHERE shop_id = :shop"
    return int(world.rows(query, shop=shop_id_of(shop))[0][0])


def test_25_a_request_with_nothing_but_an_email_in_capitals_erases_the_person(world: World) -> None:
    world.hear(*mina(), orders(1))
    body = a_customer_redact(shop_domain=SHOP, customer={"email": "MINA@Example.com"}, orders_to_redact=[])
    store(world, a_delivery(world, "customers/redact", body))
    process_inbox(world.house.tools, world.clock.at)
    assert people(world) == 0
    assert "mina" not in str(world.rows("SELECT * FROM events WHERE shop_id = :shop_id")).lower()


def test_25_somebody_unknown_is_erased_without_harm(world: World) -> None:
    world.hear(*mina())
    body = a_customer_redact(shop_domain=SHOP, customer={"id": 999, "email": "nobody@example.com"})
    store(world, a_delivery(world, "customers/redact", body))
    process_inbox(world.house.tools, world.clock.at)
    assert people(world) == 1


def test_26_a_body_that_names_no_shop_does_nothing_to_another_shops_people(world: World) -> None:
    """The signature covers the body alone: one shop's genuine request may be sent in another's name."""
    world.hear(*mina())
    world.hear(*mina(), domain=OTHER_SHOP)
    body = a_customer_redact(shop_domain=OTHER_SHOP, customer={"id": 7001, "email": "mina@example.com"})
    store(world, a_delivery(world, "customers/redact", body, shop=SHOP))
    process_inbox(world.house.tools, world.clock.at)
    assert (people(world, SHOP), people(world, OTHER_SHOP)) == (1, 1)
