"""Has something gone quiet? Judged against the shop's own past, and silent where that says too little.

What is counted in a window is compared with the windows of the same weekday and hour in the last four weeks. The
window (six hours, a day, three days) follows from how busy the shop is, and only one is looked at: a longer one would
go on telling of a silence that is over. Counts of independent arrivals scatter like Poisson's; a window that would be
rarer than one in a thousand, were the quietest of those weeks the rule, is an alarm. A shop in which even nothing at
all could be chance gets no alarm: it is too small to tell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

WINDOWS = (timedelta(hours=6), timedelta(days=1), timedelta(days=3))
"""Shortest first: a busy shop's silence is noticed within hours, a small one's within days."""
WEEKS = 4
WEEK = timedelta(weeks=1)
HISTORY = WEEKS * WEEK + WINDOWS[-1]
"""How long something must have been watched before it is judged."""
CHANCE = 0.001  # of a false alarm in one window
ENOUGH = 28  # in an average window; four times what an alarm needs, since nights are quieter than days


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What a window should hold."""

    expected: int
    """The median of the same window in earlier weeks."""
    least: int
    """Fewer than this is no chance."""

    def is_quiet(self, seen: int) -> bool:
        return seen < self.least


def window_for(past: Sequence[int]) -> timedelta:
    """The window to look at, from the counts of the longest one in earlier weeks."""
    least = min(past, default=0)
    enough = (window for window in WINDOWS if least * (window / WINDOWS[-1]) >= ENOUGH)
    return next(enough, WINDOWS[-1])


def expected_band(past: Sequence[int]) -> Band | None:
    """The band that follows from the same window in earlier weeks; None where they are too few or too quiet."""
    if len(past) < WEEKS:
        return None
    least = _poisson_bound(min(past))
    return Band(expected=round(median(past)), least=least) if least > 0 else None


def _poisson_bound(mean: float) -> int:
    """The smallest count that is not rarer than `CHANCE`, together with all smaller ones."""
    if mean <= 0:
        return 0
    count, total = 0, 0.0
    while True:
        # Of the logarithm, since e^-mean is no number for a busy shop.
        total += math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
        if total > CHANCE:
            return count
        count += 1
