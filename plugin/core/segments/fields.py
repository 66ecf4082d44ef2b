"""Every field a segment may ask about. A new one is one entry here and its column in `customers`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.events import ConsentState
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.facts import CustomerFacts

Value = int | str | bool | datetime


class FieldType(StrEnum):
    NUMBER = "number"
    MONEY = "money"
    """Minor units of the shop's currency."""
    MOMENT = "moment"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    id: str
    type: FieldType
    read: Callable[[CustomerFacts], Value | None]
    column: str
    """In the `customers` table; named as the attribute of `CustomerFacts`."""
    choices: tuple[str, ...] = ()
    """The only values of a closed choice; empty where the values are the world's, such as countries."""


def _field(name: str, kind: FieldType, choices: tuple[str, ...] = (), *, fact: str | None = None) -> Field:
    def read(facts: CustomerFacts) -> Value | None:
        value: Value | None = getattr(facts, fact or name)
        return value

    return Field(id=name, type=kind, read=read, column=name, choices=choices)


_ALL = (
    _field("orders_count", FieldType.NUMBER),
    _field("points", FieldType.NUMBER),
    _field("net_minor", FieldType.MONEY, fact="spent_minor"),
    _field("created_at", FieldType.MOMENT),
    _field("first_order_at", FieldType.MOMENT),
    _field("last_order_at", FieldType.MOMENT),
    _field("stage_since", FieldType.MOMENT),
    _field("open_checkout_at", FieldType.MOMENT),
    _field("open_cart_at", FieldType.MOMENT),
    _field("stage", FieldType.CHOICE, tuple(Stage)),
    _field("consent_email", FieldType.CHOICE, tuple(ConsentState)),
    _field("locale", FieldType.CHOICE),
    _field("country", FieldType.CHOICE),
    _field("is_mailable", FieldType.FLAG),
)
FIELDS = {field.id: field for field in _ALL}
