"""A reminder is not sent of what nobody can buy, and shows only what can still be bought."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from plugin.core.events import CheckoutChanged, CustomerEvent, Line, ShopNews
from plugin.core.keys import shop_id_of
from plugin.pipeline.news import take_note
from tests.builders import A_CHECKOUT, HOUR, NOW, a_checkout
from tests.pipeline.stories import mina, of
from tests.webhooks import shopify_bodies as bodies
from tests.world import OTHER_SHOP, World

TEA = Line(
    title="Assam", quantity=1, total_minor=2000, product_id=788032119674292922, variant_id=788032119674292923
)
CUP = Line(title="A cup", quantity=1, total_minor=900, product_id=5, variant_id=50)


def abandons(*lines: Line) -> CustomerEvent:
    total = sum(line.total_minor or 0 for line in lines)
    checkout: CheckoutChanged = replace(a_checkout(A_CHECKOUT, lines=lines), total_minor=total)
    return of(checkout, f"checkout:{A_CHECKOUT}")


def told(world: World, topic: str, body: bodies.Body, *, minutes: int = 0) -> None:
    """The shop says something of its wares, `minutes` after the usual time."""
    at = bodies.TRIGGERED.replace(minute=minutes)
    with world.database.unit(world.shop_id) as unit:
        for event in bodies.said(topic, body, triggered_at=at):
            assert isinstance(event, ShopNews)
            take_note(unit, event, NOW)


def reminders(world: World) -> list[Any]:
    return [
        (row.state, row.reason)
        for row in world.rows("SELECT state, reason FROM outbox WHERE shop_id = :shop_id ORDER BY created_at")
    ]


GONE: dict[str, Callable[[World], None]] = {
    "deleted": lambda world: told(world, "products/delete", bodies.a_deleted_resource(788032119674292922)),
    "unpublished": lambda world: told(world, "products/update", bodies.a_product(published_at=None)),
    "a draft again": lambda world: told(world, "products/update", bodies.a_product(status="draft")),
    "sold out": lambda world: told(world, "variants/out_of_stock", bodies.a_variant()),
    "without this variant": lambda world: told(
        world,
        "products/update",
        bodies.a_product(variant_gids=[{"admin_graphql_api_id": "gid://shopify/ProductVariant/1"}]),
    ),
}


@pytest.mark.parametrize("how", GONE)
def test_a_checkout_of_which_nothing_can_be_bought_is_not_reminded_of(world: World, how: str) -> None:
    world.hear(*mina(), abandons(TEA))
    GONE[how](world)
    world.pass_time(HOUR)
    assert world.mail.sent == []
    assert reminders(world) == [("skipped", "not_buyable")]


def test_what_can_no_longer_be_bought_is_left_out_of_the_mail(world: World) -> None:
    world.hear(*mina(), abandons(TEA, CUP))
    told(world, "variants/out_of_stock", bodies.a_variant())
    world.pass_time(HOUR)
    (message,) = world.mail.sent
    assert "A cup" in message.text
    assert "Assam" not in message.text
    assert "29" not in message.text  # the total is what is left


@pytest.mark.parametrize(
    "news",
    [
        ("variants/in_stock", bodies.a_variant(inventory_quantity=3)),
        ("inventory_levels/update", bodies.an_inventory_level(3)),
    ],
    ids=lambda news: news[0],
)
def test_what_is_in_stock_again_is_reminded_of_again(world: World, news: tuple[str, bodies.Body]) -> None:
    world.hear(*mina(), abandons(TEA))
    told(world, "products/update", bodies.a_product())
    told(world, "variants/out_of_stock", bodies.a_variant(), minutes=1)
    told(world, *news, minutes=2)
    world.pass_time(HOUR)
    assert len(world.mail.sent) == 1


def test_an_older_word_on_stock_never_overwrites_a_newer_one(world: World) -> None:
    world.hear(*mina(), abandons(TEA))
    told(world, "variants/in_stock", bodies.a_variant(inventory_quantity=3), minutes=2)
    told(world, "variants/out_of_stock", bodies.a_variant(), minutes=1)
    world.pass_time(HOUR)
    assert len(world.mail.sent) == 1


def test_an_older_word_on_a_product_never_overwrites_a_newer_one(world: World) -> None:
    world.hear(*mina(), abandons(TEA))
    told(world, "products/update", bodies.a_product(updated_at="2026-11-20T11:00:00+01:00"))
    told(world, "products/update", bodies.a_product(status="draft"), minutes=3)
    world.pass_time(HOUR)
    assert len(world.mail.sent) == 1


def test_a_quantity_of_zero_alone_does_not_say_that_the_shop_counts_it(world: World) -> None:
    world.hear(*mina(), abandons(TEA))
    variant = bodies.a_product()["variants"][0] | {"inventory_quantity": 0}
    told(world, "products/update", bodies.a_product(variants=[variant]))
    world.pass_time(HOUR)
    assert len(world.mail.sent) == 1


def test_none_at_one_place_says_nothing_of_the_others() -> None:
    assert bodies.said("inventory_levels/update", bodies.an_inventory_level(0)) == ()


def test_an_emptied_checkout_is_not_reminded_of(world: World) -> None:
    world.hear(*mina(), abandons(TEA))
    emptied = of(a_checkout(A_CHECKOUT, at=NOW + HOUR / 2, lines=()), f"checkout:{A_CHECKOUT}")
    world.hear(emptied)
    world.pass_time(2 * HOUR)
    assert world.mail.sent == []


def test_another_shops_stock_is_nothing_to_this_one(world: World) -> None:
    world.hear(*mina(), abandons(TEA))
    with world.database.unit(shop_id_of(OTHER_SHOP)) as unit:
        for event in bodies.said("variants/out_of_stock", bodies.a_variant()):
            assert isinstance(event, ShopNews)
            take_note(unit, event, NOW)
    world.pass_time(HOUR)
    assert len(world.mail.sent) == 1
