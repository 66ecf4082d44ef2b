"""Score the few customers of a batch by the shop's newest model, when what they bought has changed."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from plugin.core.lifecycle.scores import PersonScores, score
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.store import histories, models
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

_NAMES = tuple(field.name for field in fields(PersonScores))


def scored(person: PersonScores) -> dict[str, Any]:
    """The scores by the names of `CustomerFacts`."""
    return {name: getattr(person, name) for name in _NAMES}


UNSCORED = scored(PersonScores())
"""Of who has no purchase, or none any more."""


def rescore(
    unit: Unit, shop: Shop, customer_ids: Iterable[int], now: datetime, *, model: ShopModel | None = None
) -> dict[int, dict[str, Any]]:
    """What the model says of each of these customers at `now`, by the names of `CustomerFacts`.

    Their orders have been written. `model` is the shop's newest, where it was loaded before.
    """
    wanted = set(customer_ids)
    if not wanted:
        return {}
    bought = histories.of_customers(unit, wanted, shop.zone)
    found = dict.fromkeys(wanted, UNSCORED)
    if len(bought.history):
        scores = score(model or models.current(unit), bought.history, now, returned=bought.returned)
        for index, customer_id in enumerate(bought.history.customer_ids):
            found[int(customer_id)] = scored(scores.person(index))
    return found
