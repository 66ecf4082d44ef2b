"""Every topic we understand. A new one: a module (or a function in its family's), a line here, a line in the toml."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from plugin.core.events import CustomerEvent, ShopEvent
from plugin.webhooks import (
    app,
    carts,
    checkouts,
    consent,
    customers,
    deleted,
    discounts,
    fulfillments,
    order_edits,
    orders,
    privacy,
    products,
    records,
    refunds,
    returns,
    segments,
    transactions,
)
from plugin.webhooks.payload_parts import DeliveryFacts, TopicPayload

Translate = Callable[[Any, DeliveryFacts], tuple[CustomerEvent | ShopEvent, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    name: str
    model: type[TopicPayload]
    translate: Translate
    scope: str | None
    """The access scope without which Shopify does not send it."""
    is_compliance: bool = False
    """One of the three mandatory topics, which the toml lists apart."""


def _topic(name: str, model: type[TopicPayload], translate: Translate, scope: str | None = None) -> Topic:
    return Topic(name=name, model=model, translate=translate, scope=scope)


def _compliance(name: str, model: type[TopicPayload], translate: Translate) -> Topic:
    return Topic(name=name, model=model, translate=translate, scope=None, is_compliance=True)


_READ_ORDERS = "read_orders"
_READ_CUSTOMERS = "read_customers"
_READ_FULFILLMENTS = "read_fulfillments"
_READ_RETURNS = "read_returns"
_READ_PRODUCTS = "read_products"
_READ_DISCOUNTS = "read_discounts"  # which write_discounts implies

_ALL = (
    _topic("app/uninstalled", app.ShopPayload, app.translate_uninstalled),
    _topic("app/scopes_update", app.ScopesPayload, app.translate_scopes),
    _topic("shop/update", app.ShopPayload, app.translate_shop),
    _topic("bulk_operations/finish", app.BulkOperationPayload, app.translate_bulk_operation),
    _topic("carts/create", carts.CartPayload, carts.translate, _READ_ORDERS),
    _topic("carts/update", carts.CartPayload, carts.translate, _READ_ORDERS),
    _topic("checkouts/create", checkouts.CheckoutPayload, checkouts.translate, _READ_ORDERS),
    _topic("checkouts/update", checkouts.CheckoutPayload, checkouts.translate, _READ_ORDERS),
    _topic("checkouts/delete", checkouts.DeletedCheckoutPayload, checkouts.translate_deleted, _READ_ORDERS),
    _topic("orders/create", orders.OrderPayload, orders.translate, _READ_ORDERS),
    _topic("orders/updated", orders.OrderPayload, orders.translate, _READ_ORDERS),
    _topic("orders/paid", orders.OrderPayload, orders.translate, _READ_ORDERS),
    _topic("orders/cancelled", orders.OrderPayload, orders.translate, _READ_ORDERS),
    _topic("orders/fulfilled", orders.OrderPayload, orders.translate, _READ_ORDERS),
    _topic("orders/partially_fulfilled", orders.OrderPayload, orders.translate, _READ_ORDERS),
    _topic("orders/edited", order_edits.EditedOrderPayload, order_edits.translate, _READ_ORDERS),
    _topic("orders/delete", deleted.DeletedPayload, deleted.translate_order, _READ_ORDERS),
    _topic(
        "order_transactions/create", transactions.TransactionPayload, transactions.translate, _READ_ORDERS
    ),
    _topic("refunds/create", refunds.RefundPayload, refunds.translate, _READ_ORDERS),
    _topic(
        "fulfillments/create", fulfillments.FulfillmentPayload, fulfillments.translate, _READ_FULFILLMENTS
    ),
    _topic(
        "fulfillments/update", fulfillments.FulfillmentPayload, fulfillments.translate, _READ_FULFILLMENTS
    ),
    _topic(
        "fulfillment_events/create",
        fulfillments.ShipmentEventPayload,
        fulfillments.translate_report,
        _READ_FULFILLMENTS,
    ),
    _topic(
        "fulfillment_events/delete",
        fulfillments.ShipmentEventPayload,
        fulfillments.translate_withdrawal,
        _READ_FULFILLMENTS,
    ),
    *(
        _topic(f"returns/{verb}", returns.ReturnPayload, returns.translate, _READ_RETURNS)
        for verb in ("request", "approve", "decline", "cancel", "close", "reopen")
    ),
    _topic("returns/update", returns.UpdatedReturnPayload, returns.translate_updated, _READ_RETURNS),
    _topic("customers/create", customers.CustomerPayload, customers.translate, _READ_CUSTOMERS),
    _topic("customers/update", customers.CustomerPayload, customers.translate, _READ_CUSTOMERS),
    _topic("customers/enable", customers.CustomerPayload, customers.translate, _READ_CUSTOMERS),
    _topic("customers/disable", customers.CustomerPayload, customers.translate, _READ_CUSTOMERS),
    _topic(
        "customers/delete", customers.DeletedCustomerPayload, customers.translate_deleted, _READ_CUSTOMERS
    ),
    _topic(
        "customers_email_marketing_consent/update",
        consent.ConsentPayload,
        consent.translate,
        _READ_CUSTOMERS,
    ),
    _topic(
        "customers_marketing_consent/update",
        consent.SmsConsentPayload,
        consent.translate_sms,
        _READ_CUSTOMERS,
    ),
    _topic(
        "customers_whats_app_marketing_consent/update",
        consent.WhatsAppConsentPayload,
        consent.translate_whats_app,
        _READ_CUSTOMERS,
    ),
    _topic("customer.tags_added", records.TagsPayload, records.translate_added, _READ_CUSTOMERS),
    _topic("customer.tags_removed", records.TagsPayload, records.translate_removed, _READ_CUSTOMERS),
    _topic("customers/merge", records.MergePayload, records.translate_merge, "read_customer_merge"),
    _topic(
        "customers/purchasing_summary",
        records.PurchasesPayload,
        records.translate_purchases,
        _READ_CUSTOMERS,
    ),
    _topic("segments/create", segments.SegmentPayload, segments.translate, _READ_CUSTOMERS),
    _topic("segments/update", segments.SegmentPayload, segments.translate, _READ_CUSTOMERS),
    _topic("segments/delete", deleted.DeletedPayload, deleted.translate_segment, _READ_CUSTOMERS),
    _topic("products/create", products.ProductPayload, products.translate, _READ_PRODUCTS),
    _topic("products/update", products.ProductPayload, products.translate, _READ_PRODUCTS),
    _topic("products/delete", deleted.DeletedPayload, deleted.translate_product, _READ_PRODUCTS),
    _topic("variants/in_stock", products.VariantPayload, products.translate_in_stock, _READ_PRODUCTS),
    _topic("variants/out_of_stock", products.VariantPayload, products.translate_out_of_stock, _READ_PRODUCTS),
    _topic(
        "inventory_levels/update", products.InventoryLevelPayload, products.translate_level, "read_inventory"
    ),
    _topic("discounts/create", discounts.DiscountPayload, discounts.translate, _READ_DISCOUNTS),
    _topic("discounts/update", discounts.DiscountPayload, discounts.translate, _READ_DISCOUNTS),
    _topic(
        "discounts/delete", discounts.DeletedDiscountPayload, discounts.translate_deleted, _READ_DISCOUNTS
    ),
    _topic(
        "discounts/redeemcode_added",
        discounts.RedeemCodePayload,
        discounts.translate_code_added,
        _READ_DISCOUNTS,
    ),
    _topic(
        "discounts/redeemcode_removed",
        discounts.RedeemCodePayload,
        discounts.translate_code_removed,
        _READ_DISCOUNTS,
    ),
    _compliance("customers/data_request", privacy.DataRequestPayload, privacy.translate_data_request),
    _compliance("customers/redact", privacy.CustomerRedactPayload, privacy.translate_customer_redact),
    _compliance("shop/redact", privacy.ShopRedactPayload, privacy.translate_shop_redact),
)

TOPICS: Mapping[str, Topic] = MappingProxyType({topic.name: topic for topic in _ALL})
