"""Shopify's search syntax, as far as an import and a reconciliation need it: `field:value` terms joined by AND.

A field that is not known here is ignored, as Shopify ignores it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from devstore.database import micros

_TERM = re.compile(r"""(-?)(\w+):(>=|<=|>|<)?(?:"([^"]*)"|'([^']*)'|(\S+))""")
_COLUMNS = {"id": "id", "updated_at": "updated_at", "created_at": "created_at", "processed_at": "created_at"}

Test = Callable[[Any, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`condition` is SQL over a shelf's columns; `may_pass` tests what the columns can not."""

    condition: str
    values: tuple[Any, ...]
    may_pass: Callable[[Any], bool]
    is_exact: bool
    """Whether the columns say it all, so that a page may be cut off in SQL."""


def search(query: str | None, *, tests: Mapping[str, Test], columns: Mapping[str, str]) -> Search:
    """Understand `query`; `columns` adds equality columns such as `customer_id`, `tests` adds predicates by field."""
    conditions: list[str] = ["1 = 1"]
    values: list[int | str] = []
    predicates: list[Callable[[Any], bool]] = []
    for minus, name, operator, *quoted in _TERM.findall(query or ""):
        text = next((part for part in quoted if part), "")
        if name in _COLUMNS:
            conditions.append(f"{'NOT ' if minus else ''}{_COLUMNS[name]} {operator or '='} ?")
            values.append(_column_value(name, text))
        elif name in columns:
            conditions.append(f"{columns[name]} {'<>' if minus else '='} ?")
            values.append(text.lower())
        elif name in tests:
            predicates.append(_predicate(tests[name], text, is_negative=bool(minus)))
    return Search(
        condition=" AND ".join(conditions),
        values=tuple(values),
        may_pass=lambda item: all(predicate(item) for predicate in predicates),
        is_exact=not predicates,
    )


def _predicate(test: Test, text: str, *, is_negative: bool) -> Callable[[Any], bool]:
    return lambda item: test(item, text) is not is_negative


def _column_value(name: str, text: str) -> int:
    if name == "id":
        number = text.rpartition("/")[2]
        return int(number) if number.isdecimal() else -1
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return -1
    return micros(at if at.tzinfo else at.replace(tzinfo=UTC))
