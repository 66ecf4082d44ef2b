"""Segments in a large shop: a count while typing, memberships kept up against asked anew, flips, an idle process.

    .venv/bin/python -m benchmarks.segments [--quick]

One million customers with ten million orders, drawn from the CDNOW sample (benchmarks/a_large_shop.py), on SQLite
and, where a server is installed, on PostgreSQL. `--quick` is a fiftieth of that: it shows that everything runs,
its figures say little.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import bindparam, update

from benchmarks.a_large_shop import check_columns, fill
from benchmarks.a_shop import FIRST_CUSTOMER, NOW
from benchmarks.postgres import throw_away_cluster
from plugin.core.keys import shop_id_of
from plugin.core.segments.defaults import SEGMENTS
from plugin.core.segments.facts import bucket_of
from plugin.core.segments.parse import parse
from plugin.pipeline.flip import flip
from plugin.pipeline.membership import settle
from plugin.pipeline.sync import renew, sync
from plugin.queries.segments_count import count
from plugin.queries.segments_list import segment_lines
from plugin.store import facts, purchases, queue, schema, shops
from plugin.store.engine import open_engine
from plugin.store.tables import CustomerFactsRow
from plugin.store.unit_of_work import Database
from plugin.store.upserts import table_of

SHOP = "large.myshopify.com"
SHOP_ID = shop_id_of(SHOP)
CUSTOMERS = 1_000_000
QUICK = 20_000
EVENTS = 2_000  # orders whose upkeep is measured
EVENTS_TOGETHER = 50  # in one unit of work, as the worker takes them in
FLIPS = 20_000
FLIPS_PER_SECOND = 200
SECONDS = 20
_BEGINS = NOW + timedelta(hours=1)
TICK = 0.2  # seconds between two runs of the flips job

TYPED_MS = 300.0
LATENCY_MS = 2_000.0
IDLE_MB = 300.0

TYPED = (
    "orders >= 2",
    "orders >= 2 AND can_email",
    "spent >= 200 AND last_order before 90 days ago",
    'stage = at_risk AND country in ("DE", "AT") AND can_email',
    "stage in (at_risk, lapsed) AND spent >= 100 AND NOT tags has vip",
    'language starts with "fa" OR country = "IR"',
    "first_order within 1 year AND orders = 1",
    "average_order >= 50 AND discount_share < 20% AND rfm_recency >= 4",
    "anniversary(first_order) within next 7 days",
    'bought(product_type = "Jazz", within 1 year)',
    'orders >= 2 AND bought(product_type = "Jazz", within 1 year) AND can_email AND NOT stage in (lapsed, lost)',
    "ordered(value >= 100, within 90 days) >= 2",
    'value(bought(title contains "tango")) >= 200',
)
"""What merchants type: narrow and wide, flat facts and acts."""


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 when one misses its target."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} customers")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args(arguments)
    customers = QUICK if options.quick else options.customers
    check_columns()
    missed = []
    for name, url in _databases(options.only):
        missed += [f"{name}: {each}" for each in _measure(name, url, customers)]
    for each in missed:
        print(f"missed  {each}")
    return int(bool(missed))


def _databases(only: str | None) -> Iterator[tuple[str, str]]:
    if only in {None, "sqlite"}:
        with tempfile.TemporaryDirectory(prefix="regulars-segments-") as folder:
            yield "sqlite", f"sqlite:///{Path(folder) / 'regulars.db'}"
    if only in {None, "postgresql"}:
        with throw_away_cluster() as new_database:
            if new_database is None:
                print("postgresql: no server is installed here")
            else:
                yield "postgresql", new_database()


def _measure(name: str, url: str, customers: int) -> list[str]:
    database = Database(open_engine(url))
    schema.migrate(database.engine, "main")
    _install(database)
    started = time.perf_counter()
    orders = fill(url, SHOP_ID, customers)
    print(f"{name}: {customers:,} customers, {orders:,} orders, written in {_since(started):.0f} s")
    typed = _typed(database)
    full = _recomputed(database, customers)
    kept_up = _kept_up(database, customers)
    listed = _listed(database)
    cost, latencies = _flips(database, customers)
    idle = _idle_megabytes(url)
    database.engine.dispose()
    p95, p99 = _at(typed, 0.95), _at(latencies, 0.99)
    print(
        f"  count while typing      p50 {_at(typed, 0.5):8.0f} ms  p95 {p95:8.0f} ms   target {TYPED_MS:.0f}"
    )
    print(
        f"  all {len(SEGMENTS)} segments asked anew {full:10.1f} s   {full / customers * 1e6:.0f} µs a customer"
    )
    print(
        f"  kept up, for each order {kept_up * 1000:10.2f} ms  {full / kept_up:,.0f} orders for one recomputation"
    )
    print(f"  the list of segments    {listed * 1000:10.0f} ms")
    print(f"  a flip                  {cost * 1e6:10.0f} µs")
    late = f"p50 {_at(latencies, 0.5):8.0f} ms  p99 {p99:8.0f} ms   target {LATENCY_MS:.0f}"
    print(f"  flips at {FLIPS_PER_SECOND} a second     {late}")
    print(f"  an idle process         {idle:10.0f} MB  target {IDLE_MB:.0f}")
    found = {
        "count while typing": p95 > TYPED_MS,
        "latency of flips": p99 > LATENCY_MS,
        "idle": idle > IDLE_MB,
    }
    return [what for what, is_missed in found.items() if is_missed]


def _install(database: Database) -> None:
    with database.unit(SHOP_ID) as unit:
        shops.ensure(unit, SHOP, salt="salt")
        shops.set_state(
            unit,
            shops.INSTALLED,
            at=NOW,
            reason="benchmark",
            author="benchmark",
            generation=1,
            installed_at=NOW,
            currency="EUR",
            timezone="Europe/Berlin",
        )


def _typed(database: Database) -> list[float]:
    """Milliseconds of each answer, each query several times, as several people type."""
    took = []
    for _ in range(4):
        for query in TYPED:
            with database.reading(SHOP_ID) as unit:
                shop = shops.get(unit)
                tree = parse(query, currency=shop.currency)
                started = time.perf_counter()
                found = count(unit.connection, SHOP_ID, tree, NOW, zone=shop.zone, monotonic=time.monotonic)
                took.append(_since(started) * 1000)
            _show(query, found.customers, took[-1], is_exact=found.is_exact)
    return took


def _show(query: str, customers: int, milliseconds: float, *, is_exact: bool) -> None:
    if sys.stdout.isatty():
        print(f"    {milliseconds:6.0f} ms  {'' if is_exact else 'about '}{customers:,}  {query}")


def _recomputed(database: Database, customers: int) -> float:
    """Seconds to ask everybody about every segment of the house and write who belongs: the walk after a change."""
    renew(database, NOW)
    started = time.perf_counter()
    asked = sync(database, NOW)
    took = _since(started)
    if asked != customers:
        raise RuntimeError(f"{asked} customers were asked instead of {customers}")
    return took


def _kept_up(database: Database, customers: int) -> float:
    """Seconds for each order: its row, the customer's facts, and every membership."""
    ids = [FIRST_CUSTOMER + number * 7919 % customers for number in range(EVENTS)]
    started = time.perf_counter()
    for begin in range(0, EVENTS, EVENTS_TOGETHER):
        batch = sorted(set(ids[begin : begin + EVENTS_TOGETHER]))
        at = NOW + timedelta(seconds=begin)
        with database.unit(SHOP_ID) as unit:
            shop = shops.get(unit)
            purchases.save_orders(unit, [_order(customer_id, at) for customer_id in batch])
            known = facts.load(unit, batch).values()
            changed = [
                replace(
                    person,
                    orders_count=person.orders_count + 1,
                    spent_minor=person.spent_minor + 1999,
                    last_order_at=at,
                    last_seen_at=at,
                )
                for person in known
            ]
            settled = settle(unit, shop, changed, at, reason="event")
            facts.save(unit, changed, settled.flips)
    return _since(started) / EVENTS


def _order(customer_id: int, at: datetime) -> dict[str, object]:
    return {
        "order_id": customer_id * 2 + int(at.timestamp()) % 86_400,
        "customer_id": customer_id,
        "at": at,
        "is_purchase": True,
        "product_minor": 1999,
        "refunded_minor": 0,
        "net_minor": 1999,
        "hour": 12,
        "channel": "web",
        "codes": "",
    }


def _listed(database: Database) -> float:
    with database.reading(SHOP_ID) as unit:
        started = time.perf_counter()
        segment_lines(unit, shops.get(unit), NOW)
        return _since(started)


def _flips(database: Database, customers: int) -> tuple[float, list[float]]:
    """Seconds for each of many overdue flips, then milliseconds from due to committed in an open-loop stream."""
    many = min(FLIPS, customers // 2)
    flip(database, NOW)
    _make_due(database, [(number, NOW - timedelta(days=1)) for number in range(many)])
    started = time.perf_counter()
    flipped = flip(database, NOW)
    cost = _since(started) / flipped
    flip(database, _BEGINS)
    clock = _Clock(began=time.perf_counter())
    total = min(FLIPS_PER_SECOND * SECONDS, customers // 4)
    moments = [_BEGINS + timedelta(seconds=2 + number / FLIPS_PER_SECOND) for number in range(total)]
    _make_due(database, [(many + number, at) for number, at in enumerate(moments)])
    waiting, late = moments[::-1], []
    while waiting and clock.now() < moments[-1] + timedelta(seconds=20):
        time.sleep(TICK)
        now = clock.now()
        flip(database, now)
        done = clock.now()
        while waiting and waiting[-1] <= now:
            late.append((done - waiting.pop()).total_seconds() * 1000)
    if waiting:
        raise RuntimeError(f"{len(waiting)} flips were never reached")
    return cost, late


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """Begins an hour after the shop was written, and goes on as clocks do."""

    began: float

    def now(self) -> datetime:
        return _BEGINS + timedelta(seconds=_since(self.began))


def _make_due(database: Database, dues: list[tuple[int, datetime]]) -> None:
    """Let these customers' next flips be due, each with a checkout whose week is over at that instant."""
    table = table_of(CustomerFactsRow)
    statement = (
        update(table)
        .where(
            table.c.shop_id == SHOP_ID,
            table.c.bucket == bindparam("of_bucket"),
            table.c.customer_id == bindparam("of_customer"),
        )
        .values(open_checkout_at=bindparam("checkout"), flip_at=bindparam("flip"))
    )
    rows = iter(dues)
    while batch := list(islice(rows, 1000)):
        with database.unit(SHOP_ID) as unit:
            unit.connection.execute(
                statement,
                [
                    {
                        "of_bucket": bucket_of(SHOP_ID, FIRST_CUSTOMER + number),
                        "of_customer": FIRST_CUSTOMER + number,
                        "checkout": at - timedelta(days=7, microseconds=1),
                        "flip": at,
                    }
                    for number, at in batch
                ],
            )
            queue.wake(unit, "flips", min(at for _, at in batch))


def _idle_megabytes(url: str) -> float:
    """Resident memory of a fresh process with a worker that has nothing to do."""
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.idle", url], check=True, capture_output=True, text=True
    )
    return float(run.stdout.split()[-1])


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _since(started: float) -> float:
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
