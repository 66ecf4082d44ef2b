"""The schema: made by migrations alone, keyed by shop, wide enough, and asked only on behalf of one shop."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, UniqueConstraint, event, inspect
from sqlalchemy.exc import DatabaseError

from plugin.core.keys import shop_id_of
from plugin.store import ledger, schema
from plugin.store.columns import Row
from plugin.store.engine import open_engine
from plugin.store.inbox import inbox_engine
from plugin.store.schema import HISTORIES
from plugin.store.tables.inbox import inbox_metadata
from tests.builders import DAY, HOUR, NOW
from tests.pipeline.stories import abandons, mina, of, orders
from tests.world import SHOP, World, a_world

METADATA: dict[str, MetaData] = {"main": Row.metadata, "inbox": inbox_metadata}
LARGEST = 2**63 - 1


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return found


@pytest.fixture
def world(url: str) -> Iterator[World]:
    made = a_world(url)
    made.install(SHOP)
    yield made
    made.close()


@pytest.mark.parametrize("history", HISTORIES)
def test_what_the_migrations_make_is_what_the_models_say(url: str, history: str) -> None:
    engine = open_engine(url) if history == "main" else inbox_engine(url)
    schema.migrate(engine, history)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": HISTORIES[history],
                "compare_type": True,
                "include_name": _only_tables_of(METADATA[history]),
            },
        )
        assert compare_metadata(context, METADATA[history]) == []
    engine.dispose()


def _only_tables_of(metadata: MetaData) -> Callable[[str | None, str, Any], bool]:
    return lambda name, kind, _parents: kind != "table" or name in metadata.tables


@pytest.mark.parametrize("history", HISTORIES)
def test_migrating_again_changes_nothing_and_is_current(url: str, history: str) -> None:
    engine = open_engine(url) if history == "main" else inbox_engine(url)
    schema.migrate(engine, history)
    schema.migrate(engine, history)
    schema.require_current(engine, history)
    assert schema.revision(engine, history) == schema.newest_revision(history)
    engine.dispose()


ALL_TABLES = [table for metadata in METADATA.values() for table in metadata.sorted_tables]


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_every_key_begins_with_the_shop(table: Any) -> None:
    """What makes rows of two shops strangers, and the schema shardable (law 7)."""
    assert next(iter(table.primary_key.columns)).name == "shop_id"
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            assert next(iter(constraint.columns)).name == "shop_id"
    for index in table.indexes:
        if index.unique:
            assert next(iter(index.columns)).name == "shop_id"


@pytest.mark.parametrize("verb", ["UPDATE {} SET shop_id = 1", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["ledger_transactions", "postings"])
def test_nobody_edits_the_ledger(world: World, table: str, verb: str) -> None:
    world.hear(*mina(), orders(1))
    with (
        pytest.raises(DatabaseError, match="append-only"),
        world.database.unit(world.shop_id) as unit,
    ):
        unit.connection.exec_driver_sql(verb.format(table))
    with world.database.reading(world.shop_id) as unit:
        assert ledger.balance_of(unit, 7001) == 50


def test_the_largest_ids_that_shopify_may_send_are_kept_whole(world: World) -> None:
    world.hear(
        *(of(fact, shopify_id=LARGEST) for fact in mina()),
        of(orders(LARGEST), f"order:{LARGEST}", shopify_id=LARGEST),
    )
    (person,) = world.rows("SELECT * FROM customers WHERE shop_id = :shop_id")
    assert (person.customer_id, person.orders_count, person.points) == (LARGEST, 1, 50)
    assert 2**32 < shop_id_of(SHOP) < 2**63


def test_every_id_is_64_bits_wide(url: str) -> None:
    engine = open_engine(url)
    schema.migrate(engine, "main")
    wide = {"BIGINT"}
    for name, table in Row.metadata.tables.items():
        types = {column["name"]: str(column["type"]) for column in inspect(engine).get_columns(name)}
        ids = [column.name for column in table.columns if column.name.endswith(("shop_id", "customer_id"))]
        ids += [name for name in ("enrollment_id", "shopify_id") if name in types]
        assert {types[column] for column in ids} <= wide, name
    engine.dispose()


# One shop at a time

ACROSS_SHOPS = {
    "FROM shop_queue": "the queue picks the shop whose turn it is; it reads keys and due times only",
    "FROM shops": "operators' lists, and the hourly jobs that then work shop by shop",
    "FROM imports": "the import job finds what is unfinished, then works shop by shop",
    "FROM privacy_requests": "the erasing job finds what is unfinished, then works shop by shop",
    "FROM reconciliations": "the reconciling job finds what is unfinished, then works shop by shop",
}
"""The few statements that look at all shops, and why they may. Each reads; none of them changes anything."""


@pytest.fixture
def statements(world: World) -> Iterator[list[str]]:
    """Every statement that reaches the main database while the test runs."""
    heard: list[str] = []

    def note(_c: Connection, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:  # noqa: FBT001  # the event's shape
        heard.append(" ".join(statement.split()))

    engine: Engine = world.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield heard
    event.remove(engine, "before_cursor_execute", note)


def test_every_statement_of_the_main_stories_names_one_shop(world: World, statements: list[str]) -> None:
    world.hear(*mina(NOW - 90 * DAY), orders(1, at=NOW - 60 * DAY), abandons())
    world.pass_time(HOUR)
    world.hear(orders(2, at=world.clock.at, product_minor=60_000))
    world.hear(of(orders(3, at=world.clock.at), "order:3", shopify_id=None))
    world.pass_time(HOUR)
    world.pass_time(400 * DAY)
    asked = set(statements)

    tables = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN) (" + "|".join(Row.metadata.tables) + r")\b")
    loose = {statement for statement in asked if tables.search(statement) and not _names_a_shop(statement)}
    unexcused = {
        statement
        for statement in loose
        if not statement.startswith("SELECT") or not any(excuse in statement for excuse in ACROSS_SHOPS)
    }
    assert unexcused == set()
    touched = {name for statement in asked for name in tables.findall(statement)}
    assert {"customers", "events", "outbox", "enrollments", "postings", "redemptions"} <= touched


GROWING = frozenset(
    {
        "attempts",
        "customer_facts",
        "customers",
        "decisions",
        "enrollments",
        "events",
        "identities",
        "ledger_transactions",
        "order_lines",
        "orders",
        "outbox",
        "postings",
        "redemptions",
        "segment_changes",
        "segment_members",
    }
)
"""Tables that have many rows of one shop."""


def test_no_statement_of_the_main_stories_reads_a_whole_shop(sqlite_url: str) -> None:
    """As SQLite plans it: past the shop, every look into a large table is guided by a second column."""
    world = a_world(sqlite_url)
    world.install(SHOP)
    plans: dict[str, list[str]] = {}

    def explain(*heard: Any) -> None:
        _connection, cursor, statement, parameters, _context, is_many = heard
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and statement not in plans:
            values = parameters[0] if is_many else parameters
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans[statement] = [str(row[3]) for row in rows]

    engine: Engine = world.database.engine
    event.listen(engine, "before_cursor_execute", explain)
    world.hear(*mina(NOW - 90 * DAY), orders(1, at=NOW - 60 * DAY), abandons())
    world.hear(of(orders(3, at=world.clock.at), "order:3", shopify_id=None, email="guest@example.com"))
    world.pass_time(HOUR)
    world.hear(orders(2, at=world.clock.at, product_minor=60_000))
    world.hear(of(mina()[0], email="guest@example.com"))
    world.pass_time(400 * DAY)
    world.close()

    unguided = {
        f"{step} <- {' '.join(statement.split())}"
        for statement, steps in plans.items()
        for step in steps
        if not statement.startswith("SELECT min(")  # one look at the end of an index
        and (found := re.match(r"(SCAN|SEARCH) (\w+)", step))
        and found[2] in GROWING
        and _is_unguided(step)
    }
    assert unguided == set()
    assert len(plans) > 30


def _is_unguided(step: str) -> bool:
    return step.startswith("SCAN") or re.search(r"\(shop_id=\?\)$", step) is not None


def test_the_search_sees_a_statement_that_names_no_shop() -> None:
    assert not _names_a_shop("SELECT customers.email FROM customers WHERE customers.stage = ?")
    assert not _names_a_shop("SELECT customers.shop_id FROM customers WHERE customers.stage = ?")
    assert _names_a_shop("SELECT customers.email FROM customers WHERE customers.shop_id = ?")
    assert _names_a_shop("INSERT INTO events (shop_id, event_id) VALUES (?, ?)")


def _names_a_shop(statement: str) -> bool:
    if statement.startswith("INSERT"):
        return re.match(r"INSERT INTO \w+ \(([^)]*\b)?shop_id\b", statement) is not None
    _, _, conditions = statement.partition(" WHERE ")
    return re.search(r"\bshop_id = (\?|%\(|:)", conditions) is not None
