"""What a request costs, and the leaky bucket it is paid from: 2,000 points, 100 back each second."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

from devstore.admin.schema import admin_schema

MAXIMUM = 2000.0
RESTORE_RATE = 100.0  # points per second
MOST_PER_QUERY = 1000
_MUTATION = 10
_CONNECTION = 2
_UNSIZED = 10  # nodes that a connection without a readable size counts for


@dataclass(slots=True, kw_only=True)
class Bucket:
    """One shop's points. `at` is when `available` was true."""

    at: datetime
    available: float = MAXIMUM

    def level(self, now: datetime) -> float:
        restored = max(0.0, (now - self.at).total_seconds()) * RESTORE_RATE
        return min(MAXIMUM, self.available + restored)

    def take(self, points: float, now: datetime) -> None:
        self.available, self.at = max(0.0, self.level(now) - points), now

    def drain(self, now: datetime) -> None:
        self.available, self.at = 0.0, now


def extensions(bucket: Bucket, now: datetime, *, requested: int, actual: int | None) -> dict[str, Any]:
    return {
        "cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": MAXIMUM,
                "currentlyAvailable": int(bucket.level(now)),
                "restoreRate": RESTORE_RATE,
            },
        }
    }


def requested_cost(
    document: DocumentNode, operation: OperationDefinitionNode, variables: dict[str, Any]
) -> int:
    """Scalars are free, an object is 1, a connection 2 and its nodes, a mutation 10 more."""
    schema = admin_schema()
    is_mutation = operation.operation is OperationType.MUTATION
    root = schema.mutation_type if is_mutation else schema.query_type
    selection = _selection_cost(document, operation.selection_set, root, variables)
    return max(1, selection + (_MUTATION if is_mutation else 0))


def _selection_cost(
    document: DocumentNode, selections: SelectionSetNode, parent: Any, variables: dict[str, Any]
) -> int:
    total = 0
    for part in selections.selections:
        if isinstance(part, FieldNode):
            total += _field_cost(document, part, parent, variables)
        elif isinstance(part, InlineFragmentNode):
            kind = admin_schema().type_map[part.type_condition.name.value] if part.type_condition else parent
            total += _selection_cost(document, part.selection_set, kind, variables)
        elif isinstance(part, FragmentSpreadNode):
            fragment = next(
                node
                for node in document.definitions
                if isinstance(node, FragmentDefinitionNode) and node.name.value == part.name.value
            )
            kind = admin_schema().type_map[fragment.type_condition.name.value]
            total += _selection_cost(document, fragment.selection_set, kind, variables)
    return total


def _field_cost(document: DocumentNode, field: FieldNode, parent: Any, variables: dict[str, Any]) -> int:
    definition = getattr(parent, "fields", {}).get(field.name.value)
    if definition is None or field.selection_set is None:
        return 0
    kind = get_named_type(definition.type)
    if is_leaf_type(kind):
        return 0
    inner = _selection_cost(document, field.selection_set, kind, variables)
    if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Connection"):
        return _CONNECTION + _size(field, variables) * max(1, inner)
    is_frame = kind.name.endswith(("Edge", "Payload")) or kind.name in {"PageInfo", "MoneyV2", "MoneyBag"}
    return inner if is_frame or field.name.value in {"node", "nodes"} else inner + 1


def _size(field: FieldNode, variables: dict[str, Any]) -> int:
    for argument in field.arguments:
        if argument.name.value in {"first", "last"}:
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return int(variables.get(argument.value.name.value) or _UNSIZED)
    return _UNSIZED
