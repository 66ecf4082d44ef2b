"""The inbox: every delivery the door acknowledged, kept until it is understood, and replayable after.

Two faces. The door holds an `InboxWriter` (async, group commit). The worker holds an `InboxStore` (sync).
On SQLite the inbox is a file beside the main one; on PostgreSQL a table beside the others.
"""

from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from plugin.core.deliveries import Delivery
from plugin.store.inbox_postgres import PostgresInboxWriter
from plugin.store.inbox_queue import InboxUnavailableError
from plugin.store.inbox_rows import FailedDelivery, StoredDelivery
from plugin.store.inbox_sqlite import SqliteInboxWriter
from plugin.store.inbox_store import InboxStore

__all__ = [
    "FailedDelivery",
    "InboxStore",
    "InboxUnavailableError",
    "InboxWriter",
    "StoredDelivery",
    "UnsupportedInboxUrlError",
    "inbox_engine",
    "inbox_store",
    "inbox_url",
    "inbox_writer",
]

LOCK_LIMIT = 30.0  # seconds the worker waits for the door's commits on SQLite


class InboxWriter(Protocol):
    """Stores deliveries durably, many to a commit."""

    async def start(self) -> None:
        """Open for `put`. Starting twice is starting once. An unreachable database does not fail the start."""

    async def stop(self) -> None:
        """Store what waits, then close."""

    async def put(self, delivery: Delivery) -> None:
        """Return only after the commit that contains `delivery`; a duplicate is absorbed.

        Raises `InboxUnavailableError` when that did not happen within four seconds.
        """


class UnsupportedInboxUrlError(ValueError):
    """The inbox cannot live at this database URL."""


def inbox_url(database_url: str) -> str:
    """Where the inbox of the app at `database_url` lives: `regulars.db` -> `regulars-inbox.db`; PostgreSQL: the same.

    Raises `UnsupportedInboxUrlError` for a database in memory, which could not keep what it acknowledged.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        return database_url
    if url.get_backend_name() != "sqlite":
        raise UnsupportedInboxUrlError("DATABASE_URL must name SQLite or PostgreSQL")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise UnsupportedInboxUrlError(
            "DATABASE_URL names a database in memory, which forgets; name a file such as sqlite:///regulars.db"
        )
    main = Path(url.database)
    inbox = main.with_name(f"{main.stem}-inbox{main.suffix or '.db'}")
    return url.set(database=str(inbox)).render_as_string(hide_password=False)


def inbox_writer(database_url: str) -> InboxWriter:
    """The writer for the app's `DATABASE_URL`. The inbox must have been migrated."""
    url = make_url(inbox_url(database_url))
    if url.get_backend_name() == "postgresql":
        return PostgresInboxWriter(url)
    return SqliteInboxWriter(Path(url.database or ""))


def inbox_engine(database_url: str) -> Engine:
    """An engine for the inbox of the app's `DATABASE_URL`: for its migrations and its store."""
    url = make_url(inbox_url(database_url))
    return (
        create_engine(url, hide_parameters=True)
        if url.get_backend_name() == "postgresql"
        else _sqlite_engine(url)
    )


def inbox_store(database_url: str, engine: Engine | None = None) -> InboxStore:
    """The store for the app's `DATABASE_URL`; on PostgreSQL it shares the app's `engine` if given."""
    is_shared = engine is not None and engine.dialect.name == "postgresql"
    return InboxStore(engine if engine is not None and is_shared else inbox_engine(database_url))


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": LOCK_LIMIT}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing; _on_begin does
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine
