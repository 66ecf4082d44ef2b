"""What a customer brings in over the next 12 months: orders x value x margin, less what returns cost (5d).

Money is minor units of the shop's currency, and profit, not revenue: `ShopModel.margin` of net product value.
"""

from datetime import datetime

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from scipy.special import betainc

from plugin.core.lifecycle.chances import expected_orders, probability_alive
from plugin.core.lifecycle.fit_rhythm import rhythm_of, theta_of
from plugin.core.lifecycle.history import Floats, Integers, PurchaseHistory, local_day
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.lifecycle.spend import expected_value, usual_values

YEAR_WEEKS = 52.0
QUARTERS = np.array([13.0, 26.0, 39.0, 52.0])
DISCOUNT = 0.10  # a year
RETURN_COST = 0.25
"""Of a parcel given back or refused, as a share of the shop's mean order: the way out, the way back, the work."""
RETURN_PSEUDO_ORDERS = 10.0
"""Draw a person's share of returns to the shop's by so many orders."""
SURELY = 0.8
DRAWS = 200
INTERVAL = (0.1, 0.9)  # 80 %

_DISCOUNTS = (1 + DISCOUNT) ** (-(QUARTERS - 6.5) / YEAR_WEEKS)  # in the middle of each quarter


def year_of_orders(rhythm: Rhythm, x: Floats, t_x: Floats, age: Floats) -> tuple[Floats, Floats]:
    """Orders expected within 52 weeks, and the same discounted to today."""
    until = expected_orders(rhythm, x, t_x, age, QUARTERS)
    return until[:, -1], np.einsum("ij,j->i", np.diff(until, prepend=0.0, axis=1), _DISCOUNTS)


def clv(
    model: ShopModel, discounted_orders: Floats, value: Floats, orders: Floats, returned: Floats
) -> Floats:
    """Predicted profit of each customer; `value` is of a purchase, `orders` and `returned` are counts so far."""
    share = _return_share(model, orders, returned)
    return discounted_orders * (value * model.margin - share / (1 - share) * _return_cost(model))


def is_below_zero(
    model: ShopModel, value: Floats, spent_minor: Floats, orders: Floats, returned: Floats
) -> NDArray[np.bool_]:
    """Who costs more than they bring, so far and almost surely in future (analytics.md 5g).

    Nobody is on the strength of ordinary orders: only who gave back or refused at least one.
    """
    cost = _return_cost(model)
    is_costing = (returned >= 1) & (spent_minor * model.margin < returned * cost)
    below = np.zeros(len(value), dtype=bool)
    below[is_costing] = (
        _chance_below_zero(model, value[is_costing], orders[is_costing], returned[is_costing]) >= SURELY
    )
    return below


def _chance_below_zero(model: ShopModel, value: Floats, orders: Floats, returned: Floats) -> Floats:
    """That returns will eat up what purchases leave, by the Beta posterior of each person's share of them."""
    bearable = value * model.margin / max(_return_cost(model), 1e-9)
    kept = orders + RETURN_PSEUDO_ORDERS * (1 - model.return_share)
    given_back = returned + RETURN_PSEUDO_ORDERS * model.return_share
    chance: Floats = 1 - betainc(given_back, kept, bearable / (1 + bearable))
    return chance


def clv_interval(
    model: ShopModel,
    person: PurchaseHistory,
    now: datetime,
    *,
    seed: int,
    returned: int = 0,
    draws: int = DRAWS,
) -> tuple[int, int]:
    """The 80 % interval of one person's predicted value, in minor units; the same `seed` gives the same interval.

    Draws the shop's parameters from their uncertainty, then the person's rate, drop-out, orders and spending. It is
    widened to hold the prediction itself, which of an unlikely but dear order is above nine of ten draws.
    `person` holds exactly one customer. Slow on purpose: for one page, never for everybody.
    """
    if model.spend is None:
        return 0, 0
    chance = default_rng(seed)  # a pure function of the seed, which the caller derives from stable ids
    today = local_day(now, person.zone)
    t_x = float(person.last_day[0] - person.first_day[0]) / 7
    row = (float(person.days[0] - 1), t_x, max(float(today - person.first_day[0]) / 7, t_x))
    counts = _orders(model, row, chance, draws)
    orders, mean = (float(part[0]) for part in usual_values(person, model.spend.cap_minor))
    value = _values(model, orders, mean, chance, draws)
    back = np.array([float(returned)])
    profit = clv(model, counts * (1 + DISCOUNT) ** -0.5, value, np.full(draws, orders), back)
    _, discounted = year_of_orders(model.rhythm, *(np.array([number]) for number in row))
    expected, orders_so_far = expected_values(model, person)
    predicted = round(float(clv(model, discounted, expected, orders_so_far, back)[0]))
    low, high = (round(float(bound)) for bound in np.quantile(profit, INTERVAL))
    return min(low, predicted), max(high, predicted)


def _orders(
    model: ShopModel, x_t_x_age: tuple[float, float, float], chance: Generator, draws: int
) -> Integers:
    """Orders of one year in each draw: those that come before dropping out."""
    x, _, age = x_t_x_age
    row = [np.array([number]) for number in x_t_x_age]
    thetas = chance.multivariate_normal(theta_of(model.rhythm), np.asarray(model.covariance), size=draws)
    counts = np.zeros(draws, np.int64)
    for draw, theta in enumerate(thetas):
        rhythm = rhythm_of(theta)
        alive = probability_alive(rhythm, *row)[0]
        rate = chance.gamma(rhythm.r + x, 1 / (rhythm.alpha + age))
        drop_out = max(chance.beta(rhythm.a, rhythm.b + x + 1), 1e-12)
        arrivals, until_drop_out = chance.poisson(rate * YEAR_WEEKS), chance.geometric(drop_out)
        counts[draw] = min(arrivals, until_drop_out) if chance.random() < alive else 0
    return counts


def _values(model: ShopModel, orders: float, mean: float, chance: Generator, draws: int) -> Floats:
    """What a purchase is worth in each draw."""
    spend = model.spend
    if spend is None or spend.shape is None or spend.prior_shape is None or spend.scale is None:
        return np.full(draws, (orders * mean + spend.mean_minor) / (orders + 1) if spend else 0.0)
    shape = spend.shape * orders + spend.prior_shape
    inverse_scale = chance.gamma(shape, 1 / (spend.scale + orders * mean), size=draws)
    return spend.shape / np.maximum(inverse_scale, 1e-12)


def expected_values(model: ShopModel, history: PurchaseHistory) -> tuple[Floats, Floats]:
    """Of each customer the next purchase's expected value, and the orders it was learnt from."""
    if model.spend is None:
        return np.zeros(len(history)), np.zeros(len(history))
    orders, mean = usual_values(history, model.spend.cap_minor)
    return expected_value(model.spend, orders, mean), orders


def _return_share(model: ShopModel, orders: Floats, returned: Floats) -> Floats:
    """Expected share of the person's orders that come back, purchases that stayed and returns taken together."""
    pseudo = RETURN_PSEUDO_ORDERS
    return (returned + pseudo * model.return_share) / (orders + returned + pseudo)


def _return_cost(model: ShopModel) -> float:
    return RETURN_COST * model.spend.mean_minor if model.spend else 0.0
