"""A cell that a stranger wrote is a text in every spreadsheet, and numbers stay numbers."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.spreadsheets import line, safe

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example","Click")',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n+1",
    " =1+1",
    "\u00a0=1+1",
    "\u3000-1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\u202e=1+1",
    "\u2060@x",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(A1)",
    " \t \u200b=1",
    "+49 30 1234567",
    "-5",
    "'=1+1",
]


@pytest.mark.parametrize("typed", FORMULAS)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(typed: str) -> None:
    assert safe(typed).startswith("'")


@pytest.mark.parametrize("typed", FORMULAS)
def test_taking_the_apostrophe_away_gives_the_text_back_on_one_line(typed: str) -> None:
    assert safe(typed)[1:].split() == typed.split()


@pytest.mark.parametrize(
    "typed", ["Mina", "O'Neil", "a=b", "1-2", "", "3 + 4", "a@example.com", "مینا", "Lê =)"]
)
def test_other_text_stays_as_it_is(typed: str) -> None:
    assert safe(typed) == typed


def test_a_second_line_and_another_separator_begin_no_formula() -> None:
    assert safe("Mina\n=1+1") == "Mina =1+1"
    assert safe("Mina;=1+1") == "Mina;'=1+1"
    assert safe("Mina| @x") == "Mina|' @x"


def test_numbers_of_our_own_are_numbers() -> None:
    assert line([-5, Decimal("-3.10"), 0, None, "-5"]) == '"-5","-3.10","0","","\'-5"\r\n'


@given(st.lists(st.text(), min_size=1))
def test_whatever_is_typed_is_one_line_of_as_many_cells_and_none_is_a_formula(typed: list[str]) -> None:
    (cells,) = csv.reader(StringIO(line(typed), newline=""))
    assert len(cells) == len(typed)
    for cell in cells:
        assert cell.strip().strip("\ufeff\u200b")[:1] not in set("=+-@")
