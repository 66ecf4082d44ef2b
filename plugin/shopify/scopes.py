"""The access scopes the app asks for, each with its reason; and what a shop has really granted.

`shopify.app.toml` must list exactly these. The comparison is `ApiAccess` of Shopify's SDK, whose algebra knows
that writing implies reading; it is the one part of the SDK that keeps no state.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from shopify.api_access import ApiAccess, ApiAccessError

from plugin.shopify.api import AdminApi
from plugin.shopify.operations import operation

NEEDED: Mapping[str, str] = {
    "read_all_orders": "Lifecycle stages and loyalty need the whole purchase history, not its last 60 days.",
    "read_customer_merge": "When you merge two customers, their points, orders and opt-outs become one person's.",
    "read_customers": "Who the customers are, their language and what they consented to.",
    "read_fulfillments": "A cash-on-delivery order counts, and earns points, only once the parcel was taken.",
    "read_inventory": "A reminder leaves out what is sold out, and comes back to it when it is in stock again.",
    "read_orders": "Purchases, refunds, carts and checkouts: what every flow decides from.",
    "read_products": "Order lines and carts name their product, so that a mail can show it.",
    "read_returns": "A customer's page shows what is on its way back, before the money follows.",
    "write_app_proxy": "Customers see their points, rewards and history on a page of your own storefront.",
    "write_customers": "An unsubscribe is written back, so that every other tool respects it too; "
    "and tags and segments, where you ask for them.",
    "write_discounts": "A loyalty reward is a discount code made for one customer.",
}


def missing(granted: Iterable[str]) -> tuple[str, ...]:
    """The needed scopes that `granted` does not cover, in alphabetical order."""
    held = ApiAccess([scope for scope in granted if _is_comparable(scope)])
    return tuple(scope for scope in sorted(NEEDED) if not held.covers(ApiAccess([scope])))


def read_granted(api: AdminApi, shop_id: int, shop: str, now: datetime) -> frozenset[str]:
    """What the shop grants at this moment; raises a `ShopifyError`."""
    answer = api.execute(shop_id, shop, operation("granted_scopes"), {}, now)
    return frozenset(scope["handle"] for scope in answer.data["currentAppInstallation"]["accessScopes"])


def _is_comparable(scope: str) -> bool:
    """False for scopes outside the SDK's grammar, such as `customer_read_orders`: none of them is needed."""
    try:
        ApiAccess([scope])
    except ApiAccessError:
        return False
    return True
