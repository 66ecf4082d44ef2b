"""What customers spend on a purchase: Gamma-Gamma on all orders, the first included (analytics.md 5c).

Values are net product value in minor units. Those above the shop's 99th percentile count as that much, those of
0 or less do not count: neither says what the person usually spends.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from plugin.core.lifecycle.history import Floats, PurchaseHistory, weighted
from plugin.core.lifecycle.shop_model import Spend

CAP_PERCENTILE = 99
FEWEST_ORDERS = 50
"""Below, a customer's mean is drawn to the shop's by the weight of one order."""

_START = (5.0, 3.5, 0.5)
_BORDERS = ((-5.0, 9.0),) * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendFit:
    """Parameters in the published order: p, q and gamma, the last in the unit of the values."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    is_sound: bool
    """Inside all borders, with a finite mean (q > 1)."""


def shop_spend(history: PurchaseHistory) -> Spend | None:
    """What a purchase is worth in this shop; None while nothing was sold for more than 0."""
    values = history.value_minor[history.value_minor > 0]
    if len(values) == 0:
        return None
    cap = float(np.percentile(values, CAP_PERCENTILE))
    orders, mean = usual_values(history, cap)
    shop_mean = weighted(orders, mean) / float(orders.sum())
    buys = orders > 0
    fit = fit_spend(orders[buys], mean[buys]) if len(values) >= FEWEST_ORDERS else None
    if fit is None or not fit.is_sound:
        return Spend(mean_minor=shop_mean, cap_minor=cap)
    return Spend(mean_minor=shop_mean, cap_minor=cap, shape=fit.p, prior_shape=fit.q, scale=fit.gamma)


def usual_values(history: PurchaseHistory, cap_minor: float) -> tuple[Floats, Floats]:
    """Of each customer the purchase days that say what they spend, and their mean value (0 where there are none)."""
    orders = history.sum_by_customer((history.value_minor > 0).astype(np.float64))
    total = history.sum_by_customer(np.clip(history.value_minor, 0, cap_minor))
    return orders, total / np.maximum(orders, 1)


def expected_value(spend: Spend, orders: Floats, mean: Floats) -> Floats:
    """E[m]: what the next purchase of each customer is worth, in minor units."""
    if spend.shape is None or spend.prior_shape is None or spend.scale is None:
        return (orders * mean + spend.mean_minor) / (orders + 1)
    p, q, gamma = spend.shape, spend.prior_shape, spend.scale
    return p * (gamma + orders * mean) / (p * orders + q - 1)


def fit_spend(orders: Floats, mean: Floats) -> SpendFit:
    """Maximum likelihood of Gamma-Gamma; customers with `orders` >= 1 purchases worth `mean` > 0 on average."""
    from scipy.optimize import minimize  # noqa: PLC0415  # 20 MB, which only a fit shall cost

    unit = float(mean.mean())
    rows = _Rows(orders, mean / unit)

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, gradient = rows.log_likelihood(logs)
        return -value / len(orders), -gradient / len(orders)

    options = {"ftol": 1e-15, "maxiter": 500}
    found = minimize(loss, np.log(_START), jac=True, method="SLSQP", bounds=_BORDERS, options=options)
    logs = np.asarray(found.x)
    is_inside = all(low < value < high for value, (low, high) in zip(logs, _BORDERS, strict=True))
    p, q, gamma = (float(value) for value in np.exp(logs))
    value = float(rows.log_likelihood(logs)[0] - len(orders) * np.log(unit))
    return SpendFit(p=p, q=q, gamma=gamma * unit, log_likelihood=value, is_sound=is_inside and q > 1)


class _Rows:
    """Customers, with all that does not depend on the parameters worked out once."""

    def __init__(self, orders: Floats, mean: Floats) -> None:
        self.orders, self.total = orders, orders * mean
        self.log_total, self.sum_of_logs = np.log(self.total), float(np.log(mean).sum())
        self.counts, self.which = np.unique(orders, return_inverse=True)
        self.sharing = np.bincount(self.which).astype(np.float64)

    def log_likelihood(self, logs: Floats) -> tuple[float, Floats]:
        """Value and gradient by the logarithms of p, q and gamma."""
        p, q, gamma = np.exp(logs)
        px = p * self.counts
        beyond = np.log(gamma + self.total)
        share = self.log_total - beyond
        in_shape = weighted(self.orders, share)
        by_count = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(gamma)
        value = weighted(self.sharing, by_count) + p * in_shape - q * float(beyond.sum()) - self.sum_of_logs
        of_both = psi(px + q)
        by_p = weighted(self.sharing, self.counts * (of_both - psi(px))) + in_shape
        by_q = weighted(self.sharing, of_both - psi(q) + np.log(gamma)) - beyond.sum()
        by_gamma = np.sum(q / gamma - (p * self.orders + q) / (gamma + self.total))
        return value, np.array([by_p * p, by_q * q, by_gamma * gamma])
