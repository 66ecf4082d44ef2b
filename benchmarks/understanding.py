"""How fast a worker understands what the door has stored: parse, translate, ingest, earn, enroll, commit, mark.

    .venv/bin/python -m benchmarks.understanding [--quick]

The deliveries are 5 KB orders of four shops, as they arrive: mixed. Seven in ten are by people whom the shop
knows from its history, each as often as they used to buy; the others are new. The baseline is the same work with
a transaction of its own for every delivery, in the same run on the same database.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.a_shop import NOW, a_house, history, measured, moment, order_body, peak_megabytes
from benchmarks.postgres import throw_away_cluster
from plugin.core.deliveries import Delivery
from plugin.core.keys import shop_id_of
from plugin.jobs.process_inbox import BATCH, process_inbox
from plugin.pipeline.ingest import ingest
from plugin.shopify.fake import FakeAdmin
from plugin.store import shops
from plugin.webhooks.understand import ShopFacts, understand
from plugin.wiring import House

EVENTS_PER_SECOND = 1_000  # on SQLite, batched
TIMES_ONE_BY_ONE = {"sqlite": 4.0, "postgresql": 4.0}
KNOWN_SHARE = 0.7
DOMAINS = tuple(f"bench-{number}.myshopify.com" for number in range(4))


@dataclass(kw_only=True)
class Stream:
    """Orders without end, by known and new people of the shops in turn."""

    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311  # the same orders in every run
    numbers: Iterator[int] = field(default_factory=lambda: count(1_000_000))

    def deliveries(self, amount: int) -> list[Delivery]:
        return [self._delivery(number) for number in islice(self.numbers, amount)]

    def _delivery(self, number: int) -> Delivery:
        like = self.chance.choice(history())
        customer = like.customer if self.chance.random() < KNOWN_SHARE else number
        at = NOW - timedelta(seconds=3600 - number % 3600)
        body = order_body(number, customer, at, like.cents, like.records)
        return a_delivery(self.chance.choice(DOMAINS), number, body)


def a_delivery(domain: str, number: int, body: bytes) -> Delivery:
    return Delivery(
        shop_id=shop_id_of(domain),
        shop=domain,
        topic="orders/create",
        delivery_id=f"delivery-{number}",
        event_id=f"event-{number}",
        triggered_at=NOW,
        api_version="2026-10",
        received_at=NOW,
        body=body,
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 when one misses its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer events, 2 rounds instead of 5")
    chosen = parser.parse_args(arguments)
    rounds, batched, single, past = (2, 1_000, 100, 1_000) if chosen.quick else (5, 3_000, 300, 6_919)
    print("understanding 5 KB orders of 4 shops, 70 % by known customers, one worker")
    misses = 0
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder,
        throw_away_cluster() as new_postgres,
    ):
        misses += measure(f"sqlite:///{Path(folder) / 'bench.db'}", rounds, batched, single, past)
        if new_postgres is None:
            print("PostgreSQL is not installed: left out.")
        else:
            misses += measure(new_postgres(), rounds, batched, single, past)
    print(f"peak memory {peak_megabytes():.0f} MB")
    return int(misses > 0)


def measure(url: str, rounds: int, batched: int, single: int, past: int) -> int:
    """Rounds of both kinds on one database; how many targets were missed."""
    kind = url.partition(":")[0].partition("+")[0]
    stream = Stream()
    with a_house(url, FakeAdmin({}), *DOMAINS) as house:
        for domain in DOMAINS:
            _remember(house, domain, past)
        with house.database.engine.connect() as connection:
            # As PostgreSQL does by itself within a minute; before it has, it plans as if the tables were empty.
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
        together, apart = [], []
        for _ in range(rounds):
            together.append(_rates(house, stream.deliveries(batched), BATCH))
            apart.append(_rates(house, stream.deliveries(single), 1))
    (by_clock, rate), (_, single_rate) = _medians(together), _medians(apart)
    ratio = statistics.median(a / b for (_, a), (_, b) in zip(together, apart, strict=True))
    slowest = EVENTS_PER_SECOND if kind == "sqlite" else None
    print(
        f"  {kind:<11}{rate:6,.0f} events/s ({by_clock:,.0f} by the clock)   target {slowest or '-'}"
        f"   one commit each {single_rate:4,.0f} /s   ratio {ratio:.1f}   target {TIMES_ONE_BY_ONE[kind]}"
    )
    return int(slowest is not None and rate < slowest) + int(ratio < TIMES_ONE_BY_ONE[kind])


def _medians(rates: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(clock for clock, _ in rates), statistics.median(rate for _, rate in rates)


def _remember(house: House, domain: str, past: int) -> None:
    """The shop's past: the sample's first `past` orders, imported."""
    facts = ShopFacts(shop_id=shop_id_of(domain), domain=domain, currency="USD")
    orders = iter(enumerate(history()[:past]))
    while page := list(islice(orders, 500)):
        events: list[Any] = []
        for number, bought in page:
            body = order_body(number, bought.customer, moment(bought), bought.cents, bought.records)
            events += understand(a_delivery(domain, number, body), facts)
        with house.database.unit(facts.shop_id) as unit:
            ingest(unit, shops.get(unit), events, now=NOW, origin="import")


def _rates(house: House, deliveries: list[Delivery], batch: int) -> tuple[float, float]:
    """Events per second by the clock, and undisturbed by neighbours on the machine."""
    asyncio.run(_store(house, deliveries))
    with measured() as effort:
        looked_at = process_inbox(house.tools, NOW, batch=batch)
    counts = house.tools.inbox.counts()
    if looked_at != len(deliveries) or counts["received"] or counts["failed"] or counts["ignored"]:
        raise RuntimeError(f"not everything was understood: {counts}")
    return len(deliveries) / effort.seconds, len(deliveries) / effort.undisturbed


async def _store(house: House, deliveries: list[Delivery]) -> None:
    await house.writer.start()
    await asyncio.gather(*(house.writer.put(delivery) for delivery in deliveries))
    await house.writer.stop()


if __name__ == "__main__":
    sys.exit(main())
