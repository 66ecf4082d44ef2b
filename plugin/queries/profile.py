"""Everything about one person for their page: what they bought, where they stand, what to expect, how to reach them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from plugin.core.consent import NO_ADDRESS, NO_CONSENT, why_not_mailable
from plugin.core.customers import CustomerState
from plugin.core.events import ConsentState
from plugin.core.keys import stable_id
from plugin.core.lifecycle.clv import clv_interval
from plugin.core.lifecycle.holding import standing_still
from plugin.core.lifecycle.maturity import Band, Maturity, Showing, band_of, showing
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.lifecycle.stages import Stage, Standing
from plugin.core.segments.facts import CustomerFacts
from plugin.queries.profile_purchases import BoughtThing, PlacedOrder, categories, placed, products
from plugin.queries.segments_people import segments_of
from plugin.store import customers, facts, histories, models
from plugin.store.customers import KnownCustomer
from plugin.store.shops import Shop
from plugin.store.tables import ConsentProofRow, StageChangeRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

BAD_ADDRESS, SUPPRESSED, UNREACHABLE = "bad_address", "suppressed", "unreachable"
_BOUNCES = frozenset({"mailbox_unknown"})
_proofs, _changes = table_of(ConsentProofRow), table_of(StageChangeRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConsent:
    """The word in force about one channel, and the proof of it."""

    channel: str
    state: ConsentState
    source: str
    at: datetime
    opt_in_level: str | None
    words: int
    """How often the person has said something about this channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    stage: Stage
    since: datetime | None
    reason: str | None
    """Why the stage moved last; None of somebody whose stage never did."""
    next_stage: Stage | None
    """What time alone will make of it, at `next_at`."""
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the model expects. `showing` says what of it may be shown and how; the values are in the facts."""

    maturity: Maturity
    showing: Showing
    band: Band | None
    """Of the chance of an order, where an early estimate is all there is."""
    clv_from_minor: int | None
    """The 80 % interval of the predicted value, where the shop has history enough for one."""
    clv_until_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    segment_id: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One person; money in the shop currency's minor units."""

    facts: CustomerFacts | None
    """None while the shop's history is still coming in."""
    orders: tuple[PlacedOrder, ...]
    """The newest."""
    orders_placed: int
    """All of them, purchases or not."""
    products: tuple[BoughtThing, ...]
    """By value, the largest first; as `categories`."""
    categories: tuple[BoughtThing, ...]
    consents: tuple[ChannelConsent, ...]
    stage: StageView
    outlook: Outlook | None
    """None of who has not bought yet, or where the shop's history cannot tell."""
    troubles: tuple[str, ...]
    """Why they cannot be reached: `no_address`, `bad_address`, `no_consent`, `suppressed`, `unreachable`, …"""
    segments: tuple[Belonging, ...]
    """The newest first."""


def profile(unit: Unit, shop: Shop, customer_id: int, now: datetime) -> Profile:
    """The profile of a customer. Raises `LookupError` when this shop has no such customer."""
    person = customers.load(unit, [customer_id]).get(customer_id)
    if person is None:
        raise LookupError("there is no such customer in this shop")
    model = models.current(unit)
    known = facts.load(unit, [customer_id]).get(customer_id)
    return Profile(
        facts=known,
        orders=placed(unit, person.state),
        orders_placed=len(person.state.orders),
        products=products(unit, customer_id),
        categories=categories(unit, customer_id),
        consents=_consents(unit, person.state),
        stage=_stage(unit, shop, person, model),
        outlook=_outlook(unit, shop, known, model, now) if known else None,
        troubles=_troubles(person.state, known),
        segments=tuple(
            Belonging(segment_id=segment_id, since=since)
            for segment_id, since in segments_of(unit, customer_id).items()
        ),
    )


def _consents(unit: Unit, customer: CustomerState) -> tuple[ChannelConsent, ...]:
    query = (
        select(_proofs.c.channel, func.count())
        .where(_proofs.c.shop_id == unit.shop_id, _proofs.c.customer_id == customer.id)
        .group_by(_proofs.c.channel)
    )
    words = {channel: count for channel, count in unit.connection.execute(query)}  # noqa: C416  # rows are not pairs to mypy
    channels = sorted(
        {*customer.consents, *(channel for alias in customer.aliases.values() for channel in alias.consents)}
    )
    return tuple(
        ChannelConsent(
            channel=channel,
            state=word.state,
            source=word.source,
            at=word.at,
            opt_in_level=word.opt_in_level,
            words=words.get(channel, 0),
        )
        for channel in channels
        if (word := customer.consent_for(channel)) is not None
    )


def _stage(unit: Unit, shop: Shop, person: KnownCustomer, model: ShopModel) -> StageView:
    held = person.standing
    newest = (
        select(_changes.c.reason)
        .where(
            _changes.c.shop_id == unit.shop_id,
            _changes.c.customer_id == person.state.id,
            _changes.c.after == held.stage.value,
        )
        .order_by(_changes.c.at.desc())
        .limit(1)
    )
    ahead = _ahead(held, person.state, shop, model)
    return StageView(
        stage=held.stage,
        since=held.since,
        reason=unit.connection.scalar(newest),
        next_stage=ahead.stage if ahead else None,
        next_at=held.next_change_at if ahead else None,
    )


def _ahead(held: Standing, customer: CustomerState, shop: Shop, model: ShopModel) -> Standing | None:
    """Where the customer will stand once time has done what it will do next."""
    if held.next_change_at is None:
        return None
    ahead = standing_still(held, customer, held.next_change_at, zone=shop.zone, model=model)
    return ahead if ahead.stage is not held.stage else None


def _outlook(unit: Unit, shop: Shop, known: CustomerFacts, model: ShopModel, now: datetime) -> Outlook | None:
    shown = showing(model.maturity)
    if known.order_chance is None or not shown.has_person_values:
        return None
    low, high = _interval(unit, shop, known, model, now) if shown.has_intervals else (None, None)
    return Outlook(
        maturity=model.maturity,
        showing=shown,
        band=band_of(known.order_chance / 100) if shown.are_bands else None,
        clv_from_minor=low,
        clv_until_minor=high,
    )


def _interval(
    unit: Unit, shop: Shop, known: CustomerFacts, model: ShopModel, now: datetime
) -> tuple[int | None, int | None]:
    bought = histories.of_customers(unit, [known.customer_id], shop.zone)
    if not len(bought.history):
        return None, None
    seed = stable_id("clv", str(unit.shop_id), str(known.customer_id))
    return clv_interval(model, bought.history, now, seed=seed, returned=int(bought.returned[0]))


def _troubles(customer: CustomerState, known: CustomerFacts | None) -> tuple[str, ...]:
    """What keeps messages from this person, the most final first; nothing of who can be reached."""
    found = []
    why_not = why_not_mailable(customer)
    suppression = known.suppression if known else None
    if why_not is not None:
        found.append(why_not)
    if suppression is not None:
        found.append(BAD_ADDRESS if suppression in _BOUNCES else SUPPRESSED)
    sms = customer.consent_for("sms")
    has_sms = sms is not None and sms.state is ConsentState.SUBSCRIBED and customer.contact_value("phone")
    if found and not has_sms:
        found.append(UNREACHABLE)
    return tuple(dict.fromkeys(found))


__all__ = ["BAD_ADDRESS", "NO_ADDRESS", "NO_CONSENT", "SUPPRESSED", "UNREACHABLE", "Profile", "profile"]
