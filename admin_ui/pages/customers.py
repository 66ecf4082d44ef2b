"""Customers: find a person, and see everything about them and why."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from admin_ui.embedding import Document, Fragment
from admin_ui.errors import AdminError
from admin_ui.pages.segments import ROWS, cursor
from admin_ui.sentences import Sentences
from plugin.queries.customers import Belonging, customer_page, search
from plugin.queries.timeline import Cursor, InvalidCursorError, timeline
from plugin.queries.why import why

HAPPENINGS = 20

router = APIRouter()


@router.get("/app/customers")
def customers(
    visit: Document,
    q: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    with visit.reading() as unit:
        found = search(unit, q, after=cursor(after), limit=ROWS + 1)
    next_after = str(found[ROWS - 1].customer_id) if len(found) > ROWS else None
    return visit.page(
        "customers.html", members=found[:ROWS], q=q.strip(), next_after=next_after, is_first=not after
    )


@router.get("/app/customers/{customer_id}")
def customer(visit: Document, customer_id: str) -> Response:
    number = _number(customer_id)
    try:
        with visit.reading() as unit:
            shown = customer_page(unit, number, visit.now)
            happenings, more = timeline(unit, number, limit=HAPPENINGS)
            reasons = why(unit, number)
    except LookupError:
        raise AdminError(404) from None
    sentences = Sentences(visit=visit)
    return visit.page(
        "customer.html",
        person=shown,
        happenings=happenings,
        more=more,
        reasons=reasons,
        segments=[(each.segment_id, _findings(sentences, each)) for each in shown.segments],
    )


@router.get("/app/customers/{customer_id}/timeline")
def older(visit: Fragment, customer_id: str, before: Annotated[str, Query(max_length=300)]) -> Response:
    try:
        place = Cursor.parse(before)
    except InvalidCursorError:
        raise AdminError(400) from None
    number = _number(customer_id)
    with visit.reading() as unit:
        happenings, more = timeline(unit, number, place, HAPPENINGS)
    return visit.fragment("_older.html", happenings=happenings, more=more, customer_id=number)


def _number(customer_id: str) -> int:
    try:
        number = cursor(customer_id)
    except AdminError:
        number = None
    if number is None:
        raise AdminError(404)
    return number


def _findings(sentences: Sentences, belonging: Belonging) -> list[str]:
    return [sentences.finding(finding) for finding in belonging.why.findings()]
