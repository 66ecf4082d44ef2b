"""Alembic's entry point; whoever runs it hands over an open connection."""

from alembic import context

from plugin.store.migrations.inbox import VERSION_TABLE
from plugin.store.tables.inbox import inbox_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=inbox_metadata,
    version_table=VERSION_TABLE,
    include_name=lambda name, kind, _parents: kind != "table" or name in inbox_metadata.tables,
)
with context.begin_transaction():
    context.run_migrations()
