"""What the shop says of itself, its discounts and its permissions, and what that stops or lets go on."""

from datetime import timedelta

from plugin.core.events import DiscountChanged, RedeemCodeChanged, ScopesChanged, ShopDescribed, ShopNews
from plugin.pipeline.news import take_note
from plugin.shopify.scopes import NEEDED
from plugin.store import catalogue, shops
from tests.builders import HOUR, MINUTE, NOW
from tests.pipeline.stories import mina, orders
from tests.webhooks import shopify_bodies as bodies
from tests.world import World


def told(world: World, news: ShopNews) -> None:
    with world.database.unit(world.shop_id) as unit:
        take_note(unit, news, world.clock.at)


def state_of_reward(world: World) -> list[tuple[str, str]]:
    query = "SELECT kind, state, reason FROM outbox WHERE shop_id = :shop_id AND kind = 'message'"
    return [(row.state, row.reason) for row in world.rows(query)]


def a_promised_reward(world: World) -> str:
    """Mina's points have become a code; the mail of it waits for the shop's postal address."""
    with world.database.unit(world.shop_id) as unit:
        shops.describe(unit, postal_address="")
    world.hear(*mina(), orders(1, product_minor=60_000))
    world.pass_time(MINUTE)
    (row,) = world.rows("SELECT discount_gid FROM redemptions WHERE shop_id = :shop_id")
    return str(row.discount_gid)


def may_write_again(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        shops.describe(unit, postal_address="1 Main Street")
    world.pass_time(2 * HOUR)


def test_a_code_that_the_merchant_switched_off_is_not_mailed(world: World) -> None:
    gid = a_promised_reward(world)
    told(world, DiscountChanged(discount_gid=gid, status="expired", occurred_at=NOW))
    may_write_again(world)
    assert world.mail.sent == []
    assert state_of_reward(world) == [("skipped", "reward_withdrawn")]


def test_a_discount_that_is_on_again_is_mailed(world: World) -> None:
    gid = a_promised_reward(world)
    told(world, DiscountChanged(discount_gid=gid, status="active", occurred_at=NOW + HOUR))
    told(world, DiscountChanged(discount_gid=gid, status="expired", occurred_at=NOW))
    may_write_again(world)
    assert len(world.mail.sent) == 1


def test_a_code_that_was_taken_from_its_discount_is_not_mailed(world: World) -> None:
    gid = a_promised_reward(world)
    (row,) = world.rows("SELECT code FROM redemptions WHERE shop_id = :shop_id")
    other = RedeemCodeChanged(discount_gid=gid, code="ANOTHER", is_valid=False, occurred_at=NOW)
    told(world, other)
    removed = RedeemCodeChanged(discount_gid=gid, code=row.code.lower(), is_valid=False, occurred_at=NOW)
    told(world, removed)
    may_write_again(world)
    assert state_of_reward(world) == [("skipped", "reward_withdrawn")]


def test_without_its_scope_a_code_waits_and_is_made_once_it_is_granted_again(world: World) -> None:
    left = tuple(scope for scope in NEEDED if scope != "write_discounts")
    told(world, ScopesChanged(scopes=left, occurred_at=NOW - HOUR))
    world.hear(*mina(), orders(1, product_minor=60_000))
    world.pass_time(MINUTE)
    query = "SELECT state, reason FROM outbox WHERE shop_id = :shop_id AND kind = 'discount_code'"
    (waiting,) = world.rows(query)
    assert tuple(waiting) == ("ready", "scope_missing")
    assert world.admin.shops[world.shop_id].discounts == {}
    told(world, ScopesChanged(scopes=tuple(NEEDED), occurred_at=NOW))
    told(world, ScopesChanged(scopes=left, occurred_at=NOW - timedelta(minutes=5)))
    world.pass_time(HOUR)
    assert len(world.admin.shops[world.shop_id].discounts) == 1


def test_the_shop_is_described_by_its_newest_word(world: World) -> None:
    told(world, ShopDescribed(occurred_at=NOW, name="New name", timezone="Asia/Tehran", host="tea.example"))
    told(world, ShopDescribed(occurred_at=NOW - HOUR, name="Old name", currency="USD"))
    shop = world.shop()
    assert (shop.name, shop.timezone, shop.url, shop.currency) == (
        "New name",
        "Asia/Tehran",
        "https://tea.example",
        "EUR",
    )


def test_segments_go_by_the_merchants_own_names(world: World) -> None:
    for topic, body in (
        ("segments/create", bodies.a_segment()),
        ("segments/update", bodies.a_segment(id=78, name="Cup lovers")),
        ("segments/delete", bodies.a_deleted_resource(77)),
    ):
        minute = 0 if topic == "segments/create" else 1
        for event in bodies.said(topic, body, triggered_at=bodies.TRIGGERED.replace(minute=minute)):
            assert isinstance(event, ShopNews)
            told(world, event)
    with world.database.reading(world.shop_id) as unit:
        assert catalogue.segment_names(unit) == {78: "Cup lovers"}
