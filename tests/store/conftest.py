"""A throw-away PostgreSQL cluster, and an inbox on each database."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

from plugin.store.inbox import inbox_engine
from plugin.store.migrations.inbox import upgrade_inbox

_DATABASES = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCluster:
    """A server of our own on a free loopback port; durability off, because no test pulls the plug."""

    bin: Path
    home: Path
    port: int

    def control(self, *arguments: str) -> None:
        run = [str(self.bin / "pg_ctl"), "-D", str(self.home / "data"), "-w", *arguments]
        subprocess.run([*_as_postgres(), *run], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self.home} -c fsync=off -c max_connections=50"
        self.control("start", "-l", str(self.home / "log"), "-o", options)

    def stop(self) -> None:
        self.control("stop", "-m", "immediate")

    def new_database(self) -> str:
        name = f"test_{next(_DATABASES)}"
        admin = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed")
    home = Path(tempfile.mkdtemp(prefix="regulars-postgres-"))
    if os.geteuid() == 0:
        os.chown(home, pwd.getpwnam("postgres").pw_uid, -1)
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(home / "data"),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    subprocess.run([*_as_postgres(), *initdb], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
    cluster = PostgresCluster(bin=binaries, home=home, port=_free_port())
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(home)


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> str:
    """A fresh, empty database."""
    return postgres_cluster.new_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'regulars.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A DATABASE_URL whose inbox is migrated, on each database in turn."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(fixture)
    engine = inbox_engine(url)
    with engine.begin() as connection:
        upgrade_inbox(connection)
    engine.dispose()
    return url


def _as_postgres() -> list[str]:
    """The server refuses to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _postgres_binaries() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
