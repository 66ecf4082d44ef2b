"""A shop with very many customers, written straight into the tables: who buys how often, when and for how much is
drawn from the CDNOW sample (devstore/SOURCES.md).

The sample is one and a half years long; a customer here lives through several such stretches, each drawn from
people who buy about as often, so that there are ten orders to a customer and few people have most of them.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import make_url

from benchmarks.a_shop import FIRST_CUSTOMER, FIRST_ORDER, NOW
from devstore.seed.cdnow import purchases
from plugin.core.segments.facts import bucket_of
from plugin.store.columns import Row
from plugin.store.tables import CustomerFactsRow, OrderLineRow, OrderRow
from plugin.store.upserts import table_of

STRETCH = 546  # days of the sample
STRETCHES = 3.4  # on average; 2.94 orders in each make ten
_NEIGHBOURS = 60  # in the order of how often people buy
_CHUNK = 20_000  # customers made at a time
_KINDS = ("Jazz", "Rock", "Classical", "Folk", "Soul", "Tango", "Blues", "Choral")
_COUNTRIES = ("DE", "DE", "DE", "AT", "CH", "FR", "NL", "US", "IR", "VN")
_LOCALES = ("de-DE", "de-DE", "en-US", "fr-FR", "nl-NL", "fa-IR", "vi-VN")
_CHANNELS = ("web", "web", "web", "web", "pos", "draft")
_STAGES = ("subscriber", "new", "active", "loyal", "at_risk", "lapsed", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some customers and all that they bought, as rows of the three tables."""

    facts: list[tuple[Any, ...]]
    orders: list[tuple[Any, ...]]
    lines: list[tuple[Any, ...]]


FACTS_COLUMNS = (
    "shop_id", "bucket", "customer_id", "orders_count", "spent_minor", "last_order_at", "stage", "is_mailable",
    "consent_email", "country", "created_at", "first_order_at", "points", "tags", "channel", "locale",
    "purchase_days", "average_minor", "stage_since", "last_seen_at", "email", "refunded_orders", "refunded_minor",
    "refund_share", "discounted_orders", "discount_share", "gap_days", "preferred_hour", "cash_refusals",
    "cash_refusal_share", "messages_sent", "order_chance", "alive_chance", "clv_minor", "value_class",
    "rfm_recency", "rfm_frequency", "rfm_monetary",
)  # fmt: skip
ORDER_COLUMNS = (
    "shop_id", "order_id", "customer_id", "at", "is_purchase", "product_minor", "refunded_minor", "net_minor",
    "hour", "channel", "codes",
)  # fmt: skip
LINE_COLUMNS = (
    "shop_id", "order_id", "number", "customer_id", "at", "is_purchase", "product_id", "variant_id",
    "product_type", "title", "quantity", "total_minor",
)  # fmt: skip


def fill(url: str, shop_id: int, customers: int) -> int:
    """Write the shop into a migrated, empty database; returns how many orders it has."""
    blocks = made(shop_id, customers)
    return _fill_sqlite(url, blocks) if url.startswith("sqlite") else _fill_postgres(url, blocks)


def made(shop_id: int, customers: int) -> Iterator[Block]:
    """The same people in every run."""
    chance = np.random.default_rng(7)
    sample = _Sample.read()
    first_order = FIRST_ORDER
    for begin in range(0, customers, _CHUNK):
        people = range(begin, min(begin + _CHUNK, customers))
        block = _block(chance, sample, shop_id, people, first_order)
        first_order += len(block.orders)
        yield block


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """The sample's people in the order of how often they buy: days since the first day, cents, where each begins."""

    days: Any
    cents: Any
    starts: Any
    counts: Any

    @staticmethod
    def read() -> "_Sample":
        of_person: dict[int, list[tuple[int, int]]] = {}
        bought = purchases()
        first = min(each.day for each in bought)
        for each in bought:
            of_person.setdefault(each.customer, []).append(((each.day - first).days, each.cents))
        people = sorted(of_person.values(), key=len)
        counts = np.array([len(person) for person in people])
        return _Sample(
            days=np.array([day for person in people for day, _ in person]),
            cents=np.array([cents for person in people for _, cents in person]),
            starts=np.concatenate([[0], np.cumsum(counts)[:-1]]),
            counts=counts,
        )


def _block(chance: Any, sample: _Sample, shop_id: int, people: range, first_order: int) -> Block:
    owner, day, cents = _purchases(chance, sample, len(people))
    quarter = np.clip(chance.normal(56, 16, len(day)), 0, 95).astype(
        int
    )  # of an hour; most buy in the afternoon
    newest = NOW - timedelta(days=1)
    at = np.datetime64(newest.replace(tzinfo=None).date(), "m") - day.astype("timedelta64[D]") + quarter * 15
    order = np.lexsort((at, owner))
    owner, at, cents, quarter = owner[order], at[order], cents[order], quarter[order]
    moments = [datetime.fromisoformat(text) for text in np.datetime_as_string(at, unit="s")]
    has_code = chance.random(len(at)) < 0.2
    kind = chance.integers(0, len(_KINDS), len(at))
    channel = chance.integers(0, len(_CHANNELS), len(at))
    orders, lines = [], []
    for place, (who, moment, worth) in enumerate(zip(owner.tolist(), moments, cents.tolist(), strict=True)):
        customer_id, order_id = FIRST_CUSTOMER + people.start + who, first_order + place
        codes = "\nSPRING\n" if has_code[place] else ""
        orders.append(
            (shop_id, order_id, customer_id, moment, True, worth, 0, worth, moment.hour,
             _CHANNELS[channel[place]], codes)
        )  # fmt: skip
        lines.append(
            (shop_id, order_id, 0, customer_id, moment, True, 800 + int(kind[place]), 900 + int(kind[place]),
             _KINDS[kind[place]], f"{_KINDS[kind[place]]} Record {worth % 97}", 1, worth)
        )  # fmt: skip
    return Block(facts=_facts(chance, shop_id, people, owner, orders), orders=orders, lines=lines)


def _purchases(chance: Any, sample: _Sample, people: int) -> tuple[Any, Any, Any]:
    """Whose purchase, how many days ago, and for how much."""
    rank = chance.integers(0, len(sample.counts), people)
    owners, days, cents = [], [], []
    for stretch in range(int(np.ceil(STRETCHES))):
        lives = np.flatnonzero(chance.random(people) < STRETCHES - stretch)
        near = rank[lives] + chance.integers(-_NEIGHBOURS, _NEIGHBOURS + 1, len(lives))
        drawn = np.clip(near, 0, len(sample.counts) - 1)
        counts = sample.counts[drawn]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        place = np.repeat(sample.starts[drawn], counts) + within
        owners.append(np.repeat(lives, counts))
        days.append(stretch * STRETCH + (STRETCH - 1 - sample.days[place]))
        cents.append(sample.cents[place])
    return np.concatenate(owners), np.concatenate(days), np.concatenate(cents)


def _facts(
    chance: Any, shop_id: int, people: range, owner: Any, orders: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    counts = np.bincount(owner, minlength=len(people))
    ends = np.cumsum(counts)
    begins = ends - counts
    consents = chance.random(len(people))
    dice = chance.integers(0, 10_000, len(people))
    rows = []
    for who, (count, begin, end) in enumerate(
        zip(counts.tolist(), begins.tolist(), ends.tolist(), strict=True)
    ):
        own = orders[begin:end]
        spent = sum(order[7] for order in own)
        codes = sum(1 for order in own if order[10])
        last_at = own[-1][3] if own else None
        silent = (NOW.replace(tzinfo=None) - last_at).days if last_at else 0
        is_subscribed = bool(consents[who] < 0.4)
        roll = int(dice[who])
        customer_id = FIRST_CUSTOMER + people.start + who
        rows.append(
            (
                shop_id, bucket_of(shop_id, customer_id), customer_id, count, spent, last_at,
                _stage(count, silent), is_subscribed, "subscribed" if is_subscribed else "not_subscribed",
                _COUNTRIES[roll % 10], (own[0][3] if own else last_at) or NOW.replace(tzinfo=None),
                own[0][3] if own else None, spent // 100, "\nvip\n" if roll % 50 == 0 else "",
                own[-1][9] if own else None, _LOCALES[roll % 7], len({order[3].date() for order in own}),
                spent // count if count else None, last_at, last_at, f"person{customer_id}@example.com",
                0, 0, 0, codes, 100 * codes // count if count else 0,
                (own[-1][3] - own[0][3]).days // (count - 1) if count > 1 else None,
                own[-1][8] if own else None, 0, 0, roll % 6, max(0, 90 - silent // 8), max(0, 99 - silent // 6),
                spent // 3, ("most_valuable", "most_growable", "maintain", "below_zero")[roll % 4],
                max(1, 5 - silent // 300), min(5, count), min(5, 1 + spent // 10_000),
            )
        )  # fmt: skip
    return rows


def _stage(count: int, silent: int) -> str:
    if count == 0:
        return _STAGES[0]
    if silent > 900:
        return "lost"
    if silent > 400:
        return "lapsed"
    if silent > 200:
        return "at_risk"
    return "new" if count == 1 else "loyal" if count >= 8 else "active"


def _fill_sqlite(url: str, blocks: Iterable[Block]) -> int:
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-262144")
    total = 0
    for block in blocks:
        connection.execute("BEGIN")
        for table, columns, rows in _parts(block):
            places = ", ".join("?" * len(columns))
            texts = (tuple(_sqlite_value(value) for value in row) for row in rows)
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", texts)
        connection.execute("COMMIT")
        total += len(block.orders)
    connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return total


def _fill_postgres(url: str, blocks: Iterable[Block]) -> int:
    total = 0
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for block in blocks:
            for table, columns, rows in _parts(block):
                copying = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
                with connection.cursor() as cursor, cursor.copy(copying.encode()) as copy:
                    for row in rows:
                        copy.write_row([_postgres_value(value) for value in row])
            total += len(block.orders)
        connection.execute("VACUUM ANALYZE")
    return total


def _parts(block: Block) -> Iterator[tuple[str, Sequence[str], Sequence[tuple[Any, ...]]]]:
    yield "orders", ORDER_COLUMNS, block.orders
    yield "order_lines", LINE_COLUMNS, block.lines
    yield "customer_facts", FACTS_COLUMNS, block.facts


def check_columns() -> None:
    """Raise when a table has got a column that must be filled and is not made here."""
    made_here: dict[type[Row], tuple[str, ...]] = {
        CustomerFactsRow: FACTS_COLUMNS,
        OrderRow: ORDER_COLUMNS,
        OrderLineRow: LINE_COLUMNS,
    }
    for model, columns in made_here.items():
        needed = {column.name for column in table_of(model).columns if not column.nullable}
        if missing := needed - set(columns):
            raise RuntimeError(f"{table_of(model).name} needs {', '.join(sorted(missing))}")


def _sqlite_value(value: Any) -> Any:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def _postgres_value(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
