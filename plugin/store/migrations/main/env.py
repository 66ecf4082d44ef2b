"""Alembic's entry: migrations run on the connection they are given, never on one of their own."""

from alembic import context

import plugin.store.tables  # noqa: F401  # fills the metadata
from plugin.store.columns import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    version_table="alembic_version",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
