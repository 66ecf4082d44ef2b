"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy does not."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from plugin.store.columns import Row
from plugin.store.unit_of_work import Unit

Values = Mapping[str, Any]


def table_of(model: type[Row]) -> Table:
    return Row.metadata.tables[str(model.__tablename__)]


def insert_new(unit: Unit, model: type[Row], rows: Sequence[Values]) -> int:
    """Insert the rows whose primary key or unique key is not there yet; how many there were."""
    if not rows:
        return 0
    table = table_of(model)
    statement = insert_into(unit, model).on_conflict_do_nothing()
    values = [{"shop_id": unit.shop_id, **row} for row in rows]
    if len(values) == 1:
        counted = statement.execution_options(preserve_rowcount=True)
        return int(unit.connection.execute(counted, values[0]).rowcount)
    # Drivers disagree about the row count of many inserts at once; the rows that come back do not.
    return len(unit.connection.execute(statement.returning(table.c.shop_id), values).all())


def upsert(unit: Unit, model: type[Row], rows: Sequence[Values]) -> None:
    """Insert each row, or overwrite the columns it names where its primary key exists. All rows alike in columns."""
    if not rows:
        return
    table = table_of(model)
    key = [column.name for column in table.primary_key]
    statement = insert_into(unit, model)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    statement = statement.on_conflict_do_update(index_elements=key, set_=changed)
    unit.connection.execute(statement, [{"shop_id": unit.shop_id, **row} for row in rows])


def insert_into(unit: Unit, model: type[Row]) -> Any:
    """An INSERT that knows ON CONFLICT, in the words of this unit's database."""
    table = table_of(model)
    return postgresql.insert(table) if unit.is_postgres else sqlite.insert(table)
