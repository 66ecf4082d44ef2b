"""The installation in numbers, for operators: counts by state, across shops."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from plugin.core.keys import NO_SHOP
from plugin.store import alarms, models, shops
from plugin.store.inbox_store import InboxStore
from plugin.store.schema import revision
from plugin.store.tables import (
    CustomerRow,
    EnrollmentRow,
    LedgerTransactionRow,
    OutboxRow,
    PostingRow,
)
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import table_of

MESSAGE_STATES = ("ready", "wire", "sent", "soft_failed", "hard_failed", "in_doubt", "skipped")
_INBOX_STATES = ("received", "done", "failed", "ignored")
_FAILURES_READ = 1000  # the newest of each shop; more say nothing new

_customers, _enrollments, _outbox = table_of(CustomerRow), table_of(EnrollmentRow), table_of(OutboxRow)
_transactions, _postings = table_of(LedgerTransactionRow), table_of(PostingRow)


def status(database: Database, inbox: InboxStore) -> dict[str, Any]:
    """What `regulars status --json` prints. Every state has its entry, also at zero.

    `effects` are the outbox rows that are no messages: discount codes and opt-outs for Shopify.
    """
    deliveries = inbox.counts()
    with database.reading(NO_SHOP) as unit:
        connection = unit.connection
        messages, effects = _outbox_states(unit)
        total, ended = connection.execute(select(func.count(), func.count(_enrollments.c.ended_at))).one()
        counted = {
            "customers": connection.scalar(select(func.count()).select_from(_customers)),
            "enrollments": {"running": total - ended, "ended": ended},
            "messages": messages,
            "effects": effects,
            "ledger": {
                "transactions": connection.scalar(select(func.count()).select_from(_transactions)),
                "postings": connection.scalar(select(func.count()).select_from(_postings)),
                "sum": int(connection.scalar(select(func.coalesce(func.sum(_postings.c.points), 0))) or 0),
            },
        }
        oldest = _oldest_due(unit, inbox.oldest_waiting())
    return {
        "inbox": {state: deliveries.get(state, 0) for state in _INBOX_STATES},
        **counted,
        "oldest_due": oldest.isoformat() if oldest else None,
        "schema": revision(database.engine, "main"),
        "failures": _failures(database, inbox),
        "alarms": _alarms(database),
        "models": _models(database),
    }


def _outbox_states(unit: Unit) -> tuple[dict[str, int], dict[str, int]]:
    is_message = _outbox.c.kind == "message"
    query = select(is_message, _outbox.c.state, func.count()).group_by(is_message, _outbox.c.state)
    messages, effects = (dict.fromkeys(MESSAGE_STATES, 0) for _ in range(2))
    for of_message, state, count in unit.connection.execute(query):
        (messages if of_message else effects)[state] += count
    return messages, effects


def _oldest_due(unit: Unit, waiting_since: datetime | None) -> datetime | None:
    enrollment = unit.connection.scalar(select(func.min(_enrollments.c.due)))
    effect = unit.connection.scalar(
        select(func.min(_outbox.c.due)).where(_outbox.c.state.in_(("ready", "soft_failed")))
    )
    return min((at for at in (enrollment, effect, waiting_since) if at is not None), default=None)


def _alarms(database: Database) -> list[dict[str, Any]]:
    """What is quieter than its own past at this moment."""
    found = []
    for shop in shops.everyone(database):
        with database.reading(shop.shop_id) as unit:
            lasting = alarms.open_of(unit).values()
        found += [
            {
                "shop": shop.domain,
                "watched": alarm.watched,
                "since": alarm.began_at.isoformat(),
                "hours": alarm.hours,
                "seen": alarm.seen,
                "expected": alarm.expected,
            }
            for alarm in lasting
        ]
    return found


def _models(database: Database) -> list[dict[str, Any]]:
    """When each shop was last learnt from, and how far that has reached its customers."""
    walks = models.walks(database)
    return [
        {
            "shop": shop.domain,
            "number": walk.number,
            "fitted_at": walk.fitted_at.isoformat(),
            "reason": walk.reason,
            "walked": walk.walked,
            "people": walk.people,
            "ended_at": walk.ended_at.isoformat() if walk.ended_at else None,
        }
        for shop in shops.everyone(database)
        if (walk := walks.get(shop.shop_id)) is not None
    ]


def _failures(database: Database, inbox: InboxStore) -> list[dict[str, Any]]:
    """What could not be understood, by shop, topic and reason; the most frequent of each shop first."""
    found = []
    for shop in shops.everyone(database):
        failed = inbox.failed(shop.shop_id, _FAILURES_READ)
        counts = Counter((delivery.topic, delivery.reason) for delivery in failed)
        found += [
            {"shop": shop.domain, "topic": topic, "reason": reason, "count": count}
            for (topic, reason), count in counts.most_common()
        ]
    return found
