"""The main job, end to end below HTTP: facts come in, time passes, mail goes out once."""

from datetime import timedelta

from plugin.core.events import ConsentState
from tests.builders import DAY, HOUR, MINA, MINUTE, NOW, a_consent, an_order
from tests.pipeline.stories import abandons, mina, of, orders
from tests.world import World

SECOND_SHOP_SEES_NOTHING = "SELECT count(*) FROM customers WHERE shop_id != :shop_id"


def test_an_abandoned_checkout_is_reminded_of_after_1_24_and_72_hours(world: World) -> None:
    world.hear(*mina(), abandons())

    world.pass_time(59 * MINUTE)
    assert world.mail.sent == []
    world.pass_time(MINUTE)
    assert [message.to for message in world.mail.sent] == [MINA]
    world.pass_time(23 * HOUR)
    assert len(world.mail.sent) == 2
    world.pass_time(48 * HOUR)
    assert len(world.mail.sent) == 3
    world.pass_time(30 * DAY)
    assert len(world.mail.sent) == 3
    assert world.rows(SECOND_SHOP_SEES_NOTHING)[0][0] == 0


def test_an_order_ends_the_reminders_at_once(world: World) -> None:
    world.hear(*mina(), abandons())
    world.pass_time(HOUR)
    assert len(world.mail.sent) == 1

    world.hear(orders(at=world.clock.at))
    ended = world.rows("SELECT end_reason FROM enrollments WHERE shop_id = :shop_id")
    assert [row.end_reason for row in ended] == ["ordered"]
    world.pass_time(10 * DAY)
    assert len(world.mail.sent) == 1


def test_the_same_facts_again_change_nothing(world: World) -> None:
    facts = [*mina(), abandons(), orders(2, at=NOW - 40 * DAY)]
    world.hear(*facts)
    world.pass_time(HOUR)
    before = world.rows("SELECT * FROM customers WHERE shop_id = :shop_id")

    assert world.hear(*facts).repeated == len(facts)
    world.pass_time(MINUTE)

    assert world.rows("SELECT * FROM customers WHERE shop_id = :shop_id") == before
    assert len(world.mail.sent) == 1


def test_points_become_one_real_code_and_one_mail(world: World) -> None:
    world.hear(*mina())
    world.hear(orders(1, product_minor=30_000), orders(2, product_minor=25_000))
    world.pass_time(MINUTE)

    shop = world.admin.shops[world.shop_id]
    assert len(shop.discounts) == 1
    assert len(world.mail.sent) == 1
    redemption = world.rows("SELECT * FROM redemptions WHERE shop_id = :shop_id")[0]
    assert redemption.state == "issued"
    assert redemption.code in world.mail.sent[0].text
    points = world.rows("SELECT points FROM customers WHERE shop_id = :shop_id")[0].points
    assert points == 550 - 500
    ledger = world.rows("SELECT sum(points) AS total FROM postings WHERE shop_id = :shop_id")
    assert ledger[0].total == 0


def test_who_becomes_quiet_is_written_to_and_who_returns_is_left_in_peace(world: World) -> None:
    world.hear(*mina(NOW - 90 * DAY))
    world.hear(orders(1, at=NOW - 60 * DAY), orders(2, at=NOW - 30 * DAY))
    stages = "SELECT after FROM stage_changes WHERE shop_id = :shop_id ORDER BY at"

    while "at_risk" not in [row.after for row in world.rows(stages)]:
        world.pass_time(5 * DAY)
        assert world.clock.at < NOW + 800 * DAY
    assert [message.subject for message in world.mail.sent] != []
    sent = len(world.mail.sent)

    world.hear(orders(3, at=world.clock.at))
    world.pass_time(timedelta(days=8))
    assert len(world.mail.sent) == sent


def test_points_are_not_spent_on_a_reward_that_the_person_cannot_be_told_of(world: World) -> None:
    world.hear(*mina(), orders(1, product_minor=60_000))
    world.hear(of(a_consent(ConsentState.UNSUBSCRIBED, at=world.clock.at)))
    world.pass_time(MINUTE)
    assert world.admin.shops[world.shop_id].discounts == {}
    assert world.rows("SELECT points FROM customers WHERE shop_id = :shop_id")[0].points == 600

    world.hear(of(a_consent(at=world.clock.at + MINUTE)))
    world.pass_time(MINUTE)
    assert len(world.admin.shops[world.shop_id].discounts) == 1
    assert len(world.mail.sent) == 1


def test_an_order_under_another_address_ends_the_reminders_of_its_checkout(world: World) -> None:
    world.hear(*mina(), abandons())
    order = of(
        an_order(5, at=NOW + MINUTE, checkout_token="c1"),
        "order:5",
        "checkout:c1",
        shopify_id=7002,
        email=None,
    )
    world.clock.at = NOW + MINUTE
    world.hear(order)
    world.pass_time(10 * DAY)
    assert world.mail.sent == []
