"""A throw-away PostgreSQL server with its durability on, for measuring."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def throw_away_cluster() -> Iterator[Callable[[], str] | None]:
    """Yield a function that makes a fresh database and returns its URL; None where no server is installed."""
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    home = Path(tempfile.mkdtemp(prefix="regulars-postgres-"))
    user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        os.chown(home, pwd.getpwnam("postgres").pw_uid, -1)
        user = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    admin = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    numbers = count(1)

    def control(program: str, *arguments: str) -> None:
        run = [*user, str(binaries / program), "-D", str(home / "data"), *arguments]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)

    def new_database() -> str:
        name = f"bench_{next(numbers)}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
            connection.execute("CHECKPOINT")
        return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{name}"

    control("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8")
    options = f"-p {port} -h 127.0.0.1 -k {home} -c shared_buffers=256MB -c max_wal_size=4GB"
    control("pg_ctl", "start", "-w", "-l", str(home / "log"), "-o", options)
    try:
        yield new_database
    finally:
        control("pg_ctl", "stop", "-w", "-m", "immediate")
        shutil.rmtree(home)


def _binaries() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).parent if found else None
