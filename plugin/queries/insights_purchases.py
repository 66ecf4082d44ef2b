"""Every purchase of a shop as arrays, for the pages that look at all customers at once.

A shop with very many orders is looked at through a random sample of its customers: the first random buckets.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, extract, func, select

from plugin.core.lifecycle.history import Integers, PurchaseHistory, history_of, local_day
from plugin.core.segments.facts import BUCKETS
from plugin.store.tables import CustomerFactsRow, OrderRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

MOST_ORDERS = 400_000  # read for one page; about a second
_PEEK = 10  # buckets, one hundredth of the customers

_facts, _orders = table_of(CustomerFactsRow), table_of(OrderRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was bought up to a moment, by all customers or by a random sample of them."""

    history: PurchaseHistory
    today: int
    """The local day of that moment, from 1970-01-01."""
    buckets: int = BUCKETS
    """Of 1,000: those whose customers were looked at."""

    @property
    def share(self) -> float:
        """Of the shop's customers, those who were looked at."""
        return self.buckets / BUCKETS

    def nth_days(self, count: int) -> Integers:
        """A row per buyer with their first `count` purchase days; -1 where there is none yet."""
        found = np.full((len(self.history), count), -1, dtype=np.int64)
        for nth in range(count):
            has = self.history.days > nth
            found[has, nth] = self.history.day[self.history.starts[has] + nth]
        return found


def past(unit: Unit, zone: ZoneInfo, now: datetime, *, most_orders: int = MOST_ORDERS) -> Past:
    """All purchases up to `now`, or those of a random sample of customers who have about `most_orders`."""
    buckets = _affordable_buckets(unit, most_orders)
    at = _epoch(unit, _orders.c.at)
    query: Select[tuple[int, int, int]] = select(_orders.c.customer_id, at, _orders.c.net_minor).where(
        _orders.c.shop_id == unit.shop_id, _orders.c.is_purchase, _orders.c.at <= now
    )
    if buckets < BUCKETS:
        query = query.join(
            _facts,
            and_(_facts.c.shop_id == _orders.c.shop_id, _facts.c.customer_id == _orders.c.customer_id),
        ).where(_facts.c.bucket < buckets)
    rows = unit.connection.execute(query).fetchall()
    found = np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 3)
    history = history_of(found[:, 0], found[:, 1], found[:, 2], zone=zone)
    return Past(history=history, today=local_day(now, zone), buckets=buckets)


def _epoch(unit: Unit, column: ColumnElement[datetime]) -> ColumnElement[int]:
    """Whole seconds since 1970: a number costs a tenth of what a datetime costs."""
    if unit.is_postgres:
        return cast(func.floor(extract("epoch", column)), BigInteger)
    return cast(func.strftime("%s", column), BigInteger)


def _affordable_buckets(unit: Unit, most_orders: int) -> int:
    query = select(func.coalesce(func.sum(_facts.c.orders_count), 0)).where(
        _facts.c.shop_id == unit.shop_id, _facts.c.bucket < _PEEK
    )
    expected = int(unit.connection.scalar(query) or 0) * BUCKETS // _PEEK
    return BUCKETS if expected <= most_orders else max(_PEEK, BUCKETS * most_orders // expected)
