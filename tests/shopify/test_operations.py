"""Every operation the app can send is one that Shopify's schema of the pinned version accepts."""

import re
from importlib.resources import files

import pytest
from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)

from plugin.shopify.operations import NAMES, operation


@pytest.mark.parametrize("name", NAMES)
def test_the_operation_is_valid_against_shopifys_schema(admin_schema: GraphQLSchema, name: str) -> None:
    assert [error.message for error in validate(admin_schema, parse(operation(name).text))] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_operation_uses_nothing_that_shopify_has_deprecated(
    admin_schema: GraphQLSchema, name: str
) -> None:
    info, old = TypeInfo(admin_schema), list[str]()

    class Deprecations(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            found = info.get_field_def()
            if found and found.deprecation_reason:
                old.append(node.name.value)

    visit(parse(operation(name).text), TypeInfoVisitor(info, Deprecations()))
    assert old == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_one_operation_named_after_it(name: str) -> None:
    (definition,) = parse(operation(name).text).definitions
    assert isinstance(definition, OperationDefinitionNode)
    assert definition.name
    assert definition.name.value == operation(name).operation_name
    assert operation(name).is_mutation == (definition.operation.value == "mutation")


_ERRORS_HAVE_NO_CODE = {"segment_create", "segment_update", "tags_add", "tags_remove"}  # plain UserError


@pytest.mark.parametrize("name", [name for name in NAMES if operation(name).is_mutation])
def test_a_mutation_always_asks_why_it_was_refused(name: str) -> None:
    code = "" if name in _ERRORS_HAVE_NO_CODE else r"code\s+"
    assert re.search(rf"userErrors \{{\s+field\s+message\s+{code}\}}", operation(name).text)


def test_the_registry_and_the_folder_hold_the_same_operations() -> None:
    folder = files("plugin.shopify").joinpath("operations")
    assert sorted(path.name for path in folder.iterdir() if path.name.endswith(".graphql")) == sorted(
        f"{name}.graphql" for name in NAMES
    )


def test_an_unknown_operation_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match="wipe_everything"):
        operation("wipe_everything")


@pytest.mark.parametrize("name", ["bulk_customers", "bulk_orders"])
def test_a_bulk_query_keeps_the_rules_that_shopify_checks_only_at_run_time(
    admin_schema: GraphQLSchema, name: str
) -> None:
    """At most 5 connections, two levels deep, through edges, none inside a list, and parents select their id."""
    info = TypeInfo(admin_schema)
    connections: list[tuple[str, ...]] = []
    trail: list[tuple[str, bool, bool]] = []  # name, is connection, is list

    class Rules(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            kind = str(info.get_type())
            is_connection = str(get_named_type(info.get_type())).endswith("Connection")
            trail.append(
                (node.name.value, is_connection, kind.startswith("[") and node.name.value != "edges")
            )
            if is_connection:
                assert not any(is_list for _, _, is_list in trail[:-1]), f"{node.name.value} is inside a list"
                connections.append(tuple(name for name, is_connection, _ in trail if is_connection))
            named = get_named_type(info.get_type())
            if node.name.value == "node" and isinstance(named, GraphQLObjectType) and node.selection_set:
                assert "id" in [getattr(f, "name", None) and f.name.value for f in _fields(node)]
            assert node.name.value not in {"nodes", "pageInfo", "cursor"}

        def leave_field(self, *_: object) -> None:
            trail.pop()

    def _fields(node: FieldNode) -> list[FieldNode]:
        assert node.selection_set
        return [found for found in node.selection_set.selections if isinstance(found, FieldNode)]

    text = operation(name).text
    visit(parse(text), TypeInfoVisitor(info, Rules()))
    assert 1 <= len(connections) <= 5
    assert max(map(len, connections)) <= 2
    assert len(text.encode()) <= 65_535
