"""Topics about the installation: the app was removed, what it may do, what the shop says of itself, a bulk end.

app/uninstalled and shop/update have the very same body, and the topic's name is not signed: whoever got hold of
a shop/update can replay it as an uninstall. So an uninstall notice stops what is under way
and drops the tokens, but touches no customer, order or point; the merchant's next visit, whose ID token is signed
and lives a minute, installs the shop again with all of its past.
"""

from typing import Annotated, ClassVar

from plugin.core.events import AppUninstalled, BulkOperationFinished, ScopesChanged, ShopDescribed
from plugin.shopify.contact_points import id_in
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.payload_parts import (
    DeliveryFacts,
    EmptyIfNone,
    MaybeCurrency,
    MaybeInstant,
    Shape,
    Text,
    TopicPayload,
)


class ShopPayload(TopicPayload):
    """A Shop resource. The shop is the one the delivery was verified for."""

    shape: ClassVar = Shape(
        required=frozenset({"id", "email", "domain", "myshopify_domain", "plan_name", "shop_owner"}),
        foreign=frozenset(
            {"line_items", "token", "customer", "order_id", "financial_status", "verified_email"}
        ),
    )

    plan_name: Text | None
    shop_owner: Text | None
    name: Text | None = None
    email: Text | None = None
    customer_email: Text | None = None
    domain: Text | None = None
    currency: MaybeCurrency = None
    iana_timezone: Text | None = None
    primary_locale: Text | None = None


class ScopesPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"previous", "current", "shop_id"}),
        foreign=frozenset({"line_items", "customer", "shop_domain", "order_id"}),
    )

    current: Annotated[tuple[Text, ...], EmptyIfNone]
    updated_at: MaybeInstant = None


class BulkOperationPayload(TopicPayload):
    shape: ClassVar = Shape(
        required=frozenset({"admin_graphql_api_id", "status", "type"}),
        foreign=frozenset({"line_items", "token", "customer", "order_id", "financial_status", "email"}),
    )

    admin_graphql_api_id: Text
    completed_at: MaybeInstant = None


def translate_uninstalled(_: ShopPayload, facts: DeliveryFacts) -> tuple[AppUninstalled, ...]:
    return (AppUninstalled(occurred_at=facts.triggered_at),)


def translate_shop(shop: ShopPayload, facts: DeliveryFacts) -> tuple[ShopDescribed, ...]:
    described = ShopDescribed(
        occurred_at=facts.triggered_at,
        name=shop.name or None,
        email=shop.customer_email or shop.email or None,
        host=shop.domain or None,
        currency=shop.currency,
        timezone=shop.iana_timezone or None,
        locale=shop.primary_locale or None,
    )
    return (described,)


def translate_scopes(body: ScopesPayload, facts: DeliveryFacts) -> tuple[ScopesChanged, ...]:
    at = body.updated_at or facts.triggered_at
    return (ScopesChanged(scopes=tuple(sorted(set(body.current))), occurred_at=at),)


def translate_bulk_operation(
    operation: BulkOperationPayload, facts: DeliveryFacts
) -> tuple[BulkOperationFinished, ...]:
    """Raises `UnintelligibleError` where the id is no bulk operation's."""
    try:
        id_in(operation.admin_graphql_api_id, "BulkOperation")
    except ValueError:
        raise UnintelligibleError("wrong_shape:bulk_operations/finish") from None
    finished = BulkOperationFinished(
        operation_gid=operation.admin_graphql_api_id,
        occurred_at=operation.completed_at or facts.triggered_at,
    )
    return (finished,)
