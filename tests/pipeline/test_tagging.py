"""A segment as a tag in Shopify: everybody gets it once, whatever breaks; it can follow, and be taken back."""

from collections import Counter

import pytest

from plugin.core.keys import shop_id_of
from plugin.jobs.upkeep import write_tags
from plugin.pipeline.define import create
from plugin.pipeline.tagging import AT_ONCE, LEASE, InvalidTagError, Tagger, tag_members, take_back
from plugin.shopify.fake import Misfortune
from plugin.store import privacy, shops, tagging
from plugin.store.segments import Definition
from plugin.store.tagging import TagProgress
from tests.builders import DAY, MINUTE, NOW, a_record
from tests.pipeline.crashes import DyingAdmin, SimulatedCrash, restarted
from tests.pipeline.stories import of, orders
from tests.world import OTHER_SHOP, SHOP, World


def customer(number: int) -> str:
    return f"gid://shopify/Customer/{9000 + number}"


def people_come(world: World, number: int, *, shop: str = SHOP) -> None:
    """Customers who have registered; none of them has bought anything."""
    records = [
        of(
            a_record(at=NOW - DAY, email=f"p{each}@example.com", shopify_id=9000 + each),
            shopify_id=9000 + each,
            email=f"p{each}@example.com",
        )
        for each in range(number)
    ]
    world.hear(*records, domain=shop)


def buys(world: World, number: int, *, order: int) -> None:
    at = NOW - (10 - order) * MINUTE
    world.hear(of(orders(order, at=at), shopify_id=9000 + number, email=f"p{number}@example.com"))


def tag(world: World, segment: str = "everyone", *, follows: bool = False, name: str = "Regulars") -> None:
    with world.database.unit(world.shop_id) as unit:
        tag_members(
            unit,
            shops.get(unit),
            segment,
            tag=name,
            keeps_in_step=follows,
            now=world.clock.at,
            author="merchant:7",
        )


def work(world: World) -> int:
    return write_tags(world.house.tools, world.clock.at)


def worn(world: World, shop: str = SHOP) -> dict[str, set[str]]:
    return {gid: tags for gid, tags in world.admin.shops[shop_id_of(shop)].tags.items() if tags}


def progress(world: World, segment: str = "everyone") -> TagProgress:
    with world.database.reading(world.shop_id) as unit:
        return tagging.progress(unit, segment)


def test_every_member_wears_the_tag_once(world: World) -> None:
    people_come(world, 2 * AT_ONCE + 5)
    people_come(world, 3, shop=OTHER_SHOP)
    tag(world)
    assert progress(world) == TagProgress(wearing=0, waiting=2 * AT_ONCE + 5, failed=0)
    work(world)
    assert worn(world) == {customer(number): {"Regulars"} for number in range(2 * AT_ONCE + 5)}
    assert progress(world) == TagProgress(wearing=2 * AT_ONCE + 5, waiting=0, failed=0)
    assert world.admin.calls[world.shop_id, "tags_add"] == 2 * AT_ONCE + 5
    assert work(world) == 0
    assert worn(world, OTHER_SHOP) == {}


def test_a_tag_of_one_moment_does_not_follow(world: World) -> None:
    people_come(world, 1)
    tag(world)
    work(world)
    people_come(world, 3)
    world.clock.at += 10 * MINUTE
    work(world)
    assert set(worn(world)) == {customer(0)}


def test_a_tag_in_step_follows_who_joins_and_who_leaves(world: World) -> None:
    people_come(world, 3)
    buys(world, 0, order=1)
    buys(world, 1, order=2)
    tag(world, "bought_once", follows=True)
    work(world)
    assert set(worn(world)) == {customer(0), customer(1)}
    buys(world, 0, order=3)
    buys(world, 2, order=4)
    world.clock.at += MINUTE
    work(world)
    assert set(worn(world)) == {customer(1), customer(2)}
    assert progress(world, "bought_once") == TagProgress(wearing=2, waiting=0, failed=0)


def test_it_can_be_taken_back(world: World) -> None:
    people_come(world, 3)
    tag(world)
    work(world)
    with world.database.unit(world.shop_id) as unit:
        assert take_back(unit, "everyone", now=world.clock.at, author="merchant:7")
        assert not take_back(unit, "everyone", now=world.clock.at, author="merchant:7")
    work(world)
    assert worn(world) == {}
    with world.database.reading(world.shop_id) as unit:
        assert tagging.of_segment(unit, "everyone") is None
    tag(world, name="Another")
    work(world)
    assert set(worn(world)) == {customer(number) for number in range(3)}


def test_taken_back_before_anybody_wears_it_leaves_nothing(world: World) -> None:
    people_come(world, 3)
    tag(world)
    with world.database.unit(world.shop_id) as unit:
        take_back(unit, "everyone", now=world.clock.at, author="merchant:7")
    work(world)
    assert worn(world) == {}


def test_a_crash_in_the_middle_repeats_at_most_what_changes_nothing(world: World) -> None:
    people_come(world, 3)
    tag(world)
    dying = Tagger(database=world.database, api=DyingAdmin(world.admin))
    with pytest.raises(SimulatedCrash):
        dying.step(world.clock.at)
    assert len(worn(world)) == 1
    world = restarted(world)
    assert work(world) == 0  # the dead worker still holds the shop
    world.clock.at += LEASE
    assert work(world) == 3
    assert progress(world) == TagProgress(wearing=3, waiting=0, failed=0)
    assert Counter(map(len, worn(world).values())) == {1: 3}
    world.house.close()


def test_a_throttled_shop_goes_on_later_and_loses_nobody(world: World) -> None:
    people_come(world, 3)
    tag(world)
    world.admin.befall("tags_add", Misfortune.THROTTLED)
    assert work(world) == 0
    assert progress(world) == TagProgress(wearing=0, waiting=3, failed=0)
    world.clock.at += 15 * MINUTE
    assert work(world) == 3
    assert len(worn(world)) == 3


def test_an_answer_that_was_lost_is_asked_for_again(world: World) -> None:
    people_come(world, 2)
    tag(world)
    world.admin.befall("tags_add", Misfortune.ANSWER_LOST)
    work(world)
    world.clock.at += 15 * MINUTE
    work(world)
    assert progress(world) == TagProgress(wearing=2, waiting=0, failed=0)


def test_one_customer_who_cannot_wear_it_holds_up_nobody(world: World) -> None:
    people_come(world, 3)
    world.admin.shops[world.shop_id].unknown_customers = frozenset({customer(1)})
    tag(world)
    work(world)
    assert progress(world) == TagProgress(wearing=2, waiting=0, failed=1)
    with world.database.unit(world.shop_id) as unit:
        take_back(unit, "everyone", now=world.clock.at, author="merchant:7")
    work(world)
    with world.database.reading(world.shop_id) as unit:
        assert tagging.of_segment(unit, "everyone") is None


def test_a_guest_is_not_known_to_shopify_and_is_left_out(world: World) -> None:
    people_come(world, 1)
    world.hear(of(orders(1), shopify_id=None, email="guest@example.com"))
    tag(world)
    work(world)
    assert set(worn(world)) == {customer(0)}


def test_a_forgotten_person_is_no_order_any_more(world: World) -> None:
    people_come(world, 2)
    tag(world)
    with world.database.unit(world.shop_id) as unit:
        privacy.erase_customer(unit, 9000)
    work(world)
    assert set(worn(world)) == {customer(1)}


@pytest.mark.parametrize(
    ("name", "reason"), [("", "bad_tag"), ("a,b", "bad_tag"), ("x" * 256, "bad_tag"), ("a\0b", "bad_tag")]
)
def test_what_shopify_takes_for_no_tag_is_refused(world: World, name: str, reason: str) -> None:
    with pytest.raises(InvalidTagError) as refused:
        tag(world, name=name)
    assert refused.value.reason == reason


def test_a_segment_that_asks_about_tags_cannot_be_followed_round_and_round(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        made = create(
            unit,
            shops.get(unit),
            name="Untagged",
            query='NOT tags has any of ("Regulars")',
            now=NOW,
            author="merchant:7",
        )
    assert isinstance(made, Definition)
    with pytest.raises(InvalidTagError) as refused:
        tag(world, made.segment_id, follows=True)
    assert refused.value.reason == "asks_about_tags"
    tag(world, made.segment_id)


def test_a_second_tag_waits_until_the_first_is_taken_back(world: World) -> None:
    people_come(world, 1)
    tag(world)
    with pytest.raises(InvalidTagError) as refused:
        tag(world, name="Another")
    assert refused.value.reason == "wears_another"


def test_an_uninstalled_shop_is_left_alone(world: World) -> None:
    people_come(world, 1)
    tag(world)
    with world.database.unit(world.shop_id) as unit:
        shops.set_state(unit, shops.UNINSTALLED, at=NOW, reason="test", author="test")
    assert work(world) == 0
    assert worn(world) == {}
