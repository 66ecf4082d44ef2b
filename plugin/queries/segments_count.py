"""How many customers a question finds, while it is being typed: exact when there is time, else an estimate.

Customers lie in the order of a random bucket, so any range of buckets is a fair sample of the shop. Ranges are
counted one after the other until all are, or the time is spent; what was counted then says how many there are
in all, and how sure that is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, sqrt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, case, func, literal, select, text

from plugin.core.segments.conditions import Tree
from plugin.core.segments.facts import BUCKETS
from plugin.queries.segments_sql import FACTS, where

BUDGET = timedelta(
    milliseconds=180
)  # of the 300 ms in which an answer feels like typing; the rest is the page's
SAMPLE = 5
_FIRST_RANGE = 1  # bucket, a thousandth of the shop: how long it takes says how many come next
_CUT = 0.5  # of the time left, what the next range may be expected to take
_MAILABLE = 2**32  # more than a shop has customers: two counts in one number
_SURE = 1.96  # standard deviations: 95 of 100 such intervals hold the truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a question finds in a shop at one instant."""

    customers: int
    mailable: int
    everyone: int
    """All customers of the shop, counted or estimated like the others."""
    is_exact: bool
    low: int
    """With `high`, the interval in which the number of customers lies, 95 times of 100."""
    high: int
    found_in: tuple[tuple[int, int], ...] = ()
    """The first ranges of buckets with people who answer, for `sample`."""

    @property
    def share(self) -> float:
        """Of all customers of the shop, 0 to 1; 0 where there are none."""
        return self.customers / self.everyone if self.everyone else 0.0


def count(
    connection: Connection,
    shop_id: int,
    tree: Tree,
    now: datetime,
    *,
    zone: ZoneInfo,
    monotonic: Callable[[], float],
    budget: timedelta = BUDGET,
) -> Count:
    """How many customers answer to `tree`, which names no other segment. `monotonic` tells seconds.

    Raises `InvalidConditionError` for a tree too large for a database.
    """
    answers = where(tree, shop_id=shop_id, now=now, zone=zone)
    ends = monotonic() + budget.total_seconds()
    if connection.dialect.name == "postgresql":
        # Compiling a question to machine code takes longer than asking it of a range.
        connection.execute(text("SET LOCAL jit = off"))
    began, width = 0, _FIRST_RANGE
    seen = found = mailable = 0
    found_in: list[tuple[int, int]] = []
    while began < BUCKETS:
        until = min(began + width, BUCKETS)
        started = monotonic()
        here = connection.execute(_counting(shop_id, answers, began, until)).one()
        finished = monotonic()
        mailable_here, found_here = divmod(int(here.packed), _MAILABLE)
        seen, found, mailable = seen + here.seen, found + found_here, mailable + mailable_here
        if found_here and len(found_in) < SAMPLE:
            found_in.append((began, until))
        per_bucket = max(finished - started, 1e-6) / (until - began)
        began = until
        if finished >= ends:
            break
        width = max(1, floor((ends - finished) * _CUT / per_bucket))
    return _extrapolated(seen=seen, found=found, mailable=mailable, counted=began, found_in=tuple(found_in))


def sample(
    connection: Connection,
    shop_id: int,
    tree: Tree,
    now: datetime,
    *,
    zone: ZoneInfo,
    found_in: tuple[tuple[int, int], ...],
    limit: int = SAMPLE,
) -> list[int]:
    """Up to `limit` customers who answer, from the ranges in which `count` found some."""
    answers = where(tree, shop_id=shop_id, now=now, zone=zone)
    people: list[int] = []
    for began, until in found_in:
        query = (
            select(FACTS.c.customer_id)
            .where(_in_range(shop_id, began, until), answers)
            .order_by(FACTS.c.bucket, FACTS.c.customer_id)
            .limit(limit - len(people))
        )
        people += connection.scalars(query)
        if len(people) >= limit:
            break
    return people


def _in_range(shop_id: int, began: int, until: int) -> ColumnElement[bool]:
    return and_(FACTS.c.shop_id == shop_id, FACTS.c.bucket >= began, FACTS.c.bucket < until)


def _counting(shop_id: int, answers: ColumnElement[bool], began: int, until: int) -> Select[Any]:
    """Everyone in the range and, in one sum, who answers: asking twice per customer would take twice as long."""
    worth = case((FACTS.c.is_mailable, literal(_MAILABLE + 1, BigInteger())), else_=literal(1, BigInteger()))
    packed = func.sum(case((answers, worth), else_=literal(0, BigInteger())))
    return select(func.count().label("seen"), func.coalesce(packed, 0).label("packed")).where(
        _in_range(shop_id, began, until)
    )


def _extrapolated(
    *, seen: int, found: int, mailable: int, counted: int, found_in: tuple[tuple[int, int], ...]
) -> Count:
    if counted == BUCKETS:
        return Count(
            customers=found,
            mailable=mailable,
            everyone=seen,
            is_exact=True,
            low=found,
            high=found,
            found_in=found_in,
        )
    everyone = round(seen * BUCKETS / counted)
    low, high = _interval(found, seen, everyone)
    return Count(
        customers=min(max(round(found * BUCKETS / counted), low), high),
        mailable=round(mailable * BUCKETS / counted),
        everyone=everyone,
        is_exact=False,
        low=low,
        high=high,
        found_in=found_in,
    )


def _interval(found: int, seen: int, everyone: int) -> tuple[int, int]:
    """Wilson's score interval of the share, corrected for how much of the shop was counted."""
    if seen == 0:
        return 0, everyone
    rest = max(everyone - seen, 0)
    share = found / seen
    z2 = _SURE**2 * rest / max(everyone - 1, 1)
    middle = (share + z2 / (2 * seen)) / (1 + z2 / seen)
    half = sqrt(z2 * (share * (1 - share) / seen + z2 / (4 * seen**2))) / (1 + z2 / seen)
    low = max(found, floor((middle - half) * everyone))
    high = min(found + rest, ceil((middle + half) * everyone))
    return low, max(low, high)
