"""What a customer will be worth, and in which class that puts them (analytics.md 5d and 5g)."""

from enum import StrEnum


class ValueClass(StrEnum):
    """Exactly one of each buyer whom the model knows."""

    MOST_VALUABLE = "most_valuable"
    MOST_GROWABLE = "most_growable"
    BELOW_ZERO = "below_zero"
    MAINTAIN = "maintain"
