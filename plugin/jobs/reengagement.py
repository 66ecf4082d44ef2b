"""Notice who has become quiet, at the minute it happens, and write to them."""

from datetime import datetime

from plugin.core.flows.win_back import WIN_BACK
from plugin.jobs.tools import Tools
from plugin.pipeline.advance import advance
from plugin.pipeline.restage import restage


def reengagement(tools: Tools, now: datetime) -> int:
    """Returns how many stages moved and steps were decided."""
    moved = restage(tools.database, now)
    return moved + advance(tools.database, WIN_BACK, now, code_secret=tools.code_secret)
