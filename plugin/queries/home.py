"""The first page: how the shop stands, what needs the merchant, what happened last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, select

from plugin.core.flows import FLOWS
from plugin.core.lifecycle.stages import Stage
from plugin.pipeline.steer import GUIDE_DISMISSED
from plugin.queries import privacy
from plugin.queries.connection import missing_scopes
from plugin.queries.imports import imports_now
from plugin.store import alarms, flows, imports, shops
from plugin.store.codec import decode_state
from plugin.store.imports import Import
from plugin.store.shops import Shop
from plugin.store.tables import CustomerRow, OutboxRow, ShopChangeRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

MONTH = timedelta(days=30)
MAX_ATTENTION = 3
MAX_RECENT_BUYERS = 5000  # whose pictures are opened for the month's sales: about a tenth of a second
_RECENT = 6

_changes, _customers, _outbox = table_of(ShopChangeRow), table_of(CustomerRow), table_of(OutboxRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something only the merchant can mend.

    `kind`: needs_reauth, import_failed, scopes_missing, no_postal_address, gone_quiet, messages_failed,
    privacy_requests or deliveries_failed.
    """

    kind: str
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStep:
    """`kind`: import, postal_address, sender, flow or message, in the order in which a merchant takes them."""

    kind: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentMessage:
    customer_id: int
    name: str | None
    flow_id: str
    step_id: str
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Purchases of a period, net of refunds, in the shop currency's minor units."""

    orders: int
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    customers: int
    mailable: int
    stages: Mapping[Stage, int]
    orders: int
    """All purchases ever."""
    net_minor: int
    last_month: Sales | None
    """None where the shop sells so much that this page would be slow."""
    flows_on: int
    flows_total: int
    messages: Mapping[str, int]
    """Of the last 30 days, by outbox state; states without any are absent."""
    imports: tuple[Import, ...]
    """Of this installation."""
    sender_email: str
    """Where answers to the shop's mail go; empty while Shopify names no address."""
    setup: tuple[SetupStep, ...]
    """Empty once the merchant has dismissed the guide."""
    attention: tuple[Attention, ...]
    recent: tuple[RecentMessage, ...]

    @property
    def is_importing(self) -> bool:
        return any(found.state in imports.UNFINISHED for found in self.imports)

    @property
    def is_set_up(self) -> bool:
        """Nothing is left to do, or the merchant wants no guide."""
        return all(step.is_done for step in self.setup)


def home_page(unit: Unit, now: datetime, *, failed_deliveries: int) -> HomePage:
    """The home page of a shop. `failed_deliveries` are those of its inbox, which is another database."""
    shop = shops.get(unit)
    stages, mailable, orders, net_minor = _people(unit)
    switches = flows.switches(unit)
    messages = _messages(unit, now - MONTH)
    current = imports_now(unit)
    flows_on = sum(flow.id in switches and switches[flow.id].is_on for flow in FLOWS)
    worries = (
        Attention(kind="needs_reauth", count=int(shop.state == shops.NEEDS_REAUTH)),
        Attention(kind="import_failed", count=sum(found.state == "failed" for found in current)),
        Attention(kind="scopes_missing", count=len(missing_scopes(shop))),
        Attention(kind="no_postal_address", count=int(not shop.postal_address.strip())),
        Attention(kind="gone_quiet", count=len(alarms.open_of(unit))),
        Attention(kind="messages_failed", count=messages.get("hard_failed", 0) + messages.get("in_doubt", 0)),
        Attention(kind="privacy_requests", count=sum(line.is_open for line in privacy.requests(unit))),
        Attention(kind="deliveries_failed", count=failed_deliveries),
    )
    return HomePage(
        customers=sum(stages.values()),
        mailable=mailable,
        stages=stages,
        orders=orders,
        net_minor=net_minor,
        last_month=_sales(unit, now - MONTH),
        flows_on=flows_on,
        flows_total=len(FLOWS),
        messages=messages,
        imports=current,
        sender_email=shop.email,
        setup=() if _is_guide_dismissed(unit) else _setup(unit, shop, current, flows_on),
        attention=tuple(worry for worry in worries if worry.count)[:MAX_ATTENTION],
        recent=_recent(unit),
    )


def _setup(unit: Unit, shop: Shop, current: Sequence[Import], flows_on: int) -> tuple[SetupStep, ...]:
    is_imported = bool(current) and all(found.state == "done" for found in current)
    return (
        SetupStep(kind="import", is_done=is_imported),
        SetupStep(kind="postal_address", is_done=bool(shop.postal_address.strip())),
        SetupStep(kind="sender", is_done=bool(shop.email)),
        SetupStep(kind="flow", is_done=flows_on > 0),
        SetupStep(kind="message", is_done=_has_sent(unit)),
    )


def _is_guide_dismissed(unit: Unit) -> bool:
    query = select(_changes.c.number).where(
        _changes.c.shop_id == unit.shop_id, _changes.c.change == GUIDE_DISMISSED
    )
    return unit.connection.execute(query.limit(1)).first() is not None


def _has_sent(unit: Unit) -> bool:
    query = select(_outbox.c.effect_key).where(
        _outbox.c.shop_id == unit.shop_id, _outbox.c.kind == "message", _outbox.c.state == "sent"
    )
    return unit.connection.execute(query.limit(1)).first() is not None


def _people(unit: Unit) -> tuple[dict[Stage, int], int, int, int]:
    query = (
        select(
            _customers.c.stage,
            func.count(),
            func.sum(case((_customers.c.is_mailable, 1), else_=0)),
            func.sum(_customers.c.orders_count),
            func.sum(_customers.c.net_minor),
        )
        .where(_customers.c.shop_id == unit.shop_id)
        .group_by(_customers.c.stage)
    )
    rows = list(unit.connection.execute(query))
    stages = {Stage(row[0]): int(row[1]) for row in rows}
    mailable, orders, net_minor = (sum(int(row[place] or 0) for row in rows) for place in (2, 3, 4))
    return stages, mailable, orders, net_minor


def _sales(unit: Unit, since: datetime) -> Sales | None:
    query = (
        select(_customers.c.state)
        .where(_customers.c.shop_id == unit.shop_id, _customers.c.last_order_at >= since)
        .limit(MAX_RECENT_BUYERS + 1)
    )
    bodies = list(unit.connection.scalars(query))
    if len(bodies) > MAX_RECENT_BUYERS:
        return None
    orders = net_minor = 0
    for body in bodies:
        state = decode_state(body)
        recent = [order for order in state.counted_orders() if order.placed_at >= since]
        orders += len(recent)
        net_minor += sum(state.net_minor_of(order) for order in recent)
    return Sales(orders=orders, net_minor=net_minor)


def _messages(unit: Unit, since: datetime) -> dict[str, int]:
    query = (
        select(_outbox.c.state, func.count())
        .where(_outbox.c.shop_id == unit.shop_id, _outbox.c.kind == "message", _outbox.c.created_at >= since)
        .group_by(_outbox.c.state)
    )
    return {row[0]: row[1] for row in unit.connection.execute(query)}


def _recent(unit: Unit) -> tuple[RecentMessage, ...]:
    query = (
        select(
            *(_outbox.c.customer_id, _outbox.c.flow_id, _outbox.c.step_id, _outbox.c.state, _outbox.c.reason),
            func.coalesce(_outbox.c.sent_at, _outbox.c.created_at, type_=_outbox.c.created_at.type).label(
                "at"
            ),
            *(_customers.c.first_name, _customers.c.last_name, _customers.c.email),
        )
        .join(
            _customers,
            and_(
                _customers.c.shop_id == _outbox.c.shop_id,
                _customers.c.customer_id == _outbox.c.customer_id,
            ),
            isouter=True,
        )
        .where(_outbox.c.shop_id == unit.shop_id, _outbox.c.kind == "message")
        .order_by(_outbox.c.created_at.desc(), _outbox.c.effect_key)
        .limit(_RECENT)
    )
    return tuple(
        RecentMessage(
            customer_id=row.customer_id,
            name=" ".join(part for part in (row.first_name, row.last_name) if part) or row.email,
            flow_id=row.flow_id,
            step_id=row.step_id,
            state=row.state,
            reason=row.reason,
            at=row.at,
        )
        for row in unit.connection.execute(query)
    )
