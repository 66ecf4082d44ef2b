"""A house with installed shops to measure in, and orders like those of a real shop to measure with.

Who buys how often and how much is the CDNOW sample's (devstore/SOURCES.md): most people once, a few very often.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from devstore.seed.cdnow import Purchase, purchases
from plugin.channels.memory import MemoryChannel
from plugin.clock import FixedClock
from plugin.core.flows import FLOWS
from plugin.core.keys import shop_id_of
from plugin.settings import Settings
from plugin.shopify.api import AdminApi
from plugin.store import flows, shops
from plugin.wiring import House, build_house, migrate
from plugin.worker import spare_the_collector

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LAST_DAY = max(purchase.day for purchase in purchases())
FIRST_CUSTOMER = 7_100_000_000_000
FIRST_ORDER = 5_500_000_000_000
ORDER_BYTES = 5_000


@contextmanager
def a_house(url: str, api: AdminApi, *domains: str) -> Iterator[House]:
    """A migrated house in which the shops of `domains` are installed, with every flow on."""
    settings = Settings.model_validate(
        {
            "DATABASE_URL": url,
            "SHOPIFY_API_KEY": "0" * 32,
            "SHOPIFY_API_SECRET": "shpss_a-secret-for-the-benchmark",
            "REGULARS_APP_URL": "https://app.example.com",
            "REGULARS_SECRET_KEYS": "a key that is long enough for benchmarks",
            "SMTP_URL": "memory://",
            "REGULARS_MAIL_FROM": "hello@example.com",
        }
    )
    house = build_house(settings, FixedClock(NOW), api=api, channel=MemoryChannel(lambda *_: None))
    migrate(house.stores)
    spare_the_collector()
    for domain in domains:
        with house.database.unit(shop_id_of(domain)) as unit:
            shops.ensure(unit, domain, salt=f"salt of {domain}")
            shops.set_state(
                unit,
                shops.INSTALLED,
                at=NOW,
                reason="benchmark",
                author="benchmark",
                generation=1,
                installed_at=NOW,
                currency="USD",
                timezone="America/New_York",
            )
            for flow in FLOWS:
                flows.turn(unit, flow.id, is_on=True, at=NOW - timedelta(days=1), author="benchmark")
    try:
        yield house
    finally:
        house.close()


@cache
def history() -> tuple[Purchase, ...]:
    """The sample in the order of time, as orders reach a shop."""
    return tuple(sorted(purchases(), key=lambda bought: (bought.day, bought.customer)))


def moment(bought: Purchase, seconds: int = 0) -> datetime:
    """The instant of a purchase of the sample, moved so that its last day was yesterday."""
    days = (LAST_DAY - bought.day).days + 1
    return NOW - timedelta(days=days, seconds=bought.customer * 7 % 40_000 - seconds % 40_000)


def order_body(number: int, customer: int, at: datetime, cents: int, records: int) -> bytes:
    """`orders/create` of about 5 KB in the shape that Shopify sends."""
    email = f"customer{customer}@example.com"
    order: dict[str, Any] = {
        "id": FIRST_ORDER + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{FIRST_ORDER + number}",
        "name": f"#{number}",
        "created_at": at.isoformat(),
        "processed_at": at.isoformat(),
        "updated_at": at.isoformat(),
        "cancelled_at": None,
        "financial_status": "paid",
        "fulfillment_status": None,
        "test": False,
        "currency": "USD",
        "taxes_included": False,
        "total_price": f"{cents / 100:.2f}",
        "total_price_set": _money(cents),
        "buyer_accepts_marketing": number % 5 == 0,
        "checkout_token": f"checkout-{number:012d}",
        "cart_token": f"cart-{number:012d}",
        "customer_locale": "en-US",
        "discount_codes": [],
        "email": email,
        "contact_email": email,
        "phone": None,
        "source_name": "web",
        "customer": {
            "id": FIRST_CUSTOMER + customer,
            "email": email,
            "first_name": "Jo",
            "last_name": f"Customer {customer}",
            "default_address": {"country_code": "US"},
        },
        "billing_address": {"country_code": "US"},
        "line_items": [_line(number, line, cents // records) for line in range(min(records, 3))],
        "refunds": [],
    }
    room = ORDER_BYTES - len(json.dumps(order))
    order["note_attributes"] = [{"name": "padding of what we do not read", "value": "x" * max(0, room - 60)}]
    return json.dumps(order, separators=(",", ":")).encode()


def _line(number: int, line: int, cents: int) -> dict[str, Any]:
    return {
        "id": number * 10 + line + 1,
        "title": "Darjeeling, second flush - 250 g",
        "quantity": 1,
        "current_quantity": 1,
        "price": f"{cents / 100:.2f}",
        "price_set": _money(cents),
        "total_discount": "0.00",
        "total_discount_set": _money(0),
        "discount_allocations": [],
        "product_id": 632910392 + number % 300,
        "variant_id": 39072856 + number % 300,
        "sku": "TEA-DJ-2",
        "gift_card": False,
        "tax_lines": [{"price": "2.89", "price_set": _money(289), "rate": 0.06, "title": "State tax"}],
    }


def _money(cents: int) -> dict[str, Any]:
    amount = {"amount": f"{cents / 100:.2f}", "currency_code": "USD"}
    return {"shop_money": amount, "presentment_money": amount}


@dataclass(kw_only=True)
class Effort:
    """What a piece of work took: seconds by the clock, and those of them that neighbours did not take."""

    seconds: float = 0.0
    undisturbed: float = 0.0


@contextmanager
def measured() -> Iterator[Effort]:
    """Measure the thread's work inside. Time in which it was ready to run but no core was free is the neighbours'."""
    effort = Effort()
    begun, waited = time.perf_counter(), _seconds_without_core()
    yield effort
    effort.seconds = time.perf_counter() - begun
    effort.undisturbed = effort.seconds - (_seconds_without_core() - waited)


def _seconds_without_core() -> float:
    """Linux's run delay of this thread; 0 where the kernel does not tell."""
    schedstat = Path("/proc/thread-self/schedstat")
    return int(schedstat.read_text().split()[1]) / 1e9 if schedstat.exists() else 0.0


def peak_megabytes() -> float:
    """The most memory this process has held so far."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
