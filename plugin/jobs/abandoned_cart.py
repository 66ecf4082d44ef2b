"""Remind people of the checkouts they left."""

from datetime import datetime

from plugin.core.flows.abandoned_checkout import ABANDONED_CHECKOUT
from plugin.jobs.tools import Tools
from plugin.pipeline.advance import advance


def abandoned_cart(tools: Tools, now: datetime) -> int:
    """Returns how many steps were decided."""
    return advance(tools.database, ABANDONED_CHECKOUT, now, code_secret=tools.code_secret)
