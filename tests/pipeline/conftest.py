"""Worlds on both databases. PostgreSQL's come from a template that is migrated once."""

from collections.abc import Iterator

import pytest

from tests.world import OTHER_SHOP, SHOP, World, a_world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Two installed shops with every flow on; the second one must never see anything of the first."""
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    url: str = request.getfixturevalue(fixture)
    made = a_world(url, migrated=request.param != "sqlite")
    made.install(SHOP)
    made.install(OTHER_SHOP)
    yield made
    made.close()
