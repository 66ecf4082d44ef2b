"""The schema as migrations make it, on both databases: no drift, shop first, wide ids, a ledger that stays."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import BigInteger, Engine, MetaData, Table, UniqueConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from plugin.store import tables
from plugin.store.columns import Row
from plugin.store.schema import HISTORIES, newest_revision, revision
from plugin.store.tables.inbox import inbox_metadata
from tests.pipeline.stories import mina, orders
from tests.world import OTHER_SHOP, SHOP, World, a_world

METADATA: dict[str, MetaData] = {"main": Row.metadata, "inbox": inbox_metadata}
TABLES: list[Table] = [table for metadata in METADATA.values() for table in metadata.sorted_tables]
_FROM_SHOPIFY = ("customer_id", "order_id", "shopify_id", "enrollment_id", "shop_id")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    made = a_world(request.getfixturevalue(fixture), migrated=request.param != "sqlite")
    made.install(SHOP)
    made.install(OTHER_SHOP)
    yield made
    made.close()


def engine_of(world: World, history: str) -> Engine:
    return world.database.engine if history == "main" else world.house.stores.inbox_engine


@pytest.mark.parametrize("history", HISTORIES)
def test_migrations_and_tables_agree(world: World, history: str) -> None:
    other = METADATA["inbox" if history == "main" else "main"]

    def is_of_this_history(_: object, name: str | None, kind: str, *__: object) -> bool:
        return kind != "table" or (name not in other.tables and name not in HISTORIES.values())

    engine = engine_of(world, history)
    assert revision(engine, history) == newest_revision(history)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": HISTORIES[history],
                "include_object": is_of_this_history,
                "compare_type": True,
            },
        )
        assert compare_metadata(context, METADATA[history]) == []


def test_every_table_of_the_package_has_been_migrated(world: World) -> None:
    there = {*inspect(world.database.engine).get_table_names()}
    there |= {*inspect(world.house.stores.inbox_engine).get_table_names()}
    assert {table.name for table in TABLES} - there == set()
    assert tables.__doc__


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_the_shop_comes_first_in_every_key(table: Table) -> None:
    assert next(iter(table.primary_key.columns)).name == "shop_id"
    uniques = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    assert [each.name for each in uniques if next(iter(each.columns)).name != "shop_id"] == []
    unique_indexes = [each for each in table.indexes if each.unique]
    assert [each.name for each in unique_indexes if next(iter(each.columns)).name != "shop_id"] == []
    assert list(table.foreign_keys) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_ids_have_64_bits(table: Table) -> None:
    narrow = [
        column.name
        for column in table.columns
        if column.name in _FROM_SHOPIFY and not isinstance(column.type, BigInteger)
    ]
    assert narrow == []


@pytest.mark.parametrize("table", ["ledger_transactions", "postings"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_the_ledger_is_append_only(world: World, table: str, verb: str) -> None:
    world.hear(*mina())
    world.hear(orders(1, product_minor=30_000))
    column = {"ledger_transactions": "reason", "postings": "account"}[table]
    statement = {
        "UPDATE": f"UPDATE {table} SET {column} = 'other' WHERE shop_id = :shop_id",  # noqa: S608  # our own names
        "DELETE": f"DELETE FROM {table} WHERE shop_id = :shop_id",  # noqa: S608  # likewise
    }[verb]
    before = world.rows(f"SELECT * FROM {table} WHERE shop_id = :shop_id")  # noqa: S608  # likewise
    assert before != []
    with (
        pytest.raises(DBAPIError, match="ledger"),
        world.database.unit(world.shop_id) as unit,
    ):
        unit.connection.execute(text(statement), {"shop_id": world.shop_id})
    assert world.rows(f"SELECT * FROM {table} WHERE shop_id = :shop_id") == before  # noqa: S608  # likewise
