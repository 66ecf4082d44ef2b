"""Who enters a flow and who leaves it, and what is said of it."""

from collections.abc import Sequence
from typing import Any

from plugin.core.events import ConsentState
from plugin.pipeline.steer import turn_flow
from tests.builders import HOUR, MINUTE, NOW, a_consent
from tests.pipeline.stories import abandons, mina, of, orders
from tests.world import World


def thresholds(world: World, flow: str) -> Sequence[Any]:
    query = "SELECT outcome, reason FROM decisions WHERE shop_id = :shop_id AND step_id = 'enter' AND flow_id = :flow"
    return [tuple(row) for row in world.rows(query, flow=flow)]


def test_a_refusal_does_not_unsay_that_the_person_was_let_in_before(world: World) -> None:
    world.hear(*mina(), abandons())
    assert thresholds(world, "abandoned_checkout") == [("entered", "trigger")]
    with world.database.unit(world.shop_id) as unit:
        turn_flow(unit, "abandoned_checkout", is_on=False, now=NOW, author="merchant")
    world.hear(abandons(at=NOW + MINUTE, created_at=NOW))
    assert thresholds(world, "abandoned_checkout") == [("entered", "trigger")]


def test_who_was_refused_first_and_enters_later_has_entered(world: World) -> None:
    world.hear(of(a_consent(ConsentState.PENDING, at=NOW - HOUR)), orders(1, product_minor=60_000))
    assert thresholds(world, "loyalty_reward") == [("not_entered", "no_address")]
    world.hear(*mina(at=NOW))
    assert thresholds(world, "loyalty_reward") == [("entered", "trigger")]


def test_many_leave_and_enter_in_one_batch_each_for_their_own_reason(world: World) -> None:
    world.hear(*mina(), abandons("c1"))
    world.hear(abandons("c2", at=NOW + MINUTE))
    ends = "SELECT trigger_key, end_reason FROM enrollments WHERE shop_id = :shop_id ORDER BY trigger_key"
    assert [tuple(row) for row in world.rows(ends)] == [("checkout:c1", "replaced"), ("checkout:c2", None)]
    world.hear(orders(1, at=NOW + HOUR))
    assert [tuple(row) for row in world.rows(ends)] == [
        ("checkout:c1", "replaced"),
        ("checkout:c2", "ordered"),
    ]
    assert world.rows("SELECT * FROM outbox WHERE shop_id = :shop_id") == []
