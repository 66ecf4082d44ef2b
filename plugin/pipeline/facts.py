"""Keep what segments ask of a customer true: facts and memberships follow whatever has changed.

While a shop's history is still coming in nothing is written here: half a history makes wrong facts, and right
ones are made of everybody by the walk that follows (`pipeline.walk`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from plugin.core.identity import digest
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.segments.facts import CustomerFacts
from plugin.core.segments.facts_of import Beside, facts_of
from plugin.pipeline.membership import Reason, Settled, settle
from plugin.pipeline.scores import rescore
from plugin.store import customers, facts, imports, models, outbox
from plugin.store.customers import KnownCustomer
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit


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
    """Make facts and memberships of these customers true again, of whom something has changed; what came of it.

    Those who are still to be walked after an import are left to the walk.
    """
    is_whole = _is_whole(unit)
    known = [person for person in people if is_whole(person.state.id)]
    return derive(unit, shop, known, now, reason=reason, bought=bought, model=model)


def refresh(
    unit: Unit, shop: Shop, customer_ids: Iterable[int], now: datetime, *, reason: Reason = "event"
) -> Settled:
    """Like `renew`, of customers by id: something beside their events has changed, such as a suppression."""
    return renew(unit, shop, customers.load(unit, customer_ids).values(), now, reason=reason)


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
    """Write the facts of these customers as they are now and settle their memberships; what that changed.

    The shop is locked, orders and messages of these customers have been written. Of those in `bought` the
    purchases have changed: they are scored anew. The others keep what the model said of them last.
    """
    found = read_off(unit, shop, list(people))
    if not found:
        return Settled(changes={}, flips={})
    buyers = {each.customer_id for each in found if each.orders_count}
    scores = rescore(unit, shop, buyers.intersection(bought), now, model=model)
    scores |= facts.scores(unit, buyers - scores.keys())
    found = [
        replace(each, **scores[each.customer_id]) if each.customer_id in scores else each for each in found
    ]
    settled = settle(unit, shop, found, now, reason=reason)
    facts.save(unit, found, settled.flips)
    return settled


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


def _is_whole(unit: Unit) -> Callable[[int], bool]:
    """Of whom the whole history is known, and has been made facts of: everybody but during an import and its walk."""
    if imports.is_unfinished(unit):
        return lambda _: False
    came_in_at = imports.newest_end(unit)
    if came_in_at is None or models.has_walked_whole(unit, since=came_in_at):
        return lambda _: True
    walk = models.newest_walk(unit)
    if walk is None or walk.cursor is None or not walk.is_whole or walk.fitted_at < came_in_at:
        return lambda _: False
    reached = walk.cursor
    return lambda customer_id: customer_id <= reached
