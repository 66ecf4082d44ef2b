"""Write to a buyer who has become quiet for their own rhythm; stop as soon as they are back."""

from datetime import datetime, timedelta

from plugin.core.flows.base import Enrollment, Entry, Flow, Occasion, Refusal, Situation, StageChanged, Step
from plugin.core.lifecycle.stages import QUIET_STAGES


def _enters(situation: Situation, occasion: Occasion, now: datetime) -> Entry | Refusal | None:
    if not isinstance(occasion, StageChanged):
        return None
    last_order_at = situation.customer.last_order_at()
    if occasion.after not in QUIET_STAGES or last_order_at is None:
        return None
    return Entry(trigger_key=f"silence:{last_order_at.isoformat()}", entered_at=now)


def _exits(situation: Situation, enrollment: Enrollment) -> str | None:
    last_order_at = situation.customer.last_order_at()
    if last_order_at is not None and last_order_at >= enrollment.entered_at:
        return "ordered"
    return None if situation.stage in QUIET_STAGES else "no_longer_quiet"


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
