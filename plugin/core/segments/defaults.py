"""The segments every shop has from the first minute (features_and_metrics.md 5.2). Names come by id, from gettext."""

from dataclasses import dataclass
from functools import cached_property

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
    Segment(id="active", text="stage = active"),
    Segment(id="loyal", text="stage = loyal"),
    Segment(id="at_risk", text="stage = at_risk"),
    Segment(id="lapsed", text="stage = lapsed"),
    Segment(id="won_back", text="stage = won_back"),
    Segment(id="abandoned_checkout", text="checkout within 7 days"),
    Segment(id="points_ready", text=f"points >= {POINTS_READY}"),
    Segment(id="mailable", text="can_email"),
    Segment(id="everyone", text="everyone"),
)
SEGMENT_BY_ID = {segment.id: segment for segment in SEGMENTS}
