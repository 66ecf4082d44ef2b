"""A customer's picture, flattened into the facts that segments ask. The model's part is added by whoever scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import exp
from zoneinfo import ZoneInfo

from plugin.core.consent import why_not_mailable
from plugin.core.customers import CustomerState, Order
from plugin.core.fulfilment import CashPhase
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.facts import CustomerFacts, bucket_of

_HALF_LIFE = timedelta(days=180)  # of an order as a sign of when the person likes to buy (analytics.md 5j)
_HOURS = 24
_SPREAD = 1.5  # hours; standard deviation of the circular kernel, likewise
_KERNEL = tuple(exp(-((min(hours, _HOURS - hours) / _SPREAD) ** 2) / 2) for hours in range(_HOURS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known of a customer beside the folded picture."""

    created_at: datetime
    stage: Stage
    stage_since: datetime | None
    points: int = 0
    suppression: str | None = None
    """Why their address may not be written to, if so."""
    messages_sent: int = 0
    last_message_at: datetime | None = None


def facts_of(customer: CustomerState, beside: Beside, *, shop_id: int, zone: ZoneInfo) -> CustomerFacts:
    """The facts of one customer, without those that the shop's model tells."""
    placed, refunded = customer.placed_orders(), customer.refunded_by_order()
    counted = [order for order in placed if customer.is_purchase(order, refunded.get(order.order_id, 0))]
    moments = [order.placed_at.astimezone(zone) for order in counted]
    days = sorted({moment.date() for moment in moments})
    spent = sum(max(0, order.product_minor - refunded.get(order.order_id, 0)) for order in counted)
    discounted = sum(1 for order in counted if order.codes)
    returns = _returns(placed, counted, refunded) if refunded else _NO_RETURNS
    asked_cash, refusals = _cash(customer)
    checkout, cart = customer.open_checkout(), customer.open_cart()
    email, sms = customer.consent_for("email"), customer.consent_for("sms")
    return CustomerFacts(
        customer_id=customer.id,
        bucket=bucket_of(shop_id, customer.id),
        email=customer.email,
        country=customer.contact_value("country"),
        locale=customer.contact_value("locale"),
        tags=frozenset(tag.casefold() for tag in customer.tags),
        created_at=beside.created_at,
        birthday=_date(customer.contact_value("birthday")),
        channel=counted[-1].channel if counted else None,
        orders_count=len(counted),
        purchase_days=len(days),
        spent_minor=spent,
        average_minor=_rounded(spent, len(counted)) if counted else None,
        first_order_at=counted[0].placed_at if counted else None,
        last_order_at=counted[-1].placed_at if counted else None,
        refunded_orders=returns.orders,
        refunded_minor=returns.given_back_minor,
        refund_share=_percent(returns.given_back_minor, returns.sold_minor),
        discounted_orders=discounted,
        discount_share=_percent(discounted, len(counted)),
        gap_days=_median_gap(days),
        preferred_hour=preferred_hour(moments),
        cash_refusals=refusals,
        cash_refusal_share=_percent(refusals, asked_cash),
        stage=beside.stage,
        stage_since=beside.stage_since,
        open_checkout_at=checkout.version.updated_at if checkout else None,
        open_cart_at=cart.version.updated_at if cart else None,
        consent_email=email.state if email else None,
        consent_sms=sms.state if sms else None,
        consent_email_at=email.at if email else None,
        suppression=beside.suppression,
        is_mailable=beside.suppression is None and why_not_mailable(customer) is None,
        points=beside.points,
        last_seen_at=customer.last_seen_at(),
        messages_sent=beside.messages_sent,
        last_message_at=beside.last_message_at,
    )


def preferred_hour(moments: Sequence[datetime]) -> int | None:
    """The local hour around which most of these orders were placed, recent ones counting more; None of no orders."""
    if not moments:
        return None
    hours = {moment.hour for moment in moments}
    if len(hours) == 1:
        return hours.pop()
    newest = max(moments)
    weights = dict.fromkeys(sorted(hours), 0.0)
    for moment in moments:
        weights[moment.hour] += 0.5 ** ((newest - moment) / _HALF_LIFE)
    # The higher of equal hours would be as right; the lower one is the same for everybody.
    return max(
        range(_HOURS),
        key=lambda hour: (
            round(sum(weight * _KERNEL[(hour - other) % _HOURS] for other, weight in weights.items()), 9),
            -hour,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Returns:
    orders: int
    given_back_minor: int
    sold_minor: int


_NO_RETURNS = _Returns(orders=0, given_back_minor=0, sold_minor=0)


def _returns(placed: Sequence[Order], counted: Sequence[Order], refunded: Mapping[int, int]) -> _Returns:
    """Of what was sold, what came back. An order that was given back whole is no purchase, but was sold."""
    given_back = [order for order in placed if refunded.get(order.order_id, 0) > 0]
    returned = {order.order_id for order in given_back}
    kept = (order for order in counted if order.order_id not in returned)
    return _Returns(
        orders=len(given_back),
        given_back_minor=sum(min(refunded[order.order_id], order.product_minor) for order in given_back),
        sold_minor=sum(order.product_minor for order in (*given_back, *kept)),
    )


def _cash(customer: CustomerState) -> tuple[int, int]:
    """Orders to be paid at the door, and those whose parcel was not taken.

    What was called off before anything was sent is neither.
    """
    asked = [
        order
        for order in customer.orders.values()
        if order.is_cash_on_delivery and not order.is_test and order.order_id not in customer.deleted_orders
    ]
    if not asked:
        return 0, 0
    sent = {parcel.order_id for parcel in customer.fulfillments.values()}
    sent |= {report.order_id for report in customer.shipment_reports.values()}
    asked = [order for order in asked if order.cancelled_at is None or order.order_id in sent]
    refused = [order for order in asked if customer.cash_phase(order) is CashPhase.REFUSED]
    return len(asked), len(refused)


def _median_gap(days: Sequence[date]) -> int | None:
    gaps = sorted((later - day).days for day, later in pairwise(days))
    if not gaps:
        return None
    middle = len(gaps) // 2
    return gaps[middle] if len(gaps) % 2 else _rounded(gaps[middle - 1] + gaps[middle], 2)


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _percent(part: int, whole: int) -> int:
    return _rounded(100 * part, whole) if whole else 0


def _rounded(part: int, whole: int) -> int:
    """Half a unit goes up, like in a shop."""
    return (2 * part + whole) // (2 * whole)
