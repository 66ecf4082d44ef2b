"""Understanding what the door stored: one bad delivery marks itself, and nothing that was acknowledged is lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from plugin.jobs.process_inbox import process_inbox
from plugin.jobs.upkeep import drop_raw_bodies, take_up_set_aside
from plugin.store import shops
from plugin.store.unit_of_work import Database, Unit
from plugin.worker import tick
from tests.builders import DAY, NOW
from tests.pipeline.door import a_delivery, arrive, store
from tests.webhooks import shopify_bodies as bodies
from tests.world import OTHER_SHOP, SHOP, World

NEW_SHOP = "third.myshopify.com"


def a_customer_body(number: int) -> dict[str, Any]:
    return bodies.a_customer(id=9000 + number, email=f"person{number}@example.com", phone=None)


def counts(world: World, shop: str = SHOP) -> dict[str, int]:
    found = world.house.tools.inbox.counts(world.shop(shop).shop_id)
    return {state: number for state, number in found.items() if number}


def people(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM customers WHERE shop_id = :shop_id")[0][0])


def work(world: World) -> int:
    return process_inbox(world.house.tools, world.clock.at)


POISON = [
    b'{"id": NaN}',
    b'{"id": 1, "id": 2}',
    b"[" * 100_000,
    b"\xff\xfe{}",
    b'{"id": ' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize("poison", POISON, ids=["NaN", "twice a key", "deep", "no UTF-8", "long number"])
def test_one_poisonous_delivery_among_twenty_marks_only_itself(world: World, poison: bytes) -> None:
    good = [a_delivery(world, "customers/create", a_customer_body(n)) for n in range(20)]
    store(world, *good[:10], a_delivery(world, "customers/create", poison), *good[10:])
    assert work(world) == 21
    assert counts(world) == {"done": 20, "failed": 1}
    assert people(world) == 20
    assert work(world) == 0


def test_an_unexpected_mistake_of_ours_costs_only_the_delivery_that_met_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = import_module("plugin.jobs.process_inbox")  # the package gives its function this name
    healthy = job.ingest

    def fragile(unit: Unit, shop: Any, facts: Any, **named: Any) -> Any:
        if any(getattr(fact, "shopify_id", None) == 9003 for fact in facts):
            raise KeyError("mina@example.com")
        return healthy(unit, shop, facts, **named)

    monkeypatch.setattr(job, "ingest", fragile)
    store(world, *(a_delivery(world, "customers/create", a_customer_body(n)) for n in range(6)))
    work(world)
    assert counts(world) == {"done": 5, "failed": 1}
    assert [failure.reason for failure in world.house.tools.inbox.failed(world.shop_id, 10)] == [
        "internal_error"
    ]

    monkeypatch.setattr(job, "ingest", healthy)
    assert world.house.tools.inbox.reopen(world.shop_id, only_failed=True) == 1
    work(world)
    assert counts(world) == {"done": 6}
    assert people(world) == 6


def test_a_database_that_cannot_be_used_for_a_moment_fails_no_delivery(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = Database.unit

    @contextmanager
    def locked_for_the_first(database: Database, shop_id: int) -> Iterator[Unit]:
        if shop_id == world.shop_id:
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))
        with healthy(database, shop_id) as unit:
            yield unit

    store(world, a_delivery(world, "customers/create", a_customer_body(1)))
    store(world, a_delivery(world, "customers/create", a_customer_body(2), shop=OTHER_SHOP))
    monkeypatch.setattr(Database, "unit", locked_for_the_first)
    with pytest.raises(OperationalError):
        work(world)
    assert counts(world) == {"received": 1}
    assert counts(world, OTHER_SHOP) == {"done": 1}

    monkeypatch.setattr(Database, "unit", healthy)
    _let_leases_pass(world)
    work(world)
    assert counts(world) == {"done": 1}


def _let_leases_pass(world: World) -> None:
    """On PostgreSQL a hand-out is leased by the server's own clock."""
    if world.database.engine.dialect.name == "postgresql":
        with world.database.unit(world.shop_id) as unit:
            unit.connection.exec_driver_sql("UPDATE inbox SET claimed_until = NULL")


def test_a_topic_that_we_never_asked_for_is_ignored(world: World) -> None:
    arrive(world, "themes/publish", {"id": 1, "name": "Dawn"})
    assert counts(world) == {"ignored": 1}


def test_a_body_of_another_topic_does_nothing_above_all_nothing_destructive(world: World) -> None:
    arrive(world, "customers/create", a_customer_body(1))
    arrive(world, "app/uninstalled", a_customer_body(1))
    arrive(world, "shop/redact", bodies.an_order())
    arrive(world, "customers/redact", a_customer_body(1))
    arrive(world, "shop/redact", bodies.a_shop_redact(shop_domain=OTHER_SHOP))
    assert counts(world) == {"done": 1, "failed": 4}
    assert world.shop().state == shops.INSTALLED
    assert people(world) == 1


def test_the_same_delivery_again_is_one_delivery(world: World) -> None:
    delivery = a_delivery(world, "customers/create", a_customer_body(1), delivery_id="d-1")
    store(world, delivery, delivery)
    store(world, delivery)
    work(world)
    assert counts(world) == {"done": 1}


def test_understanding_everything_again_changes_nothing(world: World) -> None:
    arrive(world, "customers/create", a_customer_body(1))
    moment = NOW.isoformat()
    arrive(world, "orders/create", bodies.an_order(created_at=moment, processed_at=moment, updated_at=moment))
    pictures = (
        "SELECT customer_id, state, points FROM customers WHERE shop_id = :shop_id ORDER BY customer_id"
    )
    before = world.rows(pictures)
    assert world.house.tools.inbox.reopen() == 2
    work(world)
    assert world.rows(pictures) == before
    assert world.rows("SELECT count(*) FROM ledger_transactions WHERE shop_id = :shop_id")[0][0] == 1


def test_what_comes_before_the_shop_is_installed_waits_for_that(world: World) -> None:
    arrive(world, "customers/create", a_customer_body(1), shop=NEW_SHOP)
    assert counts(world, NEW_SHOP) == {"ignored": 1}
    assert take_up_set_aside(world.house.tools, world.clock.at) == 0

    world.admin.shops |= {world.shop(NEW_SHOP).shop_id: world.admin.shops[world.shop_id]}
    world.install(NEW_SHOP)
    world.pass_time(timedelta(minutes=5))
    assert counts(world, NEW_SHOP) == {"done": 1}
    assert len(world.rows("SELECT * FROM customers")) == 1


def test_bodies_are_forgotten_after_two_weeks_and_their_keys_still_absorb_retries(world: World) -> None:
    delivery = a_delivery(world, "customers/create", a_customer_body(1), delivery_id="d-1")
    store(world, delivery)
    work(world)
    world.clock.at += 15 * DAY
    assert drop_raw_bodies(world.house.tools, world.clock.at) == 1
    assert drop_raw_bodies(world.house.tools, world.clock.at) == 0
    store(world, delivery)
    assert work(world) == 0
    assert counts(world) == {"done": 1}


def test_no_unit_of_any_job_speaks_for_a_shop_by_default(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every unit names its shop; those for none of them (0) touch only what belongs to the installation."""
    healthy = Database.unit
    asked: Counter[int] = Counter()

    def counted(database: Database, shop_id: int) -> AbstractContextManager[Unit]:
        asked[shop_id] += 1
        return healthy(database, shop_id)

    monkeypatch.setattr(Database, "unit", counted)
    store(world, a_delivery(world, "orders/create", bodies.an_order()))
    tick(world.house.tools, NOW)
    known = {0, world.shop_id, world.shop(OTHER_SHOP).shop_id}
    assert set(asked) <= known
    others = world.rows("SELECT * FROM events WHERE shop_id != :shop_id")
    assert others == []
    assert len(world.rows("SELECT * FROM events WHERE shop_id = :shop_id")) >= 1
