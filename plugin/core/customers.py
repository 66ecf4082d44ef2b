"""Customer state: one living picture of a person, and the questions that decisions ask of it.

How facts become this picture is in `folding`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce

from plugin.core.events import ConsentState, Line, Version
from plugin.core.fulfilment import CashPhase, Fulfillment, Payment, ShipmentReport, cash_phase

_REFUSALS = frozenset({ConsentState.UNSUBSCRIBED, ConsentState.INVALID, ConsentState.REDACTED})
"""What a person has said against being written to; never having been asked is not among them."""

_VALID_FINANCIAL = frozenset({"authorized", "paid", "partially_paid", "partially_refunded"})
FULLY_REFUNDED_SHARE = 95  # percent of product value given back that makes a purchase no purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactField:
    value: str | None
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The newest word of the person about one channel."""

    state: ConsentState
    at: datetime
    source: str
    opt_in_level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What decisions need to know of an order; the whole of it stays in its event."""

    order_id: int
    version: Version
    placed_at: datetime
    cancelled_at: datetime | None
    financial_status: str
    is_test: bool
    product_minor: int
    currency: str
    name: str = ""
    checkout_token: str | None = None
    cart_token: str | None = None
    is_cash_on_delivery: bool = False
    channel: str | None = None
    """Where it was placed: web, pos, draft, or an app's own name."""
    codes: tuple[str, ...] = ()
    """Discount codes, as the buyer spelt them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    refund_id: int
    order_id: int
    version: Version
    product_minor: int
    money_minor: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    token: str
    version: Version
    cart_token: str | None
    created_at: datetime
    completed_at: datetime | None
    lines: tuple[Line, ...]
    total_minor: int
    currency: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    token: str
    version: Version
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagWord:
    """The newest word on one tag."""

    version: Version
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseSum:
    """Shopify's own count of the person's orders and what they paid for them."""

    version: Version
    orders_count: int
    spent_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A record that Shopify merged into this one: since when, and what had been said under it."""

    merged_at: datetime | None = None
    """None while we have heard what was said under it, but not of the merge."""
    consents: Mapping[str, Consent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerState:
    """One living picture of a customer. `id` is a Shopify customer id, or negative for a guest."""

    id: int
    contact: Mapping[str, ContactField] = field(default_factory=dict)
    consents: Mapping[str, Consent] = field(default_factory=dict)
    orders: Mapping[int, Order] = field(default_factory=dict)
    refunds: Mapping[int, Refund] = field(default_factory=dict)
    checkouts: Mapping[str, Checkout] = field(default_factory=dict)
    carts: Mapping[str, Cart] = field(default_factory=dict)
    gone: Mapping[str, datetime] = field(default_factory=dict)
    """Checkouts that Shopify deleted, by `checkout:token` or `cart:token`, and when."""
    deleted_at: datetime | None = None
    fulfillments: Mapping[int, Fulfillment] = field(default_factory=dict)
    shipment_reports: Mapping[int, ShipmentReport] = field(default_factory=dict)
    payments: Mapping[int, Payment] = field(default_factory=dict)
    deleted_orders: Mapping[int, datetime] = field(default_factory=dict)
    tag_words: Mapping[str, TagWord] = field(default_factory=dict)
    purchase_sum: PurchaseSum | None = None
    aliases: Mapping[int, Alias] = field(default_factory=dict)
    """Records that were merged into this one, by Shopify's id."""

    @property
    def tags(self) -> frozenset[str]:
        return frozenset(tag for tag, word in self.tag_words.items() if word.is_on)

    def contact_value(self, name: str) -> str | None:
        known = self.contact.get(name)
        return known.value if known else None

    @property
    def email(self) -> str | None:
        return self.contact_value("email")

    def consent_for(self, channel: str) -> Consent | None:
        """The word that counts. Of records that were merged the refusal counts, until a yes after the merge."""
        own = self.consents.get(channel)
        words = [
            (alias, alias.consents[channel]) for alias in self.aliases.values() if channel in alias.consents
        ]
        refusals = [
            word
            for alias, word in words
            if word.state in _REFUSALS
            and (own is None or alias.merged_at is None or own.at <= max(alias.merged_at, word.at))
        ]
        return reduce(stronger, refusals) if refusals else own

    def refunded_minor(self, order_id: int) -> int:
        """Product value given back of one order, so far."""
        return sum(r.product_minor for r in self.refunds.values() if r.order_id == order_id)

    def refunded_by_order(self) -> Mapping[int, int]:
        """All at once: a counter that sells as one customer has thousands of orders, and of refunds."""
        refunded: dict[int, int] = {}
        for refund in self.refunds.values():
            refunded[refund.order_id] = refunded.get(refund.order_id, 0) + refund.product_minor
        return refunded

    def net_minor_of(self, order: Order) -> int:
        """Product value of `order` less its refunds; never below zero by rounding of the sender."""
        return max(0, order.product_minor - self.refunded_minor(order.order_id))

    def placed_orders(self) -> list[Order]:
        """Every order the person placed in earnest, oldest first, paid or not: what ends a reminder."""
        return sorted(
            (
                order
                for order in self.orders.values()
                if not order.is_test
                and order.cancelled_at is None
                and order.order_id not in self.deleted_orders
            ),
            key=lambda order: (order.placed_at, order.order_id),
        )

    def counted_orders(self) -> list[Order]:
        """Orders that are purchases (reference: analytics.md 5, edge cases), oldest first."""
        refunded = self.refunded_by_order()
        return [o for o in self.placed_orders() if self._is_purchase(o, refunded.get(o.order_id, 0))]

    def is_purchase(self, order: Order, refunded_minor: int | None = None) -> bool:
        """`refunded_minor` of who knows it already: looking for it goes through all refunds."""
        known = self.refunded_minor(order.order_id) if refunded_minor is None else refunded_minor
        return self._is_purchase(order, known)

    def cash_phase(self, order: Order) -> CashPhase | None:
        """How far a cash-on-delivery order has come; None where it is paid for in another way."""
        if not order.is_cash_on_delivery:
            return None
        return cash_phase(
            order_id=order.order_id,
            is_cancelled=order.cancelled_at is not None,
            financial_status=order.financial_status,
            payments=self.payments,
            fulfillments=self.fulfillments,
            reports=self.shipment_reports,
        )

    def net_minor(self) -> int:
        """Net product value of all purchases, in the shop currency's minor units."""
        refunded = self.refunded_by_order()
        return sum(max(0, o.product_minor - refunded.get(o.order_id, 0)) for o in self.counted_orders())

    def last_order_at(self) -> datetime | None:
        placed = self.placed_orders()
        return placed[-1].placed_at if placed else None

    def last_seen_at(self) -> datetime | None:
        """The newest act of the person's own: an order, a checkout, a cart, a word that they want our mail."""
        moments = [order.placed_at for order in self.orders.values() if not order.is_test]
        moments += [checkout.version.updated_at for checkout in self.checkouts.values()]
        moments += [cart.version.updated_at for cart in self.carts.values()]
        moments += [word.at for word in self.consents.values() if word.state is ConsentState.SUBSCRIBED]
        return max(moments, default=None)

    def open_checkout(self) -> Checkout | None:
        """The newest checkout that is still worth a reminder: has content and a way back, and led to no order."""
        placed = self.placed_orders()
        candidates = (
            checkout
            for checkout in self.checkouts.values()
            if checkout.completed_at is None
            and not self._is_gone(checkout)
            and checkout.lines
            and checkout.url
            and not any(_came_from(order, checkout) for order in placed)
        )
        return max(candidates, key=lambda checkout: (checkout.version, checkout.token), default=None)

    def open_cart(self) -> Cart | None:
        """The newest cart with content that became neither a checkout nor an order."""
        continued = {checkout.cart_token for checkout in self.checkouts.values()}
        continued |= {order.cart_token for order in self.orders.values()}
        candidates = (cart for cart in self.carts.values() if cart.lines and cart.token not in continued)
        return max(candidates, key=lambda cart: (cart.version, cart.token), default=None)

    def _is_gone(self, checkout: Checkout) -> bool:
        gone_at = self.gone.get(f"cart:{checkout.cart_token}")
        return f"checkout:{checkout.token}" in self.gone or (
            gone_at is not None and gone_at >= checkout.version.updated_at
        )

    def _is_purchase(self, order: Order, refunded_minor: int) -> bool:
        if order.is_test or order.cancelled_at is not None or order.product_minor <= 0:
            return False
        if order.order_id in self.deleted_orders:
            return False
        phase = self.cash_phase(order)
        is_paid_for = order.financial_status in _VALID_FINANCIAL if phase is None else phase.is_purchase
        return is_paid_for and refunded_minor * 100 < order.product_minor * FULLY_REFUNDED_SHARE


def stronger(left: Consent, right: Consent) -> Consent:
    """A later word wins; of two at the same instant the refusal wins (law 5)."""

    def strength(consent: Consent) -> tuple[datetime, bool, str, str, str]:
        is_refusal = consent.state is not ConsentState.SUBSCRIBED
        return (consent.at, is_refusal, consent.state, consent.source, consent.opt_in_level or "")

    return max(left, right, key=strength)


def _came_from(order: Order, checkout: Checkout) -> bool:
    return (
        order.checkout_token == checkout.token
        or (order.cart_token is not None and order.cart_token == checkout.cart_token)
        or order.placed_at >= checkout.version.updated_at
    )
