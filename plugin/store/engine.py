"""How a database is opened. On SQLite every writer begins with BEGIN IMMEDIATE: a read that turns into a write
would otherwise spend the same points twice (reliability.md 0.10).
"""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

BUSY_TIMEOUT = 5000  # milliseconds a writer waits for another writer of the same file

CHECKPOINT_PAGES = 10_000  # 40 MB of log; SQLite's own 1,000 make every batch of an import wait for two files


class UnsupportedDatabaseError(ValueError):
    """DATABASE_URL must name a SQLite file (sqlite:///regulars.db) or PostgreSQL (postgresql+psycopg://…)."""


def open_engine(url: str) -> Engine:
    """An engine for `url`. Opens nothing yet. Raises `UnsupportedDatabaseError`."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UnsupportedDatabaseError(str(UnsupportedDatabaseError.__doc__)) from None
    if parsed.get_backend_name() == "sqlite" and _is_a_file(parsed.database):
        return _sqlite(url)
    if parsed.drivername == "postgresql+psycopg":
        return create_engine(parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True)
    raise UnsupportedDatabaseError(str(UnsupportedDatabaseError.__doc__))


def _is_a_file(database: str | None) -> bool:
    """False for a database in memory, by either of its names: what it acknowledged would be gone."""
    return bool(database) and database != ":memory:" and not str(database).startswith("file:")


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        connect_args={"timeout": BUSY_TIMEOUT / 1000},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_reading = connection.get_execution_options().get("is_reading", False)
        connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")

    return engine
