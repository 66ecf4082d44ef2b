from collections.abc import Iterator

import pytest

from tests.devstore.world import World, a_world


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def world() -> Iterator[World]:
    """Empty shops."""
    made = a_world()
    yield made
    made.devstore.close()


@pytest.fixture(scope="module")
def full() -> Iterator[World]:
    """The seeded shop; for tests that only read."""
    made = a_world(empty=False)
    yield made
    made.devstore.close()
