"""When to try again. One list for everything that goes over a wire."""

from datetime import datetime, timedelta

_BACKOFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),  # grey-listing asks for at least this much
    timedelta(minutes=15),
    timedelta(hours=1),
)
_THEN_EVERY = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(hours=72)


def retry_at(*, attempts: int, first_tried_at: datetime, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures, or None when it is time to give up."""
    wait = _BACKOFF[attempts - 1] if attempts <= len(_BACKOFF) else _THEN_EVERY
    again = now + wait
    return again if again - first_tried_at <= GIVE_UP_AFTER else None
