"""An inbox on each database in turn."""

import pytest

from plugin.store.inbox import inbox_engine
from plugin.store.migrations.inbox import upgrade_inbox


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A DATABASE_URL whose inbox is migrated."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(fixture)
    engine = inbox_engine(url)
    with engine.begin() as connection:
        upgrade_inbox(connection)
    engine.dispose()
    return url
