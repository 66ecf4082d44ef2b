"""Keep segments true where no fact does: when time passes, and when a definition changes."""

from datetime import datetime

from plugin.jobs.tools import Tools
from plugin.pipeline.flip import flip
from plugin.pipeline.sync import renew, sync


def flip_members(tools: Tools, now: datetime) -> int:
    """Ask customers again whose memberships time may have changed; returns how many."""
    return flip(tools.database, now)


def sync_segments(tools: Tools, now: datetime) -> int:
    """Bring all customers under definitions that changed; returns how many were asked."""
    return sync(tools.database, now)


def renew_segments(tools: Tools, now: datetime) -> int:
    """Have shops asked again whose members follow an older version of the app; returns how many shops."""
    return renew(tools.database, now)
