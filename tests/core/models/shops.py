"""Shops to fit models to: the real one of the CDNOW sample, and ones whose truth we know."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import default_rng

from devstore.seed.cdnow import purchases
from plugin.core.lifecycle.history import DAY_SECONDS, Integers, PurchaseHistory, history_of
from plugin.core.lifecycle.rhythm import Rhythm

UTC_ZONE = ZoneInfo("UTC")
CALIBRATED = date(1997, 9, 30)
ENDED = date(1998, 6, 30)
"""The last days of the 39 weeks that published models are fitted to, and of the 39 they are held against."""


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@cache
def cdnow(until: date = ENDED) -> PurchaseHistory:
    """The sample (devstore/SOURCES.md) as a history in cents; customers are numbered 1 to 2357."""
    bought = [purchase for purchase in purchases() if purchase.day <= until]
    return history_of(
        [purchase.customer for purchase in bought],
        [day_number(purchase.day) * DAY_SECONDS + DAY_SECONDS // 2 for purchase in bought],
        [purchase.cents for purchase in bought],
        zone=UTC_ZONE,
    )


def history(*orders: tuple[int, float, float], start: datetime) -> PurchaseHistory:
    """Orders as (customer, days after `start`, minor units)."""
    return history_of(
        [customer for customer, _, _ in orders],
        [int((start + timedelta(days=days)).timestamp()) for _, days, _ in orders],
        [value for _, _, value in orders],
        zone=UTC_ZONE,
    )


def simulated(
    rhythm: Rhythm, customers: int, now: datetime, *, weeks: float = 104, seed: int = 1
) -> PurchaseHistory:
    """Customers won evenly over `weeks` weeks before `now`, who behave exactly as the model says."""
    chance = default_rng(seed)
    who: list[int] = []
    at: list[float] = []
    for customer in range(customers):
        when = float(chance.uniform(0, weeks))
        rate = chance.gamma(rhythm.r, 1 / rhythm.alpha)
        drop_out = chance.beta(rhythm.a, rhythm.b)
        while when < weeks:
            who.append(customer + 1)
            at.append(when)
            if chance.random() < drop_out:
                break
            when += float(chance.exponential(1 / rate))
    since = now - timedelta(weeks=weeks)
    seconds = np.asarray(at) * 7 * DAY_SECONDS + since.timestamp()
    values = np.exp(chance.normal(8, 0.5, size=len(who)))
    return history_of(who, seconds.astype(np.int64), values, zone=UTC_ZONE)


def repeats_spans_ages(of: PurchaseHistory, today: date) -> tuple[Integers, Integers, Integers]:
    """What `fit_rhythm` takes."""
    return of.days - 1, of.last_day - of.first_day, day_number(today) - of.first_day


def one(of: PurchaseHistory, index: int) -> PurchaseHistory:
    return of.only(np.arange(len(of)) == index)


def shares(scores: Integers, did: Sequence[bool] | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[float]:
    """The share of those with each score, lowest first, who did."""
    return [round(float(np.mean(np.asarray(did)[scores == score])), 3) for score in np.unique(scores)]
