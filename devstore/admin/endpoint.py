"""One GraphQL request, from text to answer, with Shopify's four layers of failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from devstore.admin import cost
from devstore.admin.context import Context
from devstore.admin.mutations import MUTATIONS
from devstore.admin.schema import admin_schema
from devstore.admin.values import resolve_type, value_of
from devstore.store import Store
from devstore.webhooks.courier import Courier


@dataclass(slots=True)
class Buckets:
    """The leaky bucket of each shop; they are full again when the devstore starts."""

    by_shop: dict[str, cost.Bucket] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def of(self, store: Store) -> cost.Bucket:
        return self.by_shop.setdefault(store.shop, cost.Bucket(at=store.config.clock()))


def answer(request: Mapping[str, Any], store: Store, courier: Courier, buckets: Buckets) -> dict[str, Any]:
    """The JSON answer to one request body."""
    query, variables = request.get("query"), request.get("variables") or {}
    if not isinstance(query, str) or not isinstance(variables, dict):
        return {"errors": "query not found"}
    try:
        document = parse(query)
    except GraphQLError as error:
        return {"errors": [_written(error)]}
    errors = validate(admin_schema(), document)
    operation = get_operation_ast(document, request.get("operationName"))
    if errors or operation is None:
        return {"errors": [_written(error) for error in errors] or [{"message": "No operation to execute."}]}
    return _within_budget(document, operation, variables, Context(store=store, courier=courier), buckets)


def _within_budget(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: dict[str, Any],
    context: Context,
    buckets: Buckets,
) -> dict[str, Any]:
    requested = cost.requested_cost(document, operation, variables)
    if requested > cost.MOST_PER_QUERY:
        details = {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": cost.MOST_PER_QUERY}
        message = f"Query cost is {requested}, which exceeds the single query max cost limit ({cost.MOST_PER_QUERY})."
        return {"errors": [{"message": message, "extensions": details}]}
    now = context.store.config.clock()
    with buckets.lock:
        bucket = buckets.of(context.store)
        if bucket.level(now) < requested:
            return throttled(bucket, now, requested)
        bucket.take(requested, now)
    result = execute_sync(
        admin_schema(),
        document,
        context_value=context,
        variable_values=variables,
        operation_name=operation.name.value if operation.name else None,
        field_resolver=_resolve,
        type_resolver=resolve_type,
    )
    with buckets.lock:
        actual = min(requested, max(1, context.resolved_objects))
        bucket.take(actual - requested, now)
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_written(error) for error in result.errors]
    return body | {"extensions": cost.extensions(bucket, now, requested=requested, actual=actual)}


def throttled(bucket: cost.Bucket, now: Any, requested: int) -> dict[str, Any]:
    """HTTP 200, no data, and an error that says THROTTLED."""
    return {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {
                    "code": "THROTTLED",
                    "documentation": "https://shopify.dev/api/usage/rate-limits",
                },
            }
        ],
        "extensions": cost.extensions(bucket, now, requested=requested, actual=None),
    }


def _resolve(source: Any, info: GraphQLResolveInfo, **args: Any) -> Any:
    context: Context = info.context
    if info.parent_type.name == "Mutation":
        if info.field_name not in MUTATIONS:
            raise GraphQLError(
                f"The devstore does not do {info.field_name}; see devstore/admin/mutations.py."
            )
        return MUTATIONS[info.field_name](args, context)
    return value_of((info.parent_type.name, info.field_name), info.return_type, source, args, context)


def _written(error: GraphQLError) -> dict[str, Any]:
    written = dict(error.formatted)
    return {name: value for name, value in written.items() if value is not None}
