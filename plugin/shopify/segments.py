"""A segment among Shopify's own, which every Shopify tool can use."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugin.shopify.api import AdminApi
from plugin.shopify.operations import operation

MAX_NAME = 255  # characters


def save_segment(
    api: AdminApi, shop_id: int, shop: str, *, name: str, query: str, gid: str | None, now: datetime
) -> str:
    """Create the segment, or write over the one that `gid` names; returns its GID. Raises a `ShopifyError`."""
    variables: Mapping[str, Any] = {"name": name[:MAX_NAME], "query": query}
    if gid is None:
        answer = api.execute(shop_id, shop, operation("segment_create"), variables, now)
        payload = answer.payload("segmentCreate")
    else:
        answer = api.execute(shop_id, shop, operation("segment_update"), {"id": gid, **variables}, now)
        payload = answer.payload("segmentUpdate")
    saved: str = payload["segment"]["id"]
    return saved
