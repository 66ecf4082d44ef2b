"""Small typed builders. Every instant is said or hangs on `NOW`, so that no test reads a clock."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from plugin.core.customers import CustomerState
from plugin.core.events import (
    ABSENT,
    Absent,
    CartChanged,
    CheckoutChanged,
    CheckoutDeleted,
    ConsentChanged,
    ConsentState,
    ContactFacts,
    CustomerChanged,
    CustomerDeleted,
    CustomerEvent,
    CustomersMerged,
    Event,
    FulfillmentChanged,
    Line,
    OrderChanged,
    OrderDeleted,
    PaymentRecorded,
    Person,
    PurchasesSummed,
    RefundRecorded,
    ShipmentReported,
    TagsChanged,
    Version,
)
from plugin.core.flows.base import Enrollment, Flow, Situation
from plugin.core.folding import replay
from plugin.core.keys import fingerprint
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.facts import CustomerFacts
from plugin.core.sending import WireFacts

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MINA = "mina@example.com"
MINA_ID = 7001
UTC_ZONE = ZoneInfo("UTC")
A_CHECKOUT = "c1"
A_CART = "k1"
A_URL = "https://shop.example/checkouts/recover"

E = TypeVar("E", bound=Event)


def a_line(title: str = "Tea", *, quantity: int = 1, total_minor: int | None = 2000) -> Line:
    return Line(title=title, quantity=quantity, total_minor=total_minor)


def an_order(
    order_id: int = 1,
    *,
    at: datetime = NOW,
    updated_at: datetime | None = None,
    product_minor: int = 5000,
    status: str = "paid",
    cancelled_at: datetime | None = None,
    is_test: bool = False,
    checkout_token: str | None = None,
    cart_token: str | None = None,
    currency: str = "EUR",
    contact: ContactFacts | None = None,
    gateways: tuple[str, ...] = (),
) -> OrderChanged:
    """An order placed at `at`, as Shopify knew it at `updated_at`."""
    return _stamped(
        OrderChanged(
            id="",
            occurred_at=at,
            version=a_version(updated_at or at),
            order_id=order_id,
            name=f"#{order_id}",
            placed_at=at,
            cancelled_at=cancelled_at,
            financial_status=status,
            fulfillment_status=None,
            is_test=is_test,
            product_minor=product_minor,
            total_minor=product_minor,
            currency=currency,
            lines=(a_line(total_minor=product_minor),),
            checkout_token=checkout_token,
            cart_token=cart_token,
            contact=contact or ContactFacts(),
            gateways=gateways,
        )
    )


def a_deleted_order(order_id: int = 1, *, at: datetime = NOW) -> OrderDeleted:
    return _stamped(OrderDeleted(id="", occurred_at=at, version=a_version(at), order_id=order_id))


def a_payment(
    payment_id: int = 1,
    *,
    order_id: int = 1,
    at: datetime = NOW,
    kind: str = "capture",
    status: str = "success",
    money_minor: int = 5000,
) -> PaymentRecorded:
    return _stamped(
        PaymentRecorded(
            id="",
            occurred_at=at,
            version=a_version(at),
            payment_id=payment_id,
            order_id=order_id,
            kind=kind,
            status=status,
            gateway="Cash on Delivery (COD)",
            money_minor=money_minor,
            currency="EUR",
        )
    )


def a_shipment(
    fulfillment_id: int = 1,
    *,
    order_id: int = 1,
    at: datetime = NOW,
    status: str = "success",
    shipment_status: str | None = None,
) -> FulfillmentChanged:
    return _stamped(
        FulfillmentChanged(
            id="",
            occurred_at=at,
            version=a_version(at),
            fulfillment_id=fulfillment_id,
            order_id=order_id,
            status=status,
            shipment_status=shipment_status,
        )
    )


def a_report(
    report_id: int = 1,
    *,
    order_id: int = 1,
    fulfillment_id: int = 1,
    at: datetime = NOW,
    status: str = "delivered",
    is_withdrawn: bool = False,
) -> ShipmentReported:
    return _stamped(
        ShipmentReported(
            id="",
            occurred_at=at,
            version=a_version(at),
            report_id=report_id,
            fulfillment_id=fulfillment_id,
            order_id=order_id,
            status=status,
            is_withdrawn=is_withdrawn,
        )
    )


def a_tagging(*tags: str, is_on: bool = True, at: datetime = NOW) -> TagsChanged:
    return _stamped(TagsChanged(id="", occurred_at=at, version=a_version(at), tags=tags, is_on=is_on))


def a_purchase_sum(orders_count: int = 1, *, spent_minor: int = 5000, at: datetime = NOW) -> PurchasesSummed:
    return _stamped(
        PurchasesSummed(
            id="",
            occurred_at=at,
            version=a_version(at),
            orders_count=orders_count,
            spent_minor=spent_minor,
            currency="EUR",
        )
    )


def a_merge(kept_id: int, deleted_id: int, *, at: datetime = NOW) -> CustomersMerged:
    return _stamped(
        CustomersMerged(
            id="",
            occurred_at=at,
            version=a_version(at),
            person=Person(shopify_id=kept_id),
            links=(f"shopify:{deleted_id}",),
            kept_id=kept_id,
            deleted_id=deleted_id,
        )
    )


def a_refund(
    refund_id: int = 1, *, order_id: int = 1, at: datetime = NOW, product_minor: int = 1000
) -> RefundRecorded:
    return _stamped(
        RefundRecorded(
            id="",
            occurred_at=at,
            version=a_version(at),
            refund_id=refund_id,
            order_id=order_id,
            product_minor=product_minor,
            money_minor=product_minor,
        )
    )


def a_checkout(
    token: str = A_CHECKOUT,
    *,
    at: datetime = NOW,
    created_at: datetime | None = None,
    completed_at: datetime | None = None,
    lines: tuple[Line, ...] | None = None,
    url: str | None = A_URL,
    cart_token: str | None = None,
    contact: ContactFacts | None = None,
) -> CheckoutChanged:
    """A checkout last touched at `at`."""
    return _stamped(
        CheckoutChanged(
            id="",
            occurred_at=at,
            version=a_version(at),
            token=token,
            cart_token=cart_token,
            created_at=created_at or at,
            completed_at=completed_at,
            lines=(a_line(),) if lines is None else lines,
            total_minor=2000,
            currency="EUR",
            url=url,
            contact=contact or ContactFacts(),
        )
    )


def a_deleted_checkout(
    *, token: str | None = None, cart_token: str | None = None, at: datetime = NOW
) -> CheckoutDeleted:
    return _stamped(
        CheckoutDeleted(id="", occurred_at=at, version=a_version(at), token=token, cart_token=cart_token)
    )


def a_cart(token: str = A_CART, *, at: datetime = NOW, lines: tuple[Line, ...] | None = None) -> CartChanged:
    return _stamped(
        CartChanged(
            id="",
            occurred_at=at,
            version=a_version(at),
            token=token,
            lines=(a_line(),) if lines is None else lines,
            created_at=at,
        )
    )


def a_consent(
    state: ConsentState = ConsentState.SUBSCRIBED,
    *,
    at: datetime = NOW,
    channel: str = "email",
    source: str = "shopify",
) -> ConsentChanged:
    return _stamped(
        ConsentChanged(
            id="", occurred_at=at, version=a_version(at), channel=channel, state=state, source=source
        )
    )


def a_record(
    *,
    at: datetime = NOW,
    email: str | Absent | None = ABSENT,
    first_name: str | Absent | None = ABSENT,
    shopify_id: int = MINA_ID,
) -> CustomerChanged:
    """Shopify's record of a customer; what is not said is absent from it."""
    return _stamped(
        CustomerChanged(
            id="",
            occurred_at=at,
            version=a_version(at),
            shopify_id=shopify_id,
            contact=ContactFacts(email=email, first_name=first_name),
        )
    )


def a_deleted_record(*, at: datetime = NOW, shopify_id: int = MINA_ID) -> CustomerDeleted:
    return _stamped(CustomerDeleted(id="", occurred_at=at, version=a_version(at), shopify_id=shopify_id))


def a_customer(
    *events: CustomerEvent,
    orders: int = 0,
    consent: Literal["email"] | ConsentState | None = "email",
    email: str | None = MINA,
    last_order_at: datetime = NOW - 10 * DAY,
    every: timedelta = 30 * DAY,
    customer_id: int = MINA_ID,
) -> CustomerState:
    """A customer with an address, `orders` paid orders `every` so often up to `last_order_at`, and `events`.

    `consent="email"` is a person who said yes; None one who was never asked.
    """
    long_ago = NOW - 1000 * DAY
    history: list[CustomerEvent] = [a_record(at=long_ago, email=email, shopify_id=customer_id)]
    if consent is not None:
        state = ConsentState.SUBSCRIBED if consent == "email" else consent
        history.append(a_consent(state, at=long_ago))
    history += [an_order(900 + n, at=last_order_at - (orders - 1 - n) * every) for n in range(orders)]
    return replay(customer_id, [*history, *events])


def a_situation(
    customer: CustomerState,
    *,
    stage: Stage = Stage.PROSPECT,
    currency: str = "EUR",
    points: int = 0,
    redemptions: int = 0,
) -> Situation:
    return Situation(
        customer=customer, stage=stage, currency=currency, points=points, redemptions=redemptions
    )


def an_enrollment(
    flow: Flow,
    *,
    entered_at: datetime = NOW,
    step: int = 0,
    acted_at: datetime | None = None,
    trigger_key: str = "checkout:c1",
    context: Mapping[str, str] | None = None,
) -> Enrollment:
    return Enrollment(
        id=1,
        flow_id=flow.id,
        version=flow.version,
        customer_id=MINA_ID,
        trigger_key=trigger_key,
        entered_at=entered_at,
        step=step,
        acted_at=acted_at,
        context={"checkout": A_CHECKOUT} if context is None else context,
    )


def wire_facts(
    *,
    created_at: datetime = NOW,
    is_shop_active: bool = True,
    has_postal_address: bool = True,
    is_flow_on: bool = True,
    exit_reason: str | None = None,
    unmailable: str | None = None,
    is_suppressed: bool = False,
    sent_at: tuple[datetime, ...] = (),
    zone: ZoneInfo = UTC_ZONE,
) -> WireFacts:
    """A message that may go, but for what is said otherwise."""
    return WireFacts(
        created_at=created_at,
        is_shop_active=is_shop_active,
        has_postal_address=has_postal_address,
        is_flow_on=is_flow_on,
        exit_reason=exit_reason,
        unmailable=unmailable,
        is_suppressed=is_suppressed,
        sent_at=sent_at,
        zone=zone,
    )


def some_facts(
    *,
    customer_id: int = MINA_ID,
    orders_count: int = 0,
    spent_minor: int = 0,
    created_at: datetime | None = NOW - 100 * DAY,
    first_order_at: datetime | None = None,
    last_order_at: datetime | None = None,
    stage: Stage = Stage.PROSPECT,
    consent_email: ConsentState | None = None,
    is_mailable: bool = False,
    open_checkout_at: datetime | None = None,
    country: str | None = None,
    points: int = 0,
    **others: Any,
) -> CustomerFacts:
    """Somebody of whom next to nothing is known; `others` are any other facts."""
    known = CustomerFacts(
        customer_id=customer_id,
        email=MINA,
        locale="en",
        country=country,
        created_at=created_at,
        orders_count=orders_count,
        spent_minor=spent_minor,
        first_order_at=first_order_at,
        last_order_at=last_order_at,
        stage=stage,
        consent_email=consent_email,
        is_mailable=is_mailable,
        open_checkout_at=open_checkout_at,
        points=points,
    )
    return replace(known, **others)


def a_version(updated_at: datetime, triggered_at: datetime | None = None) -> Version:
    return Version(updated_at=updated_at, triggered_at=triggered_at or updated_at)


def _stamped(event: E) -> E:
    """With the id and the fingerprint that follow from the content, as a translation gives them."""
    mark = fingerprint(repr(event))
    version = replace(event.version, fingerprint=mark)
    return replace(event, id=mark, version=version)
