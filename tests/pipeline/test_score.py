"""A shop is learnt from every night, and what was learnt reaches every customer, however often it is cut off."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from plugin.core.lifecycle.holding import MARGIN, REFIT
from plugin.core.lifecycle.maturity import Maturity
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.shop_model import PRIOR_MODEL, ShopModel
from plugin.core.lifecycle.stages import AT_RISK_BELOW, Stage, purchases_of, silent_until, standing
from plugin.pipeline import score as scoring
from plugin.pipeline import walk as walking
from plugin.pipeline.restage import restage
from plugin.pipeline.score import LEASE, SCORE, next_night, score, score_shop
from plugin.store import customers, facts, imports, models, queue, shops
from plugin.store.models import Walk
from plugin.store.unit_of_work import Database, Unit
from tests.builders import DAY, HOUR, MINUTE, NOW, a_customer, an_order
from tests.pipeline.crashes import SimulatedCrash, restarted
from tests.pipeline.regulars import a_past, end_import, import_past
from tests.pipeline.stories import mina, of, orders
from tests.pipeline.test_crash_points import Fuse, Moment
from tests.world import OTHER_SHOP, SHOP, World

BUYERS = 60
PAST = a_past(BUYERS)


def walk_of(world: World, domain: str = SHOP) -> Walk | None:
    with world.database.reading(world.shop(domain).shop_id) as unit:
        return models.newest_walk(unit)


def model_of(world: World) -> ShopModel:
    with world.database.reading(world.shop_id) as unit:
        return models.current(unit)


def derived(world: World) -> list[list[Any]]:
    """All that the walk writes of the first shop's people."""
    queries = (
        f"SELECT {what} FROM {table} WHERE shop_id = :shop_id ORDER BY {by}"  # noqa: S608  # our own words
        for what, table, by in (
            ("customer_id, stage, stage_since, stage_due", "customers", "customer_id"),
            ("*", "customer_facts", "customer_id"),
            ("segment_id, customer_id", "segment_members", "segment_id, customer_id"),
        )
    )
    return [[tuple(row) for row in world.rows(query)] for query in queries]


def learn(world: World, model: ShopModel) -> None:
    """As if tonight's fit had come to `model`; the walk is still to come."""
    with world.database.unit(world.shop_id) as unit:
        models.add(unit, model, at=world.clock.at, reason="night", is_whole=False, people=1)
        queue.wake(unit, SCORE, world.clock.at)


def changes(world: World) -> Sequence[Any]:
    return [
        tuple(row)
        for row in world.rows(
            "SELECT before, after, reason FROM stage_changes WHERE shop_id = :shop_id "
            "AND reason NOT IN ('import', 'order') ORDER BY at, customer_id"
        )
    ]


def test_after_an_import_everybody_has_facts_and_stages_by_what_the_shop_taught(world: World) -> None:
    import_past(world, PAST)
    assert world.rows("SELECT count(*) FROM customer_facts WHERE shop_id = :shop_id")[0][0] == 0
    assert score(world.database, NOW) == 1 + BUYERS + 10
    walk = walk_of(world)
    assert walk is not None
    assert (walk.number, walk.reason, walk.is_whole, walk.walked) == (1, "import", True, BUYERS + 10)
    assert walk.ended_at == NOW
    model = model_of(world)
    assert model.fitted_at == NOW
    assert model.rhythm != PRIOR_MODEL.rhythm
    assert model.maturity is Maturity.L1
    zone = world.shop().zone
    with world.database.reading(world.shop_id) as unit:
        known = facts.load(unit, range(1, BUYERS + 11))
        people = customers.load(unit, known)
    assert len(known) == BUYERS + 10
    for customer_id, person in people.items():
        said = standing(person.state, NOW, zone=zone, model=model)
        assert (person.standing.stage, person.standing.since) == (said.stage, said.since)
        assert person.standing.next_change_at == said.next_change_at
        assert (known[customer_id].stage, known[customer_id].stage_since) == (said.stage, said.since)
        assert (known[customer_id].order_chance is None) is (said.stage is Stage.SUBSCRIBER)
        assert (known[customer_id].rfm_group is None) is (said.stage is Stage.SUBSCRIBER)


def test_what_an_import_brings_to_light_is_no_news(world: World) -> None:
    import_past(world, PAST)
    score(world.database, NOW)
    assert changes(world) == []
    assert {
        row[0] for row in world.rows("SELECT DISTINCT reason FROM segment_changes WHERE shop_id = :shop_id")
    } == {"import"}
    assert world.rows("SELECT * FROM enrollments WHERE shop_id = :shop_id") == []
    assert world.rows("SELECT * FROM decisions WHERE shop_id = :shop_id") == []
    restage(world.database, NOW)
    assert world.rows("SELECT * FROM enrollments WHERE shop_id = :shop_id") == []


def test_the_other_shop_sees_nothing_of_it(world: World) -> None:
    import_past(world, PAST)
    score(world.database, NOW)
    assert walk_of(world, OTHER_SHOP) is None
    theirs = world.shop(OTHER_SHOP).shop_id
    for table in ("shop_models", "forecasts", "customer_facts", "stage_changes"):
        assert world.rows(f"SELECT * FROM {table} WHERE shop_id = :theirs", theirs=theirs) == []  # noqa: S608  # our own words


def test_scoring_again_at_the_same_moment_writes_nothing(world: World) -> None:
    import_past(world, PAST)
    score(world.database, NOW)
    before = derived(world)
    walk = score_shop(world.database, world.shop_id, NOW)
    assert (walk.number, walk.is_whole, walk.walked, walk.changed) == (2, False, BUYERS, 0)
    assert derived(world) == before
    assert score(world.database, NOW) == 0


def test_the_next_fit_comes_in_the_shops_night(world: World) -> None:
    import_past(world, PAST)
    score(world.database, NOW)
    (due,) = world.rows("SELECT next_due FROM shop_queue WHERE shop_id = :shop_id AND queue = 'score'")
    tonight = next_night(world.shop(), NOW)
    assert NOW < tonight < NOW + DAY
    assert str(due.next_due).startswith(tonight.strftime("%Y-%m-%d %H:%M"))
    world.clock.at = tonight - MINUTE
    assert score(world.database, world.clock.at) == 0
    world.clock.at = tonight
    assert score(world.database, world.clock.at) == 1 + BUYERS
    walk = walk_of(world)
    assert walk is not None
    assert (walk.number, walk.reason, walk.is_whole) == (2, "night", False)
    assert 0 < walk.changed <= BUYERS


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 20, tzinfo=UTC)),  # 02:00 does not exist on the 29th
        ("America/Havana", datetime(2026, 3, 8, 3, tzinfo=UTC)),  # midnight does not exist on the 8th
        ("Asia/Tehran", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 4, 23, 21, 59, tzinfo=UTC)),  # nor on the 24th
        ("Asia/Beirut", datetime(2026, 3, 28, 21, 59, tzinfo=UTC)),  # nor on the 29th
        ("America/Sao_Paulo", datetime(2018, 11, 4, 2, 59, tzinfo=UTC)),  # nor on the 4th
        ("Pacific/Apia", datetime(2011, 12, 29, 12, tzinfo=UTC)),  # the 30th does not exist
    ],
)
def test_every_zone_has_its_night(world: World, zone: str, now: datetime) -> None:
    shop = replace(world.shop(), timezone=zone)
    moment = now
    for _ in range(4):
        night = next_night(shop, moment)
        assert moment < night <= moment + 2 * DAY
        assert 1 <= night.astimezone(ZoneInfo(zone)).hour <= 5
        moment = night


def test_a_shop_without_a_purchase_is_learnt_from_too(world: World) -> None:
    walk = score_shop(world.database, world.shop_id, NOW)
    assert (walk.walked, walk.changed, walk.ended_at) == (0, 0, NOW)
    assert model_of(world).maturity is Maturity.L0
    world.hear(*mina())
    with world.database.reading(world.shop_id) as unit:
        (foretold,) = models.forecasts(unit)
    assert (foretold.forecast.expected, foretold.forecast.low, foretold.forecast.high) == (0, 0, 0)


def test_a_walk_goes_on_where_it_was_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "STEP", 9)
    import_past(world, a_past(20))
    score(world.database, NOW)
    whole = derived(world)
    fuse = Fuse()
    commits = _commits_of_a_walk(world, monkeypatch, fuse)
    assert commits > 8
    for moment in get_args(Moment):
        for blows_at in range(1, commits + 1, 2):
            _forget_walk(world)
            again = Fuse(blows_at=blows_at, moment=moment)
            with monkeypatch.context() as patch:
                patch.setattr("plugin.store.unit_of_work.Database.unit", _with(again))
                with pytest.raises(SimulatedCrash):
                    score(world.database, NOW)
            world = restarted(world)
            world.clock.at = NOW + LEASE
            _work_off(world, NOW + LEASE)
            walk = walk_of(world)
            assert walk is not None
            assert walk.ended_at is not None
            assert walk.walked == 30
            assert [row[:3] for row in derived(world)[0]] == [row[:3] for row in whole[0]]
            assert derived(world)[2] == whole[2]
    world.close()


def _with(fuse: Fuse) -> Callable[[Database, int], AbstractContextManager[Unit]]:
    """A function, which becomes a method."""

    def unit(database: Database, shop_id: int) -> AbstractContextManager[Unit]:
        return fuse.unit(database, shop_id)

    return unit


def _commits_of_a_walk(world: World, monkeypatch: pytest.MonkeyPatch, fuse: Fuse) -> int:
    _forget_walk(world)
    with monkeypatch.context() as patch:
        patch.setattr("plugin.store.unit_of_work.Database.unit", _with(fuse))
        score(world.database, NOW)
    return fuse.commits


def _forget_walk(world: World) -> None:
    """As it was when the import had ended."""
    with world.database.unit(world.shop_id) as unit:
        for table in ("shop_models", "forecasts", "customer_facts", "segment_members", "segment_changes"):
            unit.connection.exec_driver_sql(f"DELETE FROM {table} WHERE shop_id = {unit.shop_id}")  # noqa: S608  # our own words
        unit.connection.exec_driver_sql(
            f"UPDATE shop_queue SET lease_until = NULL WHERE shop_id = {unit.shop_id}"  # noqa: S608  # likewise
        )
        queue.wake(unit, SCORE, NOW)


def _work_off(world: World, now: datetime) -> None:
    while score(world.database, now):
        pass


def test_shops_take_turns(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "STEP", 10)
    import_past(world, PAST)
    import_past(world, a_past(30, seed=2), domain=OTHER_SHOP)
    monkeypatch.setattr(scoring, "_TURNS", 6)
    score(world.database, NOW)
    ours, theirs = walk_of(world), walk_of(world, OTHER_SHOP)
    assert ours is not None
    assert theirs is not None
    assert ours.walked == theirs.walked == 20


def test_live_events_are_judged_by_the_new_model_while_it_walks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_past(world, PAST)
    score(world.database, NOW)
    world.clock.at = NOW + DAY
    learn(world, replace(model_of(world), loyal_rate=10.0))
    monkeypatch.setattr(walking, "STEP", 10)
    monkeypatch.setattr(scoring, "_TURNS", 1)
    score(world.database, world.clock.at)
    often = [
        row[0]
        for row in world.rows(
            "SELECT customer_id FROM customer_facts WHERE shop_id = :shop_id AND purchase_days > 2 "
            "AND customer_id > 20 AND stage IN ('loyal', 'active', 'at_risk') ORDER BY customer_id"
        )
    ]
    who = often[0]
    order = of(
        an_order(9_999, at=world.clock.at), "order:9999", shopify_id=who, email=f"person{who}@example.com"
    )
    world.hear(order)
    with world.database.reading(world.shop_id) as unit:
        known = facts.load(unit, [who])[who]
    assert known.stage in {Stage.ACTIVE, Stage.WON_BACK}
    assert known.last_order_at == world.clock.at


def test_an_order_scores_its_buyer_anew(world: World) -> None:
    import_past(world, PAST)
    score(world.database, NOW)
    with world.database.reading(world.shop_id) as unit:
        lost = next(
            one for one in facts.load(unit, range(1, BUYERS + 1)).values() if one.stage is Stage.LAPSED
        )
    who = lost.customer_id
    assert lost.order_chance is not None
    world.hear(of(an_order(9_999, at=NOW), "order:9999", shopify_id=who, email=f"person{who}@example.com"))
    with world.database.reading(world.shop_id) as unit:
        now = facts.load(unit, [who])[who]
    assert now.stage is Stage.WON_BACK
    assert now.order_chance is not None
    assert now.order_chance > lost.order_chance + 10
    assert now.rfm_recency == 5


QUICK = replace(PRIOR_MODEL, rhythm=Rhythm(r=3.0), maturity=Maturity.L1)


def test_a_refit_moves_nobody_who_is_near_the_border(world: World) -> None:
    world.hear(*mina(), orders(1, at=NOW - 60 * DAY))
    score_shop(world.database, world.shop_id, NOW)
    before = derived(world)[0]
    world.clock.at = NOW + HOUR
    learn(world, replace(PRIOR_MODEL, rhythm=Rhythm(r=1.35)))
    score(world.database, world.clock.at)
    assert changes(world) == []
    (row,) = world.rows(
        "SELECT stage, stage_due FROM customers WHERE shop_id = :shop_id AND orders_count > 0"
    )
    assert row.stage == "new"
    assert (row.stage, str(row.stage_due)) != before[0][1::2]


def test_a_crossing_that_a_refit_dates_to_yesterday_is_acted_on_and_an_older_one_was_missed(
    world: World,
) -> None:
    quiet_after = _silence(QUICK)
    world.hear(*mina(NOW - 99 * DAY), orders(1, at=NOW - quiet_after - DAY))
    long_ago = NOW - quiet_after - 9 * DAY
    sara = {"shopify_id": 77, "email": "sara@example.com"}
    world.hear(of(an_order(2, at=long_ago), "order:2", **sara))  # type: ignore[arg-type]  # one of each
    score_shop(world.database, world.shop_id, NOW)
    assert changes(world) == []
    world.clock.at = NOW + MINUTE
    learn(world, QUICK)
    score(world.database, world.clock.at)
    assert changes(world) == [("new", "at_risk", REFIT), ("new", "at_risk", REFIT)]
    found = world.rows(
        "SELECT customer_id, step_id, outcome, reason FROM decisions WHERE shop_id = :shop_id "
        "AND flow_id = 'win_back' ORDER BY customer_id"
    )
    assert [tuple(row)[1:] for row in found if row.customer_id == 77] == [("enter", "not_entered", "missed")]
    assert [tuple(row)[1:] for row in found if row.customer_id != 77] == [("enter", "entered", "trigger")]


def _silence(model: ShopModel) -> timedelta:
    """Until a buyer of one order is clearly at risk."""
    customer = a_customer(an_order(1, at=NOW))
    purchases = purchases_of(customer, ZoneInfo("UTC"))
    assert purchases is not None
    return silent_until(purchases, model, AT_RISK_BELOW - MARGIN) - NOW


def test_a_forecast_is_kept_with_every_fit_and_tested_on_the_past_with_the_first(world: World) -> None:
    import_past(world, PAST)
    score(world.database, NOW)
    score_shop(world.database, world.shop_id, NOW + DAY)
    with world.database.reading(world.shop_id) as unit:
        kept = models.forecasts(unit)
    assert [(one.forecast.made_at, one.number, one.is_backtest) for one in kept] == [
        (NOW - 13 * 7 * DAY, 1, True),
        (NOW, 1, False),
        (NOW + DAY, 2, False),
    ]
    for one in kept:
        assert len(one.forecast.by_week) == 13
        assert sum(one.forecast.by_week) == pytest.approx(one.forecast.expected)
        assert one.forecast.low < one.forecast.expected < one.forecast.high


def test_nothing_is_learnt_from_half_a_history(world: World) -> None:
    import_past(world, PAST)
    with world.database.unit(world.shop_id) as unit:
        imports.request(unit, 2, NOW)
    assert score(world.database, NOW) == 0
    assert score(world.database, NOW + DAY) == 0
    end_import(world, world.shop_id)
    assert score(world.database, NOW) == 1 + BUYERS + 10


def test_a_history_that_comes_in_later_is_taken_to_everybody_again(world: World) -> None:
    import_past(world, PAST)
    score(world.database, NOW)
    world.clock.at = NOW + DAY
    with world.database.unit(world.shop_id) as unit:
        imports.request(unit, 2, world.clock.at)
    end_import(world, world.shop_id)
    assert score(world.database, world.clock.at) == 1 + BUYERS + 10
    walk = walk_of(world)
    assert walk is not None
    assert (walk.reason, walk.is_whole) == ("import", True)


def test_a_shop_that_has_left_is_left_alone(world: World) -> None:
    import_past(world, PAST)
    with world.database.unit(world.shop_id) as unit:
        shops.set_state(unit, shops.UNINSTALLED, at=NOW, reason="test", author="test")
    assert score(world.database, NOW) == 0
    assert walk_of(world) is None


def test_one_shops_trouble_stops_no_other_shop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import_past(world, PAST)
    import_past(world, a_past(30, seed=2), domain=OTHER_SHOP)
    fit = scoring.fit

    def troubled(database: Any, shop_id: int, *arguments: Any, **named: Any) -> Walk | None:
        if shop_id == world.shop_id:
            raise ArithmeticError
        return fit(database, shop_id, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(scoring, "fit", troubled)
        assert score(world.database, NOW) == 1 + 40
    assert walk_of(world) is None
    assert score(world.database, NOW) == 0
    assert score(world.database, NOW + HOUR) == 1 + BUYERS + 10


def test_old_nights_are_dropped_and_the_walks_after_imports_stay(world: World) -> None:
    import_past(world, PAST[:30])
    score(world.database, NOW)
    with world.database.unit(world.shop_id) as unit:
        for night in range(1, 200):
            models.add(unit, PRIOR_MODEL, at=NOW + night * DAY, reason="night", is_whole=False, people=0)
        assert not models.is_history_pending(unit)
    kept = [row.number for row in world.rows("SELECT number FROM shop_models WHERE shop_id = :shop_id")]
    assert sorted(kept) == [1, *range(141, 201)]
