"""The mutations that the devstore does. Each returns its payload; `userErrors` are Shopify's own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from graphql import GraphQLError

from devstore.admin import bulk
from devstore.admin.bulk_rules import Problem
from devstore.admin.context import Context
from devstore.admin.discounts import create_code, deactivate_code
from devstore.admin.reads import node
from devstore.admin.segments import create_segment, update_segment
from devstore.model import Consent, ConsentState, Customer, number_of
from devstore.webhooks import customer_bodies

Mutation = Callable[[dict[str, Any], Context], Any]

_WRITABLE_STATES: Final = ("SUBSCRIBED", "UNSUBSCRIBED", "PENDING")
_MOST_TAGS: Final = 250


def _update_email_consent(args: dict[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]["emailMarketingConsent"]
    state = wanted["marketingState"]
    if state not in _WRITABLE_STATES:
        raise GraphQLError(f"Cannot specify {state} as a marketing state input")
    store = context.store
    customer = _customer(args["input"]["customerId"], context)
    if customer is None:
        return _consent_error(["input", "customerId"], "Customer not found", "INVALID")
    if customer.email is None:
        message = "An email address is required to set the email marketing consent state."
        return _consent_error(["input", "emailMarketingConsent"], message, "INVALID")
    level = wanted.get("marketingOptInLevel")
    path = ["input", "emailMarketingConsent", "marketingOptInLevel"]
    if state == "PENDING" and level != "CONFIRMED_OPT_IN":
        return _consent_error(
            path, "Marketing opt in level must be confirmed opt-in for pending consent state", "INVALID"
        )
    if state == "SUBSCRIBED" and level is None:
        return _consent_error(path, "Marketing opt in level must be specified", "MISSING_ARGUMENT")
    at = _instant(wanted.get("consentUpdatedAt")) or store.now()
    if at > store.now():
        path = ["input", "emailMarketingConsent", "consentUpdatedAt"]
        return _consent_error(path, "Consent updated at must not be in the future", "INVALID")
    consent = Consent(
        state=ConsentState(state), opt_in_level=level or customer.consent.opt_in_level, updated_at=at
    )
    changed = replace(customer, consent=consent, updated_at=store.now_after(customer.updated_at))
    with store.database.transaction():
        store.customers.put(changed)
        context.courier.send(
            store.shop,
            "customers_email_marketing_consent/update",
            customer_bodies.email_consent(changed, store),
        )
    return {"customer": changed, "userErrors": []}


def _add_tags(args: dict[str, Any], context: Context) -> dict[str, Any]:
    target = node(args["id"], context)
    if not isinstance(target, Customer):
        return {"node": None, "userErrors": [{"field": ["id"], "message": "Resource does not exist"}]}
    new = [tag.strip() for tag in args["tags"] if tag.strip() and tag.strip() not in target.tags]
    if len(target.tags) + len(new) > _MOST_TAGS:
        message = f"Tags cannot be more than {_MOST_TAGS}"
        return {"node": None, "userErrors": [{"field": ["tags"], "message": message}]}
    now = context.store.now_after(target.updated_at)
    changed = replace(target, tags=(*target.tags, *dict.fromkeys(new)), updated_at=now)
    with context.store.database.transaction():
        context.store.customers.put(changed)
        body = customer_bodies.tags_added(changed, new, context.store)
        context.courier.send(context.store.shop, "customer.tags_added", body)
    return {"node": changed, "userErrors": []}


def _remove_tags(args: dict[str, Any], context: Context) -> dict[str, Any]:
    target = node(args["id"], context)
    if not isinstance(target, Customer):
        return {"node": None, "userErrors": [{"field": ["id"], "message": "Resource does not exist"}]}
    gone = [tag for tag in target.tags if tag in {tag.strip() for tag in args["tags"]}]
    if not gone:
        return {"node": target, "userErrors": []}
    now = context.store.now_after(target.updated_at)
    left = tuple(tag for tag in target.tags if tag not in gone)
    changed = replace(target, tags=left, updated_at=now)
    with context.store.database.transaction():
        context.store.customers.put(changed)
        body = customer_bodies.tags_added(changed, gone, context.store)
        context.courier.send(context.store.shop, "customer.tags_removed", body)
    return {"node": changed, "userErrors": []}


def _run_bulk_query(args: dict[str, Any], context: Context) -> dict[str, Any]:
    started = bulk.start(args["query"], context)
    if isinstance(started, Problem):
        error = {"field": ["query"], "message": started.message, "code": started.code}
        return {"bulkOperation": None, "userErrors": [error]}
    return {"bulkOperation": started, "userErrors": []}


def _customer(global_id: str, context: Context) -> Customer | None:
    number = number_of(global_id, "Customer")
    return context.store.customers.get(number) if number is not None else None


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _consent_error(field: list[str], message: str, code: str) -> dict[str, Any]:
    return {"customer": None, "userErrors": [{"field": field, "message": message, "code": code}]}


MUTATIONS: Final[dict[str, Mutation]] = {
    "customerEmailMarketingConsentUpdate": _update_email_consent,
    "discountCodeBasicCreate": create_code,
    "discountCodeDeactivate": deactivate_code,
    "segmentCreate": create_segment,
    "segmentUpdate": update_segment,
    "tagsAdd": _add_tags,
    "tagsRemove": _remove_tags,
    "bulkOperationRunQuery": _run_bulk_query,
}
