"""Connection: what the store grants, what arrives from it, what was compared; and trying again what failed."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from admin_ui.embedding import Document, Fragment
from admin_ui.errors import AdminError
from plugin.pipeline.steer import import_again, understand_again
from plugin.queries.connection import connection_page, notices_of
from plugin.queries.imports import imports_now, skipped_rows, time_left

router = APIRouter()


@router.get("/app/settings/connection")
def connection(visit: Document) -> Response:
    notices = notices_of(visit.deps.reads.inbox, visit.shop.shop_id, visit.now)
    with visit.reading() as unit:
        shown = connection_page(unit, visit.now)
    return visit.page(
        "connection.html",
        connection=shown,
        notices=notices,
        imports=shown.imports,
        skipped_rows=skipped_rows,
        time_left=time_left,
        now=visit.now,
    )


@router.post("/app/settings/connection/notices")
def read_again(visit: Fragment, delivery_id: Annotated[str, Form(max_length=200)] = "") -> Response:
    """One failed notice, or all of them."""
    writes = visit.deps.writes
    with visit.writing() as unit:
        count = understand_again(
            unit, writes.inbox, now=visit.now, author=visit.author, delivery_id=delivery_id or None
        )
    words = visit.words
    said = words.ngettext("%(n)s notice is being read again", "%(n)s notices are being read again", count)
    return visit.fragment(
        "_notices.html",
        notices=notices_of(visit.deps.reads.inbox, visit.shop.shop_id, visit.now),
        toast=said % {"n": visit.formats.num(count)},
    )


@router.post("/app/settings/connection/imports/{kind}")
def start_again(visit: Fragment, kind: str) -> Response:
    try:
        with visit.writing() as unit:
            has_begun = import_again(unit, kind, now=visit.now, author=visit.author)
            found = imports_now(unit)
    except LookupError:
        raise AdminError(404) from None
    toast = visit.words.gettext("The import starts again") if has_begun else None
    return visit.fragment(
        "_imports.html",
        imports=found,
        skipped_rows=skipped_rows,
        time_left=time_left,
        now=visit.now,
        toast=toast,
    )
