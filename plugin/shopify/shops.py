"""What a shop says of itself: its name, money, clock and the address that its mail must carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.shopify.api import AdminApi
from plugin.shopify.operations import operation

_ADDRESS_PARTS = ("company", "address1", "address2", "zip", "city", "province", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopDetails:
    """The shop, as a sender of mail needs it."""

    gid: str
    name: str
    owner_email: str
    contact_email: str
    """The public address that customers may write to."""
    currency: str
    timezone: str
    """IANA name."""
    url: str
    """The storefront's own address."""
    postal_address: str
    """One line, as commercial mail must carry it; empty where the merchant has entered none."""
    country: str | None
    """ISO 3166 code."""


def read_shop(api: AdminApi, shop_id: int, shop: str, now: datetime) -> ShopDetails:
    """Ask the shop; raises a `ShopifyError`."""
    found = api.execute(shop_id, shop, operation("shop_details"), {}, now).data["shop"]
    return ShopDetails(
        gid=found["id"],
        name=found["name"],
        owner_email=found["email"],
        contact_email=found["contactEmail"],
        currency=found["currencyCode"],
        timezone=found["ianaTimezone"],
        url=found["primaryDomain"]["url"].rstrip("/"),
        postal_address=_one_line(found["shopAddress"]),
        country=found["shopAddress"]["countryCodeV2"],
    )


def _one_line(address: Mapping[str, Any]) -> str:
    return ", ".join(part.strip() for name in _ADDRESS_PARTS if (part := address.get(name)) and part.strip())
