"""The purchases of many customers at once, as arrays: what models are fitted to and scores are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseHistory:
    """Customers with at least one purchase each, by id. Purchases of one local day are one.

    The arrays of the first part have an element per customer, those of the second one per purchase day, by
    customer and day. Instants are whole seconds since 1970; days are counted from 1970-01-01 in the shop's zone.
    """

    zone: ZoneInfo
    customer_ids: Integers
    first_at: Integers
    last_at: Integers
    days: Integers
    """Purchase days, at least 1."""

    day: Integers
    value_minor: Floats
    """Net product value bought on that day."""

    def __len__(self) -> int:
        return len(self.customer_ids)

    @property
    def starts(self) -> Integers:
        """Where each customer's purchase days begin."""
        return np.cumsum(self.days) - self.days

    @property
    def first_day(self) -> Integers:
        return self.day[self.starts]

    @property
    def last_day(self) -> Integers:
        return self.day[np.cumsum(self.days) - 1]

    def sum_by_customer(self, values: Floats) -> Floats:
        """The sum over each customer's purchase days; `values` has an element per purchase day."""
        return np.add.reduceat(values, self.starts) if len(self) else np.zeros(0)

    def only(self, chosen: NDArray[np.bool_]) -> "PurchaseHistory":
        """The history of those customers alone."""
        if chosen.all():
            return self
        who = np.flatnonzero(chosen)
        before = np.cumsum(self.days[who]) - self.days[who]
        of_chosen = np.repeat(self.starts[who] - before, self.days[who])
        of_chosen += np.arange(len(of_chosen))
        return PurchaseHistory(
            zone=self.zone,
            customer_ids=self.customer_ids[chosen],
            first_at=self.first_at[chosen],
            last_at=self.last_at[chosen],
            days=self.days[chosen],
            day=self.day[of_chosen],
            value_minor=self.value_minor[of_chosen],
        )

    def until_day(self, day: int) -> "PurchaseHistory":
        """What was known at the end of that day; `last_at` only to the day, where a later purchase is cut off."""
        is_known = self.day <= day
        days = np.add.reduceat(is_known, self.starts) if len(self) else self.days
        bought = days > 0
        last = self.day[is_known][np.cumsum(days[bought]) - 1]
        is_cut = days[bought] < self.days[bought]
        return PurchaseHistory(
            zone=self.zone,
            customer_ids=self.customer_ids[bought],
            first_at=self.first_at[bought],
            last_at=np.where(
                is_cut,
                self.first_at[bought] + (last - self.first_day[bought]) * DAY_SECONDS,
                self.last_at[bought],
            ),
            days=days[bought].astype(np.int64),
            day=self.day[is_known],
            value_minor=self.value_minor[is_known],
        )


def history_of(
    customer_ids: Sequence[int] | Integers,
    at: Sequence[int] | Integers,
    value_minor: Sequence[int] | Sequence[float] | Integers | Floats,
    *,
    zone: ZoneInfo,
) -> PurchaseHistory:
    """The history in purchases of any order: whose, when (whole seconds since 1970, UTC) and net product value."""
    who, when = np.asarray(customer_ids, np.int64), np.asarray(at, np.int64)
    values = np.asarray(value_minor, np.float64)
    by_person = np.lexsort((when, who))
    who, when, values = who[by_person], when[by_person], values[by_person]
    day = local_days(when, zone)
    begins_person = np.append(True, who[1:] != who[:-1])[: len(who)]
    begins_day = begins_person.copy()
    begins_day[1:] |= day[1:] != day[:-1]
    first, firsts_of_days = np.flatnonzero(begins_person), np.flatnonzero(begins_day)
    last = np.append(first[1:], len(who))[: len(first)] - 1
    numbers = np.append(np.cumsum(begins_day), 0)
    return PurchaseHistory(
        zone=zone,
        customer_ids=who[first],
        first_at=when[first],
        last_at=when[last],
        days=numbers[last] - numbers[first] + 1,
        day=day[firsts_of_days],
        value_minor=np.add.reduceat(values, firsts_of_days) if len(values) else values,
    )


def joined(parts: Sequence[PurchaseHistory]) -> PurchaseHistory:
    """One history of the customers of one part or more, none of whom is in two, in the order of the parts."""
    names = ("customer_ids", "first_at", "last_at", "days", "day", "value_minor")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return PurchaseHistory(zone=parts[0].zone, **arrays)


def weighted(weights: Floats, values: Floats) -> float:
    """The sum of products. Never by BLAS: its threads cost more than they save beside other work."""
    return float(np.einsum("i,i->", weights, values))


def local_day(moment: datetime, zone: ZoneInfo) -> int:
    """Days from 1970-01-01 to the date of `moment` in `zone`."""
    return moment.astimezone(zone).toordinal() - _EPOCH_ORDINAL


def local_days(at: Integers, zone: ZoneInfo) -> Integers:
    """The same of many instants (seconds since 1970)."""
    if len(at) == 0:
        return at
    since, offsets = _offsets(zone, _year(int(at.min())), _year(int(at.max())))
    return (at + offsets[np.searchsorted(since, at, side="right") - 1]) // DAY_SECONDS


_EPOCH_ORDINAL = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def _year(at: int) -> int:
    return datetime.fromtimestamp(at, UTC).year


@lru_cache(maxsize=256)
def _offsets(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[Integers, Integers]:
    """From which instants on the zone is how many seconds ahead of UTC."""
    start = int(datetime(first_year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(last_year + 1, 1, 1, tzinfo=UTC).timestamp())
    since, offsets = [start], [_offset(zone, start)]
    for morning in range(start, end, DAY_SECONDS):
        evening = morning + DAY_SECONDS
        if _offset(zone, evening) != offsets[-1]:
            since.append(_change(zone, morning, evening))
            offsets.append(_offset(zone, evening))
    return np.asarray(since, np.int64), np.asarray(offsets, np.int64)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second of the new offset."""
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, at: int) -> int:
    ahead = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0
