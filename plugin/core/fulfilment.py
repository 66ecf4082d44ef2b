"""What became of an order after it was placed: how far its parcels came, and whether cash was really paid.

A cash-on-delivery order is a promise until the parcel is taken and paid: it counts as a purchase when it was
delivered or its money captured, and never when the buyer refused it (features_and_metrics.md 6).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.events import FulfillmentChanged, PaymentRecorded, ShipmentReported, Version

_MONEY_IN = frozenset({"sale", "capture"})
_PAID = frozenset({"paid", "partially_paid", "partially_refunded", "refunded"})
_NEVER_PAID = frozenset({"voided", "expired"})
_UNDER_WAY = frozenset({"success", ""})
_PREPARED = frozenset({"label_purchased", "label_printed", "confirmed", "ready_for_pickup", "submitted"})
_TAKEN = frozenset({"delivered", "picked_up"})
_NOT_TAKEN = frozenset({"failure", "not_delivered"})

# A merchant names the manual payment method as they like; these are the names it goes by.
_CASH = re.compile(
    r"cash[ _-]*on[ _-]*(delivery|pickup)|\bcod\b|collect on delivery|contra ?re{1,2}mbolso|contrassegno"
    r"|contre[ -]remboursement|nachnahme|kap[\u0131i]da|thanh toán khi|الدفع عند|عند الاستلام|پرداخت در محل|در محل",
    re.IGNORECASE,
)


class CashPhase(StrEnum):
    """How far a cash-on-delivery order has come."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    PAID = "paid"
    REFUSED = "refused"

    @property
    def is_purchase(self) -> bool:
        return self in {CashPhase.DELIVERED, CashPhase.PAID}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfillment:
    """One shipment of an order; `shipment_status` is the carrier's newest word, if there was one."""

    order_id: int
    version: Version
    status: str
    shipment_status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentReport:
    """One word of the carrier about one shipment."""

    order_id: int
    fulfillment_id: int
    version: Version
    at: datetime
    status: str
    is_withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that came in for an order."""

    order_id: int
    version: Version


def is_cash_on_delivery(gateways: Iterable[str]) -> bool:
    """Whether one of an order's payment methods, as the shop names them, is cash on delivery."""
    return any(_CASH.search(name.replace("_", " ")) for name in gateways)


def fulfillment_of(event: FulfillmentChanged) -> Fulfillment:
    return Fulfillment(
        order_id=event.order_id,
        version=event.version,
        status=event.status,
        shipment_status=event.shipment_status,
    )


def report_of(event: ShipmentReported) -> ShipmentReport:
    return ShipmentReport(
        order_id=event.order_id,
        fulfillment_id=event.fulfillment_id,
        version=event.version,
        at=event.occurred_at,
        status=event.status,
        is_withdrawn=event.is_withdrawn,
    )


def final_report(left: ShipmentReport, right: ShipmentReport) -> ShipmentReport:
    """Of two statements about one report: what was withdrawn stays withdrawn, else the newer."""
    return max(left, right, key=lambda report: (report.is_withdrawn, report.version))


def is_money_in(event: PaymentRecorded) -> bool:
    return (
        event.kind in _MONEY_IN and event.status == "success" and not event.is_test and event.money_minor > 0
    )


def cash_phase(
    *,
    order_id: int,
    is_cancelled: bool,
    financial_status: str,
    payments: Mapping[int, Payment],
    fulfillments: Mapping[int, Fulfillment],
    reports: Mapping[int, ShipmentReport],
) -> CashPhase:
    """How far a cash-on-delivery order has come, by everything that is known of it."""
    if is_cancelled or financial_status in _NEVER_PAID:
        return CashPhase.REFUSED
    if financial_status in _PAID or any(payment.order_id == order_id for payment in payments.values()):
        return CashPhase.PAID
    words = _newest_words(order_id, fulfillments, reports)
    if any(word in _TAKEN for word in words):
        return CashPhase.DELIVERED
    if words and all(word in _NOT_TAKEN for word in words):
        return CashPhase.REFUSED
    if any(word not in _PREPARED for word in words):
        return CashPhase.SHIPPED
    return CashPhase.CONFIRMED if words else CashPhase.PLACED


def _newest_words(
    order_id: int, fulfillments: Mapping[int, Fulfillment], reports: Mapping[int, ShipmentReport]
) -> list[str]:
    """The newest word on each shipment that was not called off. Of two at one instant the refusal counts."""
    words: dict[int, tuple[datetime, bool, str]] = {}
    called_off: set[int] = set()
    for number, shipment in fulfillments.items():
        if shipment.order_id != order_id:
            continue
        if shipment.status in {"cancelled", "error", "failure"}:
            called_off.add(number)
            continue
        begun = "in_transit" if shipment.status in _UNDER_WAY else "confirmed"
        word = shipment.shipment_status or begun
        words[number] = (shipment.version.updated_at, word in _NOT_TAKEN, word)
        if shipment.shipment_status is None:  # a mere beginning: any word of the carrier is more
            words[number] = (datetime.min.replace(tzinfo=shipment.version.updated_at.tzinfo), False, word)
    for report in reports.values():
        if report.order_id != order_id or report.is_withdrawn:
            continue
        said = (report.at, report.status in _NOT_TAKEN, report.status)
        words[report.fulfillment_id] = max(words.get(report.fulfillment_id, said), said)
    return [word for number, (_, _, word) in words.items() if number not in called_off]
