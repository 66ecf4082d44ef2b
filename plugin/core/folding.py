"""How a customer's picture grows: a fold that gives the same answer in any order and under duplicates.

Each part of the state (an order, a checkout, a consent, a contact field) keeps the newest statement about
itself, decided by `Version`; joining two states is the same operation part by part. That makes the state a
join-semilattice: order, repetition and even the late discovery that two people are one cannot change the end.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import reduce
from typing import Any, Protocol, TypeVar

from plugin.core.customers import (
    Alias,
    Cart,
    Checkout,
    Consent,
    ContactField,
    CustomerState,
    Order,
    PurchaseSum,
    Refund,
    TagWord,
    stronger,
)
from plugin.core.events import (
    ABSENT,
    CartChanged,
    CheckoutChanged,
    CheckoutDeleted,
    ConsentChanged,
    ContactFacts,
    CustomerChanged,
    CustomerDeleted,
    CustomerEvent,
    CustomersMerged,
    FulfillmentChanged,
    OrderChanged,
    OrderDeleted,
    OrderEdited,
    PaymentRecorded,
    PurchasesSummed,
    RefundRecorded,
    ReturnChanged,
    ShipmentReported,
    TagsChanged,
    Version,
)
from plugin.core.fulfilment import (
    Payment,
    final_report,
    fulfillment_of,
    is_cash_on_delivery,
    is_money_in,
    report_of,
)

REMEMBERED_CHECKOUTS = 20
"""Older checkouts and carts of a person change no decision; the newest of each are kept."""

_SEVERAL = 8  # events from which on joining is cheaper than copying


def fold(state: CustomerState, event: CustomerEvent) -> CustomerState:
    """`state` after hearing of `event`; hearing of it again changes nothing."""
    return _FOLDS[type(event)](state, event)


def fold_all(state: CustomerState, events: Sequence[CustomerEvent]) -> CustomerState:
    """`state` after hearing of all `events`: the same as folding them one by one, in n log n rather than n squared.

    Each fold copies a part of the state. Many events therefore become small states first, which are then joined.
    """
    if len(events) <= _SEVERAL:
        return reduce(fold, events, state)
    middle = len(events) // 2
    heard = (replay(state.id, half) for half in (events[:middle], events[middle:]))
    return _heard_too(state, reduce(_heard_too, heard))


def replay(customer_id: int, events: Iterable[CustomerEvent]) -> CustomerState:
    """The state that `events` lead to, from nothing."""
    return fold_all(CustomerState(id=customer_id), list(events))


def join(survivor: CustomerState, other: CustomerState) -> CustomerState:
    """Two pictures that turned out to be one person's, as the picture of `survivor`."""
    return replace(
        survivor,
        contact=_join(survivor.contact, other.contact, _newer_contact),
        consents=_join(survivor.consents, other.consents, stronger),
        orders=_join(survivor.orders, other.orders, _newer),
        refunds=_join(survivor.refunds, other.refunds, _newer),
        checkouts=_remember(_join(survivor.checkouts, other.checkouts, _newer)),
        carts=_remember(_join(survivor.carts, other.carts, _newer)),
        gone=_join(survivor.gone, other.gone, max),
        deleted_at=survivor.deleted_at,
        fulfillments=_join(survivor.fulfillments, other.fulfillments, _newer),
        shipment_reports=_join(survivor.shipment_reports, other.shipment_reports, final_report),
        payments=_join(survivor.payments, other.payments, _newer),
        deleted_orders=_join(survivor.deleted_orders, other.deleted_orders, max),
        tag_words=_join(survivor.tag_words, other.tag_words, _newer_tag),
        purchase_sum=_newer_or_none(survivor.purchase_sum, other.purchase_sum),
        aliases=_join(survivor.aliases, other.aliases, _same_alias),
    )


def _heard_too(state: CustomerState, more: CustomerState) -> CustomerState:
    """Two pictures of the same record, as one."""
    gone = [at for at in (state.deleted_at, more.deleted_at) if at is not None]
    return replace(join(state, more), deleted_at=max(gone, default=None))


def merge(kept: CustomerState, deleted: CustomerState) -> CustomerState:
    """Two records of Shopify that became one. What was said under the deleted one is kept apart: see `Alias`.

    Shopify's own count of a record's orders speaks of that record alone and is not carried over.
    """
    own_words = replace(deleted, consents={}, purchase_sum=None)
    return _with_consent(join(kept, own_words), deleted.id, deleted.consents)


def _order_changed(state: CustomerState, event: OrderChanged) -> CustomerState:
    state = replace(state, orders=_newest(state.orders, event.order_id, _order(event)))
    return _with_contact(state, _stated(event.contact), event.version)


def _order_deleted(state: CustomerState, event: OrderDeleted) -> CustomerState:
    gone = {event.order_id: event.occurred_at}
    return replace(state, deleted_orders=_join(state.deleted_orders, gone, max))


def _refund_recorded(state: CustomerState, event: RefundRecorded) -> CustomerState:
    return replace(state, refunds=_newest(state.refunds, event.refund_id, _refund(event)))


def _payment_recorded(state: CustomerState, event: PaymentRecorded) -> CustomerState:
    if not is_money_in(event):
        return state
    payment = Payment(order_id=event.order_id, version=event.version)
    return replace(state, payments=_newest(state.payments, event.payment_id, payment))


def _fulfillment_changed(state: CustomerState, event: FulfillmentChanged) -> CustomerState:
    shipments = _newest(state.fulfillments, event.fulfillment_id, fulfillment_of(event))
    return replace(state, fulfillments=shipments)


def _shipment_reported(state: CustomerState, event: ShipmentReported) -> CustomerState:
    report = {event.report_id: report_of(event)}
    return replace(state, shipment_reports=_join(state.shipment_reports, report, final_report))


def _checkout_changed(state: CustomerState, event: CheckoutChanged) -> CustomerState:
    checkouts = _remember(_newest(state.checkouts, event.token, _checkout(event)))
    return _with_contact(replace(state, checkouts=checkouts), _stated(event.contact), event.version)


def _checkout_deleted(state: CustomerState, event: CheckoutDeleted) -> CustomerState:
    return replace(state, gone=_join(state.gone, _gone(event), max))


def _cart_changed(state: CustomerState, event: CartChanged) -> CustomerState:
    cart = Cart(token=event.token, version=event.version, lines=event.lines)
    return replace(state, carts=_remember(_newest(state.carts, event.token, cart)))


def _consent_changed(state: CustomerState, event: ConsentChanged) -> CustomerState:
    consent = Consent(
        state=event.state, at=event.occurred_at, source=event.source, opt_in_level=event.opt_in_level
    )
    return _with_consent(state, event.person.shopify_id, {event.channel: consent})


def _customer_changed(state: CustomerState, event: CustomerChanged) -> CustomerState:
    return _with_contact(state, event.contact, event.version)


def _customer_deleted(state: CustomerState, event: CustomerDeleted) -> CustomerState:
    # The loser of a merge is deleted; the survivor, who answers to its id, is not.
    if event.shopify_id != state.id:
        return state
    return replace(state, deleted_at=_latest(state.deleted_at, event.occurred_at))


def _customers_merged(state: CustomerState, event: CustomersMerged) -> CustomerState:
    alias = {event.deleted_id: Alias(merged_at=event.occurred_at)}
    return replace(state, aliases=_join(state.aliases, alias, _same_alias))


def _tags_changed(state: CustomerState, event: TagsChanged) -> CustomerState:
    said = dict.fromkeys(event.tags, TagWord(version=event.version, is_on=event.is_on))
    return replace(state, tag_words=_join(state.tag_words, said, _newer_tag))


def _purchases_summed(state: CustomerState, event: PurchasesSummed) -> CustomerState:
    if event.person.shopify_id not in {None, state.id}:
        return state  # the count of a record that was merged into this one
    return replace(state, purchase_sum=_newer_or_none(state.purchase_sum, _purchase_sum(event)))


def _only_told(state: CustomerState, _: CustomerEvent) -> CustomerState:
    """A fact for the timeline: no decision looks at it."""
    return state


_FOLDS: Mapping[type[CustomerEvent], Callable[[CustomerState, Any], CustomerState]] = {
    OrderChanged: _order_changed,
    OrderDeleted: _order_deleted,
    OrderEdited: _only_told,
    RefundRecorded: _refund_recorded,
    PaymentRecorded: _payment_recorded,
    FulfillmentChanged: _fulfillment_changed,
    ShipmentReported: _shipment_reported,
    ReturnChanged: _only_told,
    CheckoutChanged: _checkout_changed,
    CheckoutDeleted: _checkout_deleted,
    CartChanged: _cart_changed,
    ConsentChanged: _consent_changed,
    CustomerChanged: _customer_changed,
    CustomerDeleted: _customer_deleted,
    CustomersMerged: _customers_merged,
    TagsChanged: _tags_changed,
    PurchasesSummed: _purchases_summed,
}


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
        is_cash_on_delivery=is_cash_on_delivery(event.gateways),
        channel=_CHANNELS.get(event.source, event.source.lower()) if event.source else None,
        codes=event.discount_codes,
    )


_CHANNELS = {"shopify_draft_order": "draft"}
"""Where Shopify's name for the place of an order is not a person's."""


def _purchase_sum(event: PurchasesSummed) -> PurchaseSum:
    return PurchaseSum(
        version=event.version,
        orders_count=event.orders_count,
        spent_minor=event.spent_minor,
        currency=event.currency,
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


def _with_consent(state: CustomerState, record: int | None, said: Mapping[str, Consent]) -> CustomerState:
    """What was said under another Shopify record than this one's is kept under that record's id."""
    if record is None or record == state.id or state.id < 0:
        return replace(state, consents=_join(state.consents, said, stronger))
    alias = {record: Alias(consents=said)}
    return replace(state, aliases=_join(state.aliases, alias, _same_alias))


def _same_alias(left: Alias, right: Alias) -> Alias:
    merged = [at for at in (left.merged_at, right.merged_at) if at is not None]
    return Alias(merged_at=min(merged, default=None), consents=_join(left.consents, right.consents, stronger))


def _newer_tag(left: TagWord, right: TagWord) -> TagWord:
    return max(left, right, key=lambda word: (word.version, word.is_on))


def _newer_or_none(left: W | None, right: W | None) -> W | None:
    if left is None or right is None:
        return left if right is None else right
    return _newer(left, right)


_CONTACT_FIELDS = tuple(field.name for field in fields(ContactFacts))


def _stated(contact: ContactFacts) -> ContactFacts:
    """An order or checkout without an address says nothing about the person's address."""
    empty = {name: ABSENT for name in _CONTACT_FIELDS if getattr(contact, name) is None}
    return replace(contact, **empty) if empty else contact


def _with_contact(state: CustomerState, contact: ContactFacts, version: Version) -> CustomerState:
    stated = {
        name: ContactField(value=value, version=version)
        for name in _CONTACT_FIELDS
        if (value := getattr(contact, name)) is not ABSENT
    }
    if not stated:
        return state
    return replace(state, contact=_join(state.contact, stated, _newer_contact))


def _latest(known: datetime | None, candidate: datetime) -> datetime:
    return candidate if known is None else max(known, candidate)
