"""One person with several carts and devices is reminded once, of the newest; never at an address they left."""

from collections.abc import Sequence
from typing import Any

from plugin.core.events import CheckoutChanged, ContactFacts, CustomerEvent
from tests.builders import HOUR, MINA, MINA_ID, MINUTE, NOW, a_checkout, a_consent, a_record
from tests.pipeline.stories import abandons, mina, of, orders
from tests.world import World

ZOE, ZOE_ID = "zoe@example.com", 7002


def addresses(world: World) -> Sequence[str]:
    return [message.to for message in world.mail.sent]


def enrollments(world: World) -> Sequence[Any]:
    query = "SELECT trigger_key, end_reason FROM enrollments WHERE shop_id = :shop_id ORDER BY entered_at"
    return [tuple(row) for row in world.rows(query)]


def as_a_guest(token: str, *, at: Any) -> CustomerEvent:
    checkout: CheckoutChanged = a_checkout(token, at=at, contact=ContactFacts(email=MINA))
    return of(checkout, f"checkout:{token}", shopify_id=None)


def test_two_devices_lead_to_one_reminder_of_the_newer_checkout(world: World) -> None:
    world.hear(*mina(), abandons("phone", at=NOW - MINUTE), abandons("laptop", at=NOW))
    world.pass_time(2 * HOUR)
    assert addresses(world) == [MINA]
    running = [key for key, reason in enrollments(world) if reason is None]
    assert running == ["checkout:laptop"]


def test_a_guest_on_one_device_and_signed_in_on_the_other_is_one_person(world: World) -> None:
    world.hear(*mina(), as_a_guest("phone", at=NOW - MINUTE))
    world.hear(abandons("laptop", at=NOW))
    world.pass_time(2 * HOUR)
    assert addresses(world) == [MINA]


def test_an_order_from_any_device_ends_the_reminders_of_all(world: World) -> None:
    world.hear(*mina(), abandons("phone", at=NOW - MINUTE), abandons("laptop", at=NOW))
    world.hear(orders(at=NOW + MINUTE))
    world.pass_time(2 * HOUR)
    assert addresses(world) == []


def test_a_checkout_that_another_person_took_over_is_not_sent_to_its_former_owner(world: World) -> None:
    zoe: list[CustomerEvent] = [
        of(a_record(at=NOW - HOUR, email=ZOE), shopify_id=ZOE_ID, email=ZOE),
        of(a_consent(at=NOW - HOUR), shopify_id=ZOE_ID, email=ZOE),
    ]
    world.hear(*mina(), *zoe, abandons("shared", at=NOW))
    taken_over = a_checkout("shared", at=NOW + MINUTE, contact=ContactFacts(email=ZOE))
    world.hear(of(taken_over, "checkout:shared", shopify_id=ZOE_ID, email=ZOE))
    world.pass_time(2 * HOUR)
    assert addresses(world) == [ZOE]
    left = world.rows(
        "SELECT open_checkout_at FROM customers WHERE shop_id = :shop_id AND customer_id = 7001"
    )
    assert MINA_ID == 7001
    assert left[0].open_checkout_at is None
