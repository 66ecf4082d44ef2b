"""Privacy requests: what customers asked for through Shopify, by when, and what became of it."""

from fastapi import APIRouter
from starlette.responses import Response

from admin_ui.embedding import Document, Fragment
from admin_ui.errors import AdminError
from plugin.pipeline.steer import answer_request
from plugin.queries.privacy import export, requests

router = APIRouter()


@router.get("/app/settings/privacy")
def privacy(visit: Document) -> Response:
    with visit.reading() as unit:
        found = requests(unit)
    return visit.page("privacy.html", requests=found, now=visit.now)


@router.get("/app/settings/privacy/{request_id}/copy")
def copy_of_data(visit: Fragment, request_id: str) -> Response:
    try:
        with visit.reading() as unit:
            document = export(unit, request_id)
    except LookupError:
        raise AdminError(404) from None
    return visit.fragment("_export.html", document=document)


@router.post("/app/settings/privacy/{request_id}/answered")
def answered(visit: Fragment, request_id: str) -> Response:
    try:
        with visit.writing() as unit:
            answer_request(unit, request_id, now=visit.now, author=visit.author)
            found = requests(unit)
    except LookupError:
        raise AdminError(404) from None
    said = visit.words.gettext("The request is marked as answered")
    return visit.fragment("_requests.html", requests=found, now=visit.now, toast=said)
