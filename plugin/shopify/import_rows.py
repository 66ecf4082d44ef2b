"""Rows of the bulk import -> the same events that webhooks lead to.

A row is a snapshot like a webhook's, so it folds with them: `updatedAt` is the version's first word, and since
nothing triggered the row, a webhook of the same instant wins. The rows are those of bulk_customers.graphql and
bulk_orders.graphql (in operations/); children come as separate lines and are handed in beside their parent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import InvalidOperation

from plugin.core.events import (
    ABSENT,
    Absent,
    ConsentChanged,
    ConsentState,
    ContactFacts,
    CustomerChanged,
    CustomerEvent,
    Line,
    OrderChanged,
    Person,
    RefundRecorded,
    TagsChanged,
    Version,
)
from plugin.core.fulfilment import is_cash_on_delivery
from plugin.shopify.contact_points import email_of, id_in, phone_of, token_of
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.shopify.import_fields import Row, instant, minor, reference, stated, text_of, version_of
from plugin.shopify.import_parcels import parcels
from plugin.shopify.import_refunds import OrderSums, goods_refunded

_FULFILLMENT = {"UNFULFILLED": None, "PARTIALLY_FULFILLED": "partial"}
"""Where GraphQL's word is not the webhooks' word in lower case."""


class InvalidRowError(ValueError):
    """This row of the import is not a customer or order as we asked for it. Skip and count it."""


def customer_events(node: Row) -> tuple[CustomerEvent, ...]:
    """What a customer's row says: the record, its tags, the words on email and SMS. Raises `InvalidRowError`."""
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
    version = version_of(node["updatedAt"])
    address: Row = node.get("defaultEmailAddress") or {}
    email = email_of(address.get("emailAddress"))
    person = Person(shopify_id=shopify_id, email=email)
    changed = CustomerChanged(
        id=UNSEALED,
        occurred_at=version.updated_at,
        version=version,
        person=person,
        shopify_id=shopify_id,
        created_at=instant(node.get("createdAt")),
        # A null may be a field that the app is not approved to read: it takes nothing away.
        contact=ContactFacts(
            email=email or ABSENT,
            first_name=stated(node.get("firstName")),
            last_name=stated(node.get("lastName")),
            phone=phone_of((node.get("defaultPhoneNumber") or {}).get("phoneNumber")) or ABSENT,
            locale=stated(node.get("locale")),
            birthday=_birthday(node),
        ),
    )
    record = sealed(changed, "customer", shopify_id)
    return (record, *_tags(node, shopify_id, version), *_consents(node, person, version))


def _tags(node: Row, shopify_id: int, version: Version) -> tuple[TagsChanged, ...]:
    """The tags that are on now. Those that were taken off while nobody told us stay until somebody does."""
    tags = tuple(sorted({tag for text in node.get("tags") or () if (tag := text_of(text).strip())}))
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


def _birthday(node: Row) -> str | Absent:
    """Shopify's own place for it. What is no date there says nothing."""
    try:
        return date.fromisoformat((node.get("metafield") or {})["value"]).isoformat()
    except (KeyError, ValueError):
        return ABSENT


def _consents(node: Row, person: Person, version: Version) -> tuple[ConsentChanged, ...]:
    address: Row = node.get("defaultEmailAddress") or {}
    sms: Row = (node.get("defaultPhoneNumber") or {}).get("smsMarketingConsent") or {}
    email = {
        "state": address.get("marketingState"),
        "optInLevel": address.get("marketingOptInLevel"),
        "updatedAt": address.get("marketingUpdatedAt"),
    }
    return (
        *_consent("email", email, node, person, version),
        *_consent("sms", sms, node, person, version),
    )


def _consent(
    channel: str, said: Row, node: Row, person: Person, version: Version
) -> tuple[ConsentChanged, ...]:
    word = said.get("state")
    if not word or word == "NEVER_SUBSCRIBED":
        return ()
    state = ConsentState(word.lower())
    # An undated yes counts from the record's first day, so that it never outlives a refusal given to us.
    undated = instant(node.get("createdAt")) if state is ConsentState.SUBSCRIBED else version.updated_at
    at = instant(said.get("updatedAt")) or undated or version.updated_at
    level = said.get("optInLevel")
    changed = ConsentChanged(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=version.triggered_at),
        person=person,
        channel=channel,
        state=state,
        source="import",
        opt_in_level=level.lower() if level else None,
    )
    return (sealed(changed, "consent", channel, person.shopify_id),)


def _order(node: Row, rows: Sequence[Row]) -> tuple[CustomerEvent, ...]:
    order_id = id_in(node["id"], "Order")
    currency: str = node["currencyCode"]
    version = version_of(node["updatedAt"])
    person = _buyer(node)
    sold = [_Sold.of(row, currency, taxes_included=bool(node.get("taxesIncluded"))) for row in rows]
    sums = _sums(node, sold, currency)
    checkout, cart = token_of(node.get("checkoutToken")), token_of(node.get("cartToken"))
    processed, created = instant(node.get("processedAt")), instant(node["createdAt"])
    fulfillment = node.get("displayFulfillmentStatus") or "UNFULFILLED"
    gateways = tuple(text_of(name) for name in node.get("paymentGatewayNames") or () if name)
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
        name=text_of(node.get("name")),
        placed_at=processed or created or version.updated_at,
        cancelled_at=instant(node.get("cancelledAt")),
        financial_status=(node.get("displayFinancialStatus") or "PENDING").lower(),
        fulfillment_status=_FULFILLMENT.get(fulfillment, fulfillment.lower()),
        is_test=bool(node.get("test")),
        # Goods that are gone without any refund were taken out by an edit: they were never bought.
        product_minor=sums.product if node.get("refunds") else sums.product - sums.goods_gone,
        total_minor=minor(node, "totalPriceSet", currency),
        currency=currency,
        lines=tuple(item.line for item in sold if item.line.quantity),
        discount_codes=tuple(text_of(code) for code in node.get("discountCodes") or () if code),
        checkout_token=checkout,
        cart_token=cart,
        source=text_of(node.get("sourceName")) or None,
        gateways=gateways,
        contact=ContactFacts(
            # Of a customer the row of the customer tells; an old order would bring back an old address.
            email=ABSENT if person.shopify_id else person.email or ABSENT,
            locale=stated(node.get("customerLocale")),
        ),
    )
    refunds = _refunds(node, order_id, sums, person, version)
    # As in webhooks: whether cash at the door was a purchase hangs on the parcels.
    told = parcels(node, order_id, person) if is_cash_on_delivery(gateways) else ()
    return (sealed(changed, "order", order_id), *refunds, *told)


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
            minor(row, "originalTotalSet", currency)
            - sum(
                minor(part, "allocatedAmountSet", currency) for part in row.get("discountAllocations") or ()
            )
            - sum(minor(part, "priceSet", currency) for part in taxes),
        )
        quantity = int(row["quantity"])
        kept = row.get("currentQuantity")
        gone = 0 if kept is None or not quantity else value * (quantity - int(kept)) // quantity
        line = Line(
            title=text_of(row.get("title")),
            quantity=quantity,
            total_minor=value,
            product_id=reference(row.get("product"), "Product"),
            product_type=text_of((row.get("product") or {}).get("productType")) or None,
            variant_id=reference(row.get("variant"), "ProductVariant"),
            is_gift_card=bool(row.get("isGiftCard")),
        )
        return cls(line=line, gone_minor=max(0, gone))


def _sums(node: Row, sold: Sequence[_Sold], currency: str) -> OrderSums:
    goods = [item for item in sold if not item.line.is_gift_card]
    return OrderSums(
        product=sum(item.line.total_minor or 0 for item in goods),
        tax=minor(node, "totalTaxSet", currency),
        goods_gone=sum(item.gone_minor for item in goods),
        gift_cards_gone=sum(item.gone_minor for item in sold if item.line.is_gift_card),
        shipping_refunded=minor(node, "totalRefundedShippingSet", currency),
    )


def _refunds(
    node: Row, order_id: int, sums: OrderSums, person: Person, version: Version
) -> tuple[RefundRecorded, ...]:
    rows: Sequence[Row] = node.get("refunds") or ()
    currency: str = node["currencyCode"]
    money = [max(0, minor(row, "totalRefundedSet", currency)) for row in rows]
    shares = goods_refunded(sums, money)
    return tuple(
        _refund(row, order_id, person, version, product_minor=product, money_minor=amount)
        for row, product, amount in zip(rows, shares, money, strict=True)
    )


def _refund(
    row: Row, order_id: int, person: Person, version: Version, *, product_minor: int, money_minor: int
) -> RefundRecorded:
    refund_id = id_in(row["id"], "Refund")
    at = instant(row.get("createdAt")) or version.updated_at
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
