"""How far a shop's history has come in, and how long the rest will take."""

from datetime import datetime, timedelta

from plugin.store import imports
from plugin.store.imports import Import
from plugin.store.unit_of_work import Unit


def imports_now(unit: Unit) -> tuple[Import, ...]:
    """The imports of the present installation, customers before orders."""
    known = imports.of_shop(unit)
    return tuple(found for found in known if found.generation == known[0].generation)


def skipped_rows(found: Import) -> int:
    """Rows of a finished import that could not be read."""
    count, _, rest = found.reason.partition(" ")
    return int(count) if rest == "rows skipped" and count.isdecimal() else 0


def time_left(found: Import, now: datetime) -> timedelta | None:
    """How long reading will go on at its pace so far; None while it has none, or nothing is being read."""
    if (
        found.state != "reading"
        or found.reading_since is None
        or not 0 < found.rows_done <= found.rows_expected
    ):
        return None
    spent = now - found.reading_since
    if spent <= timedelta(0):
        return None
    return spent * ((found.rows_expected - found.rows_done) / found.rows_done)
