"""Ids and versions of events that follow from what the event says.

The same snapshot of an order reaches us through several topics, through a retry and through the bulk import.
Whoever reads it, it becomes one event: the id is made of the kind, the entity, its `updated_at` and its content.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from plugin.core.events import Event
from plugin.core.keys import fingerprint

E = TypeVar("E", bound=Event)

UNSEALED = ""
"""The id of an event on its way to `sealed`."""
_NOT_CONTENT = frozenset({"id", "version"})


def sealed(event: E, kind: str, *entity: object, besides: frozenset[str] = frozenset()) -> E:
    """`event` with the id and the version fingerprint that follow from its content.

    `kind` and `entity` name what the event is about. `besides` names fields that do not count as content:
    a refund says the same whether or not its sender knew whose it was.
    """
    said = ascii(_plain(event, _NOT_CONTENT | besides))
    content = fingerprint(said)
    name = fingerprint(kind, *map(str, entity), event.version.updated_at.isoformat(), content)
    return replace(event, id=name, version=replace(event.version, fingerprint=content))


def named(event: E, kind: str, *entity: object) -> E:
    """`event` with an id made of its name alone, for what can happen to an entity only once."""
    return replace(event, id=fingerprint(kind, *map(str, entity)))


_PLAIN = frozenset({str, int, bool, type(None)})


def _plain(value: Any, omitted: frozenset[str] = frozenset()) -> object:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is datetime:
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return tuple([_plain(item) for item in value])
    if is_dataclass(kind):
        # A field at its default says nothing, so that a field added later leaves every older id as it was.
        return tuple(
            [
                (name, _plain(stated))
                for name, default in _fields_of(kind)
                if name not in omitted and (stated := getattr(value, name)) != default
            ]
        )
    return value


@cache
def _fields_of(kind: type[Any]) -> tuple[tuple[str, object], ...]:
    return tuple((field.name, _default(field.default, field.default_factory)) for field in fields(kind))


def _default(default: object, factory: object) -> object:
    made: Callable[[], object] | None = factory if callable(factory) else None
    return made() if made and factory is not MISSING else default
