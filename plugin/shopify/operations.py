"""Every GraphQL operation the app sends, by name; each is a file in `operations/` and valid in the tests
against Shopify's schema of the pinned version.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

NAMES = (
    "bulk_customers",
    "bulk_orders",
    "bulk_poll",
    "bulk_recent",
    "bulk_start",
    "customers_changed",
    "discount_by_code",
    "discount_code_create",
    "discount_deactivate",
    "email_consent_update",
    "granted_scopes",
    "order_lines",
    "orders_changed",
    "segment_create",
    "segment_update",
    "shop_details",
    "tags_add",
    "tags_remove",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One named query or mutation."""

    name: str
    """The file's name, such as `shop_details`."""
    text: str

    @property
    def operation_name(self) -> str:
        """The name inside the text, such as `ShopDetails`."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def is_mutation(self) -> bool:
        return self.text.startswith("mutation")


@cache
def operation(name: str) -> Operation:
    """The operation called `name`; raises `KeyError` for one that is not listed in `NAMES`."""
    if name not in NAMES:
        raise KeyError(f"no operation is called {name!r}; add operations/{name}.graphql and list it in NAMES")
    text = files("plugin.shopify").joinpath("operations", f"{name}.graphql").read_text("utf-8")
    return Operation(name=name, text=text)
