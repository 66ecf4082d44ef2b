"""The real application over ASGI, on a house of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from plugin.app import create_app
from tests.world import OTHER_SHOP, SHOP, World, a_world


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'regulars.db'}"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Two installed shops with every flow on."""
    made = a_world(database_url)
    made.install(SHOP)
    made.install(OTHER_SHOP)
    yield made
    made.close()


@asynccontextmanager
async def visiting(
    world: World, *, headers: dict[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application that serves `world`; the door is open as long as it lasts."""
    await world.house.writer.start()
    transport = httpx.ASGITransport(app=create_app(world.house))
    async with httpx.AsyncClient(
        transport=transport, base_url="https://app.example.com", headers=headers
    ) as client:
        yield client
    await world.house.writer.stop()
