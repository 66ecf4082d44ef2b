"""After any stream of facts at any instants, who belongs is who would belong if everybody were asked anew."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select

from plugin.core.keys import shop_id_of
from plugin.core.segments.conditions import Tree
from plugin.core.segments.facts import NO_PAST, CustomerFacts, Past
from plugin.core.segments.print import to_text
from plugin.pipeline import define
from plugin.pipeline.define import Problem
from plugin.pipeline.flip import flip
from plugin.pipeline.membership import settle
from plugin.pipeline.sync import sync
from plugin.store import facts, members, schema, shops
from plugin.store.engine import open_engine
from plugin.store.live_segments import live_of
from plugin.store.purchases import LINES, MESSAGES, ORDERS, past_of
from plugin.store.tables import OrderLineRow, OrderRow, OutboxRow, SegmentChangeRow, SegmentMemberRow
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import table_of
from tests.builders import DAY, HOUR, NOW
from tests.queries.segment_worlds import pasts, people, placed, put, trees

Step = tuple[timedelta, CustomerFacts | None, Past, Tree | None]
_numbers = count(1)
_members, _changes = table_of(SegmentMemberRow), table_of(SegmentChangeRow)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('membership') / 'regulars.db'}"
    else:
        url = request.getfixturevalue("postgres_cluster").new_database()
    engine = open_engine(url)
    if request.param == "sqlite":
        event.listen(engine, "connect", _hurry)
    schema.migrate(engine, "main")
    yield Database(engine)
    engine.dispose()


def _hurry(connection: Any, _record: Any) -> None:
    """No test pulls the plug."""
    connection.execute("PRAGMA synchronous=OFF")


waits = st.sampled_from(
    [
        timedelta(0),
        timedelta.resolution,
        HOUR,
        DAY,
        DAY + timedelta.resolution,
        30 * DAY,
        200 * DAY,
        366 * DAY,
    ]
)
steps = st.lists(
    st.tuples(waits, st.none() | people, pasts, st.none() | trees).filter(
        lambda step: step[1] is not None or step[0] > timedelta(0)
    ),
    min_size=1,
    max_size=7,
)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=40,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(own=st.lists(trees, min_size=1, max_size=3), stream=steps, is_punctual=st.booleans())
def test_what_was_kept_up_is_what_a_full_recomputation_finds(
    database: Database,
    own: list[Tree],
    stream: list[Step],
    is_punctual: bool,  # noqa: FBT001  # hypothesis calls it
) -> None:
    """`is_punctual`: flips run at their very instants; else once, when all of them are overdue."""
    shop_id = installed(database)
    for tree in own:
        ask(database, shop_id, tree, NOW)
    now = NOW
    for wait, person, past, asked in stream:
        now = pass_time(database, shop_id, now, wait, is_punctual=is_punctual)
        if person is not None:
            tell(database, shop_id, person, past, now)
        if asked is not None:
            ask(database, shop_id, asked, now)
        check(database, shop_id, now)


def installed(database: Database) -> int:
    """A fresh shop, so that no example sees another's rows."""
    domain = f"shop-{next(_numbers)}.myshopify.com"
    with database.unit(shop_id_of(domain)) as unit:
        shops.ensure(unit, domain, salt="salt")
        shops.set_state(
            unit,
            shops.INSTALLED,
            at=NOW,
            reason="test",
            author="test",
            generation=1,
            installed_at=NOW,
            currency="EUR",
            timezone="Asia/Tehran",
        )
    return shop_id_of(domain)


def ask(database: Database, shop_id: int, tree: Tree, now: datetime) -> None:
    """The merchant makes a segment of the tree, and everybody is brought under it."""
    with database.unit(shop_id) as unit:
        name = f"Segment {len(live_of(unit, shops.get(unit)).predicates)}"
        made = define.create(
            unit, shops.get(unit), name=name, query=to_text(tree, currency="EUR"), now=now, author="test"
        )
        assert not isinstance(made, Problem), made
    sync(database, now)


def pass_time(
    database: Database, shop_id: int, now: datetime, wait: timedelta, *, is_punctual: bool
) -> datetime:
    later = now + wait
    while is_punctual:
        with database.reading(shop_id) as unit:
            due = facts.next_flip(unit)
        if due is None or due > later:
            break
        flip(database, max(due, now))
    flip(database, later)
    return later


def tell(database: Database, shop_id: int, person: CustomerFacts, past: Past, now: datetime) -> None:
    """Something happened: the customer's facts and past are these now."""
    with database.unit(shop_id) as unit:
        for model in (OrderRow, OrderLineRow, OutboxRow):
            table = table_of(model)
            unit.connection.execute(
                delete(table).where(table.c.shop_id == shop_id, table.c.customer_id == person.customer_id)
            )
        put(unit, [(person, past)])
        known = placed(shop_id, person)
        settled = settle(unit, shops.get(unit), [known], now, reason="event")
        facts.save(unit, [known], settled.flips)


def check(database: Database, shop_id: int, now: datetime) -> None:
    with database.reading(shop_id) as unit:
        kept = kept_members(unit)
        assert kept == recomputed(unit, now)
        counted = {segment_id: size.customers for segment_id, size in sizes(unit).items() if size.customers}
        mailable = {segment_id: size.mailable for segment_id, size in sizes(unit).items() if size.mailable}
        reachable = {person.customer_id for person in everybody(unit) if person.is_mailable}
        assert counted == {name: len(ids) for name, ids in kept.items()}
        assert mailable == {name: len(ids & reachable) for name, ids in kept.items() if ids & reachable}
        assert replayed(unit) == kept


def everybody(unit: Unit) -> list[CustomerFacts]:
    return facts.page(unit, after=None, limit=1000)


def recomputed(unit: Unit, now: datetime) -> dict[str, set[int]]:
    asked = everybody(unit)
    done = past_of(unit, [person.customer_id for person in asked], {LINES, ORDERS, MESSAGES})
    found: dict[str, set[int]] = {}
    for segment_id, predicate in live_of(unit, shops.get(unit)).predicates:
        for person in asked:
            if predicate.holds(person, done.get(person.customer_id, NO_PAST), now):
                found.setdefault(segment_id, set()).add(person.customer_id)
    return found


def kept_members(unit: Unit) -> dict[str, set[int]]:
    query = select(_members.c.segment_id, _members.c.customer_id).where(_members.c.shop_id == unit.shop_id)
    found: dict[str, set[int]] = {}
    for row in unit.connection.execute(query):
        found.setdefault(row.segment_id, set()).add(row.customer_id)
    return found


def replayed(unit: Unit) -> dict[str, set[int]]:
    """Who belongs by the rows that say who came and who went."""
    query = select(_changes).where(_changes.c.shop_id == unit.shop_id).order_by(_changes.c.at)
    found: dict[str, set[int]] = {}
    for row in unit.connection.execute(query):
        belonging = found.setdefault(row.segment_id, set())
        if row.has_joined:
            assert row.customer_id not in belonging
            belonging.add(row.customer_id)
        else:
            belonging.remove(row.customer_id)
    return {segment_id: ids for segment_id, ids in found.items() if ids}


def sizes(unit: Unit) -> dict[str, members.Size]:
    live = live_of(unit, shops.get(unit))
    return members.sizes(unit, sorted(live.ids))
