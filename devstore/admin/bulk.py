"""Bulk queries: the JSONL file that one leaves behind.

A connection's nodes become one line each; nodes of a nested connection are lines of their own with `__parentId`, after
their parent but not necessarily next to it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.type import GraphQLField

from devstore.admin.bulk_progress import MOST_AT_ONCE, unfinished
from devstore.admin.bulk_rules import Problem, checked, open_fields
from devstore.admin.context import Context, Page
from devstore.admin.schema import admin_schema
from devstore.admin.values import typename_of, value_of
from devstore.model import BulkOperation, gid


def start(query: str, context: Context) -> BulkOperation | Problem:
    """Run `query` over everything it names and keep the file, or say why it may not run."""
    running = unfinished(context.store)
    if len(running) >= MOST_AT_ONCE:
        ids = ", ".join(gid("BulkOperation", operation.id) for operation in running)
        message = f"A bulk query operation for this app and shop is already in progress: {ids}."
        return Problem(message=message, code="OPERATION_IN_PROGRESS")
    problem, document = checked(query)
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
        edges = self._only(column.selections, "edges")
        node = self._only(edges.selection_set, "node")
        edge = _field_type(get_named_type(column.definition.type), "edges")
        return node.selection_set, _field_type(edge, "node")

    def _only(self, selections: SelectionSetNode | None, name: str) -> FieldNode:
        return next(field for field, _ in open_fields(self._document, selections) if field.name.value == name)

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
                (typename, column.name), column.definition.type, source, column.args, self._context
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
        for field, narrowed in open_fields(self._document, selections):
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


def _field_type(kind: Any, name: str) -> Any:
    """The named type of one field of an object type."""
    return get_named_type(kind.fields[name].type)
