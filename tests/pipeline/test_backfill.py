"""A shop's past is imported: it shapes the picture and moves nobody, however often it is interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from plugin.jobs.upkeep import import_history
from plugin.pipeline import backfill
from plugin.pipeline.backfill import BUSY_WAIT, GIVE_UP_AFTER, Importer
from plugin.pipeline.restage import restage
from plugin.shopify.fake import Misfortune
from plugin.shopify.operations import operation
from plugin.store import imports
from plugin.store.imports import Import
from plugin.store.unit_of_work import Database, Unit
from tests.builders import DAY, MINUTE, NOW
from tests.pipeline.crashes import SimulatedCrash
from tests.pipeline.stories import of, orders
from tests.shopify import test_import_rows as rows
from tests.world import World

SECONDS = timedelta(seconds=2)
LONG_AGO = NOW - 500 * DAY


def a_customer_row(number: int) -> dict[str, Any]:
    address = {
        "emailAddress": f"person{number}@example.com",
        "marketingState": "SUBSCRIBED",
        "marketingOptInLevel": "SINGLE_OPT_IN",
        "marketingUpdatedAt": "2025-05-01T00:00:00Z",
    }
    return rows.a_customer(id=f"gid://shopify/Customer/{9000 + number}", defaultEmailAddress=address)


def an_order_row(number: int, *, at: datetime = LONG_AGO) -> list[dict[str, Any]]:
    gid = f"gid://shopify/Order/{5000 + number}"
    moment = at.isoformat()
    order = rows.an_order(
        id=gid,
        createdAt=moment,
        processedAt=moment,
        updatedAt=moment,
        email=f"person{number}@example.com",
        customer={"id": f"gid://shopify/Customer/{9000 + number}"},
        displayFinancialStatus="PAID",
    )
    line = rows.a_line(id=f"gid://shopify/LineItem/{number}")
    return [order, {**line, "__parentId": gid}]


@pytest.fixture
def world(world: World) -> Iterator[World]:
    """A shop with 30 customers, each of whom ordered once, long ago; its import is requested."""
    shop = world.admin.shops[world.shop_id]
    shop.bulk_rows["BulkCustomers"] = [a_customer_row(n) for n in range(30)]
    shop.bulk_rows["BulkOrders"] = [row for n in range(30) for row in an_order_row(n)]
    with world.admin.downloads() as http:
        importer = Importer(database=world.database, api=world.admin, http=http)
        tools = replace(world.house.tools, importer=importer)
        yield _asked(replace(world, house=replace(world.house, tools=tools)))


def _asked(world: World) -> World:
    with world.database.unit(world.shop_id) as unit:
        imports.request(unit, 1, world.clock.at)
    return world


def step(world: World, by: timedelta = SECONDS) -> int:
    world.clock.at += by
    return import_history(world.house.tools, world.clock.at)


def found(world: World) -> dict[str, Import]:
    with world.database.reading(world.shop_id) as unit:
        return {item.kind: item for item in imports.of_shop(unit)}


def states(world: World) -> dict[str, str]:
    return {kind: item.state for kind, item in found(world).items()}


def shopify_finishes(world: World, *, error_code: str | None = None) -> None:
    for gid, running in world.admin.shops[world.shop_id].bulk.items():
        if running["status"] == "RUNNING":
            world.admin.finish_bulk(world.shop_id, gid, world.clock.at, error_code=error_code)


def whole(world: World) -> bool:
    counted = world.rows("SELECT count(*), sum(orders_count) FROM customers WHERE shop_id = :shop_id")[0]
    return (int(counted[0]), int(counted[1] or 0)) == (30, 30)


def test_the_past_is_asked_for_awaited_and_read(world: World) -> None:
    assert step(world) == 2
    assert states(world) == {"customers": "running", "orders": "running"}
    step(world)
    assert states(world) == {"customers": "running", "orders": "running"}
    shopify_finishes(world)
    step(world)
    assert states(world) == {"customers": "done", "orders": "done"}
    assert {item.rows_done for item in found(world).values()} == {30}
    assert step(world) == 0
    assert whole(world)


def test_imported_history_enrolls_nobody_sends_nothing_and_earns_nothing(world: World) -> None:
    step(world)
    shopify_finishes(world)
    step(world)
    world.pass_time(DAY)
    assert whole(world)
    for table in ("enrollments", "outbox", "ledger_transactions", "decisions"):
        assert world.rows(f"SELECT * FROM {table} WHERE shop_id = :shop_id") == [], table  # noqa: S608  # ours
    assert {row.stage for row in world.rows("SELECT stage FROM customers WHERE shop_id = :shop_id")} == {
        "at_risk"  # by what little thirty orders long ago teach
    }
    assert world.mail.sent == []


def test_the_whole_past_is_learnt_from_at_once_and_made_facts_of_everybody(world: World) -> None:
    step(world)
    shopify_finishes(world)
    assert world.rows("SELECT * FROM shop_models WHERE shop_id = :shop_id") == []
    step(world)
    world.pass_time(SECONDS)
    (fitted,) = world.rows("SELECT reason, walked, ended_at FROM shop_models WHERE shop_id = :shop_id")
    assert (fitted.reason, fitted.walked) == ("import", 30)
    assert fitted.ended_at is not None
    known = world.rows("SELECT stage, orders_count FROM customer_facts WHERE shop_id = :shop_id")
    assert {tuple(row) for row in known} == {("at_risk", 1)}
    assert len(known) == 30


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_a_crash_in_the_middle_of_a_file_costs_reading_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(backfill, "BATCH", 10)
    step(world)
    shopify_finishes(world)
    healthy, commits = Database.unit, 0

    @contextmanager
    def mortal(database: Database, shop_id: int) -> Iterator[Unit]:
        nonlocal commits
        with healthy(database, shop_id) as unit:
            yield unit
        commits += 1
        if commits == at:
            raise SimulatedCrash

    monkeypatch.setattr(Database, "unit", mortal)
    with pytest.raises(SimulatedCrash):
        step(world)
    monkeypatch.setattr(Database, "unit", healthy)
    step(world)
    assert states(world) == {"customers": "done", "orders": "done"}
    assert whole(world)
    facts = world.rows("SELECT kind, count(*) AS number FROM events WHERE shop_id = :shop_id GROUP BY kind")
    assert {row.kind: row.number for row in facts}["OrderChanged"] == 30


def test_a_crash_between_start_and_its_record_does_not_start_a_second_operation(world: World) -> None:
    step(world)
    with world.database.unit(world.shop_id) as unit:
        for item in imports.of_shop(unit):
            imports.change(unit, item, state="requested", operation_gid=None, due=world.clock.at)
    step(world)
    assert len(world.admin.shops[world.shop_id].bulk) == 2


def test_a_shop_that_is_busy_is_asked_again_in_a_minute(world: World) -> None:
    shop = world.admin.shops[world.shop_id]
    for _ in range(5):
        query = {"query": "{ products { edges { node { id } } } }"}
        world.admin.execute(world.shop_id, shop.domain, operation("bulk_start"), query, world.clock.at)
    step(world)
    assert {item.reason for item in found(world).values()} == {"OPERATION_IN_PROGRESS"}
    shop.bulk.clear()
    assert step(world) == 0
    step(world, BUSY_WAIT)
    assert states(world) == {"customers": "running", "orders": "running"}


def test_what_a_failed_operation_had_written_is_used_and_the_failure_shown(world: World) -> None:
    step(world)
    shopify_finishes(world, error_code="INTERNAL_SERVER_ERROR")
    step(world)
    assert states(world) == {"customers": "failed", "orders": "failed"}
    assert {item.reason for item in found(world).values()} == {"internal_server_error"}
    assert whole(world)


def test_a_shop_without_a_past_is_done_at_once(world: World) -> None:
    world.admin.shops[world.shop_id].bulk_rows.clear()
    step(world)
    shopify_finishes(world)
    step(world)
    assert states(world) == {"customers": "done", "orders": "done"}


def test_a_result_that_is_gone_is_asked_for_anew(world: World) -> None:
    step(world)
    shopify_finishes(world)
    world.admin._files.clear()
    step(world)
    assert {item.reason for item in found(world).values()} == {"http_404"}
    step(world, BUSY_WAIT)
    shopify_finishes(world)
    step(world)
    assert whole(world)


def test_rows_that_cannot_be_read_are_counted_and_skipped(world: World) -> None:
    world.admin.shops[world.shop_id].bulk_rows["BulkCustomers"][7] = {"id": "gid://shopify/Customer/x"}
    step(world)
    shopify_finishes(world)
    step(world)
    assert found(world)["customers"].reason == "1 rows skipped"
    assert states(world) == {"customers": "done", "orders": "done"}


def test_what_shopify_will_never_give_ends_the_import(world: World) -> None:
    world.admin.befall("bulk_start", Misfortune.ACCESS_DENIED)
    step(world)
    assert states(world) == {"customers": "failed", "orders": "running"}
    assert found(world)["customers"].reason == "access_denied"


def test_a_shop_that_must_be_opened_first_keeps_its_import_waiting(world: World) -> None:
    world.admin.befall("bulk_recent", Misfortune.UNAUTHORISED, Misfortune.UNAUTHORISED)
    step(world)
    assert states(world) == {"customers": "requested", "orders": "requested"}
    step(world, timedelta(hours=1))
    assert states(world) == {"customers": "running", "orders": "running"}


def test_a_mistake_of_ours_holds_up_no_other_shop_and_ends_after_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("a mistake of ours")

    step(world)
    shopify_finishes(world)
    monkeypatch.setattr(backfill, "ingest", broken)
    assert step(world) == 2
    assert {item.reason for item in found(world).values()} == {"internal_error"}
    step(world, GIVE_UP_AFTER)
    assert states(world) == {"customers": "failed", "orders": "failed"}


def test_a_shop_that_leaves_ends_its_import(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        unit.connection.exec_driver_sql("UPDATE shops SET state = 'uninstalled'")
    step(world)
    assert states(world) == {"customers": "failed", "orders": "failed"}


def _person(number: int, at: datetime) -> Any:
    order = orders(6000 + number, at=at)
    return of(order, f"order:{6000 + number}", shopify_id=9000 + number, email=f"person{number}@example.com")


def test_half_a_history_calls_nobody_quiet(world: World) -> None:
    """Time moves stages, and old orders are updated, while the import runs: nobody is written to for that."""
    world.hear(_person(1, NOW - 40 * DAY))
    world.hear(_person(2, NOW - 400 * DAY))
    step(world)
    for _ in range(5):
        world.clock.at += 100 * DAY
        assert restage(world.database, world.clock.at) == 0
    assert world.rows("SELECT * FROM enrollments WHERE shop_id = :shop_id") == []

    world.clock.at = NOW + MINUTE
    shopify_finishes(world)
    step(world)
    world.pass_time(MINUTE)
    assert world.mail.sent == []
    assert len(world.rows("SELECT * FROM customers WHERE shop_id = :shop_id")) == 30


def test_what_happens_live_during_the_import_counts_as_live(world: World) -> None:
    step(world)
    world.hear(_person(3, world.clock.at))
    shopify_finishes(world)
    step(world)
    person = world.rows("SELECT * FROM customers WHERE shop_id = :shop_id AND customer_id = 9003")[0]
    assert (person.orders_count, person.points) == (2, 50)


def test_who_becomes_quiet_after_the_import_is_noticed(world: World) -> None:
    shop = world.admin.shops[world.shop_id]
    shop.bulk_rows["BulkOrders"] = an_order_row(0, at=NOW - 5 * DAY)
    step(world)
    shopify_finishes(world)
    step(world)
    while not world.mail.sent:
        world.pass_time(10 * DAY)
        assert world.clock.at < NOW + 800 * DAY
    assert [message.to for message in world.mail.sent] == ["person0@example.com"]
