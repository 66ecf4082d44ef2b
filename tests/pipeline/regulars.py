"""A shop with a past: hundreds of buyers with rhythms of their own, the same on every run."""

from datetime import datetime, timedelta

import numpy as np

from plugin.core.events import CustomerEvent
from plugin.pipeline.score import SCORE
from plugin.store import imports, queue
from tests.builders import NOW, a_consent, a_record, an_order
from tests.pipeline.stories import of
from tests.world import SHOP, World

DAYS = 700  # of history


def a_past(buyers: int, *, until: datetime = NOW, days: int = DAYS, seed: int = 1) -> list[CustomerEvent]:
    """Records, consents and orders of `buyers` people with ids from 1, and of ten who never bought."""
    chance = np.random.default_rng(seed)
    facts: list[CustomerEvent] = []
    order_id = 0
    for person in range(1, buyers + 11):
        begun = float(chance.uniform(0, days))
        facts += _known(person, until - timedelta(days=days - begun))
        at, mean_gap = begun, float(chance.choice([14, 30, 60, 90]))
        while person <= buyers and at < days:
            order_id += 1
            moment = until - timedelta(days=days - at)
            value = int(chance.lognormal(8.5, 0.5))
            facts.append(
                of(
                    an_order(order_id, at=moment, product_minor=value),
                    f"order:{order_id}",
                    shopify_id=person,
                    email=f"person{person}@example.com",
                )
            )
            if chance.uniform() < 0.3:
                break
            at += float(chance.exponential(mean_gap))
    return facts


def _known(person: int, at: datetime) -> list[CustomerEvent]:
    email = f"person{person}@example.com"
    return [
        of(a_record(at=at, email=email, shopify_id=person), shopify_id=person, email=email),
        of(a_consent(at=at), shopify_id=person, email=email),
    ]


def import_past(world: World, facts: list[CustomerEvent], *, domain: str = SHOP) -> None:
    """The history comes in as the importer brings it, and is whole afterwards."""
    shop_id = world.shop(domain).shop_id
    with world.database.unit(shop_id) as unit:
        imports.request(unit, 1, world.clock.at)
    for start in range(0, len(facts), 500):
        world.hear(*facts[start : start + 500], domain=domain, origin="import")
    end_import(world, shop_id)


def end_import(world: World, shop_id: int) -> None:
    with world.database.unit(shop_id) as unit:
        for found in imports.of_shop(unit):
            imports.change(unit, found, state="done", ended_at=world.clock.at, due=None)
        queue.wake(unit, SCORE, world.clock.at)
