"""How many points an order is worth, now and after every refund."""

from dataclasses import dataclass

from plugin.core.customers import CustomerState, Order
from plugin.core.money import exponent

# What stands for one unit of money where one unit of the currency is worth next to nothing.
_UNITS = {
    "VND": 25_000,
    "IRR": 500_000,
    "IDR": 15_000,
    "LBP": 90_000,
    "KRW": 1_000,
    "JPY": 100,
    "IQD": 1_000,
    "UZS": 10_000,
    "COP": 4_000,
    "CLP": 1_000,
    "HUF": 350,
    "NGN": 1_500,
    "PKR": 250,
    "INR": 80,
    "RUB": 80,
    "EGP": 50,
    "TRY": 40,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningRule:
    """One point per `unit_minor` of net product value (features_and_metrics.md 5.3)."""

    unit_minor: int


def earning_rule(currency: str) -> EarningRule:
    """The default rule of a shop that sells in `currency`: one point per whole unit, about one US dollar."""
    return EarningRule(unit_minor=_UNITS.get(currency.upper(), 1) * 10 ** exponent(currency))


def points_due(customer: CustomerState, order: Order, rule: EarningRule) -> int:
    """Points that `order` has earned as things stand: a target, so that refunds in parts never drift."""
    is_paid = order.financial_status in {"paid", "partially_refunded", "refunded"}
    is_delivered_for_cash = customer.cash_phase(order) is not None  # and a purchase only if it was taken
    if not (is_paid or is_delivered_for_cash) or not customer.is_purchase(order):
        return 0
    return customer.net_minor_of(order) // rule.unit_minor
