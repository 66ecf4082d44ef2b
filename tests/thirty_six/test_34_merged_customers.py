"""Two records of one person become one: once, in any order, with the stricter of what was said, and no point lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from plugin.core.events import ConsentState, CustomerEvent, CustomersMerged
from plugin.store import customers, ledger
from tests.builders import (
    DAY,
    HOUR,
    MINA,
    MINA_ID,
    MINUTE,
    NOW,
    a_consent,
    a_deleted_record,
    a_merge,
    a_purchase_sum,
    a_record,
    a_tagging,
    an_order,
)
from tests.pipeline.stories import abandons, mina, of, orders
from tests.webhooks.shopify_bodies import a_merge as a_merge_body
from tests.webhooks.shopify_bodies import said
from tests.world import World, a_world

OLD_ID, OLD = 7002, "old@example.com"


def of_old(event: CustomerEvent, *links: str) -> CustomerEvent:
    return of(event, *links, shopify_id=OLD_ID, email=OLD)


def old_orders(order_id: int, *, product_minor: int = 5000) -> CustomerEvent:
    return of_old(an_order(order_id, at=NOW - DAY, product_minor=product_minor), f"order:{order_id}")


def old_says(state: ConsentState, *, days_ago: int) -> CustomerEvent:
    return of_old(a_consent(state, at=NOW - timedelta(days=days_ago)))


def merged() -> CustomerEvent:
    return a_merge(MINA_ID, OLD_ID, at=NOW)


def old_is_deleted() -> CustomerEvent:
    return of(a_deleted_record(at=NOW + MINUTE, shopify_id=OLD_ID), shopify_id=OLD_ID, email=None)


def people(world: World) -> Sequence[Any]:
    return world.rows("SELECT * FROM customers WHERE shop_id = :shop_id ORDER BY customer_id")


def picture(world: World) -> tuple[Any, ...]:
    """What is known in the end, without what depends on when we heard it."""
    (person,) = people(world)
    rewards = world.rows(
        "SELECT sum(points) FROM postings WHERE shop_id = :shop_id AND account LIKE 'customer:%'"
    )
    with world.database.reading(world.shop_id) as unit:
        assert ledger.balance_of(unit, person.customer_id) == person.points
    return (
        person.customer_id,
        person.orders_count,
        person.net_minor,
        person.points,
        person.consent_email,
        person.is_mailable,
        rewards[0][0],
    )


def test_everything_of_the_deleted_record_belongs_to_the_kept_one(world: World) -> None:
    world.hear(*mina(), orders(1))
    world.hear(of_old(a_record(at=NOW - DAY, email=OLD)), old_orders(2, product_minor=7000))
    world.hear(merged())
    world.hear(old_is_deleted())
    assert picture(world) == (MINA_ID, 2, 12000, 120, "subscribed", True, 120)
    for table in (
        "events",
        "identities",
        "consent_proofs",
        "enrollments",
        "decisions",
        "outbox",
        "stage_changes",
    ):
        left = world.rows(
            f"SELECT 1 FROM {table} WHERE shop_id = :shop_id AND customer_id = {OLD_ID}"  # noqa: S608  # our own names
        )
        assert left == [], table


def test_the_order_in_which_a_merge_is_heard_does_not_matter(tmp_path: Path) -> None:
    """The record, its order, its opt-out, the merge and the deletion that follows it, in every order."""
    facts = [
        old_orders(2),
        old_says(ConsentState.UNSUBSCRIBED, days_ago=60),
        merged(),
        old_is_deleted(),
    ]
    pictures = set()
    for number, order in enumerate(permutations(facts)):
        world = a_world(f"sqlite:///{tmp_path / f'{number}.db'}")
        world.install()
        world.hear(*mina(), orders(1))
        for fact in order:
            world.hear(fact)
        pictures.add(picture(world))
        world.close()
    assert pictures == {(MINA_ID, 2, 10000, 100, "unsubscribed", False, 100)}


def test_a_merge_heard_twice_is_one_merge(world: World) -> None:
    world.hear(*mina(), old_orders(2))
    world.hear(merged())
    before = picture(world)
    again = replace(merged(), id="the same merge under another subscription")
    world.hear(again)
    world.hear(old_orders(2))
    assert picture(world) == before


def test_an_opt_out_under_either_record_holds_for_the_one_that_is_kept(world: World) -> None:
    """Mina said yes thirty days ago; her old record said no, long before. The stricter word is the one that counts."""
    world.hear(*mina(), old_says(ConsentState.UNSUBSCRIBED, days_ago=400))
    world.hear(merged())
    assert picture(world)[4:6] == ("unsubscribed", False)


def test_a_yes_after_the_merge_is_believed(world: World) -> None:
    world.hear(*mina(), old_says(ConsentState.UNSUBSCRIBED, days_ago=400))
    world.hear(merged())
    world.hear(of(a_consent(at=NOW + HOUR)))
    assert picture(world)[4:6] == ("subscribed", True)


def test_a_yes_given_under_the_deleted_record_permits_nothing_to_the_kept_one(world: World) -> None:
    world.hear(of(a_record(at=NOW - DAY, email=MINA)), old_says(ConsentState.SUBSCRIBED, days_ago=1))
    world.hear(merged())
    assert picture(world)[4:6] == (None, False)


def test_a_merge_of_merged_records_leads_to_the_last(world: World) -> None:
    last_id = 7003
    world.hear(old_orders(2), merged())
    world.hear(a_merge(last_id, MINA_ID, at=NOW + HOUR))
    world.hear(of_old(an_order(3, at=NOW + HOUR), "order:3"))
    assert picture(world)[:4] == (last_id, 2, 10000, 100)


def test_two_merges_in_one_batch_lead_to_the_last(world: World) -> None:
    world.hear(old_orders(2), merged(), a_merge(7003, MINA_ID, at=NOW + HOUR))
    assert picture(world)[:3] == (7003, 1, 5000)
    assert {
        row.customer_id for row in world.rows("SELECT customer_id FROM events WHERE shop_id = :shop_id")
    } == {7003}


def test_a_refund_of_an_order_of_the_deleted_record_takes_its_points_from_the_kept_one(world: World) -> None:
    world.hear(*mina(), old_orders(2))
    world.hear(merged())
    cancelled = an_order(2, at=NOW - DAY, updated_at=NOW + DAY, cancelled_at=NOW + DAY)
    world.hear(of_old(cancelled, "order:2"))
    assert picture(world) == (MINA_ID, 0, 0, 0, "subscribed", True, 0)


def test_only_one_of_two_reminders_under_way_goes_on(world: World) -> None:
    world.hear(*mina(), abandons("new", at=NOW - MINUTE))
    said_yes = old_says(ConsentState.SUBSCRIBED, days_ago=1)
    world.hear(said_yes, of_old(abandons("old", at=NOW - HOUR / 2), "checkout:old"))
    world.hear(merged())
    world.pass_time(2 * HOUR)
    assert [message.to for message in world.mail.sent] == [people(world)[0].email]


def test_tags_come_along_and_a_count_of_the_deleted_record_does_not(world: World) -> None:
    world.hear(
        *mina(), of(a_purchase_sum(4)), of_old(a_tagging("vip", at=NOW - DAY)), of_old(a_purchase_sum(1))
    )
    world.hear(merged(), of_old(a_purchase_sum(2, at=NOW + DAY)))
    with world.database.reading(world.shop_id) as unit:
        state = customers.load(unit, [MINA_ID])[MINA_ID].state
    assert state.tags == {"vip"}
    assert state.purchase_sum is not None
    assert state.purchase_sum.orders_count == 4


@pytest.mark.parametrize("status", ["failed", "in_progress", "requested"])
def test_a_merge_that_was_not_completed_changes_nobody(status: str) -> None:
    assert said("customers/merge", a_merge_body(status)) == ()


def test_a_completed_merge_names_who_is_kept() -> None:
    (event,) = said("customers/merge", a_merge_body("completed"))
    assert isinstance(event, CustomersMerged)
    assert (event.kept_id, event.deleted_id) == (706405506930370084, 2)
