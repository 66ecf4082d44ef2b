"""What moves a stage beside orders: a word of the person, a sign of life, and time at its minute."""

from typing import Any

from plugin.core.events import ConsentState
from plugin.core.lifecycle.stages import Stage, standing
from plugin.pipeline.restage import restage
from plugin.pipeline.score import score
from plugin.store import customers, facts, imports, models
from plugin.store.customers import KnownCustomer
from plugin.store.flows import running
from tests.builders import DAY, HOUR, MINA_ID, MINUTE, NOW, a_consent
from tests.pipeline.regulars import end_import
from tests.pipeline.stories import abandons, mina, of, orders
from tests.world import World


def person(world: World) -> KnownCustomer:
    with world.database.reading(world.shop_id) as unit:
        return customers.load(unit, [MINA_ID])[MINA_ID]


def moves(world: World) -> list[Any]:
    return [
        tuple(row)
        for row in world.rows(
            "SELECT before, after, reason FROM stage_changes WHERE shop_id = :shop_id ORDER BY at, after"
        )
    ]


def facts_stage(world: World) -> Stage:
    with world.database.reading(world.shop_id) as unit:
        return facts.load(unit, [MINA_ID])[MINA_ID].stage


def test_a_word_makes_a_subscriber_and_the_next_one_a_prospect_again(world: World) -> None:
    world.hear(*mina(NOW - DAY))
    assert person(world).standing.stage is Stage.SUBSCRIBER
    assert person(world).standing.since == NOW - DAY
    world.clock.at = NOW + MINUTE
    world.hear(of(a_consent(ConsentState.UNSUBSCRIBED, at=NOW + MINUTE)))
    assert person(world).standing.stage is Stage.PROSPECT
    assert moves(world) == [("prospect", "subscriber", "subscribed"), ("subscriber", "prospect", "no_order")]
    assert facts_stage(world) is Stage.PROSPECT


def test_a_word_of_somebody_whose_imported_orders_wait_for_the_walk_is_no_refit(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        imports.request(unit, 1, NOW)
    world.hear(*mina(NOW - DAY), orders(1, at=NOW), origin="import")
    assert person(world).standing.stage is Stage.PROSPECT
    end_import(world, world.shop_id)
    world.hear(of(a_consent(ConsentState.UNSUBSCRIBED, at=NOW + MINUTE)))
    assert moves(world) == [("prospect", "new", "order")]


def test_a_word_moves_no_buyer(world: World) -> None:
    world.hear(*mina(NOW - DAY), orders(1, at=NOW))
    before = person(world).standing
    world.hear(of(a_consent(ConsentState.UNSUBSCRIBED, at=NOW + MINUTE)))
    after = person(world).standing
    assert (after.stage, after.since, after.next_change_at) == (
        before.stage,
        before.since,
        before.next_change_at,
    )


def test_time_alone_leads_to_lost_which_ends_win_back_and_a_checkout_back_to_lapsed(world: World) -> None:
    world.hear(*mina(NOW - DAY), orders(1, at=NOW))
    stages = []
    while (due := person(world).standing.next_change_at) is not None:
        world.clock.at = due - MINUTE
        assert restage(world.database, world.clock.at) == 0
        world.clock.at = due
        assert restage(world.database, due) == 1
        stages.append(person(world).standing.stage)
        assert person(world).standing.since == due
        assert facts_stage(world) is stages[-1]
    assert stages == [Stage.AT_RISK, Stage.LAPSED, Stage.LOST]
    with world.database.reading(world.shop_id) as unit:
        assert running(unit, [MINA_ID]) == []
    ends = world.rows("SELECT end_reason FROM enrollments WHERE shop_id = :shop_id")
    assert [row.end_reason for row in ends] == ["lost"]

    world.clock.at += 30 * DAY
    world.hear(abandons(at=world.clock.at))
    seen = person(world).standing
    assert (seen.stage, seen.since, seen.next_change_at) == (
        Stage.LAPSED,
        world.clock.at,
        world.clock.at + 180 * DAY,
    )
    assert moves(world)[-1] == ("lost", "lapsed", "seen_again")
    again = world.rows("SELECT flow_id FROM enrollments WHERE shop_id = :shop_id AND ended_at IS NULL")
    assert [row.flow_id for row in again] == ["abandoned_checkout"]


def test_after_an_outage_a_stage_is_dated_when_it_was_due_not_when_it_was_noticed(world: World) -> None:
    world.hear(*mina(NOW - DAY), orders(1, at=NOW))
    due = person(world).standing.next_change_at
    assert due is not None
    restage(world.database, due + 3 * DAY)
    assert (person(world).standing.stage, person(world).standing.since) == (Stage.AT_RISK, due)


def test_stages_wait_for_the_walk_that_follows_an_import(world: World) -> None:
    world.hear(*mina(NOW - 400 * DAY), orders(1, at=NOW - 74 * DAY))
    with world.database.unit(world.shop_id) as unit:
        imports.request(unit, 1, NOW)
    end_import(world, world.shop_id)
    due = person(world).standing.next_change_at
    assert due is not None
    world.clock.at = due + HOUR
    assert restage(world.database, world.clock.at) == 0
    score(world.database, world.clock.at)
    assert restage(world.database, world.clock.at + MINUTE) == 0
    with world.database.reading(world.shop_id) as unit:
        model = models.current(unit)
    said = standing(person(world).state, world.clock.at, zone=world.shop().zone, model=model)
    kept = person(world).standing
    assert (kept.stage, kept.since, kept.next_change_at) == (said.stage, said.since, said.next_change_at)
    assert world.rows("SELECT * FROM enrollments WHERE shop_id = :shop_id") == []
