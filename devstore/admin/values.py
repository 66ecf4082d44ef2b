"""One field's value: from the table of known fields, from a plain mapping, or an empty value that fits its type.

A field that is valid in Shopify's schema and unknown here is null, an empty connection, or an empty value, so that
any valid read gets an answer of the right shape.
"""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    is_abstract_type,
)

from devstore.admin.context import Context, Edge, Page
from devstore.admin.fields import FIELDS
from devstore.model import BulkOperation, Customer, Discount, Line, Order, Refund

_TYPENAMES: Final = {
    BulkOperation: "BulkOperation",
    Customer: "Customer",
    Discount: "DiscountCodeNode",
    Line: "LineItem",
    Order: "Order",
    Refund: "Refund",
}

_EMPTY_SCALARS: Final[dict[str, Any]] = {
    "Boolean": False,
    "Int": 0,
    "Float": 0.0,
    "String": "",
    "ID": "gid://shopify/Unknown/0",
    "URL": "https://example.com/",
    "DateTime": "1970-01-01T00:00:00Z",
    "Date": "1970-01-01",
    "Decimal": "0.0",
    "Money": "0.0",
    "UnsignedInt64": "0",
    "JSON": {},
    "HTML": "",
    "FormattedString": "",
}


def resolve_type(source: Any, info: GraphQLResolveInfo, abstract: Any) -> str:
    """The type resolver that graphql-core is given."""
    del info
    return typename_of(source, abstract.name)


def typename_of(source: Any, abstract: str) -> str:
    if isinstance(source, Mapping):
        return str(source["__typename"])
    if isinstance(source, Discount) and abstract == "DiscountCode":
        return "DiscountCodeBasic"
    return _TYPENAMES[type(source)]


def value_of(
    field: tuple[str, str], kind: GraphQLOutputType, source: Any, args: dict[str, Any], context: Context
) -> Any:
    """The value of `field`, a (type name, field name), of `source`."""
    value = _known(field, kind, source, args, context)
    if value is not None and _is_object(kind):
        context.resolved_objects += 1
    return value


def _known(
    field: tuple[str, str], kind: GraphQLOutputType, source: Any, args: dict[str, Any], context: Context
) -> Any:
    read = FIELDS.get(field)
    if read is not None:
        return read(source, args, context)
    _, name = field
    if isinstance(source, Page):
        return _of_page(source, name)
    if isinstance(source, Edge):
        return source.node if name == "node" else source.cursor
    if isinstance(source, Mapping) and name in source:
        return source[name]
    return _empty(kind, name)


def _of_page(page: Page, name: str) -> Any:
    match name:
        case "nodes":
            return page.nodes
        case "edges":
            return [Edge(node=node, cursor=page.cursor(node)) for node in page.nodes]
        case "pageInfo":
            return {
                "hasNextPage": page.has_next,
                "hasPreviousPage": page.has_previous,
                "startCursor": page.cursor(page.nodes[0]) if page.nodes else None,
                "endCursor": page.cursor(page.nodes[-1]) if page.nodes else None,
            }
        case _:
            return 0


def _empty(kind: GraphQLOutputType, name: str) -> Any:
    if not isinstance(kind, GraphQLNonNull):
        return None
    inner = kind.of_type
    if isinstance(inner, GraphQLList):
        return []
    if isinstance(inner, GraphQLEnumType):
        return "USD" if inner.name == "CurrencyCode" else next(iter(inner.values))
    if isinstance(inner, GraphQLScalarType):
        return _EMPTY_SCALARS.get(inner.name, "")
    if isinstance(inner, GraphQLObjectType):
        return Page(nodes=[]) if inner.name.endswith("Connection") else {}
    raise GraphQLError(f"The devstore has no value for {name}. Add it to devstore/admin/fields.py.")


def _is_object(kind: GraphQLOutputType) -> bool:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(inner, GraphQLObjectType) or is_abstract_type(inner)
