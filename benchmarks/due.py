"""Due steps: how many enrollments per second the real `decide` moves on, beside a million that are not due.

The baseline is what the disk and SQLite allow for the same rows without any of our thinking: read the due
rows, write an intent row each, move each on, commit. Both run in one process, in turn, on copies of one file.
"""

import argparse
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plugin.core.customers import Checkout, Consent, ContactField, CustomerState
from plugin.core.events import ConsentState, Line, Version
from plugin.core.flows.abandoned_checkout import ABANDONED_CHECKOUT
from plugin.core.keys import shop_id_of, stable_id
from plugin.pipeline.advance import advance
from plugin.store import schema
from plugin.store.codec import encode_state
from plugin.store.engine import open_engine
from plugin.store.unit_of_work import Database

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
PER_CUSTOMER = 5  # enrollments of one customer, so that due rows are scattered over customers too
FLOW = ABANDONED_CHECKOUT.id
_SQL_TIME = "%Y-%m-%d %H:%M:%S.%f"


STEPS_PER_SECOND = 5_000
P99_MS = 100


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 when one misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pending", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=40_000)
    parser.add_argument("--shops", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=int, default=1_000, help="due per second in the lateness run")
    parser.add_argument("--seconds", type=int, default=15, help="length of the lateness run")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="regulars-due-") as folder:
        made = Path(folder) / "made.db"
        fill(made, pending=options.pending, due=options.due, shops=options.shops)
        print(f"due steps, SQLite synchronous=FULL, {options.due} due beside {options.pending} pending")
        rates = [(_ours(made), _bare(made)) for _ in range(options.rounds)]
        ours = statistics.median(rate for rate, _ in rates)
        ratio = statistics.median(a / b for a, b in rates)
        print(f"  decided and advanced  {ours:10,.0f} /s   target {STEPS_PER_SECOND:,}")
        print(
            f"  bare rows, no thought {statistics.median(b for _, b in rates):10,.0f} /s   ratio {ratio:.2f}"
        )
        late = sorted(_lateness(made, options.rate, options.seconds))
    p50, p99 = late[len(late) // 2], late[int(len(late) * 0.99)]
    print(f"lateness at {options.rate} due per second: p50 {p50:.0f} ms, p99 {p99:.0f} ms   target {P99_MS}")
    return int(ours < STEPS_PER_SECOND or p99 >= P99_MS)


def fill(path: Path, *, pending: int, due: int, shops: int) -> None:
    """A database with `pending` enrollments in the future and `due` ones in the past, scattered among them."""
    engine = open_engine(f"sqlite:///{path}")
    schema.migrate(engine, "main")
    engine.dispose()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    total = pending + due
    stride = total // due
    for number in range(shops):
        _fill_shop(connection, number, range(number, total, shops), stride)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _fill_shop(connection: sqlite3.Connection, number: int, rows: range, stride: int) -> None:
    domain = f"shop-{number}.myshopify.com"
    shop_id = shop_id_of(domain)
    connection.execute(
        "INSERT INTO shops (shop_id, domain, salt, state, generation, name, email, url, currency, timezone, locale,"
        " postal_address) VALUES (?, ?, 's', 'installed', 1, 'Shop', '', '', 'EUR', 'UTC', 'en', 'Street 1')",
        (shop_id, domain),
    )
    past, future = NOW.strftime(_SQL_TIME), LATER.strftime(_SQL_TIME)
    entered = (NOW - timedelta(hours=1)).strftime(_SQL_TIME)
    customers = sorted({row // PER_CUSTOMER for row in rows})
    connection.executemany(
        "INSERT INTO customers (shop_id, customer_id, email, created_at, updated_at, orders_count, net_minor, stage,"
        " is_mailable, points, redemptions, state) VALUES (?, ?, ?, ?, ?, 0, 0, 'prospect', 1, 0, 0, ?)",
        (
            (shop_id, customer, f"p{customer}@example.com", entered, entered, encode_state(_state(customer)))
            for customer in customers
        ),
    )
    connection.executemany(
        "INSERT INTO enrollments (shop_id, enrollment_id, flow_id, version, customer_id, trigger_key, entered_at,"
        ' step, due, context) VALUES (?, ?, ?, 1, ?, ?, ?, 0, ?, \'{"checkout": "c"}\')',
        (
            (
                shop_id,
                stable_id("enrollment", str(row)),
                FLOW,
                row // PER_CUSTOMER,
                f"checkout:{row}",
                entered,
                past if row % stride == 0 else future,
            )
            for row in rows
        ),
    )
    connection.execute(
        "INSERT INTO shop_queue (shop_id, queue, next_due, fence) VALUES (?, ?, ?, 0)",
        (shop_id, f"flow:{FLOW}", past),
    )


def _state(customer: int) -> CustomerState:
    at = NOW - timedelta(hours=1)
    version = Version(updated_at=at, triggered_at=at, fingerprint="f")
    checkout = Checkout(
        token="c",
        version=version,
        cart_token=None,
        created_at=at,
        completed_at=None,
        lines=(Line(title="Kind of Blue", quantity=1, total_minor=1999),),
        total_minor=1999,
        currency="EUR",
        url="https://shop.example/recover",
    )
    return CustomerState(
        id=customer,
        contact={"email": ContactField(value=f"p{customer}@example.com", version=version)},
        consents={"email": Consent(state=ConsentState.SUBSCRIBED, at=at, source="shopify")},
        checkouts={"c": checkout},
    )


@contextmanager
def _copy(made: Path) -> Iterator[Path]:
    path = made.with_name("run.db")
    shutil.copyfile(made, path)
    try:
        yield path
    finally:
        for leftover in made.parent.glob("run.db*"):
            leftover.unlink()


def _ours(made: Path) -> float:
    with _copy(made) as path:
        engine = open_engine(f"sqlite:///{path}")
        started = time.perf_counter()
        steps = advance(Database(engine), ABANDONED_CHECKOUT, NOW, code_secret=b"bench")
        rate = steps / (time.perf_counter() - started)
        engine.dispose()
        return rate


def _bare(made: Path) -> float:
    with _copy(made) as path:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        shops = [row[0] for row in connection.execute("SELECT shop_id FROM shops")]
        moved, started = 0, time.perf_counter()
        for shop_id in shops:
            while rows := connection.execute(
                "SELECT enrollment_id, customer_id FROM enrollments WHERE shop_id=? AND flow_id=? AND due<=?"
                " ORDER BY due LIMIT 500",
                (shop_id, FLOW, NOW.strftime(_SQL_TIME)),
            ).fetchall():
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(
                    "INSERT INTO outbox (shop_id, effect_key, kind, channel, flow_id, step_id, enrollment_id,"
                    " customer_id, trigger_key, state, reason, attempts, created_at, context)"
                    " VALUES (?, ?, 'message', 'email', ?, 's', ?, ?, '', 'ready', '', 0, ?, '{}')",
                    [(shop_id, f"{shop_id}:{key}", FLOW, key, who, "2026-11-21") for key, who in rows],
                )
                connection.executemany(
                    "UPDATE enrollments SET step=1, due=? WHERE shop_id=? AND enrollment_id=?",
                    [(LATER.strftime(_SQL_TIME), shop_id, key) for key, _ in rows],
                )
                connection.execute("COMMIT")
                moved += len(rows)
        rate = moved / (time.perf_counter() - started)
        connection.close()
        return rate


def _lateness(made: Path, rate: int, seconds: int) -> list[float]:
    """Milliseconds from due to committed, for each step of an open-loop stream of `rate` per second."""
    with _copy(made) as path:
        engine = open_engine(f"sqlite:///{path}")
        database = Database(engine)
        advance(database, ABANDONED_CHECKOUT, NOW, code_secret=b"bench")
        begins = datetime.now(UTC) + timedelta(seconds=2)
        moments = _spread(path, rate * seconds, begins, seconds)
        late: list[float] = []
        while datetime.now(UTC) < begins + timedelta(seconds=seconds + 2):
            now = datetime.now(UTC)
            if advance(database, ABANDONED_CHECKOUT, now, code_secret=b"bench"):
                done = datetime.now(UTC)
                while moments and moments[-1] <= now:
                    late.append((done - moments.pop()).total_seconds() * 1000)
            else:
                time.sleep(0.05)  # the worker's own tick
        engine.dispose()
        if moments:
            raise RuntimeError(f"{len(moments)} steps were never reached")
        return late


def _spread(path: Path, count: int, begins: datetime, seconds: int) -> list[datetime]:
    """Make `count` pending enrollments due one after another; their instants, latest first."""
    connection = sqlite3.connect(path, isolation_level=None)
    stride = connection.execute("SELECT count(*) FROM enrollments WHERE step = 0").fetchone()[0] // count
    keys = connection.execute("SELECT shop_id, enrollment_id FROM enrollments WHERE step = 0").fetchall()[
        ::stride
    ]
    moments = [begins + timedelta(seconds=seconds * number / count) for number in range(count)]
    entered = [(moment - timedelta(hours=1)).strftime(_SQL_TIME) for moment in moments]
    rows = zip(moments, entered, keys[:count], strict=True)
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "UPDATE enrollments SET due=?, entered_at=? WHERE shop_id=? AND enrollment_id=?",
        [(moment.strftime(_SQL_TIME), entry, *key) for moment, entry, key in rows],
    )
    connection.execute("UPDATE shop_queue SET next_due=?", (begins.strftime(_SQL_TIME),))
    connection.execute("COMMIT")
    connection.close()
    return moments[::-1]


if __name__ == "__main__":
    sys.exit(main())
