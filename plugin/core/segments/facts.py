"""What segments may ask of a customer: the answers of one moment, flat, as they are stored in a row.

Beside the row stands the person's past, which is read only for segments that ask about single acts.
"""

from dataclasses import dataclass
from datetime import date, datetime

from plugin.core.events import ConsentState
from plugin.core.keys import stable_id
from plugin.core.lifecycle.rfm import RfmGroup
from plugin.core.lifecycle.stages import Stage
from plugin.core.lifecycle.value import ValueClass

BUCKETS = 1000


def bucket_of(shop_id: int, customer_id: int) -> int:
    """A number from 0 to 999 that has nothing to do with the customer and never changes."""
    return stable_id("bucket", str(shop_id), str(customer_id)) % BUCKETS


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """One customer. None says that we do not know, or that there is no such thing.

    Money is net product value in the shop currency's minor units, shares are whole percents.
    """

    customer_id: int
    bucket: int = 0
    """0 to 999 (`bucket_of`)."""
    email: str | None = None
    country: str | None = None
    """ISO 3166 two letters."""
    locale: str | None = None
    tags: frozenset[str] = frozenset()
    """Casefolded."""
    created_at: datetime | None = None
    birthday: date | None = None
    channel: str | None = None
    """Where the last order came from: web, pos, draft, …"""

    orders_count: int = 0
    """Orders that are purchases."""
    purchase_days: int = 0
    """Different local days with a purchase."""
    spent_minor: int = 0
    average_minor: int | None = None
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None
    refunded_orders: int = 0
    refunded_minor: int = 0
    refund_share: int = 0
    """Of the product value of all orders, what was given back."""
    discounted_orders: int = 0
    discount_share: int = 0
    """Of the orders, those with a code."""
    gap_days: int | None = None
    """The median number of days from one purchase day to the next."""
    preferred_hour: int | None = None
    """0 to 23 in the shop's zone."""
    cash_refusals: int = 0
    """Parcels to be paid on delivery that were not taken."""
    cash_refusal_share: int = 0
    """Of the orders to be paid on delivery."""

    stage: Stage = Stage.PROSPECT
    stage_since: datetime | None = None
    open_checkout_at: datetime | None = None
    """When the checkout that led to no order was last touched."""
    open_cart_at: datetime | None = None

    consent_email: ConsentState | None = None
    consent_sms: ConsentState | None = None
    consent_email_at: datetime | None = None
    suppression: str | None = None
    """Why our duty not to send exists."""
    is_mailable: bool = False
    """Consent, an address, and no suppression."""
    points: int = 0
    last_seen_at: datetime | None = None
    """The newest act of the person's own: order, checkout, cart, opt-in."""
    messages_sent: int = 0
    last_message_at: datetime | None = None

    order_chance: int | None = None
    """That an order comes within 90 days; like all that follows, None where the model cannot tell."""
    alive_chance: int | None = None
    expected_orders: float | None = None
    """In 12 months."""
    clv_minor: int | None = None
    """Predicted value of the next 12 months."""
    next_order_from: datetime | None = None
    next_order_until: datetime | None = None
    value_class: ValueClass | None = None
    rfm_recency: int | None = None
    """1 to 5, as the next two."""
    rfm_frequency: int | None = None
    rfm_monetary: int | None = None
    rfm_group: RfmGroup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFact:
    """One line of a purchase."""

    at: datetime
    order_id: int
    product_id: int | None
    variant_id: int | None
    product_type: str | None
    title: str
    quantity: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFact:
    """One purchase."""

    at: datetime
    order_id: int
    net_minor: int
    channel: str | None
    codes: tuple[str, ...] = ()
    is_first: bool
    hour: int
    """0 to 23 in the shop's zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFact:
    """One message that was sent."""

    at: datetime
    flow_id: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The single acts, in any order; a family that no segment asks about is left empty."""

    lines: tuple[LineFact, ...] = ()
    orders: tuple[OrderFact, ...] = ()
    messages: tuple[MessageFact, ...] = ()


NO_PAST = Past()
