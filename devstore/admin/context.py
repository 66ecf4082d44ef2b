"""What one GraphQL request carries along, and a page of a connection."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from devstore.store import Store
from devstore.webhooks.courier import Courier


@dataclass(slots=True, kw_only=True)
class Context:
    store: Store
    courier: Courier
    resolved_objects: int = 0
    """Objects answered so far; the actual cost of the request."""
    is_bulk: bool = False
    """Within a bulk operation a connection is not paged: all of its nodes come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a connection."""

    nodes: list[Any]
    cursor: Callable[[Any], str] = field(default=lambda _: "")
    has_next: bool = False
    has_previous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    node: Any
    cursor: str
