"""What a bulk query may be: Shopify's restrictions, https://shopify.dev/docs/api/usage/bulk-operations/queries.

The key phrases of the refusals were recorded from Shopify; the words around them are ours, so do not match on them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    parse,
    validate,
)
from graphql.type import GraphQLField

from devstore.admin.schema import admin_schema

_MOST_CONNECTIONS: Final = 5
_MOST_DEPTH: Final = 2
_MOST_BYTES: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    message: str
    code: str = "INVALID"


def checked(query: str) -> tuple[Problem | None, DocumentNode | None]:
    if len(query.encode()) > _MOST_BYTES:
        return Problem(message=f"The query is too long: at most {_MOST_BYTES} bytes."), None
    try:
        document = parse(query)
        errors = validate(admin_schema(), document)
    except GraphQLError as error:
        return Problem(message=f"Invalid bulk query: {error.message}"), None
    if errors:
        return Problem(message=f"Invalid bulk query: {errors[0].message}"), None
    return _restriction(document), document


def _restriction(document: DocumentNode) -> Problem | None:
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        return Problem(message="Invalid bulk query: exactly one query operation is allowed.")
    if any(
        field.name.value in {"node", "nodes"}
        for field, _ in open_fields(document, operations[0].selection_set)
    ):
        return Problem(message="Bulk queries cannot contain a top level `node` or `nodes` field.")
    survey = _Survey(document)
    root = admin_schema().query_type
    if root is not None:
        survey.walk(operations[0].selection_set, root, depth=0, owner=None, in_list=False)
    if survey.problem is not None:
        return Problem(message=survey.problem)
    if survey.connections == 0:
        return Problem(message="Bulk queries must contain at least one connection.")
    if survey.connections > _MOST_CONNECTIONS:
        return Problem(message="Bulk queries cannot contain more than 5 connections.")
    if survey.depth > _MOST_DEPTH:
        return Problem(message="Bulk queries cannot contain connections with a nesting depth greater than 2.")
    return None


class _Survey:
    """Counts what the restrictions speak of."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self.connections = 0
        self.depth = 0
        self.problem: str | None = None

    def walk(
        self,
        selections: SelectionSetNode | None,
        parent: Any,
        *,
        depth: int,
        owner: SelectionSetNode | None,
        in_list: bool,
    ) -> None:
        """Look at `selections` of type `parent`; `owner` is what the nearest `node` around them selects."""
        for field, narrowed in open_fields(self._document, selections):
            kind = admin_schema().type_map[narrowed] if narrowed else parent
            definition: GraphQLField | None = getattr(kind, "fields", {}).get(field.name.value)
            if definition is None:
                continue
            inner = get_named_type(definition.type)
            if inner.name.endswith("Connection"):
                if in_list:
                    self._object_to(
                        "Queries that contain a connection field within a list field are not currently supported."
                    )
                self._connection(field, inner, depth=depth + 1, owner=owner)
            else:
                is_listed = in_list or _is_list(definition.type)
                self.walk(field.selection_set, inner, depth=depth, owner=owner, in_list=is_listed)

    def _connection(self, field: FieldNode, kind: Any, *, depth: int, owner: SelectionSetNode | None) -> None:
        self.connections += 1
        self.depth = max(self.depth, depth)
        names = {inner.name.value for inner, _ in open_fields(self._document, field.selection_set)}
        if "nodes" in names:
            self._object_to("Selecting via 'nodes' is not supported. Use 'edges { node }' instead.")
        elif "edges" not in names:
            self._object_to("A connection field must select 'edges { node }'.")
        if depth > 1 and not self._has_plain_id(owner):
            self._object_to(
                "The parent 'node' field for a nested connection must select the 'id' field without an alias."
            )
        for edges, _ in open_fields(self._document, field.selection_set):
            if edges.name.value == "edges":
                self._edge(edges, get_named_type(kind.fields["edges"].type), depth=depth)

    def _edge(self, edges: FieldNode, edge: Any, *, depth: int) -> None:
        nodes = [
            field
            for field, _ in open_fields(self._document, edges.selection_set)
            if field.name.value == "node"
        ]
        if not nodes:
            self._object_to("A connection field must select 'edges { node }'.")
        for field in nodes:
            node = get_named_type(edge.fields["node"].type)
            self.walk(field.selection_set, node, depth=depth, owner=field.selection_set, in_list=False)

    def _object_to(self, problem: str) -> None:
        self.problem = self.problem or problem

    def _has_plain_id(self, selections: SelectionSetNode | None) -> bool:
        return any(
            field.name.value == "id" and field.alias is None
            for field, _ in open_fields(self._document, selections)
        )


def _is_list(kind: Any) -> bool:
    while isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)


def open_fields(
    document: DocumentNode, selections: SelectionSetNode | None
) -> Iterator[tuple[FieldNode, str | None]]:
    """The fields of a selection with fragments opened; beside each the type that a fragment narrows it to."""
    for part in selections.selections if selections else ():
        if isinstance(part, FieldNode):
            yield part, None
        elif isinstance(part, InlineFragmentNode):
            narrowed = part.type_condition.name.value if part.type_condition else None
            yield from (
                (field, deeper or narrowed) for field, deeper in open_fields(document, part.selection_set)
            )
        elif isinstance(part, FragmentSpreadNode):
            fragment = next(
                node
                for node in document.definitions
                if isinstance(node, FragmentDefinitionNode) and node.name.value == part.name.value
            )
            condition = fragment.type_condition.name.value
            yield from (
                (field, deeper or condition)
                for field, deeper in open_fields(document, fragment.selection_set)
            )
