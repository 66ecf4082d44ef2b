"""Write to a buyer who has become quiet for their own rhythm; stop as soon as they are back."""

from datetime import datetime, timedelta

from plugin.core.customers import CustomerState
from plugin.core.flows.base import Enrollment, Entry, Flow, Occasion, Refusal, Situation, StageChanged, Step
from plugin.core.lifecycle.stages import QUIET_STAGES, Stage

RECENT_ORDER = "recent_order"
"""An order not yet paid for, or given back, is no purchase, but its buyer is not silent: cash on delivery is so."""

LOST = "lost"
"""Silent for so long that another message would only annoy: sunset (analytics.md 5f)."""

_RECENT = timedelta(days=30)  # longer ago, an order that never became a purchase says nothing
_KEY = "silence:"


def _enters(situation: Situation, occasion: Occasion, now: datetime) -> Entry | Refusal | None:
    if not isinstance(occasion, StageChanged) or occasion.before is Stage.LOST:
        return None  # who was given up and looks in again has not become quiet
    last_order_at = situation.customer.last_order_at()
    if occasion.after not in QUIET_STAGES or last_order_at is None:
        return None
    key = f"{_KEY}{last_order_at.isoformat()}"
    if now - last_order_at < _RECENT and last_order_at != _last_purchase_at(situation.customer):
        return Refusal(trigger_key=key, reason=RECENT_ORDER)
    return Entry(trigger_key=key, entered_at=occasion.at)


def _exits(situation: Situation, enrollment: Enrollment) -> str | None:
    last_order_at = situation.customer.last_order_at()
    silent_since = datetime.fromisoformat(enrollment.trigger_key.removeprefix(_KEY))
    if last_order_at is not None and last_order_at > silent_since:
        return "ordered"
    if situation.stage is Stage.LOST:
        return LOST
    return None if situation.stage in QUIET_STAGES else "no_longer_quiet"


def _last_purchase_at(customer: CustomerState) -> datetime | None:
    purchases = customer.counted_orders()
    return purchases[-1].placed_at if purchases else None


WIN_BACK = Flow(
    id="win_back",
    version=1,
    steps=(
        Step(id="we_miss_you", after=timedelta(0)),
        Step(id="still_here", after=timedelta(days=7)),
    ),
    enters=_enters,
    exits=_exits,
)
