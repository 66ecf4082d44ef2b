"""Bodies of `customers/*`, consent and compliance. Since 2025-01 a customer has no tags, consent or counters."""

from devstore.model import CURRENCY, Customer, Order, amount, gid
from devstore.store import Store
from devstore.webhooks.parts import Body, embedded_customer, local


def customer(value: Customer, store: Store) -> Body:
    body = embedded_customer(value, store)
    return body | {"addresses": [body["default_address"]]}


def customer_deleted(value: Customer) -> Body:
    return {"id": value.id, "tax_exemptions": [], "admin_graphql_api_id": gid("Customer", value.id)}


def email_consent(value: Customer, store: Store) -> Body:
    return {
        "customer_id": value.id,
        "email_address": value.email,
        "email_marketing_consent": {
            "state": value.consent.state.value.lower(),
            "opt_in_level": value.consent.opt_in_level and value.consent.opt_in_level.lower(),
            "consent_updated_at": local(value.consent.updated_at, store),
        },
    }


def tags_added(value: Customer, tags: list[str], store: Store) -> Body:
    return {
        "customerId": gid("Customer", value.id),
        "tags": tags,
        "occurredAt": local(value.updated_at, store),
    }


def merged(kept: Customer, deleted: Customer) -> Body:
    return {
        "admin_graphql_api_customer_kept_id": gid("Customer", kept.id),
        "admin_graphql_api_customer_deleted_id": gid("Customer", deleted.id),
        "admin_graphql_api_job_id": gid("Job", f"merge-{deleted.id}"),
        "status": "completed",
        "errors": [],
    }


def purchases(value: Customer, store: Store) -> Body:
    return {
        "customerId": gid("Customer", value.id),
        "numberOfOrders": value.orders,
        "amountSpent": {"amount": amount(value.spent), "currencyCode": CURRENCY},
        "lastOrderId": gid("Order", value.last_order_id) if value.last_order_id else None,
        "occurredAt": local(value.updated_at, store),
    }


def data_request(value: Customer, orders: list[Order], request_id: int, store: Store) -> Body:
    return _subject(value, store) | {
        "orders_requested": [order.id for order in orders],
        "data_request": {"id": request_id},
    }


def customer_redact(value: Customer, orders: list[Order], store: Store) -> Body:
    return _subject(value, store) | {"orders_to_redact": [order.id for order in orders]}


def _subject(value: Customer, store: Store) -> Body:
    who = {"id": value.id, "email": value.email, "phone": value.phone}
    return {"shop_id": store.id, "shop_domain": store.shop, "customer": who}
