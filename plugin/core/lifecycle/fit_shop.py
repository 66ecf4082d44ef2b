"""Fit everything the app knows of one shop's customers as a whole, from its purchases."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from plugin.core.lifecycle.fit_rhythm import RhythmFit, fit_rhythm, theta_of
from plugin.core.lifecycle.history import Integers, PurchaseHistory, local_day
from plugin.core.lifecycle.maturity import Maturity, maturity_of
from plugin.core.lifecycle.rfm import rfm_cuts
from plugin.core.lifecycle.scores import Scores, rfm_measures, score
from plugin.core.lifecycle.season import season_of
from plugin.core.lifecycle.shop_model import CYCLE, PRIOR_MODEL, ShopModel
from plugin.core.lifecycle.spend import shop_spend
from plugin.core.lifecycle.value import growth_of, most_valuable_from

SHORTEST_CYCLE, LONGEST_CYCLE = timedelta(days=14), timedelta(days=120)
_PSEUDO_GAPS = 20  # of 45 days, until the shop's own gaps outweigh them

LOYAL_SHARE = 0.4  # of active repeaters
_ACTIVE_FROM = 0.5  # vitality

_COUNTER_SHARE, _COUNTER_DAYS = 0.5, 20
"""Who bought on most days of their time, and on so many, is a counter or a reseller: scored, but not learnt from."""

_MOST_RETURNS = 0.95  # share of all orders; of a shop with nothing else no odds can be given

_ENOUGH_CUSTOMERS = 100_000  # for borders between people: beyond, every k-th speaks for all

_FARTHEST_MOVE = 3.0  # standard errors of the fit before
_NEW_ORDERS = 0.05  # share that explains any move


def fit_shop(
    history: PurchaseHistory,
    now: datetime,
    *,
    previous: ShopModel = PRIOR_MODEL,
    returned: Integers | None = None,
    left_out: NDArray[np.bool_] | None = None,
    has_whole_past: bool = True,
    margin: float = 0.5,
) -> ShopModel:
    """The model of this shop at `now`; never fails, whatever was bought.

    `previous` keeps its rhythm when the new fit is unsound or jumps without new orders (analytics.md 5). `returned`
    counts each customer's orders given back whole or refused. `left_out` marks those who are not learnt from, such
    as companies. `has_whole_past` says that the history begins with the shop's first order: no season without it.
    """
    today = local_day(now, history.zone)
    orders = int(history.days.sum())
    weeks = float(today - history.first_day.min()) / 7 if len(history) else 0.0
    learnt_from = ~_counters(history) if left_out is None else ~(_counters(history) | left_out)
    people = history.only(learnt_from)
    back = np.zeros(len(history), np.int64) if returned is None else returned
    rhythm = _rhythm(people, today, previous, orders)
    sample = _every_kth(people)
    model = replace(
        rhythm,
        spend=shop_spend(sample),
        cycle=_cycle(sample),
        season=season_of(rhythm.rhythm, people, today) if has_whole_past else None,
        rfm=rfm_cuts(*rfm_measures(_every_kth(history), today)),
        margin=margin,
        return_share=min(float(back.sum() / max(orders + back.sum(), 1)), _MOST_RETURNS),
        maturity=maturity_of(orders=orders, weeks=weeks),
        customers=len(history),
        orders=orders,
        weeks=max(weeks, 0.0),
        fitted_at=now,
        loyal_rate=None,
        most_valuable_from=None,
        growth=None,
    )
    return _with_borders(model, sample, score(model, sample, now, returned=_every_kth_of(back[learnt_from])))


def _with_borders(model: ShopModel, sample: PurchaseHistory, scores: Scores) -> ShopModel:
    """The borders between people, which need everyone's scores, and enough people to mean anything."""
    if len(scores) == 0 or model.maturity is Maturity.L0:
        return model
    is_active = (sample.days >= 2) & (scores.vitality >= _ACTIVE_FROM)
    return replace(
        model,
        loyal_rate=float(np.quantile(scores.rate[is_active], 1 - LOYAL_SHARE)) if is_active.any() else None,
        most_valuable_from=most_valuable_from(scores.clv_minor, sample.days, scores.alive_chance),
        growth=growth_of(scores.clv_minor, scores.alive_chance, scores.age_weeks, scores.order_value_minor),
    )


def _rhythm(people: PurchaseHistory, today: int, previous: ShopModel, orders: int) -> ShopModel:
    """The new rhythm, or the one before with the reason why it was kept."""
    if len(people) == 0:
        return replace(previous, kept_because="no_orders" if previous.fitted_at else None)
    fit = fit_rhythm(people.days - 1, people.last_day - people.first_day, today - people.first_day)
    reason = _doubt(fit, previous, orders)
    if reason is not None:
        return replace(previous, kept_because=reason)
    return replace(previous, rhythm=fit.rhythm, covariance=fit.covariance, kept_because=None)


def _doubt(fit: RhythmFit, previous: ShopModel, orders: int) -> str | None:
    if not fit.is_sound:
        return "unsound"
    if previous.fitted_at is None or abs(orders - previous.orders) > _NEW_ORDERS * previous.orders:
        return None
    errors = np.sqrt(np.diag(np.asarray(previous.covariance)))
    moves = np.abs(theta_of(fit.rhythm) - theta_of(previous.rhythm))
    return "jumped" if np.any(moves > _FARTHEST_MOVE * errors) else None


def _cycle(people: PurchaseHistory) -> timedelta:
    """The shop's median days between purchases, drawn to 45 by twenty gaps of so many (analytics.md 5f)."""
    gaps = gaps_of(people)
    own = float(np.median(gaps)) * len(gaps) if len(gaps) else 0.0
    mean = timedelta(days=(own + _PSEUDO_GAPS * (CYCLE / timedelta(days=1))) / (len(gaps) + _PSEUDO_GAPS))
    return min(max(mean, SHORTEST_CYCLE), LONGEST_CYCLE)


def gaps_of(history: PurchaseHistory) -> Integers:
    """Days between one purchase day and the next of the same customer."""
    gaps = np.diff(history.day)
    is_same = np.ones(len(gaps), dtype=bool)
    is_same[history.starts[1:] - 1] = False
    return gaps[is_same]


def _counters(history: PurchaseHistory) -> NDArray[np.bool_]:
    span = history.last_day - history.first_day + 1
    return (history.days >= _COUNTER_DAYS) & (history.days > _COUNTER_SHARE * span)


def _every_kth(history: PurchaseHistory) -> PurchaseHistory:
    step = _step(len(history))
    return history if step == 1 else history.only(np.arange(len(history)) % step == 0)


def _every_kth_of(values: Integers) -> Integers:
    return values[:: _step(len(values))]


def _step(customers: int) -> int:
    return max(1, customers // _ENOUGH_CUSTOMERS)
