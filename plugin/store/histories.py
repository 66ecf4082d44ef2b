"""The purchases of customers as arrays: what models are fitted to and scores are made from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Integer, and_, cast, extract, func, or_, select

from plugin.core.customers import FULLY_REFUNDED_SHARE
from plugin.core.fulfilment import CashPhase
from plugin.core.lifecycle.history import Integers, PurchaseHistory, history_of
from plugin.store.tables import OrderRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

_CHUNK = 500  # ids in one IN list
_ROWS = 10_000  # read at a time; of one shop's ten million orders
_orders = table_of(OrderRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What customers bought, and how many orders of each came back whole. Nobody without a purchase is in it."""

    history: PurchaseHistory
    returned: Integers
    """Orders given back whole or refused at the door, by customer, in the order of the history."""


def of_customers(unit: Unit, customer_ids: Iterable[int], zone: ZoneInfo) -> Bought:
    """What these customers bought."""
    wanted = sorted(set(customer_ids))
    rows: list[Any] = []
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        rows += unit.connection.execute(_query(unit).where(_orders.c.customer_id.in_(chunk)))
    return _bought(_columns(rows), zone)


def of_shop(unit: Unit, zone: ZoneInfo) -> Bought:
    """What everybody bought. Reads in pieces: memory is for the arrays, not for the rows."""
    parts = [_bought(part, zone) for part in _by_customers(unit)]
    if not parts:
        return _bought(_columns([]), zone)
    return Bought(
        history=_joined([part.history for part in parts]),
        returned=np.concatenate([part.returned for part in parts]),
    )


def _by_customers(unit: Unit) -> Iterator[Integers]:
    """The rows in pieces that hold whole customers."""
    query = _query(unit).order_by(_orders.c.customer_id, _orders.c.at)
    result = unit.connection.execute(query, execution_options={"yield_per": _ROWS})
    held = _columns([])
    for rows in result.partitions():
        held = np.concatenate([held, _columns(rows)], axis=1)
        last = int(np.searchsorted(held[0], held[0, -1]))
        if last:
            yield held[:, :last]
            held = held[:, last:]
    if held.shape[1]:
        yield held


def _query(unit: Unit) -> Any:
    is_given_back = and_(
        _orders.c.product_minor > 0,
        _orders.c.refunded_minor * 100 >= _orders.c.product_minor * FULLY_REFUNDED_SHARE,
    )
    is_refused = _orders.c.cash_phase == CashPhase.REFUSED.value
    return select(
        _orders.c.customer_id,
        _epoch(unit),
        _orders.c.net_minor,
        cast(_orders.c.is_purchase, Integer),
    ).where(
        _orders.c.shop_id == unit.shop_id,
        or_(_orders.c.is_purchase, is_given_back, is_refused),
    )


def _epoch(unit: Unit) -> ColumnElement[int]:
    """Whole seconds since 1970: ten million instants are read as numbers, not as text."""
    if unit.is_postgres:
        return cast(func.floor(extract("epoch", _orders.c.at)), BigInteger)
    return cast(func.strftime("%s", _orders.c.at), BigInteger)


def _columns(rows: Sequence[Any]) -> Integers:
    """Four rows of numbers: customer, instant, value, whether it was a purchase."""
    return np.fromiter(chain.from_iterable(rows), np.int64, 4 * len(rows)).reshape(-1, 4).T


def _bought(columns: Integers, zone: ZoneInfo) -> Bought:
    who, when, value, is_purchase = columns
    counts = is_purchase == 1
    history = history_of(who[counts], when[counts], value[counts], zone=zone)
    back = who[~counts]
    back = back[np.isin(back, history.customer_ids)]
    returned = np.zeros(len(history), np.int64)
    np.add.at(returned, np.searchsorted(history.customer_ids, back), 1)
    return Bought(history=history, returned=returned)


def _joined(parts: Sequence[PurchaseHistory]) -> PurchaseHistory:
    """One history of the customers of many, none of whom is in two."""
    return PurchaseHistory(
        zone=parts[0].zone,
        customer_ids=np.concatenate([part.customer_ids for part in parts]),
        first_at=np.concatenate([part.first_at for part in parts]),
        last_at=np.concatenate([part.last_at for part in parts]),
        days=np.concatenate([part.days for part in parts]),
        day=np.concatenate([part.day for part in parts]),
        value_minor=np.concatenate([part.value_minor for part in parts]),
    )
