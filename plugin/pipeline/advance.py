"""Move due enrollments forward: load, decide, write, one transaction for a shop's batch. No thinking here."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from plugin.core.flows.base import (
    Decision,
    Enrollment,
    Exit,
    Flow,
    IssueReward,
    Send,
    Skip,
    Step,
    StepKind,
    Wait,
    decide,
    due_at,
    step_id,
)
from plugin.core.keys import discount_code, effect_key, fingerprint
from plugin.core.loyalty.ledger import redeem
from plugin.core.loyalty.rewards import Reward, cheapest_reward, rewards_for
from plugin.pipeline.enroll import end, flow_queue, situation_of
from plugin.pipeline.follow import follow
from plugin.store import customers, flows, ledger, outbox, queue, redemptions, shops
from plugin.store.customers import KnownCustomer
from plugin.store.flows import Move
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database, Unit

BATCH = 500  # enrollments of one shop in one transaction; a crash repeats none of them
OUTBOX = "outbox"
"""The queue of shops with effects to carry out."""


@dataclass(kw_only=True)
class _Batch:
    """One shop's batch: what it reads, and what it will write, gathered so that each table is written once."""

    unit: Unit
    shop: Shop
    flow: Flow
    now: datetime
    code_secret: bytes
    moves: list[Move] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(default_factory=list)
    redeemers: dict[int, KnownCustomer] = field(default_factory=dict)


def advance(database: Database, flow: Flow, now: datetime, *, code_secret: bytes) -> int:
    """Advance what is due of `flow`, shop by shop, until nothing is; returns how many steps were decided."""
    decided = 0
    for held in queue.turns(database, flow_queue(flow.id), now):
        with database.unit(held.shop_id) as unit:
            batch = _Batch(unit=unit, shop=shops.get(unit), flow=flow, now=now, code_secret=code_secret)
            decided += _advance_batch(batch)
            queue.release(unit, held, lambda unit: flows.next_due(unit, flow.id))
            if batch.effects:
                queue.wake(unit, OUTBOX, now)
    return decided


def _advance_batch(batch: _Batch) -> int:
    unit, flow, now = batch.unit, batch.flow, batch.now
    if any(step.kind is StepKind.ISSUE_REWARD for step in flow.steps):
        customers.lock_shop(unit)
    due = flows.due(unit, flow.id, now, BATCH)
    known = customers.load(unit, [enrollment.customer_id for enrollment in due])
    for enrollment in due:
        person = batch.redeemers.get(enrollment.customer_id) or known.get(enrollment.customer_id)
        if person is None:
            batch.moves.append(end(enrollment, "customer_gone", now))
            continue
        decision = decide(flow, enrollment, situation_of(person, batch.shop.currency), now)
        _obey(batch, enrollment, person, decision)
    flows.apply_moves(unit, batch.moves)
    flows.record_decisions(unit, batch.reasons)
    customers.save(unit, batch.redeemers.values(), now)
    follow(unit, batch.shop, batch.redeemers, now)
    outbox.intend(unit, batch.effects)
    return len(due)


def _obey(batch: _Batch, enrollment: Enrollment, person: KnownCustomer, decision: Decision) -> None:
    now = batch.now
    match decision:
        case Wait(until=until):
            batch.moves.append(_move(enrollment, step=enrollment.step, due=until))
        case Exit(reason=reason):
            batch.moves.append(end(enrollment, reason, now))
            if reason != "completed":
                _note(batch, enrollment, step_id(batch.flow, enrollment), "ended", reason)
        case Skip(step=step, reason=reason):
            _note(batch, enrollment, step.id, "skipped", reason)
            batch.moves.append(_onward(batch.flow, enrollment, now, has_acted=False))
        case Send(step=step):
            _note(batch, enrollment, step.id, "queued", "due")
            batch.effects.append(_effect(batch, enrollment, step, "message"))
            batch.moves.append(_onward(batch.flow, enrollment, now, has_acted=True))
        case IssueReward(step=step):
            effect = _effect(batch, enrollment, step, "discount_code")
            batch.effects.append(effect)
            batch.redeemers[person.state.id] = _redeem(batch, enrollment, person, effect)
            _note(batch, enrollment, step.id, "queued", "points_reached")
            batch.moves.append(_move(enrollment, step=enrollment.step + 1, due=None, acted_at=now))
        case _:
            assert_never(decision)


def _redeem(
    batch: _Batch, enrollment: Enrollment, person: KnownCustomer, effect: dict[str, Any]
) -> KnownCustomer:
    """Take the points and promise the code, together: neither can be without the other."""
    reward = _reward(batch.shop, enrollment)
    redemption_id = effect["context"]["redemption"]
    redemptions.request(
        batch.unit,
        redemption_id=redemption_id,
        customer_id=person.state.id,
        reward_id=reward.id,
        points=reward.points,
        value_minor=reward.value_minor,
        currency=batch.shop.currency,
        code=discount_code(batch.code_secret, effect["effect_key"]),
        requested_at=batch.now,
        expires_at=batch.now + timedelta(days=reward.valid_days),
    )
    spent = redeem(
        redemption_id=redemption_id, customer_id=person.state.id, points=reward.points, at=batch.now
    )
    ledger.post(batch.unit, spent)
    return replace(person, points=person.points - reward.points, redemptions=person.redemptions + 1)


def _reward(shop: Shop, enrollment: Enrollment) -> Reward:
    wanted = enrollment.context.get("reward")
    return next(
        (reward for reward in rewards_for(shop.currency) if reward.id == wanted),
        cheapest_reward(shop.currency),
    )


def _effect(batch: _Batch, enrollment: Enrollment, step: Step, kind: str) -> dict[str, Any]:
    shop_id = batch.unit.shop_id
    key = effect_key(
        shop_id=shop_id,
        flow=enrollment.flow_id,
        version=enrollment.version,
        enrollment_id=enrollment.id,
        step=step.id,
    )
    context = dict(enrollment.context)
    if "reward" in context:
        context["redemption"] = fingerprint("redemption", str(shop_id), str(enrollment.id))
    return {
        "effect_key": key,
        "kind": kind,
        "channel": step.channel,
        "flow_id": enrollment.flow_id,
        "step_id": step.id,
        "enrollment_id": enrollment.id,
        "customer_id": enrollment.customer_id,
        "trigger_key": enrollment.trigger_key,
        "due": batch.now,
        "created_at": batch.now,
        "context": context,
    }


def _onward(flow: Flow, enrollment: Enrollment, now: datetime, *, has_acted: bool) -> Move:
    acted_at = now if has_acted else enrollment.acted_at
    following = replace(enrollment, step=enrollment.step + 1, acted_at=acted_at)
    if following.step >= len(flow.steps):
        return Move(
            enrollment_id=enrollment.id,
            step=following.step,
            due=None,
            acted_at=acted_at,
            ended_at=now,
            end_reason="completed",
        )
    return _move(enrollment, step=following.step, due=due_at(flow, following), acted_at=acted_at)


def _move(
    enrollment: Enrollment, *, step: int, due: datetime | None, acted_at: datetime | None = None
) -> Move:
    return Move(enrollment_id=enrollment.id, step=step, due=due, acted_at=acted_at)


def _note(batch: _Batch, enrollment: Enrollment, step_id: str, outcome: str, reason: str) -> None:
    row = flows.decision(enrollment, step_id=step_id, outcome=outcome, reason=reason, at=batch.now)
    batch.reasons.append(row)
