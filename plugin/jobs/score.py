"""Learn from each shop's purchases in its night and after its import, and bring that to its customers."""

from datetime import datetime

from plugin.jobs.tools import Tools
from plugin.pipeline import score as pipeline


def score(tools: Tools, now: datetime) -> int:
    """Returns how many fits and customers that were."""
    return pipeline.score(tools.database, now)
