"""What Shopify's segment language and ours call the same thing.

They agree in kind, not to the last customer: Shopify counts days of the shop's zone where we count hours, its
orders and amounts are before our rules about what a purchase is, its countries are those of every address, and
its RFM groups have borders of its own. What is further apart than that is not translated.
"""

from dataclasses import dataclass

BIRTHDAY = "metafields.facts.birth_date"
"""Shopify's own place for a birthday."""
MAX_CLAUSES = 10
MAX_QUERY = 5000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    name: str
    """In Shopify's language."""
    field: str
    """In ours."""
    is_always_known: bool = False
    is_list: bool = False
    """Asked with CONTAINS."""
    is_upper: bool = False
    """Written in capitals, as enumerations and countries are."""
    is_email_domain: bool = False


ATTRIBUTES = (
    Attribute(name="number_of_orders", field="orders", is_always_known=True),
    Attribute(name="amount_spent", field="spent", is_always_known=True),
    Attribute(name="first_order_date", field="first_order"),
    Attribute(name="last_order_date", field="last_order"),
    Attribute(name="customer_added_date", field="created"),
    Attribute(name="abandoned_checkout_date", field="checkout"),
    Attribute(name="customer_countries", field="country", is_list=True, is_upper=True),
    Attribute(name="customer_language", field="language"),
    Attribute(name="customer_tags", field="tags", is_list=True),
    Attribute(name="customer_email_domain", field="email", is_email_domain=True),
    Attribute(name="email_subscription_status", field="email_consent", is_upper=True),
    Attribute(name="sms_subscription_status", field="sms_consent", is_upper=True),
    Attribute(name="rfm_group", field="rfm_group", is_upper=True),
)
BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}
BY_FIELD = {attribute.field: attribute for attribute in ATTRIBUTES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    name: str
    family: str
    parameters: dict[str, str]
    """Shopify's parameter -> our filter."""
    measures: dict[str, str]
    """Shopify's parameter -> our measure."""


FUNCTIONS = (
    Function(
        name="products_purchased",
        family="bought",
        parameters={"id": "product", "date": "at"},
        measures={"count": "count", "sum_quantity": "quantity"},
    ),
    Function(
        name="orders_placed",
        family="ordered",
        parameters={"date": "at", "amount": "value"},
        measures={"count": "count", "sum_amount": "value"},
    ),
)
BY_FUNCTION = {function.name: function for function in FUNCTIONS}
BY_FAMILY = {function.family: function for function in FUNCTIONS}


class NotExpressibleError(ValueError):
    """The other language has no words for some parts. `parts` names each, with what could be done instead."""

    def __init__(self, parts: tuple[str, ...]) -> None:
        super().__init__("; ".join(parts))
        self.parts = parts
