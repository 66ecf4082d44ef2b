"""Which of two bodies is the newer, even where the clock stands still or is set back."""

from itertools import pairwise, permutations

from devstore.model import ConsentState
from plugin.core.events import CartChanged, CheckoutChanged, OrderChanged
from plugin.core.folding import replay
from tests.devstore.hearing import heard
from tests.devstore.world import OTHER, World


def test_no_two_deliveries_are_triggered_at_one_instant(world: World) -> None:
    world.devstore.shoppers().abandon_checkout(email="guest@example.com")
    world.devstore.shoppers(OTHER).abandon_checkout(email="guest@example.com")
    world.clock.move(hours=-1)
    world.devstore.shoppers().abandon_checkout(email="guest@example.com")
    triggered = [one.triggered_at for one in world.devstore.deliveries()]
    assert len(triggered) == 12
    assert all(before < after for before, after in pairwise(triggered))
    assert triggered[0] == triggered[3].replace(microsecond=0)


def test_a_delivery_is_due_at_once_though_it_was_triggered_a_little_later(world: World) -> None:
    world.devstore.shoppers().abandon_checkout(email="guest@example.com")
    due = world.devstore.services.database.rows("SELECT DISTINCT next_at FROM deliveries")
    assert [row["next_at"] for row in due] == [round(world.clock().timestamp() * 1_000_000)]


def test_what_happens_within_one_second_folds_right_in_any_order(world: World) -> None:
    shoppers = world.devstore.shoppers()
    customer = shoppers.create_customer()
    left = shoppers.abandon_checkout(customer.id)
    order = shoppers.place_order(from_checkout=left.token)
    shoppers.fulfil(order.id)
    shoppers.cancel(order.id)
    orders = {event.id: event for event in reversed(heard(world, OrderChanged))}
    checkouts = {event.id: event for event in reversed(heard(world, CheckoutChanged))}
    carts = {event.id: event for event in reversed(heard(world, CartChanged))}
    assert (len(orders), len(checkouts), len(carts)) == (3, 2, 2)
    assert len({event.version.updated_at for event in (*orders.values(), *checkouts.values())}) == 1
    for told in permutations(orders.values()):
        state = replay(customer.id, told)
        assert [one.cancelled_at for one in state.orders.values()] == [world.clock()]
    baskets: list[CheckoutChanged | CartChanged] = [*checkouts.values(), *carts.values()]
    for begun in permutations(baskets):
        state = replay(customer.id, begun)
        assert [one.completed_at for one in state.checkouts.values()] == [world.clock()]
        assert [len(one.lines) for one in state.carts.values()] == [len(left.lines)]


def test_a_later_second_is_a_later_update_and_no_update_goes_back(world: World) -> None:
    shoppers = world.devstore.shoppers()
    customer = shoppers.create_customer()
    order = shoppers.place_order(customer.id, amount=5_000)
    world.clock.move(seconds=1)
    fulfilled = shoppers.fulfil(order.id)
    assert fulfilled.updated_at > order.updated_at
    world.clock.move(hours=-1)
    shoppers.refund(order.id, 100)
    cancelled = shoppers.cancel(order.id)
    consenting = shoppers.set_consent(customer.id, ConsentState.SUBSCRIBED)
    assert cancelled.updated_at == fulfilled.updated_at
    assert consenting.updated_at >= customer.updated_at
    told = [event.version for event in heard(world, OrderChanged)]
    assert max(told) == told[-1]
