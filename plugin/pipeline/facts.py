"""Keep what segments ask of a customer true: facts and memberships follow whatever has changed.

While a shop's history is still coming in nothing is written here: half a history makes wrong facts, and whole
ones are made of everybody once it is there (`pipeline.score`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from plugin.core.identity import digest
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.segments.facts import CustomerFacts
from plugin.core.segments.facts_of import Beside, facts_of
from plugin.pipeline.membership import Reason, Settled, settle
from plugin.pipeline.scores import rescore
from plugin.store import customers, facts, models, outbox
from plugin.store.customers import KnownCustomer
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

NOTHING = Settled(changes={}, flips={})


def renew(
    unit: Unit,
    shop: Shop,
    people: Iterable[KnownCustomer],
    now: datetime,
    *,
    reason: Reason,
    bought: Collection[int] = (),
    model: ShopModel | None = None,
) -> Settled:
    """Write the facts of these customers as they are now and settle their memberships; what that changed.

    Their orders and messages have been written. Of those in `bought` the purchases have changed: they are scored
    anew, by `model` if the caller has the shop's newest. The others keep what the model said of them last.
    """
    changed = list(people)
    if changed and models.is_history_pending(unit):
        # The walk that follows an import writes everybody, and as members of old; who was reached is followed.
        reached = facts.scores(unit, [person.state.id for person in changed])
        changed = [person for person in changed if person.state.id in reached]
    return derive(unit, shop, changed, now, reason=reason, bought=bought, model=model)


def derive(
    unit: Unit,
    shop: Shop,
    people: Iterable[KnownCustomer],
    now: datetime,
    *,
    reason: Reason,
    bought: Collection[int] = (),
    model: ShopModel | None = None,
) -> Settled:
    """Like `renew`, whether or not the shop's history has reached everybody."""
    changed = list(people)
    if not changed:
        return NOTHING
    found = read_off(unit, shop, changed)
    said = facts.scores(unit, [each.customer_id for each in found if each.orders_count])
    said |= rescore(unit, shop, bought, now, model=model)
    found = [replace(each, **said.get(each.customer_id, {})) for each in found]
    settled = settle(unit, shop, found, now, reason=reason)
    facts.save(unit, found, settled.flips)
    return settled


def refresh(
    unit: Unit, shop: Shop, customer_ids: Iterable[int], now: datetime, *, reason: Reason = "event"
) -> Settled:
    """Like `renew`, of customers by id: something beside their events has changed, such as a suppression."""
    return renew(unit, shop, customers.load(unit, customer_ids).values(), now, reason=reason)


def read_off(unit: Unit, shop: Shop, people: Sequence[KnownCustomer]) -> list[CustomerFacts]:
    """The facts of these customers, by all that is known of them but the shop's model."""
    addresses = {
        person.state.id: digest(shop.salt, f"email:{person.state.email}")
        for person in people
        if person.state.email
    }
    suppressed = customers.suppressions(unit, channel="email", digests=addresses.values())
    sent = outbox.sent_to(unit, [person.state.id for person in people])
    return [
        facts_of(
            person.state,
            _beside(person, suppressed.get(addresses.get(person.state.id, "")), sent),
            shop_id=unit.shop_id,
            zone=shop.zone,
        )
        for person in people
    ]


def _beside(
    person: KnownCustomer, suppression: str | None, sent: Mapping[int, tuple[int, datetime]]
) -> Beside:
    messages, last_at = sent.get(person.state.id, (0, None))
    return Beside(
        created_at=person.created_at,
        stage=person.standing.stage,
        stage_since=person.standing.since,
        points=person.points,
        suppression=suppression,
        messages_sent=messages,
        last_message_at=last_at,
    )
