"""How the rows of an import write times, amounts, ids and texts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from plugin.core.events import ABSENT, Absent, Version
from plugin.core.money import minor_units
from plugin.shopify.contact_points import id_in

Row = Mapping[str, Any]


def version_of(updated_at: str) -> Version:
    at = instant(updated_at)
    if at is None:
        raise ValueError("a row without updatedAt")
    return Version(updated_at=at, triggered_at=at)


def instant(text: str | None) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def minor(row: Row, name: str, currency: str) -> int:
    money: Row | None = row.get(name)
    return minor_units(Decimal(money["shopMoney"]["amount"]), currency) if money else 0


def reference(node: Row | None, resource: str) -> int | None:
    return id_in(node["id"], resource) if node else None


def text_of(value: str | None) -> str:
    text = value or ""
    if "\x00" in text:
        raise ValueError("a NUL character")
    return text


def stated(value: str | None) -> str | Absent:
    return text_of(value) or ABSENT
