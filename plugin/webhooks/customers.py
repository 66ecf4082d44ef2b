"""customers/create, update, enable, disable and delete: Shopify's record of a person.

Since 2025-01 the body has neither consent nor counters; an older version's consent is still understood.
"""

from typing import Annotated, ClassVar

from plugin.core.events import (
    ABSENT,
    Absent,
    ConsentState,
    ContactFacts,
    CustomerChanged,
    CustomerDeleted,
    CustomerEvent,
    Person,
    Version,
)
from plugin.shopify.contact_points import email_of, id_in, phone_of
from plugin.shopify.event_identity import UNSEALED, named, sealed
from plugin.webhooks import consent
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    Id,
    Instant,
    MaybeAddress,
    MaybeInstant,
    NoneIfEmpty,
    Shape,
    Text,
    TopicPayload,
)

_OF_OTHERS = frozenset(
    {"line_items", "financial_status", "order_id", "customer_id", "plan_name", "shop_domain"}
)
_OF_THE_LIVING = frozenset({"created_at", "updated_at", "email", "first_name", "last_name", "state"})


class CustomerPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "updated_at"}),
        any_of=frozenset({"state", "verified_email", "tax_exempt", "email"}),
        foreign=_OF_OTHERS | {"token", "customer", "tracking_number", "body_html"},
    )

    id: Id
    created_at: MaybeInstant = None
    updated_at: Instant
    email: Text | None = None
    phone: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    default_address: MaybeAddress = None
    email_marketing_consent: Annotated[consent.Consent | None, NoneIfEmpty] = None


class DeletedCustomerPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"id", "admin_graphql_api_id"}),
        foreign=_OF_OTHERS | _OF_THE_LIVING | {"token", "customer", "status"},
    )

    id: Id
    admin_graphql_api_id: Text


def translate(customer: CustomerPayload, facts: DeliveryFacts) -> tuple[CustomerEvent, ...]:
    """The record as of `updated_at`, and the consent in it where an older API version still sends one."""
    person = Person(shopify_id=customer.id, email=email_of(customer.email), phone=phone_of(customer.phone))
    changed = CustomerChanged(
        id=UNSEALED,
        occurred_at=customer.updated_at,
        version=Version(updated_at=customer.updated_at, triggered_at=facts.triggered_at),
        person=person,
        shopify_id=customer.id,
        created_at=customer.created_at,
        contact=_contact(customer),
    )
    return (sealed(changed, "customer", customer.id), *_consent(customer, person, facts))


def translate_deleted(customer: DeletedCustomerPayload, facts: DeliveryFacts) -> tuple[CustomerDeleted, ...]:
    """Raises `UnintelligibleError` unless both ids name the same customer: an order's id deletes nobody."""
    try:
        is_same = id_in(customer.admin_graphql_api_id, "Customer") == customer.id
    except ValueError:
        is_same = False
    if not is_same:
        raise UnintelligibleError("wrong_shape:customers/delete")
    deleted = CustomerDeleted(
        id=UNSEALED,
        occurred_at=facts.triggered_at,
        version=Version(updated_at=facts.triggered_at, triggered_at=facts.triggered_at),
        person=Person(shopify_id=customer.id),
        shopify_id=customer.id,
    )
    return (named(deleted, "customer_deleted", customer.id),)


def _contact(customer: CustomerPayload) -> ContactFacts:
    sent = customer.model_fields_set

    def said(name: str, value: str | None) -> str | Absent | None:
        return (value or None) if name in sent else ABSENT

    return ContactFacts(
        email=said("email", email_of(customer.email)),
        phone=said("phone", phone_of(customer.phone)),
        first_name=said("first_name", customer.first_name),
        last_name=said("last_name", customer.last_name),
        country=_country(customer),
    )


def _country(customer: CustomerPayload) -> str | Absent | None:
    if "default_address" not in customer.model_fields_set:
        return ABSENT
    address = customer.default_address
    if address is None:
        return None
    return address.country_code if "country_code" in address.model_fields_set else ABSENT


def _consent(customer: CustomerPayload, person: Person, facts: DeliveryFacts) -> tuple[CustomerEvent, ...]:
    said = customer.email_marketing_consent
    # This topic fires for any change, so that an undated yes may be as old as the record; a no is safe as of now.
    is_yes = said is not None and (said.state or "").lower() == ConsentState.SUBSCRIBED
    undated = customer.created_at if is_yes else customer.updated_at
    return consent.stated(said, person, facts, undated=undated) if undated else ()
