"""What is wrong with a query is said in words, with its place and what was probably meant, and at once."""

from itertools import cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.segments.conditions import MAX_CONDITIONS, MAX_DEPTH, Tree
from plugin.core.segments.errors import InvalidConditionError, SegmentSyntaxError
from plugin.core.segments.parse import parse
from plugin.core.segments.print import to_text
from plugin.core.segments.syntax import MAX_LENGTH

CASES = [
    # text, line, column, words, suggestion, code
    ("", 1, 1, "nothing to ask", None, "incomplete"),
    (" \n ", 1, 1, "nothing to ask", None, "incomplete"),
    ("ordrs >= 2", 1, 1, "there is no field “ordrs”", "orders", "unknown_field"),
    ("can_email AND\n  ordrs >= 2", 2, 3, "there is no field “ordrs”", "orders", "unknown_field"),
    ("orders_count >= 2", 1, 1, "there is no field", "orders", "unknown_field"),
    ("net_minor >= 2", 1, 1, "there is no field", None, "unknown_field"),
    ("everyon", 1, 1, "there is no field", "everyone", "unknown_field"),
    ("stage = lapsd", 1, 9, "stage is never “lapsd”; it is one of: prospect", "lapsed", "unknown_choice"),
    ("stage in (lapsed, lots)", 1, 11, "stage is never “lots”", "lost", "unknown_choice"),
    ("stage >= new", 1, 10, "stage is a choice and cannot be asked at least", None, "wrong_operator"),
    ("orders", 1, 1, "orders needs a question; write for example: orders >= 2", None, "incomplete"),
    ("orders >=", 1, 10, "the text ends too early; it goes on with a word", None, "incomplete"),
    ("orders >= 2 AND", 1, 16, "goes on with a condition such as orders >= 2", None, "incomplete"),
    ("(orders >= 2", 1, 13, "the text ends too early; it goes on with )", None, "incomplete"),
    ("orders >= 2)", 1, 12, "“)” is not expected here", None, "unexpected"),
    (
        "orders contians 2",
        1,
        8,
        "“contians” is not expected here; here stands a question",
        "contains",
        "unexpected",
    ),
    ("orders = 1 adn points = 2", 1, 12, "here stands OR or AND or the end", "and", "unexpected"),
    ("orders = 1 points = 2", 1, 12, "here stands OR or AND or the end", None, "unexpected"),
    ("orders = 1 & points = 2", 1, 12, "“&” is not expected here", None, "unexpected"),
    ("= 2", 1, 1, "“=” is not expected here; here stands a condition", None, "unexpected"),
    ('country = "DE', 1, 11, "no closing quotation mark", None, "unterminated"),
    ("country = “DE", 1, 11, "no closing quotation mark", None, "unterminated"),
    ('country = ""', 1, 11, "a text of 1 to 255 characters", None, "wrong_value"),
    (f'country = "{"x" * 256}"', 1, 11, "a text of 1 to 255 characters", None, "wrong_value"),
    ('country = "a\x00b"', 1, 11, "a text of 1 to 255 characters", None, "wrong_value"),
    ("orders >= 1.5", 1, 11, "orders is a whole number, not “1.5”", None, "wrong_value"),
    ("orders >= two", 1, 11, "orders is a number, not “two”", None, "wrong_value"),
    ("orders >= 99999999999999999999", 1, 11, "orders is a number", None, "wrong_value"),
    ("orders >= 9999999999999999999", 1, 11, "orders is compared with a whole number", None, "wrong_value"),
    ("spent >= 99999999999999999", 1, 10, "is more money than any order has", None, "wrong_value"),
    ("spent >= 999999999999999", 1, 10, "is more money than any order has", None, "wrong_value"),
    ("value(bought()) >= 999999999999999", 1, 20, "is more money than any order has", None, "wrong_value"),
    ("bought() >= 9999999999999999", 1, 1, "compared with a number from 0", None, "wrong_value"),
    ('country = "a\u2028b"', 1, 11, "a text of 1 to 255 characters", None, "wrong_value"),
    ('country = "\ud800"', 1, 11, "a text of 1 to 255 characters", None, "wrong_value"),
    ("orders between 5 and 2", 1, 16, "the smaller one comes first", None, "reversed"),
    ("order_chance > 120%", 1, 16, "whole percents from 0 to 100", None, "wrong_value"),
    ("spent >= 12.505", 1, 10, "“12.505” has more decimals than EUR", None, "wrong_value"),
    ("spent >= 12,50", 1, 12, "“,” is not expected here", None, "unexpected"),
    ("can_email = maybe", 1, 13, "can_email is yes or no", None, "wrong_value"),
    ("can_email > yes", 1, 13, "can_email is a flag and cannot be asked more than", None, "wrong_operator"),
    (
        "last_order within 9999999 years",
        1,
        27,
        "“9999999 years” is out of range; a window is 0 to 10",
        None,
        "absurd_window",
    ),
    (f"last_order within {'9' * 5000} days", 1, 5020, "is no whole number of days", None, "absurd_window"),
    ("last_order within 0 days", 1, 1, "a window is 1 to 3650 days", None, "absurd_window"),
    ("last_order within 1.5 days", 1, 23, "“1.5” is no whole number of days", None, "absurd_window"),
    ("last_order within 3 fortnihgts", 1, 21, "no unit of time", None, "unknown_unit"),
    ("last_order within 3 dyas", 1, 21, "no unit of time", "days", "unknown_unit"),
    ("created on 2026-02-30", 1, 12, "“2026-02-30” is no day", None, "wrong_day"),
    ("created after 1404-01-01", 1, 15, "a day of the Jalali calendar", "2025-03-21", "wrong_day"),
    ("created after 0001-01-01", 1, 15, "compared with a day such as 2026-01-31", None, "wrong_value"),
    ("created after yesterday", 1, 15, "“yesterday” is no day", None, "wrong_day"),
    ("created today", 1, 1, "asked of birthdays and anniversaries only", None, "wrong_operator"),
    ("orders in 3 days", 1, 1, "asked of birthdays and anniversaries only", None, "wrong_operator"),
    ("anniversary(orders) today", 1, 1, "orders is a number and has no anniversary", None, "wrong_value"),
    ("anniversary(created, lunar) today", 1, 1, "there is no calendar “lunar”", None, "unknown_choice"),
    ("anniversary(created)", 1, 1, "within next 7 days", None, "incomplete"),
    ("anniversary() today", 1, 1, "an anniversary is one of a date", None, "incomplete"),
    ("birthday within next 5 hours", 1, 1, "an anniversary is asked for today", None, "incomplete"),
    ("birthday within next 367 days", 1, 1, "within the next 0 to 366 days", None, "absurd_window"),
    ("buoght()", 1, 1, "there is nothing called buoght(…)", "bought", "unknown_family"),
    ("bought", 1, 1, "bought is asked with brackets", None, "unexpected"),
    ("bought(titel = 5)", 1, 8, "there is no part of bought(…) “titel”", "title", "unknown_field"),
    ("bought(= 5)", 1, 10, "“5” is no day", None, "wrong_day"),
    ("bought(title)", 1, 8, "title needs a question", None, "incomplete"),
    ("bought(bought())", 1, 8, "“bought” cannot stand inside bought(…)", None, "unexpected"),
    ("bought() >= -1", 1, 1, "a number from 0", None, "wrong_value"),
    ("bought() in (1, 2)", 1, 1, "compared with a number, such as bought(…) >= 2", None, "wrong_value"),
    ("quantity(received()) > 1", 1, 10, "of received there is: count", None, "wrong_measure"),
    ("quantity(bought())", 1, 1, "write for example: quantity(bought(…)) >= 3", None, "wrong_measure"),
    ("quantity(orders) > 1", 1, 1, "write for example: quantity(bought(…)) >= 3", None, "wrong_measure"),
    ("sample 200%", 1, 8, "a share from 0.1% to 100%", None, "wrong_value"),
    ("sample 0.01%", 1, 8, "a share from 0.1% to 100%", None, "wrong_value"),
    ("sample 10", 1, 8, "a share from 0.1% to 100%", None, "wrong_value"),
    ("sample 2026-01-01", 1, 8, "a share from 0.1% to 100%", None, "wrong_value"),
    (f'in segment "{"x" * 100}"', 1, 12, "a segment is named by its id", None, "wrong_value"),
]


@pytest.mark.parametrize(("text", "line", "column", "words", "suggestion", "code"), CASES)
def test_a_mistake_is_said_with_its_place(
    *, text: str, line: int, column: int, words: str, suggestion: str | None, code: str
) -> None:
    with pytest.raises(SegmentSyntaxError) as refused:
        parse(text, currency="EUR")
    error = refused.value
    assert words in error.message
    assert (error.line, error.column, error.suggestion, error.code) == (line, column, suggestion, code)
    assert len(str(error)) < 450


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("orders = 1 OR " * 10_000 + "orders = 1", "too_long"),
        ("(" * 100_000, "too_long"),
        ("(" * (MAX_LENGTH - 1), "too_deep"),
        ("NOT " * (MAX_LENGTH // 5) + "can_email", "too_deep"),
        ("NOT (" * (MAX_LENGTH // 6), "too_deep"),
        ("bought(" * (MAX_LENGTH // 8), "too_deep"),
        (" OR ".join(["can_email"] * (MAX_CONDITIONS + 1)), "too_long"),
        (f"orders in ({', '.join(['1'] * 201)})", "too_many_values"),
        ("NOT " * MAX_DEPTH + "can_email", "too_deep"),
    ],
)
def test_what_nobody_can_read_is_refused_without_exhausting_the_stack(text: str, code: str) -> None:
    with pytest.raises(SegmentSyntaxError) as refused:
        parse(text, currency="EUR")
    assert refused.value.code == code


def test_the_largest_readable_segment_is_read() -> None:
    assert parse(" OR ".join(["can_email"] * MAX_CONDITIONS), currency="EUR")
    assert parse("NOT " * (MAX_DEPTH - 1) + "can_email", currency="EUR")
    assert parse("(" * (MAX_DEPTH - 1) + "can_email" + ")" * (MAX_DEPTH - 1), currency="EUR")


_PIECES = [
    *(
        "orders",
        ">=",
        "2",
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        '"',
        "in",
        "stage",
        "lapsed",
        ",",
        "within",
        "30",
        "days",
    ),
    *(
        "bought",
        "ago",
        "before",
        "%",
        "\u06f1\u06f2",
        "between",
        "tags",
        "has",
        "any",
        "of",
        "'",
        "\u201c",
        "\n",
    ),
]


def outcome(text: str) -> Tree | SegmentSyntaxError:
    try:
        return parse(text, currency="EUR")
    except SegmentSyntaxError as error:
        return error


@settings(deadline=None, derandomize=True, max_examples=600, database=None)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(_PIECES), max_size=14).map(" ".join))
def test_whatever_is_typed_is_understood_or_refused_with_a_place(text: str) -> None:
    understood = outcome(text)
    if isinstance(understood, SegmentSyntaxError):
        assert 1 <= understood.line <= text.count("\n") + 1
        assert 1 <= understood.column <= len(text) + 1
        assert understood.message
    else:
        assert parse(to_text(understood, currency="EUR"), currency="EUR") == understood


def test_an_error_repeats_little_of_what_was_typed() -> None:
    word = "".join(islice(cycle("abc"), 15_000))
    for text in (word, f"stage = {word}", f"orders >= {word}", f"orders {word}", f"{word}()"):
        with pytest.raises(InvalidConditionError) as refused:
            parse(text, currency="EUR")
        assert len(str(refused.value)) < 450
