"""The schema is made by migrations only. Two histories: the main database, and the inbox (its own SQLite file)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

MIGRATIONS = Path(__file__).parent / "migrations"
HISTORIES = {"main": "alembic_version", "inbox": "alembic_version_inbox"}


class SchemaOutOfDateError(RuntimeError):
    """The database is not at this version's schema. Run `regulars migrate`."""


def migrate(engine: Engine, history: str) -> None:
    """Bring the database behind `engine` to the newest revision of `history` (`main` or `inbox`)."""
    config = _config(history)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(engine: Engine, history: str) -> str | None:
    """The revision the database is at, or None when it has no schema."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": HISTORIES[history]})
        return context.get_current_revision()


def newest_revision(history: str) -> str:
    return str(ScriptDirectory.from_config(_config(history)).get_current_head())


def require_current(engine: Engine, history: str) -> None:
    """Raise `SchemaOutOfDateError` unless the database is at the newest revision."""
    found, wanted = revision(engine, history), newest_revision(history)
    if found != wanted:
        raise SchemaOutOfDateError(
            f"the {history} database is at revision {found or 'none'}, this version needs {wanted}: "
            "run `regulars migrate`"
        )


def _config(history: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / history))
    config.set_main_option("path_separator", "os")
    return config
