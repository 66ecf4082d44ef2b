"""Whose facts are these? Guests become accounts, carts become known, addresses change hands; nothing is lost."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from plugin.core.events import ContactFacts, CustomerEvent
from plugin.core.keys import guest_id, shop_id_of
from plugin.pipeline.unsubscribe import unsubscribe
from plugin.store import customers, ledger
from tests.builders import (
    A_CART,
    DAY,
    HOUR,
    MINA,
    MINA_ID,
    MINUTE,
    NOW,
    a_cart,
    a_checkout,
    a_consent,
    a_record,
    a_refund,
    an_order,
)
from tests.pipeline.stories import abandons, mina, of, orders
from tests.world import OTHER_SHOP, SHOP, World, a_world

ZOE, ZOE_ID = "zoe@example.com", 7002
GUEST = guest_id(shop_id_of(SHOP), f"email:{MINA}")
TABLES_OF_PEOPLE = (
    "customers",
    "identities",
    "events",
    "consent_proofs",
    "stage_changes",
    "enrollments",
    "decisions",
    "outbox",
    "redemptions",
)


def guest_orders(order_id: int = 1, *, at: datetime = NOW, product_minor: int = 5000) -> CustomerEvent:
    order = an_order(order_id, at=at, product_minor=product_minor, contact=ContactFacts(email=MINA))
    return of(order, f"order:{order_id}", shopify_id=None)


def guest_abandons(*, at: datetime = NOW, cart_token: str | None = None) -> CustomerEvent:
    checkout = a_checkout(at=at, cart_token=cart_token, contact=ContactFacts(email=MINA))
    cart = (f"cart:{cart_token}",) if cart_token else ()
    return of(checkout, "checkout:c1", *cart, shopify_id=None)


def guest_says_yes(at: datetime = NOW) -> CustomerEvent:
    return of(a_consent(at=at), shopify_id=None)


def the_account(at: datetime = NOW) -> CustomerEvent:
    return of(a_record(at=at, email=MINA, first_name="Mina"))


def people(world: World) -> Sequence[Any]:
    return world.rows("SELECT * FROM customers WHERE shop_id = :shop_id ORDER BY customer_id")


def of_guest(world: World, table: str) -> Sequence[Any]:
    query = f"SELECT * FROM {table} WHERE shop_id = :shop_id AND customer_id < 0"  # noqa: S608  # our own names
    return world.rows(query)


def balances_hold(world: World) -> None:
    """The ledger sums to nothing, and what is shown of each customer is what the ledger says."""
    assert world.rows("SELECT COALESCE(sum(points), 0) FROM postings WHERE shop_id = :shop_id")[0][0] == 0
    for person in people(world):
        with world.database.reading(world.shop_id) as unit:
            assert ledger.balance_of(unit, person.customer_id) == person.points


def test_a_guest_who_opens_an_account_keeps_all_that_was_theirs(world: World) -> None:
    world.hear(guest_says_yes(), guest_orders(1), guest_orders(2, product_minor=7000))
    world.hear(guest_abandons(at=NOW + MINUTE))
    world.pass_time(HOUR + MINUTE)
    assert [person.customer_id for person in people(world)] == [GUEST]
    assert len(world.mail.sent) == 1

    world.hear(the_account(world.clock.at))

    (person,) = people(world)
    assert (person.customer_id, person.orders_count, person.net_minor) == (MINA_ID, 2, 12000)
    assert (person.points, person.consent_email, person.is_mailable) == (120, "subscribed", True)
    for table in TABLES_OF_PEOPLE:
        assert of_guest(world, table) == [], table
    assert [row.flow_id for row in world.rows("SELECT * FROM enrollments WHERE shop_id = :shop_id")] == [
        "abandoned_checkout"
    ]
    assert world.rows("SELECT count(*) FROM consent_proofs WHERE shop_id = :shop_id")[0][0] == 1
    balances_hold(world)
    world.pass_time(24 * HOUR)
    assert len(world.mail.sent) == 2


def test_a_guest_and_the_account_in_one_batch_are_one_person(world: World) -> None:
    world.hear(guest_says_yes(), guest_orders(1), the_account(), orders(2))

    (person,) = people(world)
    assert (person.customer_id, person.orders_count, person.points) == (MINA_ID, 2, 100)
    assert of_guest(world, "events") == []
    assert of_guest(world, "consent_proofs") == []
    balances_hold(world)


def test_what_both_had_is_kept_once(world: World) -> None:
    """Both became buyers in the same moment, and both were refused the same reward: the keys collide."""
    facts = [guest_orders(1, product_minor=60_000)]
    facts += [of(an_order(2, product_minor=60_000), "order:2", email=None)]
    world.hear(*facts)
    assert len(people(world)) == 2
    refused = world.rows("SELECT * FROM decisions WHERE shop_id = :shop_id AND outcome = 'not_entered'")
    assert len(refused) == 2

    world.hear(the_account())

    (person,) = people(world)
    assert (person.orders_count, person.points) == (2, 1200)
    refused = world.rows("SELECT * FROM decisions WHERE shop_id = :shop_id AND outcome = 'not_entered'")
    assert [row.customer_id for row in refused] == [MINA_ID]
    balances_hold(world)


def test_the_link_in_a_guests_mail_still_works_when_the_guest_has_an_account(world: World) -> None:
    world.hear(guest_says_yes(), guest_orders(), the_account())
    with world.database.unit(world.shop_id) as unit:
        assert unsubscribe(unit, world.shop(), GUEST, source="unsubscribe_link", now=world.clock.at)
    (person,) = people(world)
    assert (person.consent_email, person.is_mailable) == ("unsubscribed", False)


def test_a_checkout_touched_after_the_merge_starts_its_clock_again(world: World) -> None:
    world.hear(guest_says_yes(), guest_abandons())
    world.hear(the_account())
    world.clock.at += 30 * MINUTE
    world.hear(abandons(at=world.clock.at, created_at=NOW))

    world.pass_time(31 * MINUTE)
    assert world.mail.sent == []
    world.pass_time(29 * MINUTE)
    assert len(world.mail.sent) == 1


def test_two_accounts_never_become_one(world: World) -> None:
    world.hear(*mina(), orders(1), of(a_record(email=ZOE, shopify_id=ZOE_ID), shopify_id=ZOE_ID, email=ZOE))
    world.hear(of(a_record(at=NOW + DAY, email=MINA, shopify_id=ZOE_ID), shopify_id=ZOE_ID, email=MINA))

    assert [(person.customer_id, person.orders_count) for person in people(world)] == [
        (MINA_ID, 1),
        (ZOE_ID, 0),
    ]
    with world.database.reading(world.shop_id) as unit:
        assert customers.find_names(unit, [f"email:{MINA}"])[f"email:{MINA}"].customer_id == ZOE_ID


def test_a_refund_may_come_before_its_order(world: World) -> None:
    refund = replace(a_refund(at=NOW + HOUR, product_minor=2000), links=("order:1",))
    world.hear(refund)
    assert people(world) == []

    world.hear(*mina(), orders(1))

    (person,) = people(world)
    assert (person.net_minor, person.points) == (3000, 30)
    waiting = world.rows("SELECT * FROM events WHERE shop_id = :shop_id AND customer_id IS NULL")
    assert waiting == []
    balances_hold(world)


def test_a_cart_is_claimed_by_the_checkout_that_came_of_it(world: World) -> None:
    cart = replace(a_cart(at=NOW - HOUR), links=(f"cart:{A_CART}",))
    world.hear(cart)
    assert people(world) == []

    world.hear(*mina(), of(a_checkout(cart_token=A_CART), "checkout:c1", f"cart:{A_CART}"))

    with world.database.reading(world.shop_id) as unit:
        person = customers.load(unit, [MINA_ID])[MINA_ID]
    assert list(person.state.carts) == [A_CART]
    assert person.state.open_cart() is None


def test_who_is_no_longer_named_in_the_checkout_is_not_reminded_of_it(world: World) -> None:
    world.hear(*mina(), of(a_record(email=ZOE, shopify_id=ZOE_ID), shopify_id=ZOE_ID, email=ZOE))
    world.hear(of(a_consent(), shopify_id=ZOE_ID, email=ZOE), abandons())
    world.clock.at += 10 * MINUTE
    retyped = a_checkout(at=world.clock.at, created_at=NOW, contact=ContactFacts(email=ZOE))
    world.hear(of(retyped, "checkout:c1", shopify_id=None, email=ZOE))

    world.pass_time(HOUR)
    assert [message.to for message in world.mail.sent] == [ZOE]
    ends = world.rows("SELECT customer_id, end_reason FROM enrollments WHERE shop_id = :shop_id")
    assert {row.customer_id: row.end_reason for row in ends} == {MINA_ID: "checkout_gone", ZOE_ID: None}


def test_the_other_shop_sees_nothing_of_it(world: World) -> None:
    world.hear(guest_says_yes(), guest_orders(1), the_account(), abandons())
    world.pass_time(HOUR)
    for table in TABLES_OF_PEOPLE:
        query = f"SELECT count(*) FROM {table} WHERE shop_id = {shop_id_of(OTHER_SHOP)}"  # noqa: S608  # our own
        assert world.rows(query)[0][0] == 0, table


def test_the_same_person_in_two_shops_is_two_people(world: World) -> None:
    world.hear(*mina(), orders(1))
    world.hear(*mina(), domain=OTHER_SHOP)
    counts = world.rows("SELECT shop_id, orders_count FROM customers")
    assert {row.shop_id: row.orders_count for row in counts} == {
        shop_id_of(SHOP): 1,
        shop_id_of(OTHER_SHOP): 0,
    }


def _a_story_with_a_merge() -> list[CustomerEvent]:
    refund = replace(a_refund(at=NOW + HOUR, product_minor=2000), links=("order:1",))
    return [guest_orders(1), guest_says_yes(NOW - HOUR), the_account(), refund]


def _a_story_of_a_checkout() -> list[CustomerEvent]:
    cart = replace(a_cart(at=NOW - HOUR), links=(f"cart:{A_CART}",))
    checkout = guest_abandons(cart_token=A_CART)
    order = an_order(1, at=NOW + MINUTE, checkout_token="c1", cart_token=A_CART)
    return [cart, checkout, of(order, "order:1", "checkout:c1", f"cart:{A_CART}"), guest_says_yes(NOW)]


@pytest.mark.parametrize("story", [_a_story_with_a_merge, _a_story_of_a_checkout])
@pytest.mark.parametrize("batch", [1, 4])
def test_in_whatever_order_facts_arrive_the_people_are_the_same(
    tmp_path: Path, story: Callable[[], list[CustomerEvent]], batch: int
) -> None:
    world = a_world(f"sqlite:///{tmp_path / 'regulars.db'}")
    outcomes = set()
    for number, facts in enumerate(permutations(story())):
        shop = f"shop-{number}.myshopify.com"
        world.install(shop)
        for start in range(0, len(facts), batch):
            world.hear(*facts[start : start + batch], domain=shop)
        with world.database.reading(shop_id_of(shop)) as unit:
            (known,) = customers.load(unit, [MINA_ID]).values()
            names = [name for name in customers.names_of(unit, MINA_ID) if not name.startswith("customer:")]
            assert known.points == ledger.balance_of(unit, MINA_ID)
        pictures = [sorted(getattr(known.state, name).items()) for name in _PARTS]
        outcomes.add(repr((pictures, known.points, known.standing.stage, sorted(names), known.created_at)))
    world.close()
    assert len(outcomes) == 1


_PARTS = ("contact", "consents", "orders", "refunds", "checkouts", "carts", "gone")
