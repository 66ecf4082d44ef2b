"""What every test may ask for. What a machine lacks is skipped, and with `CI=true` a failure."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import make_url

from plugin.store import schema
from plugin.store.engine import open_engine
from tests.databases import PostgresCluster, postgres_binaries, postgres_cluster

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running, beside which no other may be started."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run of a process."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        missing("Chromium is not on PATH; install it to run the browser tests")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session", name="postgres_cluster")
def _postgres_cluster() -> Iterator[PostgresCluster]:
    binaries = postgres_binaries()
    if binaries is None:
        missing("no PostgreSQL server is installed")
    else:
        with postgres_cluster(binaries) as cluster:
            yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> str:
    """A fresh, empty database."""
    return postgres_cluster.new_database()


@pytest.fixture(scope="session", name="_template")
def _migrated_template(postgres_cluster: PostgresCluster) -> str:
    url = postgres_cluster.new_database()
    engine = open_engine(url)
    schema.migrate(engine, "main")
    schema.migrate(engine, "inbox")
    engine.dispose()
    return str(make_url(url).database)


@pytest.fixture
def migrated_postgres_url(postgres_cluster: PostgresCluster, _template: str) -> str:
    """A database with the current schema, copied from one that was migrated."""
    return postgres_cluster.new_database(template=_template)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'regulars.db'}"


def missing(what: str) -> None:
    """Skip for want of `what`; where everything should be installed, fail."""
    if os.environ.get("CI") == "true":  # noqa: TID251  # a fact about the machine, not a setting of the app
        pytest.fail(what)
    pytest.skip(what)
