"""Bring every touched order's points to what it is worth now. A refund takes back what it gave, to the point."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.core.loyalty.earning import earning_rule, points_due
from plugin.core.loyalty.ledger import Transaction, adjust_order
from plugin.pipeline.people import People
from plugin.store import flows, ledger
from plugin.store.flows import Switch
from plugin.store.unit_of_work import Unit


def earn(unit: Unit, people: People, touched: Mapping[int, set[int]], switches: Mapping[str, Switch]) -> int:
    """Post what `touched` orders (by customer) have earned or lost; returns how many transactions were posted."""
    subjects = [f"order:{order_id}" for order_ids in touched.values() for order_id in order_ids]
    if not subjects:
        return 0
    granted = ledger.granted_for(unit, subjects)
    switch = switches.get(LOYALTY_REWARD.id)
    rule = earning_rule(people.shop.currency)
    reasons: list[dict[str, Any]] = []
    posted: list[Transaction] = []
    for customer_id, order_ids in touched.items():
        for order_id in sorted(order_ids):
            person = people.known[customer_id]
            order = person.state.orders.get(order_id)
            if order is None:
                continue
            subject = f"order:{order_id}"
            had, sequence = granted.get(subject, (0, 0))
            due = points_due(person.state, order, rule)
            why_not = None if sequence else _why_not(switch, order.placed_at)
            if why_not is not None:
                if due:
                    reasons.append(_no_points(people, customer_id, order_id, why_not))
                continue
            transaction = adjust_order(
                order_id=order_id,
                customer_id=customer_id,
                granted=had,
                target=due,
                sequence=sequence,
                at=people.now,
            )
            if transaction is not None:
                posted.append(transaction)
                granted[subject] = (due, sequence + 1)
                people.update(replace(person, points=person.points + due - had))
    ledger.post_new(unit, posted)
    flows.record_decisions(unit, reasons)
    return len(posted)


def _why_not(switch: Switch | None, placed_at: datetime) -> str | None:
    """Why an order that never earned earns nothing now, or None when it may."""
    if switch is None or not switch.is_on:
        return "flow_off"
    return "before_program" if placed_at < switch.at else None


def _no_points(people: People, customer_id: int, order_id: int, reason: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "flow_id": LOYALTY_REWARD.id,
        "trigger_key": f"order:{order_id}",
        "step_id": "earn",
        "outcome": "no_points",
        "reason": reason,
        "at": people.now,
    }
