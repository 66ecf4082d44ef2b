"""What the timeline says of each kind of fact. A kind that is not in the table is not shown."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from plugin.core.events import (
    CartChanged,
    CheckoutChanged,
    CheckoutDeleted,
    ConsentChanged,
    CustomerDeleted,
    CustomerEvent,
    CustomersMerged,
    FulfillmentChanged,
    OrderChanged,
    OrderDeleted,
    OrderEdited,
    PaymentRecorded,
    RefundRecorded,
    ReturnChanged,
    ShipmentReported,
    TagsChanged,
)


class View(StrEnum):
    """What somebody wants to see of a timeline."""

    ALL = "all"
    ORDERS = "orders"
    MESSAGES = "messages"
    LOYALTY = "loyalty"
    CONSENT = "consent"


Words = dict[str, Any]
"""Fields of a `timeline.Happening`, without its place."""

_PREPARED = dict.fromkeys(
    ("label_purchased", "label_printed", "confirmed", "ready_for_pickup", "pending", "open"), "prepared"
)
_PARCEL = _PREPARED | {"carrier_picked_up": "in_transit", "delayed": "in_transit", "not_delivered": "failure"}
_PAYMENT = {"authorization": "reserved", "refund": "given_back", "void": "released"}


def words_of(fact: CustomerEvent) -> Words:
    """What the timeline says of `fact`, whose kind must be one of `SHOWN`."""
    return SHOWN[type(fact)](fact)


def _order(fact: OrderChanged) -> Words:
    return {
        "kind": "order",
        "subject": fact.name or str(fact.order_id),
        "state": "cancelled" if fact.cancelled_at else fact.financial_status,
        "amount_minor": fact.total_minor,
        "currency": fact.currency,
    }


def _refund(fact: RefundRecorded) -> Words:
    return {"kind": "refund", "amount_minor": fact.money_minor}


def _payment(fact: PaymentRecorded) -> Words:
    state = _PAYMENT.get(fact.kind, "received") if fact.status == "success" else "failed"
    return {"kind": "payment", "state": state, "amount_minor": fact.money_minor, "currency": fact.currency}


def _shipment(fact: FulfillmentChanged) -> Words:
    if fact.status in {"cancelled", "error", "failure"}:
        return {"kind": "shipment", "state": "called_off"}
    word = fact.shipment_status or ("sent" if fact.status in {"success", ""} else fact.status)
    return {"kind": "shipment", "state": _PARCEL.get(word, word)}


def _report(fact: ShipmentReported) -> Words:
    state = "withdrawn" if fact.is_withdrawn else _PARCEL.get(fact.status, fact.status)
    return {"kind": "shipment", "state": state}


def _checkout(fact: CheckoutChanged) -> Words:
    return {
        "kind": "checkout",
        "subject": fact.token,
        "state": "completed" if fact.completed_at else "open",
        "amount_minor": fact.total_minor,
        "currency": fact.currency,
        "count": sum(line.quantity for line in fact.lines),
    }


def _cart(fact: CartChanged) -> Words:
    return {
        "kind": "cart",
        "subject": fact.token,
        "state": "filled" if fact.lines else "emptied",
        "count": sum(line.quantity for line in fact.lines),
    }


def _consent(fact: ConsentChanged) -> Words:
    return {"kind": "consent", "subject": fact.channel, "state": fact.state.value, "source": fact.source}


def _tags(fact: TagsChanged) -> Words:
    return {"kind": "tags", "subject": ", ".join(fact.tags), "state": "on" if fact.is_on else "off"}


SHOWN: Mapping[type[CustomerEvent], Callable[[Any], Words]] = MappingProxyType(
    {
        OrderChanged: _order,
        RefundRecorded: _refund,
        PaymentRecorded: _payment,
        FulfillmentChanged: _shipment,
        ShipmentReported: _report,
        ReturnChanged: lambda fact: {"kind": "return", "state": fact.status},
        OrderEdited: lambda _: {"kind": "order_edited"},
        OrderDeleted: lambda _: {"kind": "order_deleted"},
        CheckoutChanged: _checkout,
        CheckoutDeleted: lambda _: {"kind": "checkout_deleted"},
        CartChanged: _cart,
        ConsentChanged: _consent,
        TagsChanged: _tags,
        CustomersMerged: lambda _: {"kind": "merged"},
        CustomerDeleted: lambda _: {"kind": "customer_deleted"},
    }
)

_ABOUT_THE_PERSON = (ConsentChanged, TagsChanged, CustomersMerged, CustomerDeleted)
FACTS_OF: Mapping[View, tuple[type[CustomerEvent], ...]] = MappingProxyType(
    {
        View.ALL: tuple(SHOWN),
        View.ORDERS: tuple(kind for kind in SHOWN if kind not in _ABOUT_THE_PERSON),
        View.CONSENT: (ConsentChanged,),
    }
)
"""The kinds of facts in each view that shows any."""
