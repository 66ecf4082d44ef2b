"""The names of the groups that customers are sorted into; how is in the modules beside this one."""

from enum import StrEnum


class ValueClass(StrEnum):
    """What a customer is worth to the shop, and what can still become of them (analytics.md 5g)."""

    MOST_VALUABLE = "most_valuable"
    MOST_GROWABLE = "most_growable"
    BELOW_ZERO = "below_zero"
    MAINTAIN = "maintain"


class RfmGroup(StrEnum):
    """Shopify's own groups, by its names (analytics.md 5e)."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    ACTIVE = "active"
    NEW = "new"
    PROMISING = "promising"
    NEEDS_ATTENTION = "needs_attention"
    ALMOST_LOST = "almost_lost"
    AT_RISK = "at_risk"
    PREVIOUSLY_LOYAL = "previously_loyal"
    DORMANT = "dormant"
    PROSPECTS = "prospects"
