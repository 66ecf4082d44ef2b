"""Bodies that are about the shop itself: `app/uninstalled`, `shop/redact` and `bulk_operations/finish`."""

from devstore.model import CURRENCY, BulkOperation, gid
from devstore.store import Store
from devstore.webhooks.parts import Body, local


def shop(store: Store) -> Body:
    return {
        "id": store.id,
        "name": store.name,
        "email": "owner@example.com",
        "domain": store.shop,
        "province": "Maine",
        "country": "US",
        "address1": "12 Harbour Street",
        "zip": "04101",
        "city": "Portland",
        "source": None,
        "phone": None,
        "latitude": None,
        "longitude": None,
        "primary_locale": "en",
        "address2": None,
        "created_at": "2020-01-01T00:00:00+00:00",
        "updated_at": local(store.now(), store),
        "country_code": "US",
        "country_name": "United States",
        "currency": CURRENCY,
        "customer_email": "hello@example.com",
        "timezone": f"(GMT+00:00) {store.config.timezone}",
        "iana_timezone": store.config.timezone,
        "shop_owner": "Robin Doe",
        "money_format": "${{amount}}",
        "money_with_currency_format": "${{amount}} USD",
        "weight_unit": "kg",
        "province_code": "ME",
        "plan_display_name": "Basic",
        "plan_name": "basic",
        "myshopify_domain": store.shop,
        "enabled_presentment_currencies": [CURRENCY],
    }


def shop_redact(store: Store) -> Body:
    return {"shop_id": store.id, "shop_domain": store.shop}


def bulk_finished(value: BulkOperation, store: Store) -> Body:
    return {
        "admin_graphql_api_id": gid("BulkOperation", value.id),
        "completed_at": local(value.completed_at, store),
        "created_at": local(value.created_at, store),
        "error_code": value.error_code,
        "status": value.status.lower(),
        "type": "query",
    }
