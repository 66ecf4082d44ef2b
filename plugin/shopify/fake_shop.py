"""What a simulated shop holds, and what each root field of its Admin API answers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from plugin.shopify.api import GraphError

_MOST_TAGS = 250  # of one customer
_MAX_BULK = 5  # query operations of one app in one shop at a time
_INSTANT = re.compile(r"'([^']+)'")
_WRITABLE_STATES = frozenset({"SUBSCRIBED", "UNSUBSCRIBED", "PENDING"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeDiscount:
    """A discount as the shop holds it."""

    gid: str
    code: str
    tags: tuple[str, ...]
    title: str
    input: Mapping[str, Any] = field(repr=False)
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWrite:
    """One e-mail consent update that reached the shop."""

    customer_gid: str
    state: str
    at: str | None


@dataclass(slots=True, kw_only=True)
class FakeShop:
    """What one simulated shop knows."""

    domain: str
    name: str = "Tea Shop"
    currency: str = "EUR"
    timezone: str = "Europe/Berlin"
    scopes: tuple[str, ...] = ()
    unknown_customers: frozenset[str] = frozenset()
    """GIDs that consent updates do not find."""
    customers: list[dict[str, Any]] = field(default_factory=list)
    """Customers as a query of customers_changed.graphql selects them."""
    orders: list[dict[str, Any]] = field(default_factory=list)
    """Orders as a query of orders_changed.graphql selects them."""
    more_lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By the order's GID, the lines that stand on a page of their own."""
    bulk_rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Result rows by the operation's name inside the text, such as `BulkOrders`."""
    discounts: dict[str, FakeDiscount] = field(default_factory=dict)
    """By lower-case code."""
    tags: dict[str, set[str]] = field(default_factory=dict)
    """By the customer's GID."""
    segments: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name and query by GID."""
    consent_writes: list[ConsentWrite] = field(default_factory=list)
    bulk: dict[str, dict[str, Any]] = field(default_factory=dict)


Resolver = Callable[[FakeShop, Mapping[str, Any], datetime], dict[str, Any] | None]


def top_level_refusal(name: str, variables: Mapping[str, Any]) -> GraphError | None:
    """The error that Shopify puts beside no data at all, for input it will not even look at."""
    if name != "customerEmailMarketingConsentUpdate":
        return None
    state = variables["input"]["emailMarketingConsent"]["marketingState"]
    if state in _WRITABLE_STATES:
        return None
    return GraphError(code="", path=name, message=f"Cannot specify {state} as a marketing state input")


def _shop(shop: FakeShop, _arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Shop/1",
        "name": shop.name,
        "email": f"owner@{shop.domain}",
        "contactEmail": f"hello@{shop.domain}",
        "myshopifyDomain": shop.domain,
        "currencyCode": shop.currency,
        "ianaTimezone": shop.timezone,
        "primaryDomain": {"host": shop.domain, "url": f"https://{shop.domain}"},
        "shopAddress": {
            "company": shop.name,
            "address1": "Leaf Street 1",
            "address2": None,
            "city": "Hamburg",
            "province": None,
            "zip": "20095",
            "country": "Germany",
            "countryCodeV2": "DE",
        },
    }


def _installation(shop: FakeShop, _arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    return {"accessScopes": [{"handle": scope} for scope in shop.scopes]}


def _create_discount(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    wanted = arguments["basicCodeDiscount"]
    for name in ("code", "startsAt", "customerGets"):
        if not wanted.get(name):
            return _refused("codeDiscountNode", "BLANK", "basicCodeDiscount", name)
    if wanted["code"].lower() in shop.discounts:
        return _refused("codeDiscountNode", "TAKEN", "basicCodeDiscount", "code")
    percentage = wanted["customerGets"]["value"].get("percentage")
    if percentage is not None and not 0.0 < percentage <= 1.0:
        return _refused("codeDiscountNode", "VALUE_OUTSIDE_RANGE", "basicCodeDiscount", "customerGets")
    if wanted.get("endsAt") and wanted["endsAt"] <= wanted["startsAt"]:
        return _refused("codeDiscountNode", "END_DATE_BEFORE_START_DATE", "basicCodeDiscount", "endsAt")
    made = FakeDiscount(
        gid=f"gid://shopify/DiscountCodeNode/{len(shop.discounts) + 1}",
        code=wanted["code"],
        title=wanted.get("title") or wanted["code"],
        tags=tuple(wanted.get("tags") or ()),
        input=wanted,
    )
    shop.discounts[made.code.lower()] = made
    return {"codeDiscountNode": {"id": made.gid}, "userErrors": []}


def _discount_by_code(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any] | None:
    found = shop.discounts.get(arguments["code"].lower())
    if found is None:
        return None
    inner = {
        "__typename": "DiscountCodeBasic",
        "title": found.title,
        "tags": list(found.tags),
        "status": "ACTIVE" if found.is_active else "EXPIRED",
        "endsAt": found.input.get("endsAt"),
        "asyncUsageCount": 0,
    }
    return {"id": found.gid, "codeDiscount": inner}


def _deactivate_discount(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    for code, found in shop.discounts.items():
        if found.gid == arguments["id"]:
            shop.discounts[code] = replace(found, is_active=False)
            return {"codeDiscountNode": {"id": found.gid}, "userErrors": []}
    return _refused("codeDiscountNode", "INVALID", "id")


def _add_tags(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    gid, worn = arguments["id"], shop.tags.get(arguments["id"], set())
    if gid in shop.unknown_customers or len(worn | set(arguments["tags"])) > _MOST_TAGS:
        return _refused("node", "", "id")
    shop.tags[gid] = worn | set(arguments["tags"])
    return {"node": {"id": gid}, "userErrors": []}


def _remove_tags(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    gid = arguments["id"]
    if gid in shop.unknown_customers:
        return _refused("node", "", "id")
    shop.tags.get(gid, set()).difference_update(arguments["tags"])
    return {"node": {"id": gid}, "userErrors": []}


def _create_segment(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    return _put_segment(shop, f"gid://shopify/Segment/{len(shop.segments) + 1}", arguments)


def _update_segment(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    if arguments["id"] not in shop.segments:
        return _refused("segment", "", "id")
    return _put_segment(shop, arguments["id"], arguments)


def _put_segment(shop: FakeShop, gid: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Shopify reads the query; here only what cannot be one is refused."""
    if not arguments["query"].strip() or "~" in arguments["query"]:
        return _refused("segment", "", "query")
    shop.segments[gid] = (arguments["name"], arguments["query"])
    return {"segment": {"id": gid}, "userErrors": []}


def _update_consent(shop: FakeShop, arguments: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    gid, consent = arguments["input"]["customerId"], arguments["input"]["emailMarketingConsent"]
    if gid in shop.unknown_customers:
        return _refused("customer", "INVALID", "input", "customerId")
    at = consent.get("consentUpdatedAt")
    if at is not None and datetime.fromisoformat(at) > now:
        return _refused("customer", "INVALID", "input", "emailMarketingConsent", "consentUpdatedAt")
    shop.consent_writes.append(ConsentWrite(customer_gid=gid, state=consent["marketingState"], at=at))
    address = {"marketingState": consent["marketingState"], "marketingUpdatedAt": at}
    return {"customer": {"id": gid, "defaultEmailAddress": address}, "userErrors": []}


def _start_bulk(shop: FakeShop, arguments: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    running = [gid for gid, found in shop.bulk.items() if found["status"] == "RUNNING"]
    if len(running) >= _MAX_BULK:
        return _refused("bulkOperation", "OPERATION_IN_PROGRESS")
    gid = f"gid://shopify/BulkOperation/{len(shop.bulk) + 1}"
    shop.bulk[gid] = {
        "id": gid,
        "status": "RUNNING",
        "errorCode": None,
        "createdAt": now.isoformat(),
        "completedAt": None,
        "objectCount": "0",
        "rootObjectCount": "0",
        "fileSize": None,
        "url": None,
        "partialDataUrl": None,
        "query": arguments["query"],
    }
    return {"bulkOperation": {"id": gid, "status": "CREATED"}, "userErrors": []}


def _bulk(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any] | None:
    return shop.bulk.get(arguments["id"])


def _recent_bulk(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    return {"nodes": list(reversed(shop.bulk.values()))[: arguments["first"]]}


def _changed(nodes: list[dict[str, Any]], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A page of what changed in a window, oldest first; the cursor is the number of rows before it."""
    since, until = (datetime.fromisoformat(found) for found in _INSTANT.findall(arguments["query"]))
    found = [node for node in nodes if since <= datetime.fromisoformat(node["updatedAt"]) < until]
    found.sort(key=lambda node: (datetime.fromisoformat(node["updatedAt"]), node["id"]))
    start = int(arguments["after"] or 0)
    end = start + int(arguments["first"])
    page = {"hasNextPage": end < len(found), "endCursor": str(end) if found[start:end] else None}
    return {"nodes": found[start:end], "pageInfo": page}


def _customers(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    return _changed(shop.customers, arguments)


def _orders(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    return _changed(shop.orders, arguments)


def _order(shop: FakeShop, arguments: Mapping[str, Any], _now: datetime) -> dict[str, Any] | None:
    """An order by its id, with the lines that do not stand beside it in a list of orders."""
    found = next((order for order in shop.orders if order["id"] == arguments["id"]), None)
    if found is None:
        return None
    lines = shop.more_lines.get(arguments["id"], [])
    return {**found, "lineItems": {"nodes": lines, "pageInfo": {"hasNextPage": False, "endCursor": None}}}


RESOLVERS: Mapping[str, Resolver] = {
    "shop": _shop,
    "customers": _customers,
    "orders": _orders,
    "order": _order,
    "currentAppInstallation": _installation,
    "discountCodeBasicCreate": _create_discount,
    "codeDiscountNodeByCode": _discount_by_code,
    "discountCodeDeactivate": _deactivate_discount,
    "customerEmailMarketingConsentUpdate": _update_consent,
    "segmentCreate": _create_segment,
    "segmentUpdate": _update_segment,
    "tagsAdd": _add_tags,
    "tagsRemove": _remove_tags,
    "bulkOperationRunQuery": _start_bulk,
    "bulkOperation": _bulk,
    "bulkOperations": _recent_bulk,
}


def _refused(empty: str, code: str, *path: str) -> dict[str, Any]:
    error = {"field": list(path) or None, "message": f"{'.'.join(path)} is refused", "code": code}
    return {empty: None, "userErrors": [error]}
