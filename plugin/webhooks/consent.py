"""Consent by channel: mail, SMS and WhatsApp topics, and the ticked box that checkouts and orders carry."""

from datetime import datetime
from typing import Annotated, ClassVar

from plugin.core.events import ConsentChanged, ConsentState, Person, Version
from plugin.shopify.contact_points import email_of, phone_of
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    Id,
    MaybeInstant,
    NoneIfEmpty,
    Payload,
    Shape,
    Text,
    TopicPayload,
)


class Consent(Payload):
    state: Text | None = None
    opt_in_level: Text | None = None
    consent_updated_at: MaybeInstant = None


class ConsentPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"customer_id", "email_marketing_consent"}),
        foreign=frozenset({"line_items", "verified_email", "sms_marketing_consent", "shop_domain"}),
    )

    customer_id: Id
    email_address: Text | None = None
    email_marketing_consent: Annotated[Consent | None, NoneIfEmpty]


class SmsConsentPayload(TopicPayload):
    """Here the customer is `id`, and every part of the consent may be null."""

    shape: ClassVar = Shape(
        required=frozenset({"id", "sms_marketing_consent"}),
        foreign=frozenset(
            {"line_items", "verified_email", "email_marketing_consent", "shop_domain", "state"}
        ),
    )

    id: Id
    phone: Text | None = None
    sms_marketing_consent: Annotated[Consent | None, NoneIfEmpty]


class WhatsAppConsentPayload(TopicPayload):
    """New in 2026-07 and not yet seen in the wild: the customer may be `id` or `customer_id`, as in its siblings."""

    shape: ClassVar = Shape(
        any_of=frozenset({"id", "customer_id"}),
        required=frozenset({"whats_app_marketing_consent"}),
        foreign=frozenset(
            {"line_items", "verified_email", "email_marketing_consent", "shop_domain", "state"}
        ),
    )

    id: Id | None = None
    customer_id: Id | None = None
    phone: Text | None = None
    whats_app_marketing_consent: Annotated[Consent | None, NoneIfEmpty]


def translate(body: ConsentPayload, facts: DeliveryFacts) -> tuple[ConsentChanged, ...]:
    """The person's word on email, or nothing where Shopify has no state."""
    person = Person(shopify_id=body.customer_id, email=email_of(body.email_address))
    # The topic fires because the consent changed, so that an undated word was said when it fired.
    return stated(body.email_marketing_consent, person, facts, undated=facts.triggered_at)


def translate_sms(body: SmsConsentPayload, facts: DeliveryFacts) -> tuple[ConsentChanged, ...]:
    person = Person(shopify_id=body.id, phone=phone_of(body.phone))
    return stated(body.sms_marketing_consent, person, facts, undated=facts.triggered_at, channel="sms")


def translate_whats_app(body: WhatsAppConsentPayload, facts: DeliveryFacts) -> tuple[ConsentChanged, ...]:
    person = Person(shopify_id=body.customer_id or body.id, phone=phone_of(body.phone))
    said = body.whats_app_marketing_consent
    return stated(said, person, facts, undated=facts.triggered_at, channel="whatsapp")


def stated(
    consent: Consent | None,
    person: Person,
    facts: DeliveryFacts,
    *,
    undated: datetime,
    channel: str = "email",
) -> tuple[ConsentChanged, ...]:
    """`consent` as an event; `undated` is when it was said if Shopify does not know.

    Raises `UnintelligibleError` on a state we do not know: guessing at a permission is not an option.
    """
    if consent is None or not consent.state:
        return ()
    at = consent.consent_updated_at or undated
    changed = ConsentChanged(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=facts.triggered_at),
        person=person,
        channel=channel,
        state=_state(consent.state),
        source="shopify",
        opt_in_level=consent.opt_in_level.lower() if consent.opt_in_level else None,
    )
    return (sealed(changed, "consent", channel, person.shopify_id),)


def ticked(
    *, source: str, subject: str, at: datetime, person: Person, links: tuple[str, ...], facts: DeliveryFacts
) -> ConsentChanged:
    """Somebody ticked the marketing box of `subject`, such as `order:12`.

    `at` is when the checkout or order began, never when it was last edited: a later edit repeats the box and
    must not bring back somebody who has left since.
    """
    changed = ConsentChanged(
        id=UNSEALED,
        occurred_at=at,
        version=Version(updated_at=at, triggered_at=facts.triggered_at),
        person=person,
        links=links,
        channel="email",
        state=ConsentState.SUBSCRIBED,
        source=source,
    )
    return sealed(changed, "consent", "email", subject, besides=frozenset({"links"}))


def _state(word: str) -> ConsentState:
    try:
        return ConsentState(word.strip().lower())
    except ValueError:
        raise UnintelligibleError("unknown_consent_state") from None
