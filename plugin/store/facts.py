"""Customer facts at rest: one flat row per customer, written whole, read back as the same value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, tuple_, update
from sqlmodel import col

from plugin.core.events import ConsentState
from plugin.core.lifecycle.rfm import RfmGroup
from plugin.core.lifecycle.stages import Stage
from plugin.core.lifecycle.value import ValueClass
from plugin.core.segments.facts import CustomerFacts, bucket_of
from plugin.store.tables import CustomerFactsRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of, upsert

_CHUNK = 500
_BEFORE_ALL = (-1, 0)
_BETWEEN = "\n"  # of words in one text; no tag and no discount code contains a line end
_NAMES = tuple(field.name for field in fields(CustomerFacts))
_facts = table_of(CustomerFactsRow)

SCORED = (
    "order_chance",
    "alive_chance",
    "expected_orders",
    "clv_minor",
    "next_order_from",
    "next_order_until",
    "value_class",
    "rfm_recency",
    "rfm_frequency",
    "rfm_monetary",
    "rfm_group",
)
"""What the shop's model says of a customer, not their events."""


def save(unit: Unit, facts: Iterable[CustomerFacts], flips: Mapping[int, datetime | None]) -> None:
    """Write the facts, and for each customer the next instant at which time alone may change a membership."""
    upsert(unit, CustomerFactsRow, [_row(each, flips.get(each.customer_id)) for each in facts])


def load(unit: Unit, customer_ids: Iterable[int]) -> dict[int, CustomerFacts]:
    """The facts of those customers that have any."""
    wanted = sorted(set(customer_ids))
    found: dict[int, CustomerFacts] = {}
    for start in range(0, len(wanted), _CHUNK):
        places = _places(unit, wanted[start : start + _CHUNK])
        query = select(*(_facts.c[name] for name in _NAMES)).where(
            _facts.c.shop_id == unit.shop_id, tuple_(_facts.c.bucket, _facts.c.customer_id).in_(places)
        )
        for row in unit.connection.execute(query):
            facts = facts_in(row)
            found[facts.customer_id] = facts
    return found


def scores(unit: Unit, customer_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What the shop's model said last of each of these customers, by the names in `SCORED`."""
    wanted = sorted(set(customer_ids))
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), _CHUNK):
        places = _places(unit, wanted[start : start + _CHUNK])
        query = select(_facts.c.customer_id, *(_facts.c[name] for name in SCORED)).where(
            _facts.c.shop_id == unit.shop_id, tuple_(_facts.c.bucket, _facts.c.customer_id).in_(places)
        )
        for row in unit.connection.execute(query):
            values = zip(SCORED, row[1:], strict=True)
            found[row[0]] = {name: _READ[name](value) if name in _READ else value for name, value in values}
    return found


def page(unit: Unit, *, after: tuple[int, int] | None, limit: int) -> list[CustomerFacts]:
    """The next customers in the order of bucket and id; `after` names the last of the page before by both."""
    query = select(*(_facts.c[name] for name in _NAMES)).where(
        _facts.c.shop_id == unit.shop_id,
        tuple_(_facts.c.bucket, _facts.c.customer_id) > (after or _BEFORE_ALL),
    )
    query = query.order_by(_facts.c.bucket, _facts.c.customer_id).limit(limit)
    return [facts_in(row) for row in unit.connection.execute(query)]


def set_flips(unit: Unit, flips: Mapping[int, datetime | None]) -> None:
    """Store the next flips of customers whose facts stay as they are."""
    rows = [
        {"of_bucket": bucket_of(unit.shop_id, customer_id), "of_customer": customer_id, "flip": flip_at}
        for customer_id, flip_at in sorted(flips.items())
    ]
    if rows:
        statement = (
            update(_facts)
            .where(
                _facts.c.shop_id == unit.shop_id,
                _facts.c.bucket == bindparam("of_bucket"),
                _facts.c.customer_id == bindparam("of_customer"),
            )
            .values(flip_at=bindparam("flip"))
        )
        unit.connection.execute(statement, rows)


def remove(unit: Unit, customer_id: int) -> None:
    """Forget the facts of somebody who is somebody else now."""
    unit.connection.execute(
        delete(CustomerFactsRow).where(
            col(CustomerFactsRow.shop_id) == unit.shop_id,
            col(CustomerFactsRow.bucket) == bucket_of(unit.shop_id, customer_id),
            col(CustomerFactsRow.customer_id) == customer_id,
        )
    )


def due_flips(unit: Unit, now: datetime, limit: int) -> list[int]:
    """Customers whose memberships time may have changed, the longest overdue first."""
    query = (
        select(_facts.c.customer_id)
        .where(_facts.c.shop_id == unit.shop_id, _facts.c.flip_at <= now)
        .order_by(_facts.c.flip_at)
        .limit(limit)
    )
    return list(unit.connection.scalars(query))


def next_flip(unit: Unit) -> datetime | None:
    query = select(func.min(_facts.c.flip_at)).where(_facts.c.shop_id == unit.shop_id)
    soonest: datetime | None = unit.connection.scalar(query)
    return soonest


def words_text(words: Iterable[str]) -> str:
    """Words as one text in which each can be found (`has_word`); empty for none."""
    known = sorted({" ".join(word.split()) for word in words} - {""})
    return f"{_BETWEEN}{_BETWEEN.join(known)}{_BETWEEN}" if known else ""


def words_in(text: str) -> tuple[str, ...]:
    """The words that `words_text` put into `text`."""
    return tuple(text.strip(_BETWEEN).split(_BETWEEN)) if text else ()


def has_word(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether a column of words holds this one, on both databases. Of tags, `word` has to be casefolded."""
    return column.contains(f"{_BETWEEN}{' '.join(word.split())}{_BETWEEN}", autoescape=True)


def facts_in(row: Any) -> CustomerFacts:
    """The facts in a row of the table, which may have more columns."""
    values = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping
    return CustomerFacts(
        **{name: _READ[name](values[name]) if name in _READ else values[name] for name in _NAMES}
    )


def _row(facts: CustomerFacts, flip_at: datetime | None) -> dict[str, Any]:
    row = {name: getattr(facts, name) for name in _NAMES}
    row["tags"] = words_text(facts.tags)
    for name in _WORDS:
        value = row[name]
        row[name] = None if value is None else value.value
    row["flip_at"] = flip_at
    return row


def _places(unit: Unit, customer_ids: Iterable[int]) -> list[tuple[int, int]]:
    return [(bucket_of(unit.shop_id, customer_id), customer_id) for customer_id in customer_ids]


def _unless_none(kind: Callable[[str], Any]) -> Callable[[str | None], Any]:
    return lambda value: None if value is None else kind(value)


_WORDS: Mapping[str, Callable[[str], Any]] = {
    "stage": Stage,
    "consent_email": ConsentState,
    "consent_sms": ConsentState,
    "value_class": ValueClass,
    "rfm_group": RfmGroup,
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    "tags": lambda text: frozenset(words_in(text)),
    **{name: _unless_none(kind) for name, kind in _WORDS.items()},
}
