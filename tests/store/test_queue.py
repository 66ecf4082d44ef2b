"""Shops take turns; a claim ends by its lease, by its fence, or by being given back with what is due next."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from threading import Event

import pytest

from plugin.store import queue, schema
from plugin.store.engine import open_engine
from plugin.store.queue import LEASE, Claim
from plugin.store.unit_of_work import Database, Unit
from tests.builders import HOUR, MINUTE, NOW

Q = "flow:test"
LARGE, SMALL, THIRD = 1, 2, 3


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    is_sqlite = request.param == "sqlite"
    url = request.getfixturevalue("sqlite_url" if is_sqlite else "migrated_postgres_url")
    engine = open_engine(url)
    if is_sqlite:
        schema.migrate(engine, "main")
    yield Database(engine)
    engine.dispose()


def wake(database: Database, shop_id: int, at: datetime = NOW) -> None:
    with database.unit(shop_id) as unit:
        queue.wake(unit, Q, at)


def claimed(database: Database, at: datetime = NOW) -> Claim:
    held = queue.claim(database, Q, at)
    assert held is not None
    return held


def give_back(database: Database, held: Claim, next_due: datetime | None) -> bool:
    with database.unit(held.shop_id) as unit:
        return queue.release(unit, held, lambda _: next_due)


def test_nothing_is_claimed_before_it_is_due(database: Database) -> None:
    wake(database, SMALL, NOW + MINUTE)
    assert queue.claim(database, Q, NOW) is None
    assert claimed(database, NOW + MINUTE).shop_id == SMALL


def test_waking_never_makes_a_shop_wait_longer(database: Database) -> None:
    wake(database, SMALL, NOW)
    wake(database, SMALL, NOW + HOUR)
    assert claimed(database).shop_id == SMALL


def test_a_shop_with_many_due_rows_delays_nobody(database: Database) -> None:
    """The large shop is due again each time it is given back; the others still get every turn but one."""
    wake(database, LARGE)
    wake(database, SMALL)
    wake(database, THIRD)
    left = {LARGE: 1000, SMALL: 3, THIRD: 2}
    served = []
    for held in islice(queue.turns(database, Q, NOW), 9):
        served.append(held.shop_id)
        left[held.shop_id] -= 1
        give_back(database, held, NOW if left[held.shop_id] else None)
    assert served == [LARGE, SMALL, THIRD, LARGE, SMALL, THIRD, LARGE, SMALL, LARGE]


def test_who_was_served_in_the_last_run_waits_for_the_others_in_this(database: Database) -> None:
    wake(database, LARGE)
    give_back(database, claimed(database), NOW)
    wake(database, SMALL)
    assert claimed(database, NOW + MINUTE).shop_id == SMALL


def test_a_held_shop_is_held_by_one_until_its_lease_ends(database: Database) -> None:
    wake(database, SMALL)
    late = claimed(database)
    assert queue.claim(database, Q, NOW + LEASE - MINUTE) is None

    current = claimed(database, NOW + LEASE)

    assert current.fence == late.fence + 1
    assert not give_back(database, late, None)
    with database.unit(SMALL) as unit:
        assert not queue.is_held(unit, late)
        assert queue.is_held(unit, current)
    assert give_back(database, current, None)
    assert queue.claim(database, Q, NOW + HOUR) is None


def test_of_eight_who_claim_at_once_each_shop_goes_to_one(database: Database) -> None:
    for shop_id in range(1, 5):
        wake(database, shop_id)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: queue.claim(database, Q, NOW), range(8)))
    held = [claim.shop_id for claim in claims if claim is not None]
    assert len(held) == len(set(held))
    # On PostgreSQL all eight may look at the same free row at once: who comes second goes away empty-handed.
    rest = [claim.shop_id for claim in queue.turns(database, Q, NOW)]
    assert sorted(held + rest) == [1, 2, 3, 4]


def test_work_that_arrives_while_a_shop_is_given_back_is_not_forgotten(database: Database) -> None:
    """The one who gives back looks for what is due only when nobody can wake the shop behind its back."""
    wake(database, SMALL)
    held = claimed(database)
    has_brought, has_looked, may_commit = Event(), Event(), Event()
    work: list[datetime] = []

    def due(_: Unit) -> datetime | None:
        has_looked.set()
        return min(work, default=None)

    def bring_work() -> None:
        with database.unit(SMALL) as unit:
            queue.wake(unit, Q, NOW + HOUR)
            has_brought.set()
            may_commit.wait(5)
            work.append(NOW + HOUR)  # as if only the commit made it visible

    def return_it() -> None:
        with database.unit(SMALL) as unit:
            queue.release(unit, held, due)

    with ThreadPoolExecutor(2) as pool:
        bringing = pool.submit(bring_work)
        has_brought.wait(5)
        returning = pool.submit(return_it)
        assert not has_looked.wait(0.3)
        may_commit.set()
        bringing.result(5)
        returning.result(5)
    assert queue.next_due_anywhere(database, [Q]) == NOW + HOUR
