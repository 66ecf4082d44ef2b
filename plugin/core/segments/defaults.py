"""The segments every shop has from the first minute (features_and_metrics.md 5.2). Names come by id, from gettext.

Those of the reference that need engagement, value classes or birthdays are not here: the facts cannot tell yet.
"""

from dataclasses import dataclass

from plugin.core.events import ConsentState
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.conditions import All, Condition, Tree
from plugin.core.segments.fields import Value
from plugin.core.segments.operators import Operator

POINTS_READY = 500  # what the cheapest reward costs (plugin/core/loyalty/rewards.py)
_FRESH_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    id: str
    tree: Tree


def _where(field: str, operator: Operator, value: Value) -> Condition:
    return Condition(field=field, operator=operator, value=value)


def _in_stage(stage: Stage) -> Condition:
    return _where("stage", Operator.EQ, stage)


_NEVER_BOUGHT = _where("orders_count", Operator.EQ, 0)
_SUBSCRIBED = _where("consent_email", Operator.EQ, ConsentState.SUBSCRIBED)

SEGMENTS: tuple[Segment, ...] = (
    Segment(id="new_this_week", tree=_where("created_at", Operator.WITHIN_DAYS, _FRESH_DAYS)),
    Segment(id="subscribers_never_bought", tree=All(parts=(_SUBSCRIBED, _NEVER_BOUGHT))),
    Segment(id="bought_once", tree=_where("orders_count", Operator.EQ, 1)),
    Segment(id="active", tree=_in_stage(Stage.ACTIVE)),
    Segment(id="loyal", tree=_in_stage(Stage.LOYAL)),
    Segment(id="at_risk", tree=_in_stage(Stage.AT_RISK)),
    Segment(id="lapsed", tree=_in_stage(Stage.LAPSED)),
    Segment(id="won_back", tree=_in_stage(Stage.WON_BACK)),
    Segment(id="abandoned_checkout", tree=_where("open_checkout_at", Operator.WITHIN_DAYS, _FRESH_DAYS)),
    Segment(id="points_ready", tree=_where("points", Operator.AT_LEAST, POINTS_READY)),
    Segment(id="mailable", tree=_where("is_mailable", Operator.EQ, True)),
    Segment(id="everyone", tree=All(parts=())),
)
SEGMENT_BY_ID = {segment.id: segment for segment in SEGMENTS}
