"""Every topic we understand. A new one: a module (or a function in its family's), a line here, a line in the toml."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from plugin.core.events import CustomerEvent, ShopEvent
from plugin.webhooks import app, carts, checkouts, consent, customers, orders, privacy, refunds
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

_ALL = (
    _topic("app/uninstalled", app.UninstalledPayload, app.translate_uninstalled),
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
    _topic("refunds/create", refunds.RefundPayload, refunds.translate, _READ_ORDERS),
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
    _compliance("customers/data_request", privacy.DataRequestPayload, privacy.translate_data_request),
    _compliance("customers/redact", privacy.CustomerRedactPayload, privacy.translate_customer_redact),
    _compliance("shop/redact", privacy.ShopRedactPayload, privacy.translate_shop_redact),
)

TOPICS: Mapping[str, Topic] = MappingProxyType({topic.name: topic for topic in _ALL})
