"""The segments every shop has from the first minute (features_and_metrics.md 5.2). Names come by id, from gettext."""

from dataclasses import dataclass
from functools import cached_property

from plugin.core.lifecycle.shop_model import CYCLE
from plugin.core.segments.conditions import Tree
from plugin.core.segments.parse import parse

POINTS_READY = 500  # what the cheapest reward costs (plugin/core/loyalty/rewards.py)
_NO_CURRENCY = "XXX"  # ISO 4217; no default segment speaks of money


@dataclass(frozen=True, kw_only=True)
class Segment:
    id: str
    text: str
    """The query, as a merchant would write it."""

    @cached_property
    def tree(self) -> Tree:
        return parse(self.text, currency=_NO_CURRENCY)


SEGMENTS: tuple[Segment, ...] = (
    Segment(id="new_this_week", text="created within 7 days"),
    Segment(id="subscribers_never_bought", text="email_consent = subscribed AND orders = 0"),
    Segment(id="bought_once", text="orders = 1"),
    Segment(
        id="bought_once_overdue",
        text="orders = 1 AND (next_order_until before now"
        f" OR next_order_until is unknown AND last_order before {CYCLE.days} days ago)",
    ),
    Segment(id="active", text="stage = active"),
    Segment(id="loyal", text="stage = loyal"),
    Segment(id="most_valuable", text="value_class = most_valuable"),
    Segment(id="most_growable", text="value_class = most_growable"),
    Segment(id="below_zero", text="value_class = below_zero"),
    Segment(id="at_risk", text="stage = at_risk"),
    Segment(id="lapsed", text="stage = lapsed"),
    Segment(id="lost", text="stage = lost"),
    Segment(id="won_back", text="stage = won_back"),
    Segment(id="abandoned_checkout", text="checkout within 7 days"),
    Segment(id="full_price", text="orders >= 2 AND discounted_orders = 0"),
    Segment(id="discount_seekers", text="orders >= 2 AND discount_share >= 50%"),
    Segment(id="returners", text="(orders >= 3 OR refunded_orders >= 3) AND refund_share >= 50%"),
    Segment(id="refusal_risk", text="cash_refusals >= 2 OR cash_refusal_share >= 40%"),
    Segment(id="engaged_30", text="last_seen within 30 days"),
    Segment(id="engaged_90", text="last_seen within 90 days"),
    Segment(
        id="unengaged_180",
        text="last_seen before 180 days ago OR last_seen is unknown AND created before 180 days ago",
    ),
    Segment(id="points_ready", text=f"points >= {POINTS_READY}"),
    Segment(id="birthday_soon", text="birthday within next 30 days"),
    Segment(id="mailable", text="can_email"),
    Segment(id="everyone", text="everyone"),
)
SEGMENT_BY_ID = {segment.id: segment for segment in SEGMENTS}
