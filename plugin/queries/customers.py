"""One customer as a page shows them, and the list of them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select

from plugin.core.consent import why_not_mailable
from plugin.core.customers import Checkout
from plugin.core.events import ConsentState
from plugin.core.identity import digest
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.defaults import SEGMENTS
from plugin.core.segments.explain import Why, explain
from plugin.core.segments.facts import NO_PAST, CustomerFacts
from plugin.queries.segments import Member
from plugin.store import redemptions, shops
from plugin.store.codec import decode_state
from plugin.store.redemptions import Redemption
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
_ZONE = ZoneInfo("UTC")
MAX_WORDS = 5  # of a search; a name has no more

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
    """A default segment the customer is in, and what made it so."""

    segment_id: str
    why: Why


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
    """Every word about email, newest first; the first one is in force."""
    suppression: Suppressed | None
    points: int
    ledger: tuple[LedgerLine, ...]
    rewards: tuple[Redemption, ...]
    open_checkout: Checkout | None
    segments: tuple[Belonging, ...]

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
    state = decode_state(row.state)
    facts = _facts(row)
    belongings = (
        (segment.id, explain(segment.tree, facts, NO_PAST, now, zone=_ZONE)) for segment in SEGMENTS
    )
    return CustomerPage(
        customer_id=row.customer_id,
        is_guest=row.customer_id < 0,
        name=_name(row),
        email=row.email,
        phone=row.phone,
        country=row.country,
        locale=row.locale,
        first_seen_at=row.created_at,
        deleted_at=state.deleted_at,
        stage=facts.stage,
        stage_since=row.stage_since,
        stage_changes_at=row.stage_due,
        orders_count=row.orders_count,
        net_minor=row.net_minor,
        first_order_at=row.first_order_at,
        last_order_at=row.last_order_at,
        unmailable=why_not_mailable(state),
        consents=_consents(unit, customer_id),
        suppression=_suppression(unit, row.email),
        points=row.points,
        ledger=_ledger(unit, customer_id),
        rewards=tuple(redemptions.of_customer(unit, customer_id)),
        open_checkout=state.open_checkout(),
        segments=tuple(Belonging(segment_id=name, why=why) for name, why in belongings if why.held),
    )


def search(unit: Unit, text: str, *, after: int | None = None, limit: int = 25) -> list[Member]:
    """Customers in whose name, email address, phone or id every word of `text` occurs; all of them for no text.

    Highest id first: the newest in Shopify, then guests. `after` is the customer id that ended the page before.
    """
    columns = _customers.c
    query = select(_customers).where(columns.shop_id == unit.shop_id)
    for word in text.replace("\x00", " ").split()[:MAX_WORDS]:
        query = query.where(_mentions(word))
    if after is not None:
        query = query.where(columns.customer_id < after)
    rows = unit.connection.execute(query.order_by(columns.customer_id.desc()).limit(limit))
    return [_member(row) for row in rows]


def members(unit: Unit, customer_ids: Sequence[int]) -> list[Member]:
    """These customers as a table shows them, in the order of the ids; who is not there is left out."""
    columns = _customers.c
    query = select(_customers).where(columns.shop_id == unit.shop_id, columns.customer_id.in_(customer_ids))
    found = {row.customer_id: _member(row) for row in unit.connection.execute(query)}
    return [found[customer_id] for customer_id in customer_ids if customer_id in found]


def _member(row: Any) -> Member:
    return Member(
        customer_id=row.customer_id,
        name=_name(row),
        email=row.email,
        orders_count=row.orders_count,
        net_minor=row.net_minor,
        last_order_at=row.last_order_at,
        stage=Stage(row.stage),
        is_mailable=row.is_mailable,
    )


def _mentions(word: str) -> ColumnElement[bool]:
    """SQLite folds the case of ASCII only, so the usual ways of writing a word are asked for in turn."""
    columns = (_customers.c.first_name, _customers.c.last_name, _customers.c.email, _customers.c.phone)
    spellings = {word, word.lower(), word.upper(), word.capitalize()}
    found = [column.icontains(each, autoescape=True) for column in columns for each in sorted(spellings)]
    digits = word.removeprefix("#").removeprefix("-")
    if digits.isascii() and digits.isdecimal() and int(digits) < 2**63:
        found.append(func.abs(_customers.c.customer_id) == int(digits))
    return or_(*found)


def _facts(row: Any) -> CustomerFacts:
    return CustomerFacts(
        customer_id=row.customer_id,
        email=row.email,
        locale=row.locale,
        country=row.country,
        created_at=row.created_at,
        orders_count=row.orders_count,
        spent_minor=row.net_minor,
        first_order_at=row.first_order_at,
        last_order_at=row.last_order_at,
        stage=Stage(row.stage),
        stage_since=row.stage_since,
        consent_email=ConsentState(row.consent_email) if row.consent_email else None,
        is_mailable=row.is_mailable,
        open_checkout_at=row.open_checkout_at,
        open_cart_at=row.open_cart_at,
        points=row.points,
    )


def _name(row: Any) -> str | None:
    return " ".join(part for part in (row.first_name, row.last_name) if part) or None


def _consents(unit: Unit, customer_id: int) -> tuple[ConsentProof, ...]:
    query = (
        select(_proofs.c.channel, _proofs.c.state, _proofs.c.source, _proofs.c.at)
        .where(
            _proofs.c.shop_id == unit.shop_id,
            _proofs.c.customer_id == customer_id,
            _proofs.c.channel == "email",
        )
        .order_by(_proofs.c.at.desc(), _proofs.c.event_id)
    )
    return tuple(
        ConsentProof(channel=row.channel, state=ConsentState(row.state), source=row.source, at=row.at)
        for row in unit.connection.execute(query)
    )


def _suppression(unit: Unit, email: str | None) -> Suppressed | None:
    if not email:
        return None
    address = digest(shops.get(unit).salt, f"email:{email}")
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
