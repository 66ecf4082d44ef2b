"""The root reads: connections with search and paging, single things by id."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from devstore.admin.bulk_progress import polled
from devstore.admin.context import Context, Page
from devstore.admin.paging import page_of_shelf
from devstore.admin.search import Test, search
from devstore.model import Customer, number_of

Field = Callable[[Any, dict[str, Any], Context], Any]

_CUSTOMER_TESTS: Final[Mapping[str, Test]] = {
    "tag": lambda customer, text: text in customer.tags,
    "tag_not": lambda customer, text: text not in customer.tags,
    "phone": lambda customer, text: customer.phone == text,
    "accepts_marketing": lambda customer, text: (customer.consent.state == "SUBSCRIBED") is (text == "true"),
    "first_name": lambda customer, text: customer.first_name.lower() == text.lower(),
    "last_name": lambda customer, text: customer.last_name.lower() == text.lower(),
    "country": lambda customer, text: text in {customer.country, customer.country_code},
}
_ORDER_TESTS: Final[Mapping[str, Test]] = {
    "customer_id": lambda order, text: str(order.customer_id) == text.rpartition("/")[2],
    "email": lambda order, text: (order.email or "").lower() == text.lower(),
    "cart_token": lambda order, text: order.cart_token == text,
    "financial_status": lambda order, text: order.financial_status == text.upper(),
    "discount_code": lambda order, text: text.lower() in {use.code.lower() for use in order.discounts},
    "name": lambda order, text: order.name.removeprefix("#") == text.removeprefix("#"),
    "test": lambda order, text: order.test is (text == "true"),
}

_BULK_TESTS: Final[Mapping[str, Test]] = {
    "status": lambda bulk, text: bulk.status == text.upper(),
    "operation_type": lambda _, text: text.lower() == "query",
}


def customers(_: Any, args: dict[str, Any], context: Context) -> Page:
    found = search(args.get("query"), tests=_CUSTOMER_TESTS, columns={"email": "alias"})
    return page_of_shelf(context.store.customers, found, args, context)


def orders(_: Any, args: dict[str, Any], context: Context) -> Page:
    found = search(args.get("query"), tests=_ORDER_TESTS, columns={"checkout_token": "alias"})
    return page_of_shelf(context.store.orders, found, args, context)


def node(global_id: str, context: Context) -> Any:
    """The customer, order, discount, segment or bulk operation of this id, or None."""
    store = context.store
    shelves = {
        "Customer": store.customers,
        "Order": store.orders,
        "DiscountCodeNode": store.discounts,
        "BulkOperation": store.bulk_operations,
        "Segment": store.segments,
    }
    kind = global_id.removeprefix("gid://shopify/").partition("/")[0]
    number = number_of(global_id, kind)
    shelf: Any = shelves.get(kind)
    return shelf.get(number) if shelf is not None and number is not None else None


def by_id(kind: str) -> Field:
    def read(_: Any, args: dict[str, Any], context: Context) -> Any:
        return node(args["id"], context) if number_of(args["id"], kind) is not None else None

    return read


def poll(_: Any, args: dict[str, Any], context: Context) -> Any:
    number = number_of(args["id"], "BulkOperation")
    return polled(number, context) if number is not None else None


def bulk_operations(_: Any, args: dict[str, Any], context: Context) -> Page:
    """Newest first unless `reverse`; a look at the list does not bring an operation on, as `poll` does."""
    found = search(args.get("query"), tests=_BULK_TESTS, columns={})
    is_oldest_first = bool(args.get("reverse"))
    return page_of_shelf(
        context.store.bulk_operations, found, args | {"reverse": not is_oldest_first}, context
    )


def by_identifier(identifier: Mapping[str, Any], context: Context) -> Customer | None:
    if "emailAddress" in identifier:
        return context.store.customers.by_alias(str(identifier["emailAddress"]).lower())
    return node(str(identifier["id"]), context) if "id" in identifier else None
