"""refunds/create, and the refunds inside every order snapshot: the same refund is the same event in both.

That is why everything here follows from the refund alone: the body of refunds/create knows neither the customer
nor whether the order's prices included tax.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar

from plugin.core.events import Person, RefundRecorded, Version
from plugin.core.money import minor_units
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    EmptyIfNone,
    Flag,
    Id,
    Instant,
    MaybeAmount,
    MaybeCurrency,
    MaybeMoneySet,
    MoneySet,
    NoneIfEmpty,
    Payload,
    Quantity,
    Shape,
    Text,
    TopicPayload,
    shop_amount,
    total_of,
)

WHOSE = frozenset({"person", "links"})
"""Not part of what a refund says: an order snapshot knows them, refunds/create does not."""


class RefundedItem(Payload):
    gift_card: Flag = False
    tip: object = None


class RefundLine(Payload):
    line_item_id: Id | None = None
    quantity: Quantity = 0
    subtotal: MaybeAmount = None
    subtotal_set: MaybeMoneySet = None
    total_tax: MaybeAmount = None
    total_tax_set: MaybeMoneySet = None
    line_item: Annotated[RefundedItem | None, NoneIfEmpty] = None

    @property
    def is_product(self) -> bool:
        return self.line_item is None or not (self.line_item.gift_card or self.line_item.tip)


class Adjustment(Payload):
    """A correction of what the lines add up to. Negative amounts are given back, positive ones kept."""

    kind: Text | None = None
    amount: MaybeAmount = None
    amount_set: MaybeMoneySet = None
    tax_amount: MaybeAmount = None
    tax_amount_set: MaybeMoneySet = None

    @property
    def is_shipping(self) -> bool:
        return self.kind == "shipping_refund"


class RefundedShipping(Payload):
    subtotal_amount_set: MaybeMoneySet = None
    tax_amount_set: MaybeMoneySet = None


class Transaction(Payload):
    kind: Text | None = None
    status: Text | None = None
    amount: MaybeAmount = None
    amount_set: MaybeMoneySet = None
    currency: MaybeCurrency = None

    @property
    def is_money_back(self) -> bool:
        return (self.kind, self.status) == ("refund", "success")


class Refund(Payload):
    id: Id
    order_id: Id | None = None
    created_at: Instant
    refund_line_items: Annotated[tuple[RefundLine, ...], EmptyIfNone] = ()
    transactions: Annotated[tuple[Transaction, ...], EmptyIfNone] = ()
    order_adjustments: Annotated[tuple[Adjustment, ...], EmptyIfNone] = ()
    refund_shipping_lines: Annotated[tuple[RefundedShipping, ...], EmptyIfNone] = ()


class RefundPayload(Refund, TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "order_id", "refund_line_items"}),
        foreign=frozenset({"financial_status", "line_items", "token", "customer", "tracking_number"}),
    )


def translate(refund: RefundPayload, facts: DeliveryFacts) -> tuple[RefundRecorded, ...]:
    """Whose refund it is follows from its link to the order. Raises `UnintelligibleError` without an order."""
    if refund.order_id is None:
        raise UnintelligibleError("wrong_shape:refunds/create")
    return (recorded(refund, refund.order_id, facts),)


def recorded(
    refund: Refund, order_id: int, facts: DeliveryFacts, *, person: Person | None = None
) -> RefundRecorded:
    """`refund` of `order_id` as an event, with the id that any other sender of it would give it."""
    currency = _shop_currency(refund) or facts.currency
    money = _money(refund, currency)
    event = RefundRecorded(
        id=UNSEALED,
        occurred_at=refund.created_at,
        version=Version(updated_at=refund.created_at, triggered_at=facts.triggered_at),
        person=person or Person(),
        links=(f"order:{order_id}",),
        refund_id=refund.id,
        order_id=order_id,
        product_minor=minor_units(_product(refund, money), currency),
        money_minor=minor_units(money, currency),
    )
    return sealed(event, "refund", refund.id, besides=WHOSE)


def _product(refund: Refund, money: Decimal) -> Decimal:
    """Value of the goods taken back, without tax; corrections other than of shipping are corrections of it."""
    is_taxed = _includes_tax(refund, money)
    goods = total_of(
        shop_amount(line.subtotal_set, line.subtotal) for line in refund.refund_line_items if line.is_product
    )
    if is_taxed:
        goods -= total_of(_tax(line) for line in refund.refund_line_items if line.is_product)
    kept = total_of(
        shop_amount(adjustment.amount_set, adjustment.amount)
        for adjustment in refund.order_adjustments
        if not adjustment.is_shipping
    )
    return max(Decimal(0), goods - kept)


def _includes_tax(refund: Refund, money: Decimal) -> bool:
    """Whether the lines' subtotals contain their tax: told by which reading explains the money that moved."""
    tax = total_of(_tax(line) for line in refund.refund_line_items)
    if not tax or not money:
        return False
    with_tax_on_top = _calculated(refund)
    return abs(money - (with_tax_on_top - tax)) < abs(money - with_tax_on_top)


def _money(refund: Refund, currency: str) -> Decimal:
    """What really went back to the buyer: pending and failed transactions have moved nothing yet."""
    moved = [transaction for transaction in refund.transactions if transaction.is_money_back]
    amounts = [_in_shop_currency(transaction, refund, currency) for transaction in moved]
    if any(amount is None for amount in amounts):
        return max(Decimal(0), _calculated(refund))
    return total_of(amounts)


def _calculated(refund: Refund) -> Decimal:
    """What the parts of the refund add up to, taking tax as not included."""
    lines = total_of(shop_amount(line.subtotal_set, line.subtotal) for line in refund.refund_line_items)
    taxes = total_of(_tax(line) for line in refund.refund_line_items)
    kept = total_of(
        part
        for adjustment in refund.order_adjustments
        for part in (
            shop_amount(adjustment.amount_set, adjustment.amount),
            shop_amount(adjustment.tax_amount_set, adjustment.tax_amount),
        )
    )
    shipping = Decimal(0)
    if not any(adjustment.is_shipping for adjustment in refund.order_adjustments):  # never counted twice
        shipping = total_of(
            shop_amount(part, None)
            for line in refund.refund_shipping_lines
            for part in (line.subtotal_amount_set, line.tax_amount_set)
        )
    return lines + taxes - kept + shipping


def _tax(line: RefundLine) -> Decimal | None:
    return shop_amount(line.total_tax_set, line.total_tax)


def _in_shop_currency(transaction: Transaction, refund: Refund, currency: str) -> Decimal | None:
    """None where the payment was in another currency and the refund does not tell the rate."""
    if transaction.amount_set is not None:
        return transaction.amount_set.shop_money.amount
    if transaction.currency in {None, currency}:
        return transaction.amount or Decimal(0)
    for money in _sets(refund):
        paid = money.presentment_money
        if paid and paid.currency_code == transaction.currency and paid.amount:
            return (transaction.amount or Decimal(0)) * money.shop_money.amount / paid.amount
    return None


def _shop_currency(refund: Refund) -> str | None:
    return next((code for money in _sets(refund) if (code := money.shop_money.currency_code)), None)


def _sets(refund: Refund) -> Iterator[MoneySet]:
    for line in refund.refund_line_items:
        if line.subtotal_set:
            yield line.subtotal_set
    for adjustment in refund.order_adjustments:
        if adjustment.amount_set:
            yield adjustment.amount_set
    for shipping in refund.refund_shipping_lines:
        if shipping.subtotal_amount_set:
            yield shipping.subtotal_amount_set
