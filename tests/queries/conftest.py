"""A migrated, empty database of each kind in turn."""

from collections.abc import Iterator

import pytest

from plugin.store.engine import open_engine
from plugin.store.schema import migrate
from plugin.store.unit_of_work import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """For tests that write the rows which they ask about themselves."""
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    engine = open_engine(request.getfixturevalue(fixture))
    if request.param == "sqlite":
        migrate(engine, "main")
    yield Database(engine)
    engine.dispose()
