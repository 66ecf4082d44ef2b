"""What the merchant does to segments of their own: make, change, rename, delete, and take back a change.

Nothing here raises for what a person typed: what is wrong comes back as a `Problem` for the form.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count

from plugin.core.segments.defaults import SEGMENT_BY_ID
from plugin.core.segments.errors import InvalidConditionError, SegmentSyntaxError
from plugin.core.segments.parse import parse
from plugin.core.segments.resolve import resolve
from plugin.pipeline.sync import resync
from plugin.store import segments
from plugin.store.live_segments import shelf, shelf_of, texts, users_of
from plugin.store.segments import Definition
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

MAX_SEGMENTS = 200  # of the merchant's own, in one shop: each is asked of every customer who changes
MAX_NAME = 80  # characters
_LONGEST_STEM = 48  # characters of an id, before a number that tells it apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why nothing was stored. `code` is for a translation, `message` says it in English."""

    field: str
    """`name`, `query` or `segment`."""
    code: str
    message: str
    line: int | None = None
    """In the query, from 1; as `column`."""
    column: int | None = None
    suggestion: str | None = None
    subject: str = ""
    used_in: tuple[str, ...] = ()
    """Ids of the segments and flows that would lose what they ask about."""


def create(
    unit: Unit, shop: Shop, *, name: str, query: str, now: datetime, author: str
) -> Definition | Problem:
    """A new segment; its members follow within moments."""
    own = segments.in_force(unit)
    if len(own) >= MAX_SEGMENTS:
        return Problem(
            field="segment",
            code="too_many",
            message=f"a shop may have {MAX_SEGMENTS} segments of its own; delete one that is no longer used",
        )
    clean = _name(name)
    problem = _wrong_name(clean, own, None) or check(query, own, shop.currency)
    if problem is not None:
        return problem
    segment_id = _free_id(clean, segments.ids_ever(unit) | SEGMENT_BY_ID.keys())
    made = segments.put(
        unit, segment_id, name=clean, query=query.strip(), is_change=True, at=now, author=author
    )
    resync(unit, now)
    return made


def edit(
    unit: Unit,
    shop: Shop,
    segment_id: str,
    *,
    name: str,
    query: str,
    now: datetime,
    author: str,
    opened: int | None = None,
) -> Definition | Problem:
    """A new version. `opened` is the version that the author saw; another by now is told, not overwritten."""
    own = segments.in_force(unit)
    known = _find(own, segment_id)
    if known is None:
        return _gone(segment_id)
    if opened is not None and opened != known.version:
        return Problem(
            field="segment",
            code="changed_meanwhile",
            message="somebody changed this segment meanwhile; open it again and look",
        )
    clean = _name(name)
    problem = _wrong_name(clean, own, segment_id) or check(query, own, shop.currency, segment_id)
    if problem is not None:
        return problem
    if (clean, query.strip()) == (known.name, known.query):
        return known
    return _put(unit, known, name=clean, query=query.strip(), now=now, author=author)


def rename(
    unit: Unit, shop: Shop, segment_id: str, *, name: str, now: datetime, author: str
) -> Definition | Problem:
    """Another name; who belongs stays."""
    known = _find(segments.in_force(unit), segment_id)
    if known is None:
        return _gone(segment_id)
    return edit(unit, shop, segment_id, name=name, query=known.query, now=now, author=author)


def undo(unit: Unit, shop: Shop, segment_id: str, *, now: datetime, author: str) -> Definition | Problem:
    """What the version before said, as the newest version."""
    known = _find(segments.in_force(unit), segment_id)
    if known is None:
        return _gone(segment_id)
    versions = segments.versions(unit, segment_id)
    before = next((each for each in versions if each.version < known.version), None)
    if before is None:
        return Problem(field="segment", code="nothing_to_undo", message="this segment was never changed")
    return edit(unit, shop, segment_id, name=before.name, query=before.query, now=now, author=author)


def delete(unit: Unit, shop: Shop, segment_id: str, *, now: datetime) -> Problem | None:
    """Take the segment away, unless another segment or a flow asks for it. Its members vanish in the background."""
    users = users_of(segment_id, shelf_of(unit, shop))
    if users:
        return Problem(
            field="segment",
            code="in_use",
            message=f"this segment is used in {', '.join(users)}; take it out there first",
            used_in=users,
        )
    if not segments.end(unit, segment_id, now):
        return _gone(segment_id)
    resync(unit, now)
    return None


def check(
    query: str, own: Sequence[Definition], currency: str, segment_id: str | None = None
) -> Problem | None:
    """What is wrong with a query, if anything; `segment_id` is the segment it will belong to, if there is one."""
    try:
        tree = parse(query, currency=currency)
        others = shelf(texts(each for each in own if each.segment_id != segment_id), currency).understood
        resolve(tree, others if segment_id is None else {**others, segment_id: tree})
    except InvalidConditionError as error:
        place = (error.line, error.column) if isinstance(error, SegmentSyntaxError) else (None, None)
        return Problem(
            field="query",
            code=error.code,
            message=error.message,
            line=place[0],
            column=place[1],
            suggestion=error.suggestion,
            subject=error.subject,
        )
    return None


def _find(own: Sequence[Definition], segment_id: str) -> Definition | None:
    return next((each for each in own if each.segment_id == segment_id), None)


def _put(unit: Unit, known: Definition, *, name: str, query: str, now: datetime, author: str) -> Definition:
    is_change = query != known.query
    made = segments.put(
        unit, known.segment_id, name=name, query=query, is_change=is_change, at=now, author=author
    )
    if is_change:
        resync(unit, now)
    return made


def _name(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _wrong_name(name: str, own: Sequence[Definition], segment_id: str | None) -> Problem | None:
    if not name:
        return Problem(field="name", code="no_name", message="give the segment a name")
    if len(name) > MAX_NAME or not name.isprintable():
        return Problem(
            field="name",
            code="bad_name",
            message=f"a name has up to {MAX_NAME} characters that can be printed",
        )
    folded = name.casefold()
    if any(each.name.casefold() == folded and each.segment_id != segment_id for each in own):
        return Problem(field="name", code="name_taken", message="another segment of this shop has this name")
    return None


def _free_id(name: str, taken: Collection[str]) -> str:
    """An id that reads like the name, as far as it has letters of A to Z: it is written in queries."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_STEM] or "segment"
    if stem[0].isdigit():
        stem = f"segment_{stem}"
    return next(each for each in chain([stem], (f"{stem}_{n}" for n in count(2))) if each not in taken)


def _gone(segment_id: str) -> Problem:
    return Problem(
        field="segment",
        code="gone",
        message=f"there is no segment {segment_id[:MAX_NAME]!r} of your own here; it may have been deleted",
    )
