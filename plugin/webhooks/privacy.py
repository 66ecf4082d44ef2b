"""The three compliance topics. They destroy, so their bodies are recognised by what they have and have not.

Each must be understood without any call to Shopify: the tokens may be dead by then.
"""

from typing import Annotated, ClassVar

from plugin.core.events import (
    CustomerDataRequested,
    CustomerErasureRequested,
    Person,
    ShopErasureRequested,
)
from plugin.shopify.contact_points import email_of, phone_of
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import DeliveryFacts, EmptyIfNone, Id, Payload, Shape, Text, TopicPayload

_SHOP_KEYS = frozenset({"shop_id", "shop_domain"})
_OF_OTHERS = frozenset({"id", "token", "line_items", "financial_status", "email", "plan_name", "updated_at"})


class NamedPerson(Payload):
    id: Id | None = None
    email: Text | None = None
    phone: Text | None = None


class DataRequest(Payload):
    id: Id


class DataRequestPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"shop_domain", "customer", "data_request", "orders_requested"}),
        foreign=_OF_OTHERS | {"orders_to_redact"},
    )

    shop_domain: Text
    customer: NamedPerson
    orders_requested: Annotated[tuple[Id, ...], EmptyIfNone]
    data_request: DataRequest


class CustomerRedactPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"shop_domain", "customer", "orders_to_redact"}),
        foreign=_OF_OTHERS | {"orders_requested", "data_request"},
    )

    shop_domain: Text
    customer: NamedPerson
    orders_to_redact: Annotated[tuple[Id, ...], EmptyIfNone]


class ShopRedactPayload(TopicPayload):
    shape: ClassVar = Shape(required=_SHOP_KEYS, only=_SHOP_KEYS)

    shop_id: Id
    shop_domain: Text


def translate_data_request(
    body: DataRequestPayload, facts: DeliveryFacts
) -> tuple[CustomerDataRequested, ...]:
    requested = CustomerDataRequested(
        request_id=str(body.data_request.id),
        person=_person(body.customer, body.orders_requested),
        order_ids=body.orders_requested,
        occurred_at=facts.triggered_at,
    )
    return (requested,)


def translate_customer_redact(
    body: CustomerRedactPayload, facts: DeliveryFacts
) -> tuple[CustomerErasureRequested, ...]:
    requested = CustomerErasureRequested(
        person=_person(body.customer, body.orders_to_redact),
        order_ids=body.orders_to_redact,
        occurred_at=facts.triggered_at,
    )
    return (requested,)


def translate_shop_redact(_: ShopRedactPayload, facts: DeliveryFacts) -> tuple[ShopErasureRequested, ...]:
    return (ShopErasureRequested(occurred_at=facts.triggered_at),)


def _person(named: NamedPerson, order_ids: tuple[int, ...]) -> Person:
    person = Person(shopify_id=named.id, email=email_of(named.email), phone=phone_of(named.phone))
    if person == Person() and not order_ids:
        raise UnintelligibleError("names_nobody")
    return person
