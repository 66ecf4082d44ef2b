"""Filling an empty shop with the CDNOW purchases, moved so that the last day of the sample is today."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from devstore.baskets import basket
from devstore.catalogue import PRODUCT_TYPES
from devstore.hashing import fraction, pick, pick_weighted
from devstore.model import Consent, ConsentState, Customer, Order
from devstore.seed.cdnow import Purchase, purchases
from devstore.seed.people import person
from devstore.store import Store

FIRST_CUSTOMER = 7_100_000_000_000
FIRST_ORDER = 5_500_000_000_000
FIRST_LINE = 13_400_000_000_000
_LINES_PER_ORDER = 8  # room between two orders' line ids

_CONSENT_SHARES = {
    ConsentState.SUBSCRIBED: 0.60,
    ConsentState.UNSUBSCRIBED: 0.08,
    ConsentState.NOT_SUBSCRIBED: 0.32,
}
_OPENING, _CLOSING = 6 * 3600, 24 * 3600 - 60  # seconds of the day between which people shop


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFacts:
    customers: int
    orders: int
    cents: int
    first_day: datetime
    last_day: datetime


def fill(store: Store) -> SeedFacts:
    """Put the whole sample into `store`, as of the devstore clock. Deterministic: same day, same store."""
    now = store.now()
    bought = purchases()
    shift = now.date() - max(purchase.day for purchase in bought)
    customers: list[Customer] = []
    orders: list[Order] = []
    for number, history in _dated(bought, shift, now).items():
        customer = _customer(number, history, now)
        orders += [_order(len(orders) + index, *dated, customer) for index, dated in enumerate(history)]
        customers.append(customer)
    orders = _numbered_by_time(orders)
    last = {order.customer_id: order.id for order in sorted(orders, key=lambda order: order.created_at)}
    customers = [_with_last_order(customer, last[customer.id]) for customer in customers]
    with store.database.transaction():
        store.install()
        store.customers.put(*customers)
        store.orders.put(*orders)
    return SeedFacts(
        customers=len(customers),
        orders=len(orders),
        cents=sum(order.total for order in orders),
        first_day=min(order.created_at for order in orders),
        last_day=max(order.created_at for order in orders),
    )


def _dated(
    bought: list[Purchase], shift: timedelta, now: datetime
) -> dict[int, list[tuple[Purchase, datetime]]]:
    """Each purchase with a time of day; two of one customer and day keep their order; none lies in the future."""
    dated: defaultdict[int, list[tuple[Purchase, datetime]]] = defaultdict(list)
    for index, purchase in enumerate(bought):
        midnight = datetime.combine(purchase.day + shift, time(), tzinfo=UTC)
        seconds = _OPENING + fraction("time", str(index)) * (_CLOSING - _OPENING)
        elapsed = (now - midnight).total_seconds()
        if elapsed < _CLOSING:
            seconds *= elapsed / (24 * 3600)
        dated[purchase.customer].append((purchase, midnight + timedelta(seconds=int(seconds))))
    for customer, history in dated.items():
        times = sorted(at for _, at in history)
        dated[customer] = [(purchase, at) for (purchase, _), at in zip(history, times, strict=True)]
    return dated


def _customer(number: int, history: list[tuple[Purchase, datetime]], now: datetime) -> Customer:
    key = f"{number:04d}"
    who = person(key)
    first, last = history[0][1], history[-1][1]
    consent = _consent(key, first, last, now)
    return Customer(
        id=FIRST_CUSTOMER + number,
        created_at=first,
        updated_at=max(last, consent.updated_at or last),
        email=who.email,
        first_name=who.first_name,
        last_name=who.last_name,
        locale=who.locale,
        country=who.country,
        country_code=who.country_code,
        city=who.city,
        consent=consent,
        orders=len(history),
        spent=sum(purchase.cents for purchase, _ in history),
    )


def _consent(key: str, first: datetime, last: datetime, now: datetime) -> Consent:
    state = pick_weighted(_CONSENT_SHARES, key, "consent")
    if state is ConsentState.NOT_SUBSCRIBED:
        return Consent()
    level = "CONFIRMED_OPT_IN" if fraction(key, "level") < 0.25 else "SINGLE_OPT_IN"
    if state is ConsentState.SUBSCRIBED:
        return Consent(state=state, opt_in_level=level, updated_at=first)
    left = last + max(now - last, timedelta(0)) * fraction(key, "left")
    return Consent(state=state, opt_in_level=level, updated_at=left.replace(microsecond=0))


def _order(index: int, purchase: Purchase, at: datetime, customer: Customer) -> Order:
    key = f"{purchase.customer:04d}:{index}"
    return Order(
        id=FIRST_ORDER + index,
        number=index,
        customer_id=customer.id,
        email=customer.email,
        created_at=at,
        updated_at=at,
        lines=basket(
            key=key,
            favourite=pick(PRODUCT_TYPES, str(purchase.customer), "favourite"),
            records=purchase.records,
            cents=purchase.cents,
            first_line_id=FIRST_LINE + index * _LINES_PER_ORDER,
        ),
        locale=customer.locale,
        accepts_marketing=customer.consent.state is ConsentState.SUBSCRIBED,
        fulfilled_at=at,
    )


def _numbered_by_time(orders: list[Order]) -> list[Order]:
    in_time = sorted(orders, key=lambda order: (order.created_at, order.id))
    return [
        replace(order, id=FIRST_ORDER + index, number=1001 + index) for index, order in enumerate(in_time)
    ]


def _with_last_order(customer: Customer, order_id: int) -> Customer:
    return replace(customer, last_order_id=order_id)
