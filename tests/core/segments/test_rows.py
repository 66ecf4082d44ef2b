"""Rows of the builder and the tree say the same; a tree of another shape says that it has no rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.segments.compile import compile_tree
from plugin.core.segments.conditions import Any_, Condition, Not, Tree
from plugin.core.segments.facts import CustomerFacts, Past
from plugin.core.segments.parse import parse
from plugin.core.segments.print import to_text
from plugin.core.segments.rows import NotRowsError, Row, Rows, from_rows, to_rows
from tests.builders import NOW, UTC_ZONE
from tests.core.segments.strategies import conditions, customers, events, pasts, trees

rows = st.builds(Row, question=conditions() | events(), is_negated=st.booleans())
builders = st.builds(
    Rows,
    groups=st.lists(st.lists(rows, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    excluded=st.lists(rows, max_size=3).map(tuple),
)


def asked(text: str) -> Rows:
    return to_rows(parse(text, currency="EUR"))


def shape(found: Rows) -> tuple[list[list[str]], list[str]]:
    def said(row: Row) -> str:
        return ("not " if row.is_negated else "") + to_text(row.question, currency="EUR")

    return [[said(row) for row in group] for group in found.groups], [said(row) for row in found.excluded]


@pytest.mark.parametrize(
    ("text", "groups", "excluded"),
    [
        ("everyone", [], []),
        ("orders >= 2", [["orders >= 2"]], []),
        ("orders >= 2 AND can_email", [["orders >= 2"], ["can_email"]], []),
        ("orders >= 2 OR can_email", [["orders >= 2", "can_email"]], []),
        ("(orders >= 2 OR NOT can_email) AND bought()", [["orders >= 2", "not can_email"], ["bought()"]], []),
        ("orders >= 2 AND NOT can_email", [["orders >= 2"]], ["can_email"]),
        ("NOT (stage = lost OR in segment vip)", [], ["stage = lost", 'in segment "vip"']),
        (
            "NOT can_email AND NOT (stage = lost OR points = 0)",
            [],
            ["can_email", "stage = lost", "points = 0"],
        ),
        ("NOT NOT can_email", [], ["not can_email"]),
    ],
)
def test_a_segment_is_shown_in_rows(text: str, groups: list[list[str]], excluded: list[str]) -> None:
    assert shape(asked(text)) == (groups, excluded)


@pytest.mark.parametrize(
    "text",
    [
        "can_email OR orders = 1 AND points = 2",
        "NOT (can_email AND orders = 1)",
        "NOT NOT (orders = 1 OR points = 2)",
    ],
)
def test_what_is_nested_deeper_is_shown_as_text_only(text: str) -> None:
    with pytest.raises(NotRowsError, match="edit it as text"):
        asked(text)


def test_nobody_has_no_row() -> None:
    with pytest.raises(NotRowsError):
        to_rows(Any_(parts=()))


@settings(deadline=None, derandomize=True, max_examples=200, database=None)
@given(found=builders, facts=customers, past=pasts)
def test_rows_ask_what_they_show(found: Rows, facts: CustomerFacts, past: Past) -> None:
    def holds(row: Row) -> bool:
        tree: Tree = Not(part=row.question) if row.is_negated else row.question
        return compile_tree(tree, UTC_ZONE).holds(facts, past, NOW)

    expected = all(any(map(holds, group)) for group in found.groups) and not any(map(holds, found.excluded))
    assert compile_tree(from_rows(found), UTC_ZONE).holds(facts, past, NOW) is expected


@settings(deadline=None, derandomize=True, max_examples=200, database=None)
@given(found=builders)
def test_rows_become_a_tree_and_rows_again(found: Rows) -> None:
    shown = to_rows(from_rows(found))
    assert to_rows(from_rows(shown)) == shown


@settings(deadline=None, derandomize=True, max_examples=200, database=None)
@given(tree=trees, facts=customers, past=pasts)
def test_a_tree_that_fits_into_rows_asks_the_same_there(tree: Tree, facts: CustomerFacts, past: Past) -> None:
    try:
        again = from_rows(to_rows(tree))
    except NotRowsError:
        return
    first, second = compile_tree(tree, UTC_ZONE), compile_tree(again, UTC_ZONE)
    assert first.holds(facts, past, NOW) is second.holds(facts, past, NOW)


def test_an_empty_group_asks_nothing() -> None:
    question = parse("can_email", currency="EUR")
    assert isinstance(question, Condition)
    assert from_rows(Rows(groups=((), (Row(question=question),)))) == question
