"""Odd orders end in the right value and the right points, whenever each part of them is heard of.

Which orders count at all is one sentence each in tests/core/test_edge_cases.py; here it reaches the ledger.
"""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, TypeVar

from plugin.core.events import CustomerEvent, Event
from plugin.store import ledger
from tests.builders import (
    DAY,
    HOUR,
    MINA_ID,
    NOW,
    a_deleted_order,
    a_payment,
    a_refund,
    a_report,
    a_shipment,
    an_order,
)
from tests.pipeline.stories import mina, of
from tests.world import World, a_world

E = TypeVar("E", bound=Event)

COD = ("Cash on Delivery (COD)",)


def promised(status: str = "pending", **facts: Any) -> CustomerEvent:
    return of(an_order(1, at=NOW, status=status, gateways=COD, **facts), "order:1")


def about_order(event: E) -> E:
    """As the webhook says it: it names the order and nobody."""
    return of(event, "order:1", shopify_id=None, email=None)


def worth(world: World) -> tuple[int, int, int]:
    """Orders, net value and points; the ledger says the same as the row."""
    (row,) = world.rows("SELECT * FROM customers WHERE shop_id = :shop_id")
    with world.database.reading(world.shop_id) as unit:
        assert ledger.balance_of(unit, MINA_ID) == row.points
    return row.orders_count, row.net_minor, row.points


def test_cash_on_delivery_earns_when_it_was_delivered_and_not_before(world: World) -> None:
    world.hear(*mina(), promised())
    assert worth(world) == (0, 0, 0)
    world.hear(about_order(a_shipment()))
    assert worth(world) == (0, 0, 0)
    world.hear(about_order(a_report(at=NOW + DAY)))
    assert worth(world) == (1, 5000, 50)
    world.hear(promised("paid", updated_at=NOW + 2 * DAY))
    assert worth(world) == (1, 5000, 50)


def test_cash_on_delivery_that_was_refused_never_earns(world: World) -> None:
    world.hear(*mina(), promised(), about_order(a_shipment()), about_order(a_report(status="failure")))
    assert worth(world) == (0, 0, 0)
    world.hear(promised("voided", cancelled_at=NOW + DAY, updated_at=NOW + DAY))
    assert worth(world) == (0, 0, 0)


def test_what_was_earned_at_the_door_goes_back_when_the_word_is_withdrawn(world: World) -> None:
    world.hear(*mina(), promised(), about_order(a_shipment()), about_order(a_report()))
    assert worth(world) == (1, 5000, 50)
    world.hear(about_order(a_report(is_withdrawn=True)))
    assert worth(world) == (0, 0, 0)


def test_a_deleted_order_gives_its_points_back(world: World) -> None:
    world.hear(*mina(), of(an_order(1), "order:1"))
    assert worth(world) == (1, 5000, 50)
    world.hear(about_order(a_deleted_order(1)))
    assert worth(world) == (0, 0, 0)
    world.hear(of(an_order(1, updated_at=NOW + DAY), "order:1"))
    assert worth(world) == (0, 0, 0)


def test_an_order_that_is_deleted_before_we_hear_of_it_is_never_worth_anything(world: World) -> None:
    world.hear(*mina(), about_order(a_deleted_order(1)))
    world.hear(of(an_order(1), "order:1"))
    assert worth(world) == (0, 0, 0)


def test_the_parts_of_an_order_may_be_heard_of_in_any_order(tmp_path: Path) -> None:
    parts: Sequence[CustomerEvent] = [
        promised(),
        about_order(a_shipment()),
        about_order(a_payment(kind="sale", at=NOW + HOUR)),
        about_order(a_refund(1, product_minor=1000, at=NOW + DAY)),
    ]
    ends = set()
    for number, told in enumerate(permutations(parts)):
        world = a_world(f"sqlite:///{tmp_path / f'{number}.db'}")
        world.install()
        world.hear(*mina())
        for fact in told:
            world.hear(fact)
        ends.add(worth(world))
        world.close()
    assert ends == {(1, 4000, 40)}
