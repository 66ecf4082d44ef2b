"""What happened, in our words rather than Shopify's.

An event is an immutable fact in the past tense. Its `id` follows from its content, so a fact that arrives
twice is one fact; its `version` says how new the sender's knowledge was, so facts may arrive in any order.

Absent, null and a value are three different things: a key that the sender did not send is `ABSENT` and never
overwrites what we know; `None` is the sender's word that there is no such value.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final, Literal


class _Absent(Enum):
    ABSENT = "\x00absent"  # no text that a sender may use


Absent = Literal[_Absent.ABSENT]
ABSENT: Final = _Absent.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Version:
    """How new a statement is. Later wins; equal instants are settled by the fingerprint, the same for everyone."""

    updated_at: datetime
    triggered_at: datetime
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The names under which a fact knows somebody. Empty when it knows nobody."""

    shopify_id: int | None = None
    email: str | None = None
    """Lower-case, trimmed, syntactically an address."""
    phone: str | None = None
    """E.164, such as `+4915112345678`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a cart, checkout or order, in shop money."""

    title: str
    quantity: int
    total_minor: int | None
    """Value of the whole line after discounts, without tax where that is known; None where no price is known."""
    product_id: int | None = None
    variant_id: int | None = None
    product_type: str | None = None
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    id: str
    occurred_at: datetime
    version: Version
    person: Person = field(default_factory=Person)
    links: tuple[str, ...] = ()
    """Other things this fact belongs to, such as `order:12`, `checkout:abc`, `cart:def`: they can name the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """What a statement says of a person's contact details."""

    email: str | Absent | None = ABSENT
    phone: str | Absent | None = ABSENT
    first_name: str | Absent | None = ABSENT
    last_name: str | Absent | None = ABSENT
    locale: str | Absent | None = ABSENT
    timezone: str | Absent | None = ABSENT
    country: str | Absent | None = ABSENT
    birthday: str | Absent | None = ABSENT
    """An ISO date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(Event):
    """Shopify's record of a customer, as of `version`."""

    shopify_id: int
    created_at: datetime | None = None
    contact: ContactFacts = field(default_factory=ContactFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDeleted(Event):
    shopify_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersMerged(Event):
    """Shopify made one record of two: the deleted one's past belongs to the kept one from now on."""

    kept_id: int
    deleted_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsChanged(Event):
    """The merchant put tags on a customer, or took them off."""

    tags: tuple[str, ...]
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasesSummed(Event):
    """Shopify's own count of a person's orders: something to compare ours with, never a correction of it."""

    orders_count: int
    spent_minor: int
    currency: str


class ConsentState(StrEnum):
    """What the person said about one channel. Only `SUBSCRIBED` lets us write (law 5)."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    PENDING = "pending"
    NOT_SUBSCRIBED = "not_subscribed"
    INVALID = "invalid"
    REDACTED = "redacted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged(Event):
    channel: str
    state: ConsentState
    source: str
    """Where it was said: `shopify`, `checkout`, `order`, `import`, `unsubscribe_link`, `one_click`."""
    opt_in_level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CartChanged(Event):
    """A cart's whole content; `lines` empty means that it was emptied."""

    token: str
    lines: tuple[Line, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutChanged(Event):
    token: str
    cart_token: str | None
    created_at: datetime
    completed_at: datetime | None
    lines: tuple[Line, ...]
    total_minor: int
    currency: str
    url: str | None
    """The buyer's own way back into this checkout. It contains a key: never logged, never opened by us."""
    contact: ContactFacts = field(default_factory=ContactFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutDeleted(Event):
    token: str | None
    cart_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(Event):
    """An order as of `version`."""

    order_id: int
    name: str
    placed_at: datetime
    """Shopify's `processed_at`: imports back-date `created_at`."""
    cancelled_at: datetime | None
    financial_status: str
    """Shopify's word, lower case: pending, authorized, paid, partially_refunded, refunded, voided, …"""
    fulfillment_status: str | None
    is_test: bool
    product_minor: int
    """Product value after discounts, without tax, shipping and gift cards, before refunds; shop money."""
    total_minor: int
    currency: str
    """The shop's currency."""
    lines: tuple[Line, ...]
    discount_codes: tuple[str, ...] = ()
    checkout_token: str | None = None
    cart_token: str | None = None
    source: str | None = None
    contact: ContactFacts = field(default_factory=ContactFacts)
    gateways: tuple[str, ...] = ()
    """Payment methods as the shop names them, such as `Cash on Delivery (COD)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDeleted(Event):
    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEdited(Event):
    """Pieces were added to or taken out of an order. What the order is now, its own next snapshot says."""

    edit_id: int
    order_id: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecorded(Event):
    """A transaction on an order: money asked for, taken or given back, or an attempt at it."""

    payment_id: int
    order_id: int
    kind: str
    """authorization, sale, capture, void or refund."""
    status: str
    """success, failure or error."""
    gateway: str
    money_minor: int
    currency: str
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentChanged(Event):
    """A shipment of an order, as of `version`."""

    fulfillment_id: int
    order_id: int
    status: str
    """Shopify's word, lower case: pending, open, success, cancelled, error or failure."""
    shipment_status: str | None = None
    """The carrier's newest word, such as in_transit, delivered or failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentReported(Event):
    """The carrier's word on a shipment; `is_withdrawn` once it was deleted again."""

    report_id: int
    fulfillment_id: int
    order_id: int
    status: str
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnChanged(Event):
    """Goods on their way back. The money follows as a refund; only that changes what the order is worth."""

    return_id: int
    order_id: int | None
    """None where Shopify names the return alone."""
    status: str
    """requested, open, declined, canceled, closed or updated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecorded(Event):
    refund_id: int
    order_id: int
    product_minor: int
    """Product value taken back, without tax and shipping; shop money."""
    money_minor: int
    """Money that went back to the buyer, all told; shop money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppUninstalled:
    """The merchant removed the app. `occurred_at` decides which installation it was."""

    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDataRequested:
    request_id: str
    person: Person
    order_ids: tuple[int, ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerErasureRequested:
    person: Person
    order_ids: tuple[int, ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopErasureRequested:
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOperationFinished:
    """Shopify's hint that an import's file is ready; polling finds it too."""

    operation_gid: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopDescribed:
    """What the shop says of itself; None where it does not say."""

    occurred_at: datetime
    name: str | None = None
    email: str | None = None
    host: str | None = None
    """The storefront's own host name."""
    currency: str | None = None
    timezone: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopesChanged:
    """What the merchant allows the app to do from now on."""

    scopes: tuple[str, ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant as its product told of it; `is_in_stock` is None where that does not follow."""

    variant_id: int
    inventory_item_id: int | None
    is_in_stock: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChanged:
    product_id: int
    version: Version
    title: str
    product_type: str | None
    is_for_sale: bool
    """Active and published."""
    variants: tuple[Variant, ...]
    variant_ids: tuple[int, ...] | None
    """Every variant that the product has; None where the sender cut the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDeleted:
    product_id: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChanged:
    """A variant, named by itself or by its inventory item, can be bought again or no longer."""

    variant_id: int | None
    inventory_item_id: int | None
    is_in_stock: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentNamed:
    """A segment of the merchant's own in Shopify; `name` is None once it is deleted."""

    segment_id: int
    name: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountChanged:
    """`status` is active, expired, scheduled or deleted."""

    discount_gid: str
    status: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemCodeChanged:
    """A code was added to a discount, or taken from it."""

    discount_gid: str
    code: str
    is_valid: bool
    occurred_at: datetime


CustomerEvent = (
    CustomerChanged
    | CustomerDeleted
    | CustomersMerged
    | TagsChanged
    | PurchasesSummed
    | ConsentChanged
    | CartChanged
    | CheckoutChanged
    | CheckoutDeleted
    | OrderChanged
    | OrderDeleted
    | OrderEdited
    | PaymentRecorded
    | FulfillmentChanged
    | ShipmentReported
    | ReturnChanged
    | RefundRecorded
)
ShopNews = (
    ShopDescribed
    | ScopesChanged
    | ProductChanged
    | ProductDeleted
    | StockChanged
    | SegmentNamed
    | DiscountChanged
    | RedeemCodeChanged
)
"""What the shop is and sells: kept as its newest word, about nobody."""
ShopEvent = (
    AppUninstalled
    | CustomerDataRequested
    | CustomerErasureRequested
    | ShopErasureRequested
    | BulkOperationFinished
    | ShopNews
)
"""Facts about the installation itself; they are acted on, not folded into a customer."""
