"""Rows of a CSV file that a spreadsheet opens as what they are, and never runs.

Excel, LibreOffice and Google Sheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, also behind
blanks and in full-width signs; a name that a stranger typed into a shop could so fetch and send. Such a text gets
an apostrophe in front, which spreadsheets know as "this is text"; taking one leading apostrophe away gives the text
back. Numbers of our own are written as they are.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Stands at the very beginning of a file: without it Excel does not read UTF-8."""

_STARTERS = frozenset("=+-@＝＋－＠")  # noqa: RUF001  # the full-width ones are meant
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_BREAKS = re.compile(r"[\t\r\n\v\f\x00\x85\u2028\u2029]+")
_AFTER_ANOTHER_SEPARATOR = re.compile(r"([;|])(?=\s*[=+\-@＝＋－＠])")  # noqa: RUF001  # as above

Cell = str | int | Decimal | None


def line(cells: Iterable[Cell]) -> str:
    """One line of RFC 4180, with its end. Every cell is quoted: a spreadsheet may expect another separator."""
    return ",".join(f'"{_text(cell).replace(chr(34), chr(34) * 2)}"' for cell in cells) + "\r\n"


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return safe(cell) if isinstance(cell, str) else str(cell)


def safe(text: str) -> str:
    """`text` on one line, and with an apostrophe in front where a spreadsheet would take it for a formula."""
    one_line = _AFTER_ANOTHER_SEPARATOR.sub(r"\1'", _BREAKS.sub(" ", text))
    first = next((sign for sign in one_line if unicodedata.category(sign) not in _INVISIBLE), "")
    had_break_in_front = bool(text) and _BREAKS.match(text) is not None
    is_taken_for_formula = first in _STARTERS or one_line.startswith("'") or had_break_in_front
    return f"'{one_line}" if is_taken_for_formula and first else one_line
