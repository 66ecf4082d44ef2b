"""How fast the door takes webhooks in, as ratios within one run.

    .venv/bin/python -m benchmarks.ingest [--quick]

Variants take turns, round after round, each with a fresh server and a fresh database; a ratio is the median of
the ratios within a round, so that a busy neighbour harms all alike. 5 KB orders with real HMAC, 256 connections.
One web process gets one core and the load generator the other; two web processes share both with everything.
"""

import argparse
import base64
import hmac
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.postgres import free_port, throw_away_cluster
from plugin.store.inbox import inbox_engine
from plugin.store.migrations.inbox import upgrade_inbox

HERE = Path(__file__).parent
SECRET = "hush-for-the-benchmark"
CONNECTIONS = 256
SLOW_DISK_US = 2000  # added to each fsync: between a laptop's disk and a network disk
ORDER_BYTES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One server to measure; `app` is a name in ingest_apps, `database` is `sqlite`, `postgres` or nothing."""

    name: str
    app: str
    database: str = ""
    fsync_us: int = 0
    processes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One measurement of one variant."""

    rate: float  # answers per second
    cpu: float  # microseconds of the web processes' CPU per answer
    half: float  # milliseconds, median latency
    most: float  # milliseconds, 99th percentile
    errors: int


BARE = Variant(name="bare ASGI: read, HMAC, answer", app="bare")
CEILING = Variant(name="ceiling: our door, storing nothing", app="ceiling")
OURS = Variant(name="ours, SQLite FULL", app="ours", database="sqlite")
NAIVE = Variant(name="naive FastAPI + SQLModel, SQLite", app="naive", database="sqlite")
SLOW = Variant(name="ours, SQLite FULL, fsync +2 ms", app="ours", database="sqlite", fsync_us=SLOW_DISK_US)
CEILING_2 = Variant(name="ceiling, 2 web processes", app="ceiling", processes=2)
POSTGRES_2 = Variant(name="ours, PostgreSQL, 2 web processes", app="ours", database="postgres", processes=2)

RATIOS: tuple[tuple[str, Variant, Variant, float | None], ...] = (
    ("SQLite / ceiling", OURS, CEILING, 0.5),
    ("SQLite / naive", OURS, NAIVE, 20.0),
    ("SQLite, fsync +2 ms / ceiling", SLOW, CEILING, 0.3),
    ("PostgreSQL / ceiling, 2 processes each", POSTGRES_2, CEILING_2, 0.4),
    ("PostgreSQL, 2 processes / ceiling, 1 process", POSTGRES_2, CEILING, None),
    ("ceiling / bare ASGI", CEILING, BARE, None),
)

Results = dict[Variant, list[Result]]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="2 short rounds instead of 5")
    arguments.add_argument(
        "--only", default="", help="only variants whose name contains this, and the ceilings"
    )
    chosen = arguments.parse_args()
    rounds, seconds = (2, 1.5) if chosen.quick else (5, 3.0)
    variants = [BARE, CEILING, OURS, NAIVE, SLOW, CEILING_2, POSTGRES_2]
    variants = [variant for variant in variants if variant.app == "ceiling" or chosen.only in variant.name]
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder,
        throw_away_cluster() as new_database,
    ):
        if new_database is None:
            print("PostgreSQL is not installed: left out.")
            variants = [variant for variant in variants if variant.database != "postgres"]
        bench = Bench(Path(folder), new_database, seconds)
        results: Results = {variant: [] for variant in variants}
        for number in range(rounds):
            for variant in variants:
                results[variant].append(bench.measure(variant))
            print(f"round {number + 1} of {rounds} done", file=sys.stderr)
    return report(results)


def report(results: Results) -> int:
    print(f"\n{'variant':<40}{'req/s':>9}{'CPU us':>9}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}")
    for variant, measured in results.items():
        rate, half, most = (median(getattr(r, what) for r in measured) for what in ("rate", "half", "most"))
        cpu, errors = min(r.cpu for r in measured), sum(r.errors for r in measured)
        print(f"{variant.name:<40}{rate:>9.0f}{cpu:>9.0f}{half:>9.1f}{most:>9.1f}{errors:>8}")
    print(f"\n{'ratio (median of rounds)':<48}{'measured':>9}{'target':>8}")
    missed = 0
    for name, above, below, target in RATIOS:
        if above in results and below in results:
            pairs = zip(results[above], results[below], strict=True)
            ratio = median(a.rate / max(b.rate, 1) for a, b in pairs)
            verdict = "" if target is None or ratio >= target else "  missed"
            missed += bool(verdict)
            print(f"{name:<48}{ratio:>9.2f}{target or '-':>8}{verdict}")
    failed = sum(r.errors for measured in results.values() for r in measured)
    return 1 if missed or failed else 0


class Bench:
    """Starts servers and loads them."""

    def __init__(self, folder: Path, new_postgres: Callable[[], str] | None, seconds: float) -> None:
        self._folder = folder
        self._new_postgres = new_postgres
        self._seconds = seconds
        self._runs = 0
        body = an_order()
        self._body = folder / "order.json"
        self._body.write_bytes(body)
        self._signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
        self._shim = self._compile_slow_disk()

    def measure(self, variant: Variant) -> Result:
        self._runs += 1
        with self._served(variant) as (port, server):
            pins = variant.processes == 1
            self._load(port, 0.7, "warm", pins=pins)
            before = cpu_of_group(server)
            answers, took, half, most, errors = self._load(port, self._seconds, "run", pins=pins)
            cpu = (cpu_of_group(server) - before) / max(1, answers)
        return Result(rate=answers / took * 1e6, cpu=cpu, half=half / 1e3, most=most / 1e3, errors=errors)

    @contextmanager
    def _served(self, variant: Variant) -> Iterator[tuple[int, int]]:
        port = free_port()
        environment = {**os.environ, "APP": variant.app, "BENCH_URL": self._fresh_database(variant)}
        if variant.fsync_us:
            environment |= {"LD_PRELOAD": str(self._shim), "SLOWSYNC_US": str(variant.fsync_us)}
        serve = [sys.executable, "-m", "uvicorn", "benchmarks.ingest_apps:app", "--port", str(port)]
        serve += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        serve += ["--workers", str(variant.processes)] if variant.processes > 1 else []
        pin = ["taskset", "-c", "0"] if variant.processes == 1 else []
        server = subprocess.Popen([*pin, *serve], cwd=HERE.parent, env=environment, start_new_session=True)
        try:
            wait_for(port)
            yield port, server.pid
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)

    def _load(self, port: int, seconds: float, run: str, *, pins: bool) -> list[int]:
        """Answers, microseconds taken, p50 and p99 in microseconds, errors."""
        url = f"http://127.0.0.1:{port}/webhooks/shopify"
        what = [str(self._body), self._signature, f"{run}-{self._runs}"]
        if shutil.which("wrk"):
            load = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
            load += ["-s", str(HERE / "loadgen.lua"), url, "--", *what]
            load = [part.replace(f"-d{seconds}s", f"-d{max(1, round(seconds))}s") for part in load]
        else:
            load = [sys.executable, "-m", "benchmarks.loadgen", url, str(seconds), str(CONNECTIONS), *what]
        pin = ["taskset", "-c", "1"] if pins else []
        said = subprocess.run(
            [*pin, *load], cwd=HERE.parent, capture_output=True, text=True, check=True
        ).stdout
        (line,) = (line for line in said.splitlines() if line.startswith("RESULT "))
        return [int(number) for number in line.split()[1:]]

    def _fresh_database(self, variant: Variant) -> str:
        if not variant.database:
            return ""
        if variant.database == "postgres":
            assert self._new_postgres is not None
            url = self._new_postgres()
        else:
            for old in self._folder.glob("*.db*"):
                old.unlink()
            url = f"sqlite:///{self._folder / f'bench-{self._runs}.db'}"
        engine = inbox_engine(url)
        with engine.begin() as connection:
            upgrade_inbox(connection)
        engine.dispose()
        return url

    def _compile_slow_disk(self) -> Path:
        shim = self._folder / "slowsync.so"
        compile_it = ["cc", "-O2", "-shared", "-fPIC", "-o", str(shim), str(HERE / "slowsync.c"), "-ldl"]
        subprocess.run(compile_it, check=True)
        return shim


def an_order() -> bytes:
    """An order of about 5 KB in the shape Shopify sends."""
    money = {"shop_money": {"amount": "48.20", "currency_code": "USD"}}
    money["presentment_money"] = money["shop_money"]
    line = {
        "id": 466157049,
        "admin_graphql_api_id": "gid://shopify/LineItem/466157049",
        "name": "Darjeeling, second flush - 250 g",
        "price": "48.20",
        "price_set": money,
        "product_id": 632910392,
        "properties": [],
        "quantity": 1,
        "sku": "TEA-DJ-2",
        "total_discount_set": money,
        "variant_id": 39072856,
        "tax_lines": [{"price": "2.89", "price_set": money, "rate": 0.06, "title": "State tax"}],
    }
    order: dict[str, object] = {
        "id": 820982911946154508,
        "admin_graphql_api_id": "gid://shopify/Order/820982911946154508",
        "created_at": "2026-11-20T12:01:02-05:00",
        "currency": "USD",
        "current_total_price_set": money,
        "email": "jon@example.com",
        "financial_status": "paid",
        "total_price": "48.20",
        "customer": {"id": 115310627314723954, "email": "jon@example.com", "tags": "tea, repeat"},
        "line_items": [],
    }
    lines: list[object] = []
    while len(json.dumps(order)) < ORDER_BYTES:
        lines.append(line)
        order["line_items"] = lines
    return json.dumps(order, separators=(",", ":")).encode()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not start")


def cpu_of_group(group: int) -> float:
    """Microseconds of CPU that the processes of a group have used."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks * 1e6 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
