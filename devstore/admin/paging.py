"""Cursor paging over a shelf or a plain sequence."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from graphql import GraphQLError

from devstore.admin.context import Context, Page
from devstore.admin.search import Search
from devstore.database import Shelf, micros

T = TypeVar("T")
MOST_PER_PAGE = 250
_SORT_COLUMNS = {"UPDATED_AT": "updated_at", "CREATED_AT": "created_at", "PROCESSED_AT": "created_at"}


def page_of_shelf(shelf: Shelf[Any], found: Search, args: dict[str, Any], context: Context) -> Page:
    """One page of what `found` describes, sorted by `sortKey` (ID where it names nothing known)."""
    column = _SORT_COLUMNS.get(str(args.get("sortKey", "ID")), "id")
    key = _sort_value(column)
    if context.is_bulk:
        everything = shelf.where(found.condition, *found.values, order=f"{column}, id")
        return Page(nodes=[item for item in everything if found.may_pass(item)])
    size, is_backward, cursor = _window(args)
    is_descending = bool(args.get("reverse")) is not is_backward
    condition, values = f"({found.condition})", found.values
    if cursor is not None:
        condition += f" AND ({column}, id) {'<' if is_descending else '>'} (?, ?)"
        values = (*values, *cursor)
    direction = "DESC" if is_descending else "ASC"
    limit = size + 1 if found.is_exact else -1
    rows = shelf.where(condition, *values, order=f"{column} {direction}, id {direction}", limit=limit)
    items = [item for item in rows if found.may_pass(item)]
    return _page(items, size, is_backward=is_backward, has_cursor=cursor is not None, key=key)


def page_of_sequence(items: Sequence[T], args: dict[str, Any], context: Context) -> Page:
    """One page of `items`, which have an `id`; the cursor is the place in the sequence."""
    if context.is_bulk:
        return Page(nodes=list(items))
    size, is_backward, cursor = _window(args)
    ordered = list(reversed(items)) if bool(args.get("reverse")) else list(items)
    places = {id(item): place for place, item in enumerate(ordered)}
    if is_backward:
        ordered.reverse()
    if cursor is not None:
        ordered = [
            item
            for item in ordered
            if (places[id(item)] < cursor[0] if is_backward else places[id(item)] > cursor[0])
        ]
    return _page(
        ordered,
        size,
        is_backward=is_backward,
        has_cursor=cursor is not None,
        key=lambda item: (places[id(item)], 0),
    )


def _page(
    items: list[Any], size: int, *, is_backward: bool, has_cursor: bool, key: Callable[[Any], tuple[int, int]]
) -> Page:
    nodes, has_more = items[:size], len(items) > size
    if is_backward:
        nodes.reverse()
    return Page(
        nodes=nodes,
        cursor=lambda item: _cursor(key(item)),
        has_next=has_cursor if is_backward else has_more,
        has_previous=has_more if is_backward else has_cursor,
    )


def _sort_value(column: str) -> Callable[[Any], tuple[int, int]]:
    if column == "id":
        return lambda item: (item.id, item.id)
    return lambda item: (micros(getattr(item, column)), item.id)


def _window(args: dict[str, Any]) -> tuple[int, bool, tuple[int, int] | None]:
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        raise GraphQLError("you must provide one of first or last")
    size = first if first is not None else last
    if not 0 <= int(size or 0) <= MOST_PER_PAGE:
        raise GraphQLError(f"The page size must be between 0 and {MOST_PER_PAGE}")
    cursor = args.get("after") if first is not None else args.get("before")
    return int(size or 0), first is None, _from_cursor(cursor) if cursor else None


def _cursor(key: tuple[int, int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _from_cursor(text: str) -> tuple[int, int]:
    try:
        sort, number = json.loads(base64.urlsafe_b64decode(text))
        return int(sort), int(number)
    except (ValueError, TypeError, binascii.Error) as error:
        raise GraphQLError("Invalid cursor for current pagination sort.") from error
