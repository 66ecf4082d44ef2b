"""Rows of the bulk import -> the same events that webhooks lead to.

A row is a snapshot like a webhook's, so it folds with them: `updatedAt` is the version's first word, and since
nothing triggered the row, a webhook of the same instant wins. The rows are those of bulk_customers.graphql and
bulk_orders.graphql (in operations/); children come as separate lines and are handed in beside their parent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from plugin.core.events import (
    ABSENT,
    Absent,
    ConsentChanged,
    ConsentState,
    ContactFacts,
    CustomerChanged,
    CustomerEvent,
    FulfillmentChanged,
    Line,
    OrderChanged,
    Person,
    RefundRecorded,
    TagsChanged,
    Version,
)
from plugin.core.fulfilment import is_cash_on_delivery
from plugin.core.money import minor_units
from plugin.shopify.contact_points import email_of, id_in, token_of
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.shopify.import_refunds import OrderSums, goods_refunded

Row = Mapping[str, Any]

_FULFILLMENT = {"UNFULFILLED": None, "PARTIALLY_FULFILLED": "partial"}
"""Where GraphQL's word is not the webhooks' word in lower case."""
_NO_WORD_OF_A_CARRIER = frozenset({"", "fulfilled", "marked_as_fulfilled", "canceled"})


class InvalidRowError(ValueError):
    """This row of the import is not a customer or order as we asked for it. Skip and count it."""


def customer_events(node: Row) -> tuple[CustomerEvent, ...]:
    """What a customer's row says: the record, and the word on email if there was one. Raises `InvalidRowError`."""
    try:
        return _customer(node)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidRowError(f"a customer row cannot be read: {type(error).__name__}") from None


def order_events(node: Row, lines: Sequence[Row]) -> tuple[CustomerEvent, ...]:
    """What an order's row and its `lines` say: the order and each refund. Raises `InvalidRowError`.

    The box that the buyer ticked is not asked for: the customer's own row knows what came of it since.
    """
    try:
        return _order(node, lines)
    except (KeyError, TypeError, AttributeError, ValueError, InvalidOperation) as error:
        raise InvalidRowError(f"an order row cannot be read: {type(error).__name__}") from None


def _customer(node: Row) -> tuple[CustomerEvent, ...]:
    shopify_id = id_in(node["id"], "Customer")
    version = _version(node["updatedAt"])
    address: Row = node.get("defaultEmailAddress") or {}
    email = email_of(address.get("emailAddress"))
    person = Person(shopify_id=shopify_id, email=email)
    changed = CustomerChanged(
        id=UNSEALED,
        occurred_at=version.updated_at,
        version=version,
        person=person,
        shopify_id=shopify_id,
        created_at=_instant(node.get("createdAt")),
        # A null may be a field that the app is not approved to read: it takes nothing away.
        contact=ContactFacts(
            email=email or ABSENT,
            first_name=_stated(node.get("firstName")),
            last_name=_stated(node.get("lastName")),
            locale=_stated(node.get("locale")),
        ),
    )
    record = sealed(changed, "customer", shopify_id)
    return (record, *_tags(node, shopify_id, version), *_consent(node, address, person, version))


def _tags(node: Row, shopify_id: int, version: Version) -> tuple[TagsChanged, ...]:
    """The tags that are on now. Those that were taken off while nobody told us stay until somebody does."""
    tags = tuple(sorted({tag for text in node.get("tags") or () if (tag := _text(text).strip())}))
    if not tags:
        return ()
    changed = TagsChanged(
        id=UNSEALED,
        occurred_at=version.updated_at,
        version=version,
        person=Person(shopify_id=shopify_id),
        tags=tags,
        is_on=True,
    )
    return (sealed(changed, "tags", shopify_id, True),)  # part of the id: on, not off


def _consent(node: Row, address: Row, person: Person, version: Version) -> tuple[ConsentChanged, ...]:
    word = address.get("marketingState")
    if not word:
        return ()
    state = ConsentState(word.lower())
    # An undated yes counts from the record's first day, so that it never outlives a refusal given to us.
    undated = _instant(node.get("createdAt")) if state is ConsentState.SUBSCRIBED else version.updated_at
    at = _instant(address.get("marketingUpdatedAt")) or undated or version.updated_at
    level = address.get("marketingOptInLevel")
    changed = ConsentChanged(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=version.triggered_at),
        person=person,
        channel="email",
        state=state,
        source="import",
        opt_in_level=level.lower() if level else None,
    )
    return (sealed(changed, "consent", "email", person.shopify_id),)


def _order(node: Row, rows: Sequence[Row]) -> tuple[CustomerEvent, ...]:
    order_id = id_in(node["id"], "Order")
    currency: str = node["currencyCode"]
    version = _version(node["updatedAt"])
    person = _buyer(node)
    sold = [_Sold.of(row, currency, taxes_included=bool(node.get("taxesIncluded"))) for row in rows]
    sums = _sums(node, sold, currency)
    checkout, cart = token_of(node.get("checkoutToken")), token_of(node.get("cartToken"))
    processed, created = _instant(node.get("processedAt")), _instant(node["createdAt"])
    fulfillment = node.get("displayFulfillmentStatus") or "UNFULFILLED"
    gateways = tuple(_text(name) for name in node.get("paymentGatewayNames") or () if name)
    changed = OrderChanged(
        id=UNSEALED,
        occurred_at=version.updated_at,
        version=version,
        person=person,
        links=(
            f"order:{order_id}",
            *((f"checkout:{checkout}",) if checkout else ()),
            *((f"cart:{cart}",) if cart else ()),
        ),
        order_id=order_id,
        name=_text(node.get("name")),
        placed_at=processed or created or version.updated_at,
        cancelled_at=_instant(node.get("cancelledAt")),
        financial_status=(node.get("displayFinancialStatus") or "PENDING").lower(),
        fulfillment_status=_FULFILLMENT.get(fulfillment, fulfillment.lower()),
        is_test=bool(node.get("test")),
        # Goods that are gone without any refund were taken out by an edit: they were never bought.
        product_minor=sums.product if node.get("refunds") else sums.product - sums.goods_gone,
        total_minor=_minor(node, "totalPriceSet", currency),
        currency=currency,
        lines=tuple(item.line for item in sold if item.line.quantity),
        discount_codes=tuple(_text(code) for code in node.get("discountCodes") or () if code),
        checkout_token=checkout,
        cart_token=cart,
        source=_text(node.get("sourceName")) or None,
        gateways=gateways,
        contact=ContactFacts(
            # Of a customer the row of the customer tells; an old order would bring back an old address.
            email=ABSENT if person.shopify_id else person.email or ABSENT,
            locale=_stated(node.get("customerLocale")),
        ),
    )
    refunds = _refunds(node, order_id, sums, person, version)
    # As in webhooks: whether cash at the door was a purchase hangs on the parcels.
    parcels = _parcels(node, order_id, person) if is_cash_on_delivery(gateways) else ()
    return (sealed(changed, "order", order_id), *refunds, *parcels)


def _buyer(node: Row) -> Person:
    customer: Row | None = node.get("customer")
    return Person(
        shopify_id=id_in(customer["id"], "Customer") if customer else None, email=email_of(node.get("email"))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sold:
    line: Line
    gone_minor: int
    """Of the line's value, what was refunded or taken out since."""

    @classmethod
    def of(cls, row: Row, currency: str, *, taxes_included: bool) -> "_Sold":
        taxes = row.get("taxLines") or () if taxes_included else ()
        value = max(
            0,
            _minor(row, "originalTotalSet", currency)
            - sum(
                _minor(part, "allocatedAmountSet", currency) for part in row.get("discountAllocations") or ()
            )
            - sum(_minor(part, "priceSet", currency) for part in taxes),
        )
        quantity = int(row["quantity"])
        kept = row.get("currentQuantity")
        gone = 0 if kept is None or not quantity else value * (quantity - int(kept)) // quantity
        line = Line(
            title=_text(row.get("title")),
            quantity=quantity,
            total_minor=value,
            product_id=_reference(row.get("product"), "Product"),
            variant_id=_reference(row.get("variant"), "ProductVariant"),
            is_gift_card=bool(row.get("isGiftCard")),
        )
        return cls(line=line, gone_minor=max(0, gone))


def _sums(node: Row, sold: Sequence[_Sold], currency: str) -> OrderSums:
    goods = [item for item in sold if not item.line.is_gift_card]
    return OrderSums(
        product=sum(item.line.total_minor or 0 for item in goods),
        tax=_minor(node, "totalTaxSet", currency),
        goods_gone=sum(item.gone_minor for item in goods),
        gift_cards_gone=sum(item.gone_minor for item in sold if item.line.is_gift_card),
        shipping_refunded=_minor(node, "totalRefundedShippingSet", currency),
    )


def _refunds(
    node: Row, order_id: int, sums: OrderSums, person: Person, version: Version
) -> tuple[RefundRecorded, ...]:
    rows: Sequence[Row] = node.get("refunds") or ()
    currency: str = node["currencyCode"]
    money = [max(0, _minor(row, "totalRefundedSet", currency)) for row in rows]
    shares = goods_refunded(sums, money)
    return tuple(
        _refund(row, order_id, person, version, product_minor=product, money_minor=amount)
        for row, product, amount in zip(rows, shares, money, strict=True)
    )


def _refund(
    row: Row, order_id: int, person: Person, version: Version, *, product_minor: int, money_minor: int
) -> RefundRecorded:
    refund_id = id_in(row["id"], "Refund")
    at = _instant(row.get("createdAt")) or version.updated_at
    recorded = RefundRecorded(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=version.triggered_at),
        person=person,
        links=(f"order:{order_id}",),
        refund_id=refund_id,
        order_id=order_id,
        product_minor=product_minor,
        money_minor=money_minor,
    )
    return sealed(recorded, "refund", refund_id, besides=frozenset({"person", "links"}))


def _parcels(node: Row, order_id: int, person: Person) -> tuple[FulfillmentChanged, ...]:
    return tuple(_parcel(row, order_id, person) for row in node.get("fulfillments") or ())


def _parcel(row: Row, order_id: int, person: Person) -> FulfillmentChanged:
    fulfillment_id = id_in(row["id"], "Fulfillment")
    version = _version(row["updatedAt"])
    word = (row.get("displayStatus") or "").lower()
    changed = FulfillmentChanged(
        id=UNSEALED,
        occurred_at=version.updated_at,
        version=version,
        person=person,
        links=(f"order:{order_id}",),
        fulfillment_id=fulfillment_id,
        order_id=order_id,
        status=(row.get("status") or "").lower(),
        shipment_status=None if word in _NO_WORD_OF_A_CARRIER else word,
    )
    return sealed(changed, "fulfillment", fulfillment_id, besides=frozenset({"person", "links"}))


def _version(updated_at: str) -> Version:
    at = _instant(updated_at)
    if at is None:
        raise ValueError("a row without updatedAt")
    return Version(updated_at=at, triggered_at=at)


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def _minor(row: Row, name: str, currency: str) -> int:
    money: Row | None = row.get(name)
    return minor_units(Decimal(money["shopMoney"]["amount"]), currency) if money else 0


def _reference(node: Row | None, resource: str) -> int | None:
    return id_in(node["id"], resource) if node else None


def _text(value: str | None) -> str:
    text = value or ""
    if "\x00" in text:
        raise ValueError("a NUL character")
    return text


def _stated(value: str | None) -> str | Absent:
    return _text(value) or ABSENT
