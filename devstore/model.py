"""What a store holds: customers, orders, checkouts, discounts. Money is integer cents of the store's currency."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CURRENCY = "USD"
CASH_ON_DELIVERY = "Cash on Delivery (COD)"
"""Shopify's own name for the manual payment method."""


class ConsentState(StrEnum):
    SUBSCRIBED = "SUBSCRIBED"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    PENDING = "PENDING"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    state: ConsentState = ConsentState.NOT_SUBSCRIBED
    opt_in_level: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    id: int
    created_at: datetime
    updated_at: datetime
    email: str | None
    first_name: str
    last_name: str
    locale: str = "en"
    country: str = "United States"
    country_code: str = "US"
    city: str = "Portland"
    phone: str | None = None
    consent: Consent = Consent()
    tags: tuple[str, ...] = ()
    orders: int = 0
    spent: int = 0
    last_order_id: int | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What one discount of an order takes off one of its lines."""

    use: int
    """Place of the discount in the order's `discounts`, from 0."""
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    id: int
    product_id: int
    variant_id: int
    title: str
    product_type: str
    vendor: str
    sku: str
    quantity: int
    price: int
    allocations: tuple[Allocation, ...] = ()

    @property
    def total(self) -> int:
        return self.price * self.quantity

    @property
    def after_discounts(self) -> int:
        return self.total - sum(allocation.cents for allocation in self.allocations)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountUse:
    code: str
    kind: str
    """`percentage` or `fixed_amount`, Shopify's words in `discount_codes[].type`."""
    cents: int
    """What it took off this order."""
    value: float
    """What the code promises: percent such as 10.0, or dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    id: int
    created_at: datetime
    cents: int
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    id: int
    number: int
    customer_id: int
    email: str | None
    created_at: datetime
    updated_at: datetime
    lines: tuple[Line, ...]
    locale: str = "en"
    cart_token: str | None = None
    checkout_token: str | None = None
    landing_site: str | None = None
    accepts_marketing: bool = False
    discounts: tuple[DiscountUse, ...] = ()
    refunds: tuple[Refund, ...] = ()
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    fulfilled_at: datetime | None = None
    test: bool = False
    cash_on_delivery: bool = False
    paid_at: datetime | None = None
    """When the cash came in; orders that are not for cash are paid at once."""
    fulfillment_id: int | None = None
    shipment_status: str | None = None

    @property
    def name(self) -> str:
        return f"#{self.number}"

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(use.cents for use in self.discounts)

    @property
    def total(self) -> int:
        return self.subtotal - self.discount

    @property
    def refunded(self) -> int:
        return sum(refund.cents for refund in self.refunds)

    @property
    def is_unpaid(self) -> bool:
        return self.cash_on_delivery and self.paid_at is None

    @property
    def financial_status(self) -> str:
        if self.is_unpaid:
            return "PENDING" if self.cancelled_at is None else "VOIDED"
        if self.refunded == 0:
            return "PAID"
        return "REFUNDED" if self.refunded >= self.total else "PARTIALLY_REFUNDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    id: int
    token: str
    cart_token: str
    email: str | None
    created_at: datetime
    updated_at: datetime
    lines: tuple[Line, ...]
    customer_id: int | None = None
    locale: str = "en"
    accepts_marketing: bool = False
    completed_at: datetime | None = None

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    id: int
    code: str
    title: str
    created_at: datetime
    updated_at: datetime
    starts_at: datetime
    ends_at: datetime | None = None
    percentage: float | None = None
    cents: int | None = None
    customer_ids: tuple[int, ...] = ()
    """Empty means that every buyer may use the code."""
    minimum_subtotal: int | None = None
    usage_limit: int | None = None
    once_per_customer: bool = False
    combines_with: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    uses: int = 0

    def status(self, now: datetime) -> str:
        if self.ends_at is not None and self.ends_at <= now:
            return "EXPIRED"
        return "SCHEDULED" if self.starts_at > now else "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A saved question about customers; the devstore keeps it and does not answer it."""

    id: int
    name: str
    query: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOperation:
    id: int
    query: str
    status: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    objects: int = 0
    roots: int = 0
    size: int = 0
    error_code: str | None = None


def amount(cents: int) -> str:
    """Cents as Shopify writes money in webhooks: `1234` is `"12.34"`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def cents_of(text: str | float) -> int:
    """`"12.34"` as 1234; rounds half up at the third decimal, as a till does."""
    return round(float(text) * 100)


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_of(global_id: str, kind: str) -> int | None:
    """The number in `gid://shopify/{kind}/123`, or None where it is not one."""
    head, _, tail = global_id.rpartition("/")
    return int(tail) if head == f"gid://shopify/{kind}" and tail.isdecimal() else None
