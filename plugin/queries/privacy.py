"""Privacy requests as the merchant sees them, and the copy of a person's data that a request asks for."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from plugin.store import privacy
from plugin.store.unit_of_work import Unit

ANSWER_WITHIN = timedelta(days=30)  # Shopify's own limit, and what data protection laws call a month

_SECRET_KEYS = frozenset({"url"})
"""The buyer's own way back into a checkout opens it for whoever reads it: it is in no copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request. `customers` are those a data request is about; empty when nobody was found."""

    request_id: str
    kind: str
    state: str
    received_at: datetime
    ended_at: datetime | None
    customers: tuple[int, ...]

    @property
    def is_open(self) -> bool:
        return self.state != privacy.DONE

    @property
    def deadline(self) -> datetime:
        return self.received_at + ANSWER_WITHIN

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and now > self.deadline


def requests(unit: Unit) -> list[RequestLine]:
    """The shop's requests, newest first."""
    return [
        RequestLine(
            request_id=found.request_id,
            kind=found.kind,
            state=found.state,
            received_at=found.received_at,
            ended_at=found.ended_at,
            customers=tuple(
                int(customer_id)
                for customer_id in found.summary.get("customers", "").split(",")
                if customer_id
            ),
        )
        for found in privacy.of_shop(unit)
    ]


def export(unit: Unit, request_id: str) -> str:
    """Everything about the people a data request is about, as one JSON document.

    Raises `LookupError` unless it is a data request of this shop.
    """
    asked = next((line for line in requests(unit) if line.request_id == request_id), None)
    if asked is None or asked.kind != privacy.DATA_REQUEST:
        raise LookupError("there is no such data request in this shop")
    people = {
        str(customer_id): {
            table: [_plain(row) for row in rows]
            for table, rows in privacy.everything_about(unit, customer_id).items()
        }
        for customer_id in asked.customers
    }
    document = {"request": request_id, "received_at": asked.received_at.isoformat(), "customers": people}
    return json.dumps(document, ensure_ascii=False, indent=2)


def export_person(unit: Unit, customer_id: int) -> str:
    """Everything about one customer as a JSON document, nobody having asked for it through Shopify."""
    tables = privacy.everything_about(unit, customer_id)
    document = {table: [_plain(row) for row in rows] for table, rows in tables.items()}
    return json.dumps(document, ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:
    """A row as JSON: instants in ISO 8601, stored documents opened, keys to checkouts left out."""
    if isinstance(value, dict):
        return {
            name: _plain(inner) for name, inner in value.items() if name not in _SECRET_KEYS | {"shop_id"}
        }
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return _plain(json.loads(value))
    return value
