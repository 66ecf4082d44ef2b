"""One customer, whole: what a page shows of a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from plugin.core.consent import why_not_mailable
from plugin.core.customers import Checkout
from plugin.core.events import ConsentState
from plugin.core.identity import digest
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.explain import Why, explain
from plugin.core.segments.facts import NO_PAST
from plugin.queries.customers import name_of
from plugin.queries.profile import Profile, profile
from plugin.store import redemptions, shops
from plugin.store.codec import decode_state
from plugin.store.live_segments import families_of, shelf_of
from plugin.store.purchases import past_of
from plugin.store.redemptions import Redemption
from plugin.store.shops import Shop
from plugin.store.tables import (
    ConsentProofRow,
    CustomerRow,
    LedgerTransactionRow,
    PostingRow,
    SuppressionRow,
)
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

LEDGER_LINES = 20

_customers, _proofs = table_of(CustomerRow), table_of(ConsentProofRow)
_suppressions = table_of(SuppressionRow)
_transactions, _postings = table_of(LedgerTransactionRow), table_of(PostingRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentProof:
    """What the person said about a channel, where, and when."""

    channel: str
    state: ConsentState
    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """Points that came or went; `subject` is what it was about, such as `order:12`."""

    at: datetime
    reason: str
    points: int
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A segment the customer is in, since when, and what makes it so now."""

    segment_id: str
    since: datetime
    why: Why | None
    """None where the segment's query cannot be understood any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """Everything about one customer that fits on a page; money in the shop currency's minor units."""

    customer_id: int
    is_guest: bool
    name: str | None
    email: str | None
    phone: str | None
    country: str | None
    locale: str | None
    first_seen_at: datetime
    deleted_at: datetime | None
    stage: Stage
    stage_since: datetime | None
    stage_changes_at: datetime | None
    """When time alone will move the stage."""
    orders_count: int
    net_minor: int
    first_order_at: datetime | None
    last_order_at: datetime | None
    unmailable: str | None
    """Why no marketing mail may be sent; None when it may."""
    consents: tuple[ConsentProof, ...]
    """Every word about any channel, newest first."""
    suppression: Suppressed | None
    points: int
    ledger: tuple[LedgerLine, ...]
    rewards: tuple[Redemption, ...]
    open_checkout: Checkout | None
    segments: tuple[Belonging, ...]
    """The newest first."""
    tags: tuple[str, ...]
    health: tuple[str, ...]
    """What is amiss with what we know of the person, the gravest first: the profile's troubles, and what is missing."""
    profile: Profile

    @property
    def average_minor(self) -> int | None:
        """Net value of an average purchase."""
        return round(self.net_minor / self.orders_count) if self.orders_count else None


def customer_page(unit: Unit, customer_id: int, now: datetime) -> CustomerPage:
    """The page of a customer. Raises `LookupError` when this shop has no such customer."""
    query = select(_customers).where(
        _customers.c.shop_id == unit.shop_id, _customers.c.customer_id == customer_id
    )
    row = unit.connection.execute(query).first()
    if row is None:
        raise LookupError("there is no such customer in this shop")
    state, shop = decode_state(row.state), shops.get(unit)
    found = profile(unit, shop, customer_id, now)
    return CustomerPage(
        customer_id=row.customer_id,
        is_guest=row.customer_id < 0,
        name=name_of(row),
        email=row.email,
        phone=row.phone,
        country=row.country,
        locale=row.locale,
        first_seen_at=row.created_at,
        deleted_at=state.deleted_at,
        stage=Stage(row.stage),
        stage_since=row.stage_since,
        stage_changes_at=row.stage_due,
        orders_count=row.orders_count,
        net_minor=row.net_minor,
        first_order_at=row.first_order_at,
        last_order_at=row.last_order_at,
        unmailable=why_not_mailable(state),
        consents=_consents(unit, customer_id),
        suppression=_suppression(unit, shop, row.email),
        points=row.points,
        ledger=_ledger(unit, customer_id),
        rewards=tuple(redemptions.of_customer(unit, customer_id)),
        open_checkout=state.open_checkout(),
        segments=_belongings(unit, shop, found, now),
        tags=tuple(sorted(state.tags, key=str.casefold)),
        health=(*found.troubles, *_missing(row)),
        profile=found,
    )


def _belongings(unit: Unit, shop: Shop, found: Profile, now: datetime) -> tuple[Belonging, ...]:
    known = found.facts
    if known is None:
        return ()
    trees = shelf_of(unit, shop).trees
    asked_of = [trees[each.segment_id] for each in found.segments if each.segment_id in trees]
    past = past_of(unit, [known.customer_id], families_of(asked_of)).get(known.customer_id, NO_PAST)
    return tuple(
        Belonging(
            segment_id=each.segment_id,
            since=each.since,
            why=explain(trees[each.segment_id], known, past, now, zone=shop.zone)
            if each.segment_id in trees
            else None,
        )
        for each in found.segments
    )


def _missing(row: Any) -> Iterator[str]:
    """What keeps nobody from being reached, and makes a message poorer."""
    if row.customer_id < 0:
        yield "guest"
    if not (row.first_name or row.last_name):
        yield "no_name"
    if not row.locale:
        yield "no_language"


def _consents(unit: Unit, customer_id: int) -> tuple[ConsentProof, ...]:
    query = (
        select(_proofs.c.channel, _proofs.c.state, _proofs.c.source, _proofs.c.at)
        .where(
            _proofs.c.shop_id == unit.shop_id,
            _proofs.c.customer_id == customer_id,
        )
        .order_by(_proofs.c.at.desc(), _proofs.c.event_id)
    )
    return tuple(
        ConsentProof(channel=row.channel, state=ConsentState(row.state), source=row.source, at=row.at)
        for row in unit.connection.execute(query)
    )


def _suppression(unit: Unit, shop: Shop, email: str | None) -> Suppressed | None:
    if not email:
        return None
    address = digest(shop.salt, f"email:{email}")
    query = select(_suppressions.c.reason, _suppressions.c.at).where(
        _suppressions.c.shop_id == unit.shop_id,
        _suppressions.c.channel == "email",
        _suppressions.c.digest == address,
    )
    row = unit.connection.execute(query).first()
    return Suppressed(reason=row.reason, at=row.at) if row else None


def _ledger(unit: Unit, customer_id: int) -> tuple[LedgerLine, ...]:
    """The newest lines; the account is written out, so that a guest's moved points count for their new owner."""
    query = (
        select(_transactions.c.at, _transactions.c.reason, _transactions.c.subject, _postings.c.points)
        .join(
            _postings,
            and_(
                _postings.c.shop_id == _transactions.c.shop_id,
                _postings.c.transaction_id == _transactions.c.transaction_id,
            ),
        )
        .where(
            _transactions.c.shop_id == unit.shop_id,
            _postings.c.account == f"customer:{customer_id}",
        )
        .order_by(_transactions.c.at.desc(), _transactions.c.transaction_id.desc())
        .limit(LEDGER_LINES)
    )
    return tuple(
        LedgerLine(at=row.at, reason=row.reason, points=row.points, subject=row.subject)
        for row in unit.connection.execute(query)
    )
