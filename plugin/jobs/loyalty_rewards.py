"""Turn points into rewards, and tell people."""

from datetime import datetime

from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.jobs.tools import Tools
from plugin.pipeline.advance import advance


def loyalty_rewards(tools: Tools, now: datetime) -> int:
    """Returns how many steps were decided."""
    return advance(tools.database, LOYALTY_REWARD, now, code_secret=tools.code_secret)
