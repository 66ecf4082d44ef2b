"""The inbox's own schema history: it may live in another file than the rest (see tables/inbox.py)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

VERSION_TABLE = "alembic_version_inbox"


def upgrade_inbox(connection: Connection, revision: str = "head") -> None:
    """Bring the inbox behind `connection` to `revision`. The caller commits."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
