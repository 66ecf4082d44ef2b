"""Every flow we run. A new flow is one module here, one line below, and its templates folder."""

from plugin.core.flows.abandoned_checkout import ABANDONED_CHECKOUT
from plugin.core.flows.base import Flow
from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.core.flows.win_back import WIN_BACK

FLOWS: tuple[Flow, ...] = (ABANDONED_CHECKOUT, LOYALTY_REWARD, WIN_BACK)
FLOW_BY_ID = {flow.id: flow for flow in FLOWS}
