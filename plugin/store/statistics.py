"""What the database's planner knows of the tables: brought up to date when a shop's history has come in.

Until then PostgreSQL plans for the empty tables of the first day, and its own collector may be minutes away.
"""

from sqlalchemy import text

from plugin.store.columns import Row
from plugin.store.unit_of_work import Unit

_ROWS_LOOKED_AT = 1000  # of each index, on SQLite: enough to tell many from few, in milliseconds
_EVERY_TABLE_THAT_GREW = 0x10002


def refresh(unit: Unit) -> None:
    """Look at a sample of every table. Takes no lock that keeps readers or writers of PostgreSQL waiting."""
    if unit.is_postgres:
        for table in Row.metadata.sorted_tables:
            unit.connection.execute(text(f'ANALYZE "{table.name}"'))
    else:
        unit.connection.execute(text(f"PRAGMA analysis_limit={_ROWS_LOOKED_AT}"))
        unit.connection.execute(text(f"PRAGMA optimize={_EVERY_TABLE_THAT_GREW}"))
