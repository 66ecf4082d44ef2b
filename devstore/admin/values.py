"""One field's value: from the table of known fields, from a plain mapping, or nothing where nothing may stand.

A field that is valid in Shopify's schema and unknown here is null or without elements where the schema allows that.
Where it does not the read fails: an invented zero or date would be taken for a fact.
"""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    is_abstract_type,
)

from devstore.admin.context import Context, Edge, Page
from devstore.admin.fields import FIELDS
from devstore.model import BulkOperation, Customer, Discount, Line, Order, Refund, Segment

_TYPENAMES: Final = {
    BulkOperation: "BulkOperation",
    Customer: "Customer",
    Discount: "DiscountCodeNode",
    Line: "LineItem",
    Order: "Order",
    Refund: "Refund",
    Segment: "Segment",
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
        return _of_page(source, field)
    if isinstance(source, Edge):
        return source.node if name == "node" else source.cursor
    if isinstance(source, Mapping) and name in source:
        return source[name]
    return _nothing(kind, field)


def _of_page(page: Page, field: tuple[str, str]) -> Any:
    match field[1]:
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
            raise _unknown(field)


def _nothing(kind: GraphQLOutputType, field: tuple[str, str]) -> Any:
    """Null, no elements, or an object that knows as little of its own fields."""
    if not isinstance(kind, GraphQLNonNull):
        return None
    inner = kind.of_type
    if isinstance(inner, GraphQLList):
        return []
    if isinstance(inner, GraphQLObjectType):
        return Page(nodes=[]) if inner.name.endswith("Connection") else {}
    raise _unknown(field)


def _unknown(field: tuple[str, str]) -> GraphQLError:
    return GraphQLError(
        f"The devstore has no value for {'.'.join(field)}. Add it to devstore/admin/fields.py."
    )


def _is_object(kind: GraphQLOutputType) -> bool:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(inner, GraphQLObjectType) or is_abstract_type(inner)
