"""What changed in a shop within a window of time, by `updated_at`: how a gap in the webhooks is found.

The rows become the very events that the bulk import makes of them (import_rows.py). Carts cannot be asked for at
all, and an abandoned checkout of the Admin API does not say its token: a checkout whose webhooks never came stays
unknown, and nobody is reminded of it (docs/decisions/0015-lost-checkouts.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from plugin.core.events import CustomerEvent
from plugin.shopify.api import AdminApi, Answer, failure
from plugin.shopify.errors import RefusedError, UnreachableError
from plugin.shopify.import_rows import InvalidRowError, customer_events, order_events
from plugin.shopify.operations import operation

MAX_COST = 1000.0  # points of one query; Shopify refuses a dearer one outright
_AIM = 0.9  # of the maximum: prices differ a little between pages
FIRST_SIZE: Mapping[str, int] = {"customers": 100, "orders": 8}
"""Rows of the first page; what it cost says how many the next one may have."""
_MAX_SIZE = 250
_OPERATIONS = {"customers": "customers_changed", "orders": "orders_changed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `since` up to, not including, `until`."""

    since: datetime
    until: datetime

    @property
    def query(self) -> str:
        """In Shopify's search syntax, which knows whole seconds."""
        return f"updated_at:>='{_second(self.since)}' AND updated_at:<'{_second(self.until)}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPage:
    """Some rows of a window, oldest change first."""

    facts: tuple[CustomerEvent, ...] = field(repr=False)
    rows: int
    skipped: int
    """Rows that cannot be read."""
    newest: datetime | None
    """The last row's `updated_at`."""
    next_cursor: str | None
    """Where the window goes on; None at its end."""
    next_size: int
    """Rows that the next page can afford."""


def changed_page(
    api: AdminApi,
    shop_id: int,
    shop: str,
    now: datetime,
    *,
    kind: str,
    window: Window,
    size: int,
    after: str | None = None,
) -> ChangedPage:
    """One page of `kind` (`customers` or `orders`); raises a `ShopifyError`.

    An answer with holes in it is no answer: what Shopify did not tell must not be taken for unchanged.
    """
    answer, size = _affordable(api, shop_id, shop, now, kind=kind, window=window, size=size, after=after)
    found = answer.data[kind]
    facts: list[CustomerEvent] = []
    skipped = 0
    for node in found["nodes"]:
        lines = list(_lines(api, shop_id, shop, node, now)) if kind == "orders" else []
        try:
            facts.extend(customer_events(node) if kind == "customers" else order_events(node, lines))
        except InvalidRowError:
            skipped += 1
    nodes, page = found["nodes"], found["pageInfo"]
    return ChangedPage(
        facts=tuple(facts),
        rows=len(nodes),
        skipped=skipped,
        newest=datetime.fromisoformat(nodes[-1]["updatedAt"]).astimezone(UTC) if nodes else None,
        next_cursor=page["endCursor"] if page["hasNextPage"] else None,
        next_size=_next_size(answer, size),
    )


def _affordable(
    api: AdminApi,
    shop_id: int,
    shop: str,
    now: datetime,
    *,
    kind: str,
    window: Window,
    size: int,
    after: str | None,
) -> tuple[Answer, int]:
    """The page of `size` rows, or of fewer when that many are too dear."""
    while True:
        variables = {"query": window.query, "first": size, "after": after}
        try:
            return _whole(api.execute(shop_id, shop, operation(_OPERATIONS[kind]), variables, now)), size
        except RefusedError as refused:
            if "MAX_COST_EXCEEDED" not in refused.reason or size == 1:
                raise
            size //= 2


def _lines(
    api: AdminApi, shop_id: int, shop: str, order: Mapping[str, Any], now: datetime
) -> Iterator[Mapping[str, Any]]:
    """All lines of an order, also of one with more than stood beside it."""
    connection: Mapping[str, Any] = order["lineItems"]
    yield from connection["nodes"]
    while connection["pageInfo"]["hasNextPage"]:
        variables = {"id": order["id"], "after": connection["pageInfo"]["endCursor"]}
        answer = _whole(api.execute(shop_id, shop, operation("order_lines"), variables, now))
        if answer.data["order"] is None:
            return
        connection = answer.data["order"]["lineItems"]
        yield from connection["nodes"]


def _whole(answer: Answer) -> Answer:
    if any(error.is_denial for error in answer.errors):
        raise failure(answer.errors, answer.cost)
    if answer.errors:
        raise UnreachableError("partial_answer")
    return answer


def _next_size(answer: Answer, size: int) -> int:
    if answer.cost is None or answer.cost.requested <= 0:
        return size
    affordable = int(size * MAX_COST * _AIM / answer.cost.requested)
    return max(1, min(affordable, _MAX_SIZE))


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
