"""The devstore's own small SQLite file. It survives a kill: every change is a committed transaction in WAL mode."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any, Generic, TypeVar

import msgspec

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shops (
  shop TEXT PRIMARY KEY, created_at INTEGER NOT NULL, uninstalled_at INTEGER, counter INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS records (
  shop TEXT NOT NULL, kind TEXT NOT NULL, id INTEGER NOT NULL, alias TEXT, owner INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, doc BLOB NOT NULL, PRIMARY KEY (shop, kind, id));
CREATE INDEX IF NOT EXISTS records_alias ON records (shop, kind, alias);
CREATE INDEX IF NOT EXISTS records_owner ON records (shop, kind, owner, id);
CREATE INDEX IF NOT EXISTS records_updated ON records (shop, kind, updated_at, id);
CREATE TABLE IF NOT EXISTS tokens (
  shop TEXT NOT NULL, access TEXT NOT NULL, expires_at INTEGER, refresh TEXT, refresh_expires_at INTEGER,
  parent TEXT, state TEXT NOT NULL, first_used_at INTEGER, PRIMARY KEY (shop, access));
CREATE UNIQUE INDEX IF NOT EXISTS tokens_refresh ON tokens (shop, refresh);
CREATE TABLE IF NOT EXISTS files (shop TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (shop, name));
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, shop TEXT NOT NULL, topic TEXT NOT NULL, webhook_id TEXT NOT NULL, event_id TEXT NOT NULL,
  triggered_at INTEGER NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL, answer INTEGER, answered_at INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, next_at);
"""

T = TypeVar("T")
_TABLES = ("shops", "records", "tokens", "files", "deliveries")


def micros(at: datetime) -> int:
    """An instant as whole microseconds since 1970, the form in which the file keeps and compares time."""
    return round(at.timestamp() * 1_000_000)


class Database:
    """One connection behind one lock: a store for one person's demo and for tests needs no more."""

    def __init__(self, path: Path | str) -> None:
        self._lock = RLock()
        self._depth = 0
        self._connection = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside a transaction joins it."""
        with self._lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return found

    def run(self, sql: str, *values: Any) -> int:
        """Execute one statement and return how many rows it changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def run_many(self, sql: str, values: Iterable[tuple[Any, ...]]) -> None:
        with self._lock:
            self._connection.executemany(sql, values)

    def empty(self) -> None:
        """Forget everything, in one transaction."""
        with self.transaction():
            for table in _TABLES:
                self.run(f"DELETE FROM {table}")  # noqa: S608 - a constant of this module

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class Shelf(Generic[T]):
    """All records of one kind in one shop, each a frozen value kept as JSON beside the columns that are searched."""

    def __init__(
        self,
        database: Database,
        *,
        shop: str,
        kind: type[T],
        alias: Callable[[T], str | None],
        owner: Callable[[T], int | None],
    ) -> None:
        self._database = database
        self._key = (shop, kind.__name__)
        self._alias = alias
        self._owner = owner
        self._decode = msgspec.json.Decoder(kind).decode
        self._encode = msgspec.json.Encoder().encode

    def put(self, *items: T) -> None:
        self._database.run_many(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._row(item) for item in items),
        )

    def delete(self, number: int) -> None:
        self._database.run("DELETE FROM records WHERE shop = ? AND kind = ? AND id = ?", *self._key, number)

    def get(self, number: int) -> T | None:
        return next(iter(self.where("id = ?", number)), None)

    def by_alias(self, alias: str) -> T | None:
        return next(iter(self.where("alias = ?", alias)), None)

    def by_owner(self, owner: int) -> list[T]:
        return self.where("owner = ?", owner)

    def where(self, condition: str, *values: Any, order: str = "id", limit: int = -1) -> list[T]:
        """Records that meet `condition`, a fragment over id, alias, owner, created_at and updated_at.

        `condition` and `order` are written in this package, never taken from a request.
        """
        sql = (
            f"SELECT doc FROM records WHERE shop = ? AND kind = ? AND ({condition}) ORDER BY {order} LIMIT ?"  # noqa: S608
        )
        return [self._decode(row["doc"]) for row in self._database.rows(sql, *self._key, *values, limit)]

    def count(self) -> int:
        row = self._database.row("SELECT count(*) AS n FROM records WHERE shop = ? AND kind = ?", *self._key)
        return int(row["n"]) if row else 0

    def _row(self, item: Any) -> tuple[Any, ...]:
        times = (micros(item.created_at), micros(item.updated_at))
        return (*self._key, item.id, self._alias(item), self._owner(item), *times, self._encode(item))
