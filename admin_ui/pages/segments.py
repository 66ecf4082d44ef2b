"""Segments: who belongs together, how many they are, and how many of them may be written to."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from admin_ui.embedding import Document
from admin_ui.errors import AdminError
from admin_ui.sentences import Sentences
from plugin.core.segments.defaults import SEGMENT_BY_ID, SEGMENTS
from plugin.queries.segments import segment_counts, segment_members

ROWS = 25

router = APIRouter()


@router.get("/app/segments")
def segments(visit: Document) -> Response:
    with visit.reading() as unit:
        counts = segment_counts(unit.connection, unit.shop_id, visit.now)
    return visit.page("segments.html", counts=counts)


@router.get("/app/segments/{segment_id}")
def segment(visit: Document, segment_id: str, after: Annotated[str, Query(max_length=20)] = "") -> Response:
    shown = SEGMENT_BY_ID.get(segment_id)
    if shown is None:
        raise AdminError(404)
    with visit.reading() as unit:
        counts = {count.id: count for count in segment_counts(unit.connection, unit.shop_id, visit.now)}
        members = segment_members(
            unit.connection, unit.shop_id, shown.tree, visit.now, limit=ROWS + 1, after=cursor(after)
        )
    return visit.page(
        "segment.html",
        count=counts[shown.id],
        everyone=counts[SEGMENTS[-1].id].customers,
        definition=Sentences(visit=visit).definition(shown.tree),
        members=members[:ROWS],
        next_after=str(members[ROWS - 1].customer_id) if len(members) > ROWS else None,
        is_first=not after,
    )


def cursor(text: str) -> int | None:
    """The customer id that ended the page before; None for the first page. Raises a 400 for anything else."""
    if not text:
        return None
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 19 or abs(int(text)) >= 2**63:
        raise AdminError(400)
    return int(text)
