"""What operators' monitoring reads: counts by state, and how late the house is."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from plugin.core.keys import NO_SHOP
from plugin.store.tables import ShopQueueRow
from plugin.store.unit_of_work import Database

_FAMILIES = {
    "inbox": "Webhook deliveries by state",
    "enrollments": "Enrollments by state",
    "messages": "Messages by state",
    "effects": "Other effects by state",
}


def oldest_due(database: Database) -> datetime | None:
    """When the work that has waited longest was due, over all shops and queues."""
    with database.reading(NO_SHOP) as unit:
        return unit.connection.scalar(select(func.min(col(ShopQueueRow.next_due))))


def metrics_text(status: Mapping[str, Any], *, now: datetime) -> str:
    """`status` (of queries.status) in Prometheus' text exposition format, version 0.0.4."""
    return "\n".join(_lines(status, now)) + "\n"


def _lines(status: Mapping[str, Any], now: datetime) -> Iterator[str]:
    for family, meaning in _FAMILIES.items():
        yield f"# HELP regulars_{family} {meaning}"
        yield f"# TYPE regulars_{family} gauge"
        for state, count in status[family].items():
            yield f'regulars_{family}{{state="{state}"}} {count}'
    yield "# HELP regulars_customers Customers known"
    yield "# TYPE regulars_customers gauge"
    yield f"regulars_customers {status['customers']}"
    due = status["oldest_due"]
    late = max(0.0, (now - datetime.fromisoformat(due)).total_seconds()) if due else 0.0
    yield "# HELP regulars_oldest_due_seconds How long the oldest due work has waited"
    yield "# TYPE regulars_oldest_due_seconds gauge"
    yield f"regulars_oldest_due_seconds {late:.3f}"
    fitted = (datetime.fromisoformat(model["fitted_at"]) for model in status["models"])
    age = max(0.0, (now - min(fitted, default=now)).total_seconds())
    yield "# HELP regulars_oldest_fit_seconds How long ago the shop that has waited longest was learnt from"
    yield "# TYPE regulars_oldest_fit_seconds gauge"
    yield f"regulars_oldest_fit_seconds {age:.3f}"
