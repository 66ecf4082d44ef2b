"""Customer state: a fold over events that gives the same answer in any order and under duplicates.

Each part of the state (an order, a checkout, a consent, a contact field) keeps the newest statement about
itself, decided by `Version`; joining two states is the same operation part by part. That makes the state a
join-semilattice: order, repetition and even the late discovery that two people are one cannot change the end.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Protocol, TypeVar

from plugin.core.events import (
    ABSENT,
    CartChanged,
    CheckoutChanged,
    CheckoutDeleted,
    ConsentChanged,
    ConsentState,
    ContactFacts,
    CustomerChanged,
    CustomerDeleted,
    CustomerEvent,
    Line,
    OrderChanged,
    RefundRecorded,
    Version,
)

REMEMBERED_CHECKOUTS = 20
"""Older checkouts and carts of a person change no decision; the newest of each are kept."""

_VALID_FINANCIAL = frozenset({"authorized", "paid", "partially_paid", "partially_refunded"})
_FULLY_REFUNDED_SHARE = 95  # percent of product value given back that makes a purchase no purchase


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

    def contact_value(self, name: str) -> str | None:
        known = self.contact.get(name)
        return known.value if known else None

    @property
    def email(self) -> str | None:
        return self.contact_value("email")

    def consent_for(self, channel: str) -> Consent | None:
        return self.consents.get(channel)

    def refunded_minor(self, order_id: int) -> int:
        """Product value given back of one order, so far."""
        return sum(r.product_minor for r in self.refunds.values() if r.order_id == order_id)

    def net_minor_of(self, order: Order) -> int:
        """Product value of `order` less its refunds; never below zero by rounding of the sender."""
        return max(0, order.product_minor - self.refunded_minor(order.order_id))

    def placed_orders(self) -> list[Order]:
        """Every order the person placed in earnest, oldest first, paid or not: what ends a reminder."""
        return sorted(
            (o for o in self.orders.values() if not o.is_test and o.cancelled_at is None),
            key=lambda order: (order.placed_at, order.order_id),
        )

    def counted_orders(self) -> list[Order]:
        """Orders that are purchases (reference: analytics.md 5, edge cases), oldest first."""
        refunded = self._refunded_by_order()
        return [o for o in self.placed_orders() if _is_purchase(o, refunded.get(o.order_id, 0))]

    def is_purchase(self, order: Order) -> bool:
        return _is_purchase(order, self.refunded_minor(order.order_id))

    def net_minor(self) -> int:
        """Net product value of all purchases, in the shop currency's minor units."""
        refunded = self._refunded_by_order()
        return sum(max(0, o.product_minor - refunded.get(o.order_id, 0)) for o in self.counted_orders())

    def last_order_at(self) -> datetime | None:
        placed = self.placed_orders()
        return placed[-1].placed_at if placed else None

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

    def _refunded_by_order(self) -> Mapping[int, int]:
        """All at once: a counter that sells as one customer has thousands of orders, and of refunds."""
        refunded: dict[int, int] = {}
        for refund in self.refunds.values():
            refunded[refund.order_id] = refunded.get(refund.order_id, 0) + refund.product_minor
        return refunded


def fold(state: CustomerState, event: CustomerEvent) -> CustomerState:
    """`state` after hearing of `event`; hearing of it again changes nothing."""
    match event:
        case OrderChanged():
            state = replace(state, orders=_newest(state.orders, event.order_id, _order(event)))
            return _with_contact(state, _stated(event.contact), event.version)
        case RefundRecorded():
            return replace(state, refunds=_newest(state.refunds, event.refund_id, _refund(event)))
        case CheckoutChanged():
            checkouts = _remember(_newest(state.checkouts, event.token, _checkout(event)))
            return _with_contact(replace(state, checkouts=checkouts), _stated(event.contact), event.version)
        case CheckoutDeleted():
            return replace(state, gone=_join(state.gone, _gone(event), max))
        case CartChanged():
            cart = Cart(token=event.token, version=event.version, lines=event.lines)
            return replace(state, carts=_remember(_newest(state.carts, event.token, cart)))
        case ConsentChanged():
            consent = Consent(
                state=event.state,
                at=event.occurred_at,
                source=event.source,
                opt_in_level=event.opt_in_level,
            )
            return replace(state, consents=_join(state.consents, {event.channel: consent}, _stronger))
        case CustomerChanged():
            return _with_contact(state, event.contact, event.version)
        case CustomerDeleted():
            return replace(state, deleted_at=_latest(state.deleted_at, event.occurred_at))


def replay(customer_id: int, events: Iterable[CustomerEvent]) -> CustomerState:
    """The state that `events` lead to, from nothing."""
    state = CustomerState(id=customer_id)
    for event in events:
        state = fold(state, event)
    return state


def join(survivor: CustomerState, other: CustomerState) -> CustomerState:
    """Two pictures that turned out to be one person's, as the picture of `survivor`."""
    return replace(
        survivor,
        contact=_join(survivor.contact, other.contact, _newer_contact),
        consents=_join(survivor.consents, other.consents, _stronger),
        orders=_join(survivor.orders, other.orders, _newer),
        refunds=_join(survivor.refunds, other.refunds, _newer),
        checkouts=_remember(_join(survivor.checkouts, other.checkouts, _newer)),
        carts=_remember(_join(survivor.carts, other.carts, _newer)),
        gone=_join(survivor.gone, other.gone, max),
        deleted_at=survivor.deleted_at,
    )


def _is_purchase(order: Order, refunded_minor: int) -> bool:
    if order.is_test or order.cancelled_at is not None or order.product_minor <= 0:
        return False
    if order.financial_status not in _VALID_FINANCIAL:
        return False
    return refunded_minor * 100 < order.product_minor * _FULLY_REFUNDED_SHARE


def _came_from(order: Order, checkout: Checkout) -> bool:
    return (
        order.checkout_token == checkout.token
        or (order.cart_token is not None and order.cart_token == checkout.cart_token)
        or order.placed_at >= checkout.version.updated_at
    )


def _order(event: OrderChanged) -> Order:
    return Order(
        order_id=event.order_id,
        version=event.version,
        placed_at=event.placed_at,
        cancelled_at=event.cancelled_at,
        financial_status=event.financial_status,
        is_test=event.is_test,
        product_minor=event.product_minor,
        currency=event.currency,
        name=event.name,
        checkout_token=event.checkout_token,
        cart_token=event.cart_token,
    )


def _refund(event: RefundRecorded) -> Refund:
    return Refund(
        refund_id=event.refund_id,
        order_id=event.order_id,
        version=event.version,
        product_minor=event.product_minor,
        money_minor=event.money_minor,
        at=event.occurred_at,
    )


def _checkout(event: CheckoutChanged) -> Checkout:
    return Checkout(
        token=event.token,
        version=event.version,
        cart_token=event.cart_token,
        created_at=event.created_at,
        completed_at=event.completed_at,
        lines=event.lines,
        total_minor=event.total_minor,
        currency=event.currency,
        url=event.url,
    )


def _gone(event: CheckoutDeleted) -> Mapping[str, datetime]:
    if event.token is not None:
        return {f"checkout:{event.token}": event.occurred_at}
    if event.cart_token is not None:
        return {f"cart:{event.cart_token}": event.occurred_at}
    return {}


class _Versioned(Protocol):
    @property
    def version(self) -> Version: ...


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
W = TypeVar("W", bound=_Versioned)


def _newest(known: Mapping[K, W], key: K, statement: W) -> Mapping[K, W]:
    current = known.get(key)
    if current is not None and current.version >= statement.version:
        return known
    return {**known, key: statement}


def _join(left: Mapping[K, V], right: Mapping[K, V], choose: Callable[[V, V], V]) -> Mapping[K, V]:
    joined = dict(left)
    for key, value in right.items():
        joined[key] = choose(joined[key], value) if key in joined else value
    return joined


def _newer(left: W, right: W) -> W:
    return right if right.version > left.version else left


def _remember(known: Mapping[str, W]) -> Mapping[str, W]:
    if len(known) <= REMEMBERED_CHECKOUTS:
        return known
    newest = sorted(known.items(), key=lambda item: (item[1].version, item[0]), reverse=True)
    return dict(newest[:REMEMBERED_CHECKOUTS])


def _newer_contact(left: ContactField, right: ContactField) -> ContactField:
    return max(left, right, key=lambda stated: (stated.version, stated.value or ""))


def _stronger(left: Consent, right: Consent) -> Consent:
    """A later word wins; of two at the same instant the refusal wins (law 5)."""

    def strength(consent: Consent) -> tuple[datetime, bool, str, str, str]:
        is_refusal = consent.state is not ConsentState.SUBSCRIBED
        return (consent.at, is_refusal, consent.state, consent.source, consent.opt_in_level or "")

    return max(left, right, key=strength)


def _stated(contact: ContactFacts) -> ContactFacts:
    """An order or checkout without an address says nothing about the person's address."""
    empty = {f.name: ABSENT for f in fields(contact) if getattr(contact, f.name) is None}
    return replace(contact, **empty) if empty else contact


def _with_contact(state: CustomerState, contact: ContactFacts, version: Version) -> CustomerState:
    stated = {
        f.name: ContactField(value=getattr(contact, f.name), version=version)
        for f in fields(contact)
        if getattr(contact, f.name) is not ABSENT
    }
    if not stated:
        return state
    return replace(state, contact=_join(state.contact, stated, _newer_contact))


def _latest(known: datetime | None, candidate: datetime) -> datetime:
    return candidate if known is None else max(known, candidate)
