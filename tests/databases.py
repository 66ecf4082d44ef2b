"""A throw-away PostgreSQL cluster for tests: our own server, on a free loopback port, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCluster:
    """Durability is off, because no test pulls the plug."""

    bin: Path
    home: Path
    port: int

    def control(self, *arguments: str) -> None:
        run = [str(self.bin / "pg_ctl"), "-D", str(self.home / "data"), "-w", *arguments]
        subprocess.run([*_as_postgres(), *run], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own words

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self.home} -c fsync=off -c max_connections=100"
        self.control("start", "-l", str(self.home / "log"), "-o", options)

    def stop(self) -> None:
        self.control("stop", "-m", "immediate")

    def new_database(self, *, template: str = "template1") -> str:
        """The URL of a database made from `template`."""
        name = f"test_{next(_NUMBERS)}"
        admin = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"


@contextmanager
def postgres_cluster(binaries: Path) -> Iterator[PostgresCluster]:
    """A running cluster, removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="regulars-postgres-"))
    if os.geteuid() == 0:
        os.chown(home, pwd.getpwnam("postgres").pw_uid, -1)
    data = str(home / "data")
    initdb = [str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*_as_postgres(), *initdb], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own words
    cluster = PostgresCluster(bin=binaries, home=home, port=_free_port())
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(home)


def postgres_binaries() -> Path | None:
    """Where a PostgreSQL server's programs are, or None."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def _as_postgres() -> list[str]:
    """The server refuses to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
