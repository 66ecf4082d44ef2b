"""What points buy."""

from dataclasses import dataclass

from plugin.core.loyalty.earning import earning_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """A discount of `value_minor` of the shop's currency, for `points`."""

    id: str
    points: int
    value_minor: int
    valid_days: int = 30


# 100 points are worth one unit of money; steps of features_and_metrics.md 5.3.
_STEPS = ((500, 5), (1000, 10), (2500, 25))


def rewards_for(currency: str) -> tuple[Reward, ...]:
    """The default rewards of a shop that sells in `currency`, cheapest first."""
    unit = earning_rule(currency).unit_minor
    return tuple(
        Reward(id=f"discount_{points}", points=points, value_minor=units * unit) for points, units in _STEPS
    )


def cheapest_reward(currency: str) -> Reward:
    return rewards_for(currency)[0]
