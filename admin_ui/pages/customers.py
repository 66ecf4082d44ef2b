"""Customers: find a person, see everything about them and why, hand out or erase what is known."""

import json
from typing import Annotated

from babel import Locale, UnknownLocaleError
from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, Response

from admin_ui import customer_words, insight_words
from admin_ui.embedding import Document, Fragment
from admin_ui.errors import AdminError
from admin_ui.pages.segments import ROWS, cursor
from admin_ui.sentences import Sentences
from admin_ui.visit import Visit
from plugin.core.events import CustomerErasureRequested, Person
from plugin.pipeline.forget import forget_customer
from plugin.queries.customer import Belonging, customer_page
from plugin.queries.customers import search
from plugin.queries.happenings import View
from plugin.queries.privacy import export_person
from plugin.queries.timeline import Cursor, InvalidCursorError, timeline
from plugin.queries.why import why
from plugin.store import customers as people
from plugin.store import segments, shops

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
def customer(visit: Document, customer_id: str, show: View = View.ALL) -> Response:
    number = _number(customer_id)
    try:
        with visit.reading() as unit:
            shown = customer_page(unit, number, visit.now)
            happenings, more = timeline(unit, number, limit=HAPPENINGS, view=show)
            reasons = why(unit, number)
            own = {each.segment_id: each.name for each in segments.in_force(unit)}
    except LookupError:
        raise AdminError(404) from None
    sentences = Sentences(visit=visit, own=own)
    return visit.page(
        "customer.html",
        words=customer_words,
        insight=insight_words,
        person=shown,
        happenings=happenings,
        more=more,
        show=show.value,
        reasons=reasons,
        segments=[
            (each.segment_id, sentences.segment(each.segment_id), each.since, _findings(sentences, each))
            for each in shown.segments
        ],
        language=_language(visit, shown.locale),
    )


@router.get("/app/customers/{customer_id}/timeline")
def older(
    visit: Fragment,
    customer_id: str,
    before: Annotated[str, Query(max_length=300)],
    show: View = View.ALL,
) -> Response:
    try:
        place = Cursor.parse(before)
    except InvalidCursorError:
        raise AdminError(400) from None
    number = _number(customer_id)
    with visit.reading() as unit:
        happenings, more = timeline(unit, number, place, HAPPENINGS, view=show)
    return visit.fragment(
        "_older.html", happenings=happenings, more=more, customer_id=number, show=show.value
    )


@router.get("/app/customers/{customer_id}/copy")
def copy_of_data(visit: Fragment, customer_id: str) -> Response:
    """Everything we know about the person, to be handed to them."""
    number = _number(customer_id)
    with visit.reading() as unit:
        if not people.load(unit, [number]):
            raise AdminError(404)
        document = export_person(unit, number)
    return visit.fragment("_export.html", document=document)


@router.post("/app/customers/{customer_id}/erase")
def erase(visit: Fragment, customer_id: str) -> Response:
    """Forget the person, at the merchant's word; the raw webhooks follow within minutes (`Eraser`)."""
    number = _number(customer_id)
    asked = CustomerErasureRequested(person=Person(shopify_id=number), order_ids=(), occurred_at=visit.now)
    with visit.writing() as unit:
        if not people.load(unit, [number]):
            raise AdminError(404)
        forget_customer(unit, shops.get(unit), asked, visit.now)
    return _go_to_the_list(visit.words.gettext("The person's data was erased"))


def _go_to_the_list(toast: str) -> HTMLResponse:
    place = {"path": "/app/customers", "target": "#main", "select": "#main", "swap": "outerHTML"}
    headers = {
        "Cache-Control": "no-store",
        "HX-Location": json.dumps(place),
        "HX-Trigger": json.dumps({"toast": {"message": toast}}),
    }
    return HTMLResponse("", headers=headers)


def _number(customer_id: str) -> int:
    try:
        number = cursor(customer_id)
    except AdminError:
        number = None
    if number is None:
        raise AdminError(404)
    return number


def _findings(sentences: Sentences, belonging: Belonging) -> list[str]:
    if belonging.why is None:
        return []
    said = (sentences.finding(finding) for finding in belonging.why.findings() if finding.held)
    return list(dict.fromkeys(filter(None, said)))


def _language(visit: Visit, locale: str | None) -> str | None:
    """The person's language as the merchant's calls it; the code itself where that is not known."""
    if locale is None:
        return None
    try:
        spoken = Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return locale
    return spoken.get_language_name(visit.language) or locale
