"""One unit of work per request or item. Nothing else in the house commits (law 8)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An open transaction that speaks for one shop."""

    connection: Connection
    shop_id: int

    @property
    def is_postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"


class Database:
    """The main database. Never hold a unit open over a network call."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def unit(self, shop_id: int) -> Iterator[Unit]:
        """A writing transaction: commits on the way out, rolls back on any exception."""
        with self.engine.connect() as connection, connection.begin():
            yield Unit(connection=connection, shop_id=shop_id)

    @contextmanager
    def reading(self, shop_id: int) -> Iterator[Unit]:
        """A consistent snapshot to read from; keeps no writer waiting."""
        with self.engine.connect() as connection:
            reader = connection.execution_options(is_reading=True)
            with reader.begin():
                yield Unit(connection=reader, shop_id=shop_id)
