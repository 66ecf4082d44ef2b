"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy does not."""

from collections.abc import Mapping, Sequence
from functools import cache
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
    values = [{"shop_id": unit.shop_id, **row} for row in rows]
    counted = _insert_new(model, is_postgres=unit.is_postgres)
    return unit.connection.execute(counted, values).rowcount


def upsert(unit: Unit, model: type[Row], rows: Sequence[Values]) -> None:
    """Insert each row, or overwrite the columns it names where its primary key exists. All rows alike in columns."""
    if not rows:
        return
    statement = _upsert(model, frozenset(rows[0]), is_postgres=unit.is_postgres)
    unit.connection.execute(statement, [{"shop_id": unit.shop_id, **row} for row in rows])


def insert_into(unit: Unit, model: type[Row]) -> Any:
    """An INSERT that knows ON CONFLICT, in the words of this unit's database."""
    return _insert(model, is_postgres=unit.is_postgres)


# Building a statement takes longer than running it for one row, and there are not many different ones.
@cache
def _insert_new(model: type[Row], *, is_postgres: bool) -> Any:
    statement = _insert(model, is_postgres=is_postgres).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


@cache
def _upsert(model: type[Row], named: frozenset[str], *, is_postgres: bool) -> Any:
    key = [column.name for column in table_of(model).primary_key]
    statement = _insert(model, is_postgres=is_postgres)
    changed = {name: statement.excluded[name] for name in sorted(named) if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)


def _insert(model: type[Row], *, is_postgres: bool) -> Any:
    return postgresql.insert(table_of(model)) if is_postgres else sqlite.insert(table_of(model))
