"""What the model says of each customer at one moment, for a handful or a million at once.

The curves depend on whole days and are worked out once for all who share the same; the rest is one person's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from plugin.core.lifecycle.chances import next_order_weeks, probability_alive, probability_of_order
from plugin.core.lifecycle.clv import (
    clv,
    expected_values,
    is_below_zero,
    year_of_orders,
)
from plugin.core.lifecycle.crossings import vitalities
from plugin.core.lifecycle.history import WEEK_SECONDS, Floats, Integers, PurchaseHistory, local_day
from plugin.core.lifecycle.maturity import showing
from plugin.core.lifecycle.rfm import MONETARY_DAYS, RfmGroup, rfm, rfm_group
from plugin.core.lifecycle.season import season_factor
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.lifecycle.value import CLASSES, ValueClass, value_classes

CHANCE_WEEKS = 90 / 7
NO_DATE = -1
_WINDOW_SHARES = (0.1, 0.9)
_DATED_FROM_ALIVE, _DATED_FROM_DAYS = 0.5, 2
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonScores:
    """One customer's scores as they may be stored and shown; None where this shop cannot tell yet."""

    order_chance: int | None = None
    """Percent: an order within 90 days."""
    alive_chance: int | None = None
    """Percent."""
    expected_orders: float | None = None
    """In 12 months."""
    clv_minor: int | None = None
    """Profit of the next 12 months."""
    next_order_from: datetime | None = None
    next_order_until: datetime | None = None
    value_class: ValueClass | None = None
    rfm_recency: int | None = None
    rfm_frequency: int | None = None
    rfm_monetary: int | None = None
    rfm_group: RfmGroup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """An element per customer, in the order of the history."""

    model: ShopModel
    customer_ids: Integers
    age_weeks: Floats
    """Since the first purchase, by whole days."""
    order_chance: Floats
    """q(90 days), 0 to 1, with the season where the model knows it."""
    alive_chance: Floats
    vitality: Floats
    """q(H) over q(H) just after the last order (`stages` goes by it)."""
    rate: Floats
    """E[lambda]: orders a week while alive."""
    expected_orders: Floats
    """Within 52 weeks."""
    discounted_orders: Floats
    order_value_minor: Floats
    """Of the next purchase."""
    clv_minor: Floats
    next_order_from: Integers
    """Seconds since 1970; `NO_DATE` of one who bought once or is likelier gone than not."""
    next_order_until: Integers
    value_class: Integers
    """Index into `value.CLASSES`."""
    rfm: tuple[Integers, Integers, Integers] | None
    """Recency, frequency and monetary scores, 1 to 5."""

    def __len__(self) -> int:
        return len(self.customer_ids)

    def person(self, index: int) -> PersonScores:
        """The scores of one customer, as far as the shop's maturity allows."""
        r, f, m = (int(score[index]) for score in self.rfm) if self.rfm else (None, None, None)
        group = rfm_group(r, f, m) if r is not None and f is not None and m is not None else None
        if not showing(self.model.maturity).has_person_values:
            return PersonScores(rfm_recency=r, rfm_frequency=f, rfm_monetary=m, rfm_group=group)
        return PersonScores(
            order_chance=round(100 * float(self.order_chance[index])),
            alive_chance=round(100 * float(self.alive_chance[index])),
            expected_orders=round(float(self.expected_orders[index]), 4),
            clv_minor=round(float(self.clv_minor[index])),
            next_order_from=_moment(self.next_order_from[index]),
            next_order_until=_moment(self.next_order_until[index]),
            value_class=CLASSES[int(self.value_class[index])],
            rfm_recency=r,
            rfm_frequency=f,
            rfm_monetary=m,
            rfm_group=group,
        )


def score(
    model: ShopModel, history: PurchaseHistory, now: datetime, *, returned: Integers | None = None
) -> Scores:
    """Score every customer of `history` at `now`.

    `returned` counts each customer's orders that were given back whole or refused at the door; none by default.
    """
    today = local_day(now, history.zone)
    back = np.zeros(len(history)) if returned is None else returned.astype(np.float64)
    curves = _curves(model, history, today)
    value, orders = expected_values(model, history)
    worth = clv(model, curves.discounted_orders, value, orders, back)
    is_dated = (curves.alive >= _DATED_FROM_ALIVE) & (history.days >= _DATED_FROM_DAYS)
    spent = history.sum_by_customer(history.value_minor)
    return Scores(
        model=model,
        customer_ids=history.customer_ids,
        age_weeks=curves.age,
        order_chance=curves.order_chance,
        alive_chance=curves.alive,
        vitality=vitalities(model, history, int(now.timestamp())),
        rate=(model.rhythm.r + history.days - 1) / (model.rhythm.alpha + curves.age),
        expected_orders=curves.expected_orders,
        discounted_orders=curves.discounted_orders,
        order_value_minor=value,
        clv_minor=worth,
        next_order_from=_instants(now, curves.window[0], is_dated),
        next_order_until=_instants(now, curves.window[1], is_dated),
        value_class=value_classes(
            model,
            clv=worth,
            alive=curves.alive,
            days=history.days,
            tenure_weeks=curves.age,
            usual_value=value,
            is_costing=is_below_zero(model, value, spent, orders, back),
        ),
        rfm=rfm(model.rfm, *rfm_measures(history, today)) if model.rfm else None,
    )


def rfm_measures(history: PurchaseHistory, today: int) -> tuple[Floats, Floats, Floats]:
    """Of each customer: days since the last purchase, purchase days, and net value of 24 months."""
    is_recent = history.day > today - MONETARY_DAYS
    monetary = history.sum_by_customer(np.where(is_recent, np.maximum(history.value_minor, 0), 0.0))
    return (
        np.maximum(today - history.last_day, 0).astype(np.float64),
        history.days.astype(np.float64),
        monetary,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Curves:
    age: Floats
    alive: Floats
    order_chance: Floats
    expected_orders: Floats
    discounted_orders: Floats
    window: tuple[Floats, Floats]


def _curves(model: ShopModel, history: PurchaseHistory, today: int) -> _Curves:
    x_t_x_age, which = shared_rows(history, today)
    x, t_x, age = x_t_x_age
    horizon = CHANCE_WEEKS * season_factor(model.season, today, CHANCE_WEEKS)
    expected, discounted = year_of_orders(model.rhythm, x, t_x, age)
    early, late = (next_order_weeks(model.rhythm, x, age, share)[which] for share in _WINDOW_SHARES)
    return _Curves(
        age=age[which],
        alive=probability_alive(model.rhythm, x, t_x, age)[which],
        order_chance=probability_of_order(model.rhythm, x, t_x, age, horizon)[which],
        expected_orders=expected[which],
        discounted_orders=discounted[which],
        window=(early, late),
    )


def shared_rows(history: PurchaseHistory, today: int) -> tuple[tuple[Floats, Floats, Floats], Integers]:
    """The different (x, t_x, age) of a shop in repeats and weeks, and which of them is each customer's."""
    t_x = history.last_day - history.first_day
    age = np.maximum(today - history.first_day, t_x)
    bits = 20  # of a number of days: a million, 2,800 years
    keys, which = np.unique((history.days - 1 << 2 * bits) | (t_x << bits) | age, return_inverse=True)
    ones = (1 << bits) - 1
    x, t_x, age = keys >> 2 * bits, keys >> bits & ones, keys & ones
    return (x.astype(np.float64), t_x / _WEEK_DAYS, age / _WEEK_DAYS), which.astype(np.int64)


def _instants(now: datetime, weeks: Floats, is_dated: NDArray[np.bool_]) -> Integers:
    at = int(now.timestamp()) + np.rint(weeks * WEEK_SECONDS).astype(np.int64)
    return np.where(is_dated, at, NO_DATE)


def _moment(at: int) -> datetime | None:
    return None if at == NO_DATE else datetime.fromtimestamp(int(at), UTC)
