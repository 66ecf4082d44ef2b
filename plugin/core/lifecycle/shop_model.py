"""What was learnt from one shop's purchases, whole: one value per fit, kept as a row of JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from plugin.core.lifecycle.maturity import Maturity
from plugin.core.lifecycle.rfm import RfmCuts
from plugin.core.lifecycle.rhythm import PRIOR, Rhythm

CYCLE = timedelta(days=45)
"""The horizon H until the shop's own gaps are known."""

PRIOR_MEANS = (-2.525728644308255, 0.0, -0.7, 0.6)
"""ln(r/alpha), ln r, logit(a/(a+b)), ln(a+b): an order in 12.5 weeks while alive, 33 % drop out at each."""
PRIOR_DEVIATIONS = (1.0, 0.7, 0.8, 0.8)

Covariance = tuple[tuple[float, ...], ...]
PRIOR_COVARIANCE: Covariance = tuple(
    tuple(deviation**2 if row == column else 0.0 for column in range(4))
    for row, deviation in enumerate(PRIOR_DEVIATIONS)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a purchase is worth. Values above `cap_minor` count as that much.

    Gamma-Gamma with `shape` (p), `prior_shape` (q) and `scale` (gamma), or, while these are None, the customer's
    mean drawn to the shop's by one purchase (analytics.md 5c).
    """

    mean_minor: float
    cap_minor: float
    shape: float | None = None
    prior_shape: float | None = None
    scale: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Repeat purchases of the last 52 weeks beside what the model without seasons expected of each."""

    last_day: int
    """The day on which the newest of these weeks ended, from 1970-01-01 in the shop's zone."""
    actual: tuple[float, ...]
    """By week, newest first."""
    expected: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What the better of comparable customers are worth: cells of tenure (rows) by usual value (columns)."""

    tenure_weeks: tuple[float, ...]
    """Upper borders of the rows but the last."""
    value_minor: tuple[float, ...]
    """Upper borders of the columns but the last."""
    reachable_minor: tuple[tuple[float, ...], ...]
    """The 80th percentile of the predicted value in each cell."""
    gap_minor: float
    """How far below it one must be to be among the fifth with the most room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopModel:
    """Fitted to one shop's purchases; `PRIOR_MODEL` stands for a shop not fitted yet."""

    rhythm: Rhythm = PRIOR
    covariance: Covariance = PRIOR_COVARIANCE
    """Of the four coordinates of `PRIOR_MEANS`."""
    spend: Spend | None = None
    cycle: timedelta = CYCLE
    loyal_rate: float | None = None
    """Orders a week that the 40 % most frequent of active repeaters exceed."""
    season: Season | None = None
    rfm: RfmCuts | None = None
    margin: float = 0.5
    """What is left of a unit of net product value after the goods are paid."""
    return_share: float = 0.0
    """Of all orders, those given back whole or refused at the door."""
    most_valuable_from: float | None = None
    """The smallest predicted value of the most valuable, in minor units."""
    growth: Growth | None = None
    maturity: Maturity = Maturity.L0
    customers: int = 0
    orders: int = 0
    """Purchase days of all customers."""
    weeks: float = 0.0
    """From the shop's first purchase to the fit."""
    fitted_at: datetime | None = None
    kept_because: str | None = None
    """Why the parameters of the fit before were kept; None when they are this fit's own."""

    def to_json(self) -> dict[str, Any]:
        """Plain values only, which `from_json` turns back into an equal model."""
        return asdict(self) | {
            "cycle": self.cycle.total_seconds(),
            "maturity": int(self.maturity),
            "fitted_at": self.fitted_at.isoformat() if self.fitted_at else None,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "ShopModel":
        """The model of `to_json`, also after a trip through text, which makes tuples to arrays."""
        parts = {"rhythm": Rhythm, "spend": Spend, "season": Season, "rfm": RfmCuts, "growth": Growth}
        values = {name: _tuples(value) for name, value in body.items()}
        values |= {name: kind(**values[name]) for name, kind in parts.items() if values[name] is not None}
        values["cycle"] = timedelta(seconds=values["cycle"])
        values["maturity"] = Maturity(values["maturity"])
        values["fitted_at"] = datetime.fromisoformat(values["fitted_at"]) if values["fitted_at"] else None
        return cls(**values)


PRIOR_MODEL = ShopModel()


def _tuples(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, Mapping):
        return {name: _tuples(item) for name, item in value.items()}
    return value
