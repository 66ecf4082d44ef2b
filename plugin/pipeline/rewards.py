"""Turn a promised reward into a real discount code, once."""

from dataclasses import dataclass, replace
from datetime import datetime

from plugin.core.loyalty.ledger import undo_redemption
from plugin.core.messages import Attempt, Outcome, Phase
from plugin.pipeline.advance import OUTBOX
from plugin.pipeline.enroll import end, flow_queue
from plugin.pipeline.follow import follow
from plugin.shopify.api import AdminApi
from plugin.shopify.discounts import (
    AlreadyOurs,
    AmountOff,
    CodeRequest,
    Issued,
    NothingToWithdraw,
    Refused,
    TakenByOther,
    Withdrawn,
    issue_code,
    withdraw_code,
)
from plugin.store import customers, flows, ledger, outbox, queue, redemptions, shops
from plugin.store.outbox import Effect
from plugin.store.redemptions import Redemption
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOrder:
    """One code to be made in one shop."""

    effect: Effect
    shop: Shop
    request: CodeRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """One code that must not be good any more."""

    effect: Effect
    shop: Shop
    request: CodeRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeIssuer:
    api: AdminApi

    def prepare(self, unit: Unit, shop: Shop, effect: Effect) -> CodeOrder:
        redemption = redemptions.get(unit, effect.context["redemption"])
        return CodeOrder(effect=effect, shop=shop, request=_request(redemption, effect.effect_key))

    def issue(self, order: CodeOrder, now: datetime) -> Attempt:
        """Ask Shopify for the code. Never in doubt for long: the next try looks before it asks."""
        answer = issue_code(
            self.api,
            order.shop.shop_id,
            order.shop.domain,
            order.request,
            now,
            attempt=order.effect.attempts + 1,
        )
        match answer:
            case Issued(discount_gid=gid):
                return _attempt(Outcome.SENT, "issued", gid)
            case AlreadyOurs(discount_gid=gid):
                return _attempt(Outcome.SENT, "was_issued_before", gid)
            case TakenByOther():
                return _attempt(Outcome.HARD_FAILED, "code_taken")
            case Refused(reason=reason, permanent=permanent):
                return _attempt(Outcome.HARD_FAILED if permanent else Outcome.SOFT_FAILED, reason)

    def conclude(self, unit: Unit, order: CodeOrder, attempt: Attempt, now: datetime) -> None:
        """Let the enrollment go on to its message, or give the points back."""
        effect = order.effect
        redemption_id = effect.context["redemption"]
        if attempt.outcome is Outcome.SENT:
            redemptions.settle(unit, redemption_id, state="issued", discount_gid=attempt.provider_ref)
            flows.resume(unit, effect.enrollment_id, now)
            queue.wake(unit, flow_queue(effect.flow_id), now)
        elif attempt.outcome is Outcome.HARD_FAILED:
            give_back(unit, effect, reason="reward_failed", now=now)
            if effect.attempts:
                self._withdraw(unit, effect, now)

    def give_up(self, unit: Unit, effect: Effect, now: datetime) -> None:
        """A mistake of ours stood in the way for days. The points come back even so."""
        give_back(unit, effect, reason="reward_failed", now=now)
        if effect.attempts:
            self._withdraw(unit, effect, now)

    def _withdraw(self, unit: Unit, effect: Effect, now: datetime) -> None:
        """An earlier try may have made the code without our knowing: who has the points back must not have both."""
        row = {
            "effect_key": f"{effect.effect_key}:withdraw",
            "kind": "code_withdrawal",
            "channel": "shopify",
            "flow_id": "",
            "step_id": "withdraw",
            "customer_id": effect.customer_id,
            "due": now,
            "created_at": now,
            "context": {"redemption": effect.context["redemption"], "made_by": effect.effect_key},
        }
        outbox.intend(unit, [row])
        queue.wake(unit, OUTBOX, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeWithdrawer:
    """Ends discounts that were given up, and may exist all the same."""

    api: AdminApi

    def prepare(self, unit: Unit, shop: Shop, effect: Effect) -> Withdrawal:
        redemption = redemptions.get(unit, effect.context["redemption"])
        return Withdrawal(effect=effect, shop=shop, request=_request(redemption, effect.context["made_by"]))

    def withdraw(self, job: Withdrawal, now: datetime) -> Attempt:
        answer = withdraw_code(self.api, job.shop.shop_id, job.shop.domain, job.request, now)
        match answer:
            case Withdrawn(discount_gid=gid):
                return _attempt(Outcome.SENT, "withdrawn", gid)
            case NothingToWithdraw():
                return _attempt(Outcome.SENT, "never_made")
            case Refused(reason=reason, permanent=permanent):
                return _attempt(Outcome.HARD_FAILED if permanent else Outcome.SOFT_FAILED, reason)


def give_back(unit: Unit, effect: Effect, *, reason: str, now: datetime) -> None:
    """The code will never be: return the points that were taken for it, and end the enrollment for `reason`."""
    customers.lock_shop(unit)
    redemption = redemptions.get(unit, effect.context["redemption"])
    redemptions.settle(unit, redemption.redemption_id, state="failed")
    undone = undo_redemption(
        redemption_id=redemption.redemption_id,
        customer_id=redemption.customer_id,
        points=redemption.points,
        at=now,
    )
    person = customers.load(unit, [redemption.customer_id]).get(redemption.customer_id)
    if ledger.post(unit, undone) and person is not None:
        customers.save(unit, [replace(person, points=person.points + redemption.points)], now)
        follow(unit, shops.get(unit), [redemption.customer_id], now)
    enrollment = flows.find(unit, effect.enrollment_id)
    if enrollment is not None:
        flows.apply_moves(unit, [end(enrollment, reason, now)])


def _request(redemption: Redemption, made_by: str) -> CodeRequest:
    return CodeRequest(
        effect_key=made_by,
        code=redemption.code,
        title=f"Regulars reward {redemption.code}",
        value=AmountOff(amount_minor=redemption.value_minor, currency=redemption.currency),
        customer_id=redemption.customer_id,
        starts_at=redemption.requested_at,
        ends_at=redemption.expires_at,
    )


def _attempt(outcome: Outcome, reason: str, ref: str | None = None) -> Attempt:
    return Attempt(outcome=outcome, phase=Phase.ANSWERED, reason=reason, provider_ref=ref)
