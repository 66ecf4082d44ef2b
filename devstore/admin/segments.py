"""Segments as Shopify keeps them. The devstore looks at a query's shape and never asks it of anybody."""

import re
from dataclasses import replace
from typing import Any, Final

from devstore.admin.context import Context
from devstore.model import Segment, number_of

_LONGEST_NAME: Final = 255
_LONGEST_QUERY: Final = 5000
_TOKEN: Final = re.compile(r"\s*(?:'(?:[^'\\]|\\.)*'|[A-Za-z_][\w.]*|[-+]?\d[\w.:+-]*|<=|>=|!=|[=<>(),])")
_WORD: Final = re.compile(r"\s*(?:NOT\s+)?\(*\s*[a-z_][\w.]*")


def create_segment(args: dict[str, Any], context: Context) -> dict[str, Any]:
    problem = _problem(args["name"], args["query"])
    if problem is not None:
        return _refused(*problem)
    store = context.store
    if store.segments.by_alias(args["name"].lower()) is not None:
        return _refused("name", "Name has already been taken")
    now = store.now()
    made = Segment(id=store.next_id(), name=args["name"], query=args["query"], created_at=now, updated_at=now)
    store.segments.put(made)
    return {"segment": made, "userErrors": []}


def update_segment(args: dict[str, Any], context: Context) -> dict[str, Any]:
    store = context.store
    number = number_of(args["id"], "Segment")
    known = store.segments.get(number) if number is not None else None
    if known is None:
        return _refused("id", "Segment does not exist")
    changed = replace(
        known,
        name=args.get("name") or known.name,
        query=args.get("query") or known.query,
        updated_at=store.now_after(known.updated_at),
    )
    problem = _problem(changed.name, changed.query)
    if problem is not None:
        return _refused(*problem)
    store.segments.put(changed)
    return {"segment": changed, "userErrors": []}


def _problem(name: str, query: str) -> tuple[str, str] | None:
    if not name.strip():
        return "name", "Name can't be blank"
    if len(name) > _LONGEST_NAME:
        return "name", f"Name is too long (maximum is {_LONGEST_NAME} characters)"
    if len(query) > _LONGEST_QUERY:
        return "query", f"Query is too long (maximum is {_LONGEST_QUERY} characters)"
    if _WORD.match(query) is None:
        return "query", f"Query Line 1 Column 1: '{query[:1]}' is unexpected."
    at = 0
    while query[at:].strip():
        token = _TOKEN.match(query, at)
        if token is None:
            rest = query[at:].lstrip()
            return "query", f"Query Line 1 Column {len(query) - len(rest) + 1}: '{rest[:1]}' is unexpected."
        at = token.end()
    if query.count("(") != query.count(")"):
        return "query", f"Query Line 1 Column {len(query)}: input ends too soon."
    return None


def _refused(field: str, message: str) -> dict[str, Any]:
    return {"segment": None, "userErrors": [{"field": [field], "message": message}]}
