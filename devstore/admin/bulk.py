"""Bulk queries: their restrictions, and the JSONL file that one leaves behind.

A connection's nodes become one line each; nodes of a nested connection are lines of their own with `__parentId`, after
their parent but not necessarily next to it. The texts of refusals are Shopify's own.
"""

import json
from collections.abc import Callable, Iterator
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
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse,
    validate,
)
from graphql.type import GraphQLField

from devstore.admin.bulk_progress import MOST_AT_ONCE, unfinished
from devstore.admin.context import Context, Page
from devstore.admin.schema import admin_schema
from devstore.admin.values import typename_of, value_of
from devstore.model import BulkOperation, gid

_MOST_CONNECTIONS: Final = 5
_MOST_DEPTH: Final = 2
_MOST_BYTES: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    message: str
    code: str = "INVALID"


def start(query: str, context: Context) -> BulkOperation | Problem:
    """Run `query` over everything it names and keep the file, or say why it may not run."""
    running = unfinished(context.store)
    if len(running) >= MOST_AT_ONCE:
        ids = ", ".join(gid("BulkOperation", operation.id) for operation in running)
        message = f"A bulk query operation for this app and shop is already in progress: {ids}."
        return Problem(message=message, code="OPERATION_IN_PROGRESS")
    problem, document = _checked(query)
    if problem is not None or document is None:
        return problem or Problem(message="Invalid bulk query.")
    now = context.store.now()
    inner = Context(store=context.store, courier=context.courier, is_bulk=True)
    sheet = _Sheet(document, inner)
    body = "".join(f"{line}\n" for line in sheet.lines()).encode()
    operation = BulkOperation(
        id=context.store.next_id(),
        query=query,
        status="CREATED",
        created_at=now,
        updated_at=now,
        objects=sheet.objects,
        roots=sheet.roots,
        size=len(body),
    )
    store = context.store
    with store.database.transaction():
        store.bulk_operations.put(operation)
        store.database.run("INSERT INTO files VALUES (?, ?, ?)", store.shop, f"{operation.id}.jsonl", body)
    return operation


def _checked(query: str) -> tuple[Problem | None, DocumentNode | None]:
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
        field.name.value in {"node", "nodes"} for field, _ in _fields(document, operations[0].selection_set)
    ):
        return Problem(message="Bulk queries cannot contain a top level `node` or `nodes` field.")
    survey = _Survey(document)
    root = admin_schema().query_type
    if root is not None:
        survey.walk(operations[0].selection_set, root, depth=0, in_list=False)
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

    def walk(self, selections: SelectionSetNode | None, parent: Any, *, depth: int, in_list: bool) -> None:
        for field, narrowed in _fields(self._document, selections):
            kind = admin_schema().type_map[narrowed] if narrowed else parent
            definition: GraphQLField | None = getattr(kind, "fields", {}).get(field.name.value)
            if definition is None:
                continue
            inner = get_named_type(definition.type)
            if inner.name.endswith("Connection"):
                self._connection(field, selections, inner, depth=depth + 1, in_list=in_list)
            else:
                self.walk(
                    field.selection_set, inner, depth=depth, in_list=in_list or _is_list(definition.type)
                )

    def _connection(
        self, field: FieldNode, siblings: SelectionSetNode | None, kind: Any, *, depth: int, in_list: bool
    ) -> None:
        self.connections += 1
        self.depth = max(self.depth, depth)
        if in_list:
            self.problem = (
                "Queries that contain a connection field within a list field are not currently supported."
            )
        names = {inner.name.value for inner, _ in _fields(self._document, field.selection_set)}
        if "nodes" in names:
            self.problem = "Selecting via 'nodes' is not supported. Use 'edges { node }' instead."
        elif "edges" not in names:
            self.problem = "A connection field must select 'edges { node }'."
        if depth > 1 and not self._has_plain_id(siblings):
            self.problem = (
                "The parent 'node' field for a nested connection must select the 'id' field without an alias."
            )
        for edges, _ in _fields(self._document, field.selection_set):
            if edges.name.value == "edges":
                edge = get_named_type(kind.fields["edges"].type)
                self._edge(edges, edge, depth=depth)

    def _edge(self, edges: FieldNode, edge: Any, *, depth: int) -> None:
        for field, _ in _fields(self._document, edges.selection_set):
            if field.name.value == "node":
                node = get_named_type(edge.fields["node"].type)
                self.walk(field.selection_set, node, depth=depth, in_list=False)

    def _has_plain_id(self, selections: SelectionSetNode | None) -> bool:
        return any(
            field.name.value == "id" and field.alias is None
            for field, _ in _fields(self._document, selections)
        )


def _is_list(kind: Any) -> bool:
    while isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)


def _fields(
    document: DocumentNode, selections: SelectionSetNode | None
) -> Iterator[tuple[FieldNode, str | None]]:
    """The fields of a selection with fragments opened; beside each the type that a fragment narrows it to."""
    for part in selections.selections if selections else ():
        if isinstance(part, FieldNode):
            yield part, None
        elif isinstance(part, InlineFragmentNode):
            narrowed = part.type_condition.name.value if part.type_condition else None
            yield from (
                (field, deeper or narrowed) for field, deeper in _fields(document, part.selection_set)
            )
        elif isinstance(part, FragmentSpreadNode):
            fragment = next(
                node
                for node in document.definitions
                if isinstance(node, FragmentDefinitionNode) and node.name.value == part.name.value
            )
            condition = fragment.type_condition.name.value
            yield from (
                (field, deeper or condition) for field, deeper in _fields(document, fragment.selection_set)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """One selected field, ready to be read from many values."""

    key: str
    name: str
    definition: GraphQLField
    args: dict[str, Any]
    selections: SelectionSetNode | None
    is_connection: bool
    is_leaf: bool


class _Sheet:
    """Reads a bulk query row by row.

    It does not go through graphql-core's executor, which takes ten times as long over a whole store; fields have the
    same values because both ask `value_of`.
    """

    def __init__(self, document: DocumentNode, context: Context) -> None:
        self._document = document
        self._context = context
        self._columns: dict[tuple[int, str], list[_Column]] = {}
        self._encode: Callable[[Any], str] = json.JSONEncoder(
            ensure_ascii=False, separators=(",", ":")
        ).encode
        self.objects = 0
        self.roots = 0

    def lines(self) -> Iterator[str]:
        operation = next(
            part for part in self._document.definitions if isinstance(part, OperationDefinitionNode)
        )
        children: list[tuple[_Column, Page]] = []
        self._read(operation.selection_set, "QueryRoot", None, children)
        for column, page in children:
            self.roots += len(page.nodes)
            yield from self._page(column, page, parent=None)

    def _page(self, column: _Column, page: Page, *, parent: str | None) -> Iterator[str]:
        selections, kind = self._node_selection(column)
        later: list[tuple[str, _Column, Page]] = []
        for node in page.nodes:
            children: list[tuple[_Column, Page]] = []
            typename = typename_of(node, kind.name) if is_abstract_type(kind) else kind.name
            line = self._read(selections, typename, node, children)
            if parent is not None:
                line["__parentId"] = parent
            self.objects += 1
            yield self._encode(line)
            later += [(line["id"], *child) for child in children]
        for global_id, child, nested in later:
            yield from self._page(child, nested, parent=global_id)

    def _node_selection(self, column: _Column) -> tuple[SelectionSetNode | None, Any]:
        edges = next(
            field for field, _ in _fields(self._document, column.selections) if field.name.value == "edges"
        )
        connection = get_named_type(column.definition.type)
        edge = get_named_type(connection.fields["edges"].type)  # type: ignore[union-attr]  # a connection is an object
        node = next(
            field for field, _ in _fields(self._document, edges.selection_set) if field.name.value == "node"
        )
        return node.selection_set, get_named_type(edge.fields["node"].type)

    def _read(
        self,
        selections: SelectionSetNode | None,
        typename: str,
        source: Any,
        children: list[tuple[_Column, Page]],
    ) -> dict[str, Any]:
        line: dict[str, Any] = {}
        for column in self._columns_of(selections, typename):
            if column.name == "__typename":
                line[column.key] = typename
                continue
            value = value_of(
                typename, column.name, column.definition.type, source, column.args, self._context
            )
            if column.is_connection:
                children.append((column, value))
            else:
                line[column.key] = value if column.is_leaf else self._nested(column, value, children)
        return line

    def _nested(self, column: _Column, value: Any, children: list[tuple[_Column, Page]]) -> Any:
        if value is None:
            return None
        if isinstance(value, list):
            return [self._nested(column, item, children) for item in value]
        kind = get_named_type(column.definition.type)
        typename = typename_of(value, kind.name) if is_abstract_type(kind) else kind.name
        return self._read(column.selections, typename, value, children)

    def _columns_of(self, selections: SelectionSetNode | None, typename: str) -> list[_Column]:
        key = (id(selections), typename)
        if key not in self._columns:
            self._columns[key] = list(self._compile(selections, typename))
        return self._columns[key]

    def _compile(self, selections: SelectionSetNode | None, typename: str) -> Iterator[_Column]:
        kind = admin_schema().type_map[typename]
        if not isinstance(kind, GraphQLObjectType):
            raise GraphQLError(f"{typename} is not an object type.")
        names = {typename, *(interface.name for interface in kind.interfaces)}
        for field, narrowed in _fields(self._document, selections):
            if narrowed is not None and narrowed not in names and not _is_member(narrowed, typename):
                continue
            name = field.name.value
            definition = kind.fields.get(name) or GraphQLField(kind)
            inner = get_named_type(definition.type)
            yield _Column(
                key=field.alias.value if field.alias else name,
                name=name,
                definition=definition,
                args=get_argument_values(definition, field) if name in kind.fields else {},
                selections=field.selection_set,
                is_connection=inner.name.endswith("Connection"),
                is_leaf=is_leaf_type(inner),
            )


def _is_member(union: str, typename: str) -> bool:
    return typename in {member.name for member in getattr(admin_schema().type_map[union], "types", ())}
