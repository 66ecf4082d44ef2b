"""A street on SQLite, and one on each database for what depends on it."""

from collections.abc import Iterator

import pytest

from tests.pipeline.conftest import world
from tests.street import Street, a_street

__all__ = ["world"]


@pytest.fixture
def street(sqlite_url: str) -> Iterator[Street]:
    with a_street(sqlite_url) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_street(request: pytest.FixtureRequest) -> Iterator[Street]:
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    with a_street(request.getfixturevalue(fixture), migrated=request.param != "sqlite") as made:
        yield made
