"""The people of a segment: page by page, a few while it is being typed, and why one of them is in it or not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.conditions import Tree
from plugin.core.segments.explain import Why, explain
from plugin.core.segments.facts import NO_PAST
from plugin.queries.segments_count import Count, sample
from plugin.store import facts
from plugin.store.live_segments import families_of, shelf_of
from plugin.store.purchases import past_of
from plugin.store.shops import Shop
from plugin.store.tables import CustomerRow, SegmentMemberRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

PAGE = 50
_customers = table_of(CustomerRow)
_members = table_of(SegmentMemberRow)
_COLUMNS = (
    _customers.c.customer_id,
    _customers.c.first_name,
    _customers.c.last_name,
    _customers.c.email,
    _customers.c.orders_count,
    _customers.c.net_minor,
    _customers.c.last_order_at,
    _customers.c.stage,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A customer of a segment, as a table shows one."""

    customer_id: int
    name: str | None
    email: str | None
    orders_count: int
    net_minor: int
    last_order_at: datetime | None
    stage: Stage
    is_mailable: bool
    since: datetime | None = None
    """When they joined; None of somebody who only answers to a question that is being typed."""


def members_page(unit: Unit, segment_id: str, *, limit: int = PAGE, after: int | None = None) -> list[Member]:
    """Up to `limit` members, highest id first: the newest in Shopify, then guests.

    `after` is the customer id that ended the page before.
    """
    is_same = and_(
        _customers.c.shop_id == _members.c.shop_id, _customers.c.customer_id == _members.c.customer_id
    )
    query = (
        select(*_COLUMNS, _members.c.since, _members.c.is_mailable)
        .select_from(_members.join(_customers, is_same))
        .where(_members.c.shop_id == unit.shop_id, _members.c.segment_id == segment_id)
    )
    if after is not None:
        query = query.where(_members.c.customer_id < after)
    rows = unit.connection.execute(query.order_by(_members.c.customer_id.desc()).limit(limit))
    return [_member(row, is_mailable=row.is_mailable, since=row.since) for row in rows]


def sampled(unit: Unit, shop: Shop, tree: Tree, now: datetime, found: Count) -> list[tuple[Member, Why]]:
    """A few of the people whom a question finds, each with why; `tree` names no other segment."""
    ids = sample(unit.connection, unit.shop_id, tree, now, zone=shop.zone, found_in=found.found_in)
    named = _named(unit, ids)
    whys = why(unit, shop, tree, ids, now)
    return [(named[each], whys[each]) for each in ids if each in named and each in whys]


def why(unit: Unit, shop: Shop, tree: Tree, customer_ids: Iterable[int], now: datetime) -> dict[int, Why]:
    """Of each customer with facts, whether they answer, question by question, with the values as they are now."""
    known = facts.load(unit, customer_ids)
    pasts = past_of(unit, known, families_of([tree]))
    return {
        customer_id: explain(tree, person, pasts.get(customer_id, NO_PAST), now, zone=shop.zone)
        for customer_id, person in known.items()
    }


def why_in(unit: Unit, shop: Shop, segment_id: str, customer_id: int, now: datetime) -> Why | None:
    """Why a customer is in a segment or is not; None where either is not known."""
    tree = shelf_of(unit, shop).trees.get(segment_id)
    return None if tree is None else why(unit, shop, tree, [customer_id], now).get(customer_id)


def segments_of(unit: Unit, customer_id: int) -> dict[str, datetime]:
    """The segments that a customer belongs to, and since when, the newest first."""
    query = (
        select(_members.c.segment_id, _members.c.since)
        .where(_members.c.shop_id == unit.shop_id, _members.c.customer_id == customer_id)
        .order_by(_members.c.since.desc(), _members.c.segment_id)
    )
    return {row.segment_id: row.since for row in unit.connection.execute(query)}


def _named(unit: Unit, customer_ids: Sequence[int]) -> dict[int, Member]:
    query = select(*_COLUMNS, _customers.c.is_mailable).where(
        _customers.c.shop_id == unit.shop_id, _customers.c.customer_id.in_(customer_ids)
    )
    return {
        row.customer_id: _member(row, is_mailable=row.is_mailable, since=None)
        for row in unit.connection.execute(query)
    }


def _member(row: Any, *, is_mailable: bool, since: datetime | None) -> Member:
    return Member(
        customer_id=row.customer_id,
        name=" ".join(part for part in (row.first_name, row.last_name) if part) or None,
        email=row.email,
        orders_count=row.orders_count,
        net_minor=row.net_minor,
        last_order_at=row.last_order_at,
        stage=Stage(row.stage),
        is_mailable=is_mailable,
        since=since,
    )
