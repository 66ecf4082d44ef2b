"""One shop of the devstore: its shelves, its counter and the facts that its API tells."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from devstore.config import DevstoreConfig
from devstore.database import Database, Shelf, micros
from devstore.model import BulkOperation, Checkout, Customer, Discount, Order, Segment

_FIRST_NUMBER = 9_100_000_000_000
"""New ids count up from here, 13 digits like Shopify's; seeded ones lie below."""


class Store:
    """Everything that belongs to one shop domain. Cheap to make: one per request is fine."""

    def __init__(self, database: Database, config: DevstoreConfig, shop: str) -> None:
        self.database = database
        self.config = config
        self.shop = shop
        self.timezone = ZoneInfo(config.timezone)
        self.customers = Shelf(
            database,
            shop=shop,
            kind=Customer,
            alias=lambda customer: customer.email and customer.email.lower(),
            owner=lambda _: None,
        )
        self.orders = Shelf(
            database,
            shop=shop,
            kind=Order,
            alias=lambda order: order.checkout_token,
            owner=lambda order: order.customer_id,
        )
        self.checkouts = Shelf(
            database,
            shop=shop,
            kind=Checkout,
            alias=lambda checkout: checkout.token,
            owner=lambda checkout: checkout.customer_id,
        )
        self.discounts = Shelf(
            database,
            shop=shop,
            kind=Discount,
            alias=lambda discount: discount.code.lower(),
            owner=lambda _: None,
        )
        self.segments = Shelf(
            database,
            shop=shop,
            kind=Segment,
            alias=lambda segment: segment.name.lower(),
            owner=lambda _: None,
        )
        self.bulk_operations = Shelf(
            database,
            shop=shop,
            kind=BulkOperation,
            alias=lambda _: None,
            owner=lambda _: None,
        )

    @property
    def id(self) -> int:
        """The shop's own number, the same for ever for one domain."""
        return int.from_bytes(hashlib.sha256(self.shop.encode()).digest()[:5], "big") + 10_000_000_000

    @property
    def name(self) -> str:
        return self.config.shop_name if self.shop == self.config.shop else self.shop.partition(".")[0]

    @property
    def url(self) -> str:
        return f"{self.config.base_url}/{self.shop}"

    def now(self) -> datetime:
        """The devstore clock in whole seconds, as Shopify stamps its resources."""
        return self.config.clock().astimezone(UTC).replace(microsecond=0)

    def now_after(self, was: datetime) -> datetime:
        """The next `updated_at` of something last changed at `was`: it never goes back, whatever the clock does.

        Two changes within one second have the same, as with Shopify; what was triggered later is the newer.
        """
        return max(self.now(), was)

    def next_id(self) -> int:
        return _FIRST_NUMBER + self._count_up()

    def next_ids(self, how_many: int) -> int:
        """The first of `how_many` numbers in a row that nothing else will get."""
        with self.database.transaction():
            first, *_ = [self.next_id() for _ in range(how_many)]
        return first

    def next_token(self, purpose: str) -> str:
        """32 hex characters that nobody without the app's secret can guess, and no two alike."""
        text = f"{self.shop}:{purpose}:{self._count_up()}:{micros(self.config.clock())}"
        return hmac.new(self.config.api_secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]

    @property
    def is_installed(self) -> bool:
        row = self.database.row("SELECT uninstalled_at FROM shops WHERE shop = ?", self.shop)
        return row is None or row["uninstalled_at"] is None

    def install(self) -> None:
        """A merchant granted the app its scopes; Shopify tells the app nothing."""
        self._exist()
        self.database.run("UPDATE shops SET uninstalled_at = NULL WHERE shop = ?", self.shop)

    def mark_uninstalled(self) -> None:
        self._exist()
        self.database.run(
            "UPDATE shops SET uninstalled_at = ? WHERE shop = ?", micros(self.config.clock()), self.shop
        )

    def next_order_number(self) -> int:
        row = self.database.row(
            "SELECT count(*) AS n FROM records WHERE shop = ? AND kind = 'Order'", self.shop
        )
        return 1001 + (int(row["n"]) if row else 0)

    def note_order(self, order: Order, *, sign: int = 1) -> Customer | None:
        """Count an order into its customer's figures; `sign=-1` takes a cancelled one out again."""
        customer = self.customers.get(order.customer_id)
        if customer is None:
            return None
        changed = replace(
            customer,
            orders=customer.orders + sign,
            spent=customer.spent + sign * order.total,
            last_order_id=order.id if sign > 0 else customer.last_order_id,
            updated_at=self.now_after(customer.updated_at),
        )
        self.customers.put(changed)
        return changed

    def _exist(self) -> None:
        self.database.run(
            "INSERT OR IGNORE INTO shops (shop, created_at) VALUES (?, ?)",
            self.shop,
            micros(self.config.clock()),
        )

    def _count_up(self) -> int:
        with self.database.transaction():
            self._exist()
            self.database.run("UPDATE shops SET counter = counter + 1 WHERE shop = ?", self.shop)
            row = self.database.row("SELECT counter FROM shops WHERE shop = ?", self.shop)
        return int(row["counter"]) if row else 0
