"""Old deliveries, swept shop by shop along the index of their arrival, so that the young ones are never looked at."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Delete, Engine, Update, literal_column, select, tuple_

from plugin.store.tables.inbox import IS_SETTLED, inbox_metadata

CHUNK = 1000  # rows per transaction, so that the door never waits long for a sweep

_inbox = inbox_metadata.tables["inbox"]
_c = _inbox.c
_is_settled: ColumnElement[bool] = literal_column(IS_SETTLED)
_BEGINNING = (datetime.min.replace(tzinfo=UTC), "")


def sweep(engine: Engine, change: Update | Delete, before: datetime, *conditions: ColumnElement[bool]) -> int:
    """Apply `change` to the settled deliveries received before then; returns how many there were."""
    writing = engine.execution_options(begin="IMMEDIATE")
    swept = 0
    for shop_id in _shop_ids(engine):
        place = _BEGINNING
        while True:
            is_old = (_c.shop_id == shop_id, _c.received_at < before, _is_settled, *conditions)
            page = (
                select(_c.received_at, _c.delivery_id)
                .where(*is_old, tuple_(_c.received_at, _c.delivery_id) > place)
                .order_by(_c.received_at, _c.delivery_id)
                .limit(CHUNK)
            )
            with writing.begin() as connection:
                rows = connection.execute(page).all()
                if not rows:
                    break
                ids = [row.delivery_id for row in rows]
                swept += connection.execute(change.where(*is_old, _c.delivery_id.in_(ids))).rowcount
            place = (rows[-1].received_at, rows[-1].delivery_id)
    return swept


def _shop_ids(engine: Engine) -> Iterator[int]:
    """Every shop that anything is kept of: one step through the key for each, not one for each delivery."""
    last = -1
    while True:
        query = select(_c.shop_id).where(_c.shop_id > last).order_by(_c.shop_id).limit(1)
        with engine.begin() as connection:
            found = connection.scalar(query)
        if found is None:
            return
        last = int(found)
        yield last
