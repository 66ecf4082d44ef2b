"""A tag on a customer, or off. Doing either again changes nothing, so that a lost answer is simply asked for again."""

from dataclasses import dataclass
from datetime import datetime

from plugin.shopify.api import AdminApi
from plugin.shopify.errors import ShopifyError, UserErrorsError
from plugin.shopify.operations import operation

MAX_TAG = 255  # characters; Shopify's own limit for a tag


@dataclass(frozen=True, slots=True, kw_only=True)
class TagWritten:
    """The customer wears it now, or does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRefused:
    """Nothing was changed. Only `permanent` decides about a retry; `is_of_shop` concerns every customer alike."""

    reason: str
    permanent: bool
    is_of_shop: bool
    retry_after: float | None = None


def write_tag(
    api: AdminApi, shop_id: int, shop: str, customer_id: int, *, tag: str, is_on: bool, now: datetime
) -> TagWritten | TagRefused:
    """Put `tag` on the customer, or take it off."""
    name, field = ("tags_add", "tagsAdd") if is_on else ("tags_remove", "tagsRemove")
    variables = {"id": f"gid://shopify/Customer/{customer_id}", "tags": [tag]}
    try:
        api.execute(shop_id, shop, operation(name), variables, now).payload(field)
    except UserErrorsError:
        # A full list of tags, or a customer who is gone: Shopify gives no code for either.
        return TagRefused(reason="tag_refused", permanent=True, is_of_shop=False)
    except ShopifyError as error:
        return TagRefused(
            reason=error.reason,
            permanent=error.permanent,
            is_of_shop=True,
            retry_after=error.retry_after,
        )
    return TagWritten()
