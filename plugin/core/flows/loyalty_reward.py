"""Thank a person whose points have reached the cheapest reward with a code that is theirs alone."""

from datetime import datetime, timedelta

from plugin.core.consent import CUSTOMER_DELETED, why_not_mailable
from plugin.core.flows.base import (
    Enrollment,
    Entry,
    Flow,
    Occasion,
    Refusal,
    SegmentChanged,
    Situation,
    StageChanged,
    Step,
    StepKind,
)
from plugin.core.loyalty.rewards import cheapest_reward

NO_SHOPIFY_CUSTOMER = "no_shopify_customer"
"""A single-customer code needs a customer record in Shopify; a guest has none."""


def _enters(situation: Situation, occasion: Occasion, now: datetime) -> Entry | Refusal | None:
    if isinstance(occasion, StageChanged | SegmentChanged):
        return None
    reward = cheapest_reward(situation.currency)
    if situation.points < reward.points:
        return None
    key = f"reward:{situation.redemptions + 1}"
    unmailable = why_not_mailable(situation.customer)
    if unmailable is not None:
        return Refusal(trigger_key=key, reason=unmailable)
    if situation.customer.id < 0:
        return Refusal(trigger_key=key, reason=NO_SHOPIFY_CUSTOMER)
    return Entry(trigger_key=key, entered_at=now, context={"reward": reward.id})


def _exits(situation: Situation, enrollment: Enrollment) -> str | None:
    if situation.customer.deleted_at is not None:
        return CUSTOMER_DELETED
    is_issued = enrollment.step > 0
    if not is_issued and situation.points < cheapest_reward(situation.currency).points:
        return "points_gone"
    return None


LOYALTY_REWARD = Flow(
    id="loyalty_reward",
    version=1,
    steps=(
        Step(id="issue", after=timedelta(0), kind=StepKind.ISSUE_REWARD),
        Step(id="reward", after=timedelta(0)),
    ),
    enters=_enters,
    exits=_exits,
)
