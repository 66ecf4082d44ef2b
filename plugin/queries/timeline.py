"""What happened to and around one person, newest first: facts, flows, messages, points, stages.

Each source is read in the order (time, id) from the place where the page before ended, and the sources are
merged; so a page costs the same wherever it begins, and nothing is shown twice or left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from plugin.core.loyalty.ledger import customer_account
from plugin.queries.happenings import FACTS_OF, View, words_of
from plugin.store.codec import decode_event
from plugin.store.tables import (
    DecisionRow,
    EventRow,
    LedgerTransactionRow,
    OutboxRow,
    PostingRow,
    StageChangeRow,
)
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

_events, _decisions, _outbox = table_of(EventRow), table_of(DecisionRow), table_of(OutboxRow)
_stages, _transactions, _postings = (
    table_of(StageChangeRow),
    table_of(LedgerTransactionRow),
    table_of(PostingRow),
)

_SHOWN_DECISIONS = ("entered", "not_entered", "skipped", "ended", "no_points")


class InvalidCursorError(ValueError):
    """This is not the end of a page of the timeline. Start from its first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The entry that ended a page: its instant, its source, its id there."""

    at: datetime
    rank: int
    id: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.rank}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """What `str` made. Raises `InvalidCursorError`."""
        parts = text.split("~", 2)
        try:
            at, rank = datetime.fromisoformat(parts[0]), int(parts[1])
            cursor = cls(at=at.astimezone(UTC), rank=rank, id=parts[2])
        except (ValueError, IndexError, OverflowError):
            raise InvalidCursorError("not a place in the timeline") from None
        if at.tzinfo is None or rank not in range(len(_SOURCES)) or "\x00" in cursor.id:
            raise InvalidCursorError("not a place in the timeline")
        return cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry. `kind` says which of the other fields speak.

    `order`, `refund`, `checkout`, `checkout_deleted`, `cart`, `consent`, `customer_deleted`,
    `payment`, `shipment`, `return`, `tags`, `order_edited`, `order_deleted`, `merged`, `stage`, `flow`,
    `message`, `effect` or `points`.
    """

    cursor: Cursor
    kind: str
    subject: str = ""
    """What it is about: an order's name, a checkout, a trigger."""
    state: str = ""
    reason: str = ""
    source: str = ""
    flow_id: str = ""
    step_id: str = ""
    before: str = ""
    amount_minor: int | None = None
    currency: str = ""
    count: int = 0
    """Points, or pieces in a cart or checkout."""

    @property
    def at(self) -> datetime:
        return self.cursor.at


def timeline(
    unit: Unit, customer_id: int, before: Cursor | None = None, limit: int = 30, *, view: View = View.ALL
) -> tuple[list[Happening], Cursor | None]:
    """Up to `limit` entries before the cursor, newest first, and the cursor of the next page if there is one.

    Repeated news of one thing (each step of a checkout, each update of an order that changes nothing shown) is
    one entry.
    """
    asked = _Asked(customer_id=customer_id, view=view, before=before, limit=limit + 1)
    sources = [
        _read(unit, rank, source, asked) for rank, source in enumerate(_SOURCES) if view in source.views
    ]
    newest_first = merge(*sources, key=lambda entry: (entry.at, entry.cursor.rank), reverse=True)
    page = list(islice(newest_first, limit + 1))
    has_more, shown = len(page) > limit, page[:limit]
    return list(_without_repeats(shown)), shown[-1].cursor if has_more else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    customer_id: int
    view: View
    before: Cursor | None
    limit: int


def _read(unit: Unit, rank: int, source: "_Source", asked: _Asked) -> Iterator[Happening]:
    query, at, identity = source.query(unit.shop_id, asked.customer_id, asked.view)
    if asked.before is not None:
        query = query.where(_is_before(asked.before, rank, at, identity))
    query = query.add_columns(at.label("at_"), identity.label("id_"))
    for row in unit.connection.execute(query.order_by(at.desc(), identity.desc()).limit(asked.limit)):
        yield source.entry(row, Cursor(at=row.at_, rank=rank, id=row.id_))


def _is_before(
    before: Cursor, rank: int, at: ColumnElement[Any], identity: ColumnElement[Any]
) -> ColumnElement[bool]:
    if rank < before.rank:
        return at <= before.at
    if rank > before.rank:
        return at < before.at
    return or_(at < before.at, and_(at == before.at, identity < before.id))


def _without_repeats(page: list[Happening]) -> Iterator[Happening]:
    seen: set[tuple[str, str, str]] = set()
    for entry in page:
        thing = (entry.kind, entry.subject, entry.state)
        if entry.kind in {"order", "checkout", "cart"} and thing in seen:
            continue
        seen.add(thing)
        yield entry


Query = tuple[Select[Any], ColumnElement[Any], ColumnElement[Any]]


class _Source(Protocol):
    views: frozenset[View]

    def query(self, shop_id: int, customer_id: int, view: View) -> Query: ...
    def entry(self, row: Any, cursor: Cursor) -> Happening: ...


class _Events:
    views = frozenset(FACTS_OF)

    def query(self, shop_id: int, customer_id: int, view: View) -> Query:
        kinds = [kind.__name__ for kind in FACTS_OF[view]]
        query = select(_events.c.kind, _events.c.body).where(
            _events.c.shop_id == shop_id, _events.c.customer_id == customer_id, _events.c.kind.in_(kinds)
        )
        return query, _events.c.occurred_at, _events.c.event_id

    def entry(self, row: Any, cursor: Cursor) -> Happening:
        return Happening(cursor=cursor, **words_of(decode_event(row.kind, row.body)))


class _Decisions:
    views = frozenset({View.ALL, View.MESSAGES})

    def query(self, shop_id: int, customer_id: int, view: View) -> Query:  # noqa: ARG002  # all in each view
        columns = _decisions.c
        identity = columns.flow_id + literal(" ") + columns.trigger_key + literal(" ") + columns.step_id
        query = select(
            columns.flow_id, columns.trigger_key, columns.step_id, columns.outcome, columns.reason
        ).where(
            columns.shop_id == shop_id,
            columns.customer_id == customer_id,
            columns.outcome.in_(_SHOWN_DECISIONS),
        )
        return query, columns.at, identity

    def entry(self, row: Any, cursor: Cursor) -> Happening:
        return Happening(
            cursor=cursor,
            kind="flow",
            subject=row.trigger_key,
            state=row.outcome,
            reason=row.reason,
            flow_id=row.flow_id,
            step_id=row.step_id,
        )


class _Effects:
    views = frozenset({View.ALL, View.MESSAGES, View.LOYALTY})

    def query(self, shop_id: int, customer_id: int, view: View) -> Query:
        columns = _outbox.c
        query = select(
            columns.kind, columns.state, columns.reason, columns.flow_id, columns.step_id, columns.attempts
        ).where(columns.shop_id == shop_id, columns.customer_id == customer_id)
        if view is View.MESSAGES:
            query = query.where(columns.kind == "message")
        if view is View.LOYALTY:
            query = query.where(columns.kind == "discount_code")
        return (
            query,
            func.coalesce(columns.sent_at, columns.created_at, type_=columns.created_at.type),
            columns.effect_key,
        )

    def entry(self, row: Any, cursor: Cursor) -> Happening:
        return Happening(
            cursor=cursor,
            kind="message" if row.kind == "message" else "effect",
            subject=row.kind,
            state=row.state,
            reason=row.reason,
            flow_id=row.flow_id,
            step_id=row.step_id,
            count=row.attempts,
        )


class _Stages:
    views = frozenset({View.ALL})

    def query(self, shop_id: int, customer_id: int, view: View) -> Query:  # noqa: ARG002  # all in each view
        query = select(_stages.c.before, _stages.c.after, _stages.c.reason).where(
            _stages.c.shop_id == shop_id, _stages.c.customer_id == customer_id
        )
        return query, _stages.c.at, _stages.c.after

    def entry(self, row: Any, cursor: Cursor) -> Happening:
        return Happening(cursor=cursor, kind="stage", before=row.before, state=row.after, reason=row.reason)


class _Points:
    views = frozenset({View.ALL, View.LOYALTY})

    def query(self, shop_id: int, customer_id: int, view: View) -> Query:  # noqa: ARG002  # all in each view
        query = (
            select(_transactions.c.reason, _transactions.c.subject, _postings.c.points)
            .join(
                _postings,
                and_(
                    _postings.c.shop_id == _transactions.c.shop_id,
                    _postings.c.transaction_id == _transactions.c.transaction_id,
                ),
            )
            .where(_transactions.c.shop_id == shop_id, _postings.c.account == customer_account(customer_id))
        )
        return query, _transactions.c.at, _transactions.c.transaction_id

    def entry(self, row: Any, cursor: Cursor) -> Happening:
        return Happening(
            cursor=cursor, kind="points", subject=row.subject, reason=row.reason, count=row.points
        )


_SOURCES: tuple[_Source, ...] = (_Events(), _Stages(), _Decisions(), _Points(), _Effects())
"""In the order in which things of one instant follow from each other: facts first, messages last."""
