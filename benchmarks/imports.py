"""How fast a shop's history comes in: JSONL files as Shopify writes them, through the importer itself.

    .venv/bin/python -m benchmarks.imports [--quick] [--orders N] [--only-ours]

Customers, orders and lines are the CDNOW sample's (devstore/SOURCES.md), repeated until there are enough: one line
for each record bought. A second process serves the files, as Shopify's storage does. The baseline is the first
rows of the same files with a transaction of its own for each customer and order.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks.a_shop import (
    FIRST_CUSTOMER,
    FIRST_ORDER,
    NOW,
    a_house,
    history,
    measured,
    moment,
    peak_megabytes,
)
from benchmarks.ingest import wait_for
from benchmarks.postgres import free_port
from devstore.seed.cdnow import Purchase
from plugin.core.keys import shop_id_of
from plugin.pipeline.backfill import BATCH, Importer
from plugin.shopify.fake import FakeAdmin
from plugin.shopify.fake_shop import FakeShop
from plugin.store import imports
from plugin.wiring import House

DOMAIN = "bench.myshopify.com"
ROWS_PER_SECOND = 5_000
MEGABYTES = 300
TIMES_ONE_BY_ONE = 5.0
MOST_LINES = 20  # of one order
Row = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 when one misses its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10,000 orders instead of 100,000")
    parser.add_argument("--orders", type=int, help="how many orders")
    parser.add_argument(
        "--one-customer", action="store_true", help="all orders are one customer's: a counter"
    )
    parser.add_argument("--only-ours", action="store_true", help="leave the baseline out")
    chosen = parser.parse_args(arguments)
    orders = chosen.orders or (10_000 if chosen.quick else 100_000)
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as name:
        folder = Path(name)
        rows = write_files(folder / "all", orders, one_customer=chosen.one_customer)
        print(f"importing {orders:,} orders, {rows:,} rows of customers, orders and lines, SQLite")
        by_clock, rate = import_files(folder / "all", rows, BATCH)
        peak = peak_megabytes()
        print(
            f"  batches of {BATCH}    {rate:8,.0f} rows/s ({by_clock:,.0f} by the clock)   target {ROWS_PER_SECOND:,}"
        )
        print(f"  peak memory       {peak:8,.0f} MB       target {MEGABYTES}")
        if chosen.only_ours:
            return int(rate < ROWS_PER_SECOND or peak > MEGABYTES)
        rows = write_files(folder / "few", min(orders, 500), one_customer=chosen.one_customer)
        _, apart = import_files(folder / "few", rows, 1)
        print(
            f"  one commit per row{apart:8,.0f} rows/s   ratio {rate / apart:.1f}   target {TIMES_ONE_BY_ONE}"
        )
    return int(rate < ROWS_PER_SECOND or peak > MEGABYTES or rate / apart < TIMES_ONE_BY_ONE)


def write_files(folder: Path, orders: int, *, one_customer: bool = False) -> int:
    """The two result files of so many orders, and their customers; how many lines both have."""
    folder.mkdir()
    bought = list(islice(_purchases(one_customer=one_customer), orders))
    customers = sorted({purchase.customer for purchase in bought})
    return _write(folder / "customers.jsonl", map(_customer, customers)) + _write(
        folder / "orders.jsonl", (row for number, b in enumerate(bought) for row in _order(number, b))
    )


def _purchases(*, one_customer: bool) -> Iterator[Purchase]:
    """The sample again and again, each time by other people."""
    for again in count():
        for bought in history():
            yield replace(bought, customer=1 if one_customer else again * 10_000 + bought.customer)


def _write(path: Path, rows: Iterable[Row]) -> int:
    written = 0
    with path.open("w") as file:
        for row in rows:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")
            written += 1
    return written


def import_files(folder: Path, rows: int, batch: int) -> tuple[float, float]:
    """Rows per second of importing both files into a new database: by the clock, and undisturbed by neighbours."""
    admin = FakeAdmin({shop_id_of(DOMAIN): FakeShop(domain=DOMAIN)})
    with (
        a_house(f"sqlite:///{folder / 'bench.db'}", admin, DOMAIN) as house,
        _served(folder) as origin,
    ):
        with house.database.unit(shop_id_of(DOMAIN)) as unit:
            imports.request(unit, 1, NOW)
        importer = replace(house.tools.importer, batch=batch)
        importer.step(NOW)  # asks Shopify to write the files
        _finish_operations(admin, origin)
        with measured() as effort:
            importer.step(NOW + timedelta(minutes=1))  # reads them
        _require_done(house, importer)
    return rows / effort.seconds, rows / effort.undisturbed


def _finish_operations(admin: FakeAdmin, origin: str) -> None:
    for operation in admin.shops[shop_id_of(DOMAIN)].bulk.values():
        file = "customers.jsonl" if "customers" in operation["query"].split("{")[1] else "orders.jsonl"
        operation |= {"status": "COMPLETED", "url": f"{origin}/{file}", "fileSize": "1"}


def _require_done(house: House, importer: Importer) -> None:
    with importer.database.reading(shop_id_of(DOMAIN)) as unit:
        ends = {(found.kind, found.state, found.reason) for found in imports.of_shop(unit)}
    if ends != {("customers", "done", ""), ("orders", "done", "")}:
        raise RuntimeError(f"the import did not end well: {ends}")
    assert house.tools.importer.step(NOW + timedelta(days=1)) == 0


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    port = free_port()
    serve = [
        sys.executable,
        "-m",
        "http.server",
        str(port),
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    ]
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _customer(number: int) -> Row:
    created = (NOW - timedelta(days=800, seconds=number % 86_400)).isoformat()
    return {
        "id": f"gid://shopify/Customer/{FIRST_CUSTOMER + number}",
        "firstName": "Jo",
        "lastName": f"Customer {number}",
        "locale": "en-US",
        "createdAt": created,
        "updatedAt": (NOW - timedelta(days=1, seconds=number % 86_400)).isoformat(),
        "tags": ["regular", "newsletter"],
        "numberOfOrders": "3",
        "amountSpent": {"amount": "96.15", "currencyCode": "USD"},
        "dataSaleOptOut": False,
        "defaultEmailAddress": {
            "emailAddress": f"customer{number}@example.com",
            "marketingState": "SUBSCRIBED" if number % 5 < 3 else "NOT_SUBSCRIBED",
            "marketingOptInLevel": "SINGLE_OPT_IN",
            "marketingUpdatedAt": created,
        },
    }


def _order(number: int, bought: Purchase) -> Iterator[Row]:
    gid = f"gid://shopify/Order/{FIRST_ORDER + number}"
    at = moment(bought, number).isoformat()
    total = {"shopMoney": {"amount": f"{bought.cents / 100:.2f}"}}
    nothing = {"shopMoney": {"amount": "0.0"}}
    lines = min(bought.records, MOST_LINES)
    yield {
        "id": gid,
        "name": f"#{number}",
        "createdAt": at,
        "processedAt": at,
        "updatedAt": at,
        "cancelledAt": None,
        "test": False,
        "sourceName": "web",
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED",
        "email": f"customer{bought.customer}@example.com",
        "customerLocale": "en-US",
        "customer": {"id": f"gid://shopify/Customer/{FIRST_CUSTOMER + bought.customer}"},
        "cartToken": f"cart-{number:012d}",
        "checkoutToken": f"checkout-{number:012d}",
        "discountCodes": [],
        "currencyCode": "USD",
        "presentmentCurrencyCode": "USD",
        "taxesIncluded": False,
        "totalPriceSet": total,
        "subtotalPriceSet": total,
        "totalTaxSet": nothing,
        "totalShippingPriceSet": nothing,
        "currentTotalPriceSet": total,
        "currentSubtotalPriceSet": total,
        "currentTotalTaxSet": nothing,
        "totalRefundedSet": nothing,
        "totalRefundedShippingSet": nothing,
        "refunds": [],
    }
    for line in range(lines):
        price = {"shopMoney": {"amount": f"{bought.cents / lines / 100:.2f}"}}
        yield {
            "id": f"gid://shopify/LineItem/{number * 100 + line}",
            "title": "Darjeeling, second flush - 250 g",
            "variantTitle": None,
            "sku": "TEA-DJ-2",
            "quantity": 1,
            "currentQuantity": 1,
            "isGiftCard": False,
            "product": {"id": f"gid://shopify/Product/{632910392 + number % 300}"},
            "variant": {"id": f"gid://shopify/ProductVariant/{39072856 + number % 300}"},
            "originalTotalSet": price,
            "discountAllocations": [],
            "taxLines": [{"priceSet": nothing}],
            "priceAfterAllDiscountsBeforeTaxesSet": price,
            "__parentId": gid,
        }


if __name__ == "__main__":
    sys.exit(main())
