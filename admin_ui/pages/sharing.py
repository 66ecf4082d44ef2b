"""What a merchant takes out of a segment: a file, a tag on its customers, a segment of Shopify's own."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from admin_ui import export_words
from admin_ui.deps import AdminDeps
from admin_ui.embedding import Fragment
from admin_ui.errors import AdminError
from admin_ui.screen import Screen
from admin_ui.segment_bench import Bench
from admin_ui.visit import Visit
from plugin.core.links import InvalidLinkError
from plugin.core.segments.shopify_words import NotExpressibleError
from plugin.core.segments.to_shopify import to_shopify
from plugin.core.spreadsheets import BOM, line
from plugin.pipeline.tagging import InvalidTagError, tag_members, take_back
from plugin.queries.segment_export import COLUMNS, export_page
from plugin.shopify.errors import ShopifyError, UserErrorsError
from plugin.shopify.segments import save_segment
from plugin.store import segment_copies, shops, tagging
from plugin.store.segment_copies import SegmentCopy
from plugin.store.tagging import SegmentTag, TagProgress
from plugin.store.unit_of_work import Database

FILE_LIVES = timedelta(minutes=5)
"""How long the address of a file is good: it opens without an ID token, which downloads cannot carry."""

_FILE = "segment-file"
_log = logging.getLogger(__name__)

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """How a segment is used outside of this app."""

    segment_id: str
    name: str
    tag: SegmentTag | None
    progress: TagProgress
    query: str | None
    """In Shopify's language; None where that has no words for it."""
    unsayable: list[str]
    copy: SegmentCopy | None


@router.get("/app/segments/{segment_id}/share")
def share(visit: Fragment, segment_id: str) -> Response:
    return _panel(visit, segment_id)


@router.post("/app/segments/{segment_id}/file")
def file(visit: Fragment, segment_id: str) -> Response:
    """Sends the browser to an address of the file that is good for a few minutes."""
    with visit.writing() as unit:
        if segment_id not in Bench.of(visit, unit).shelf.trees:
            raise AdminError(404)
        shops.record_change(
            unit, change=f"file:{segment_id}", at=visit.now, reason="merchant", author=visit.author
        )
    until = int((visit.now + FILE_LIVES).timestamp())
    payload = json.dumps([visit.shop.shop_id, segment_id, visit.language, until], separators=(",", ":"))
    token = visit.deps.signer.sign(_FILE, payload.encode())
    answer = visit.fragment("_nothing.html", toast=visit.words.gettext("The file is on its way"))
    answer.headers["HX-Redirect"] = f"/app/files/{token}"
    return answer


@router.get("/app/files/{token}")
def download(request: Request, token: str) -> Response:
    """The file itself, streamed: the address is its own proof, and names nobody."""
    deps: AdminDeps = request.app.state.deps
    screen: Screen = request.app.state.screen
    now = deps.clock.now()
    shop_id, segment_id, language = _asked(deps, token, now)
    with deps.reads.database.reading(shop_id) as unit:
        shop = shops.find(unit)
    if shop is None or shop.state not in {shops.INSTALLED, shops.NEEDS_REAUTH}:
        raise AdminError(404)
    words = screen.catalogue(language)
    heads = [words.gettext(export_words.COLUMNS[column]) for column in COLUMNS]
    name = f"{segment_id}-{now.astimezone(shop.zone):%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    body = _lines(deps.reads.database, shop_id, segment_id, heads)
    return StreamingResponse(body, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/app/segments/{segment_id}/tag")
def put_tag(
    visit: Fragment,
    segment_id: str,
    tag: Annotated[str, Form(max_length=300)] = "",
    keeps_in_step: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    try:
        with visit.writing() as unit:
            tag_members(
                unit,
                shops.get(unit),
                segment_id,
                tag=tag,
                keeps_in_step=bool(keeps_in_step),
                now=visit.now,
                author=visit.author,
            )
    except LookupError:
        raise AdminError(404) from None
    except InvalidTagError as refusal:
        return _panel(visit, segment_id, status=422, wrong_tag=refusal.reason, typed=tag)
    return _panel(visit, segment_id, toast=visit.words.gettext("The customers get their tag now"))


@router.post("/app/segments/{segment_id}/untag")
def take_tag_back(visit: Fragment, segment_id: str) -> Response:
    with visit.writing() as unit:
        take_back(unit, segment_id, now=visit.now, author=visit.author)
    return _panel(visit, segment_id, toast=visit.words.gettext("The tag is being taken off"))


@router.post("/app/segments/{segment_id}/shopify")
def save_in_shopify(visit: Fragment, segment_id: str) -> Response:
    """Asked of Shopify while the merchant waits, with no transaction open; saving again writes over the first."""
    shared = _shared(visit, segment_id)
    if shared.query is None:
        return _panel(visit, segment_id, status=409)
    try:
        gid = save_segment(
            visit.deps.shopify,
            visit.shop.shop_id,
            visit.shop.domain,
            name=shared.name,
            query=shared.query,
            gid=shared.copy.shopify_gid if shared.copy else None,
            now=visit.now,
        )
    except UserErrorsError as refusal:
        said = " ".join(error.message for error in refusal.errors)
        return _panel(visit, segment_id, status=422, refused=said)
    except ShopifyError as error:
        return _panel(visit, segment_id, status=503, failed=error.reason, is_unknown=error.in_doubt)
    with visit.writing() as unit:
        segment_copies.put(
            unit,
            SegmentCopy(
                segment_id=segment_id,
                shopify_gid=gid,
                query=shared.query,
                saved_at=visit.now,
                author=visit.author,
            ),
        )
    return _panel(visit, segment_id, toast=visit.words.gettext("Saved among your Shopify segments"))


def _panel(
    visit: Visit, segment_id: str, *, status: int = 200, toast: str | None = None, **more: Any
) -> HTMLResponse:
    shown = {"wrong_tag": "", "typed": "", "refused": "", "failed": "", "is_unknown": False, **more}
    shared = _shared(visit, segment_id)
    return visit.fragment("_segment_share.html", status=status, toast=toast, shared=shared, **shown)


def _shared(visit: Visit, segment_id: str) -> Shared:
    with visit.reading() as unit:
        bench = Bench.of(visit, unit)
        tree = bench.shelf.trees.get(segment_id)
        if tree is None:
            raise AdminError(404)
        tag, copy = tagging.of_segment(unit, segment_id), segment_copies.of_segment(unit, segment_id)
        progress = tagging.progress(unit, segment_id)
    query: str | None = None
    unsayable: list[str] = []
    try:
        query = to_shopify(tree, currency=visit.shop.currency)
    except NotExpressibleError as error:
        unsayable = [part.rpartition(": ")[0] or part for part in error.parts]
    return Shared(
        segment_id=segment_id,
        name=bench.name(segment_id),
        tag=tag,
        progress=progress,
        query=query,
        unsayable=unsayable,
        copy=copy,
    )


def _asked(deps: AdminDeps, token: str, now: datetime) -> tuple[int, str, str]:
    """The shop, the segment and the language that an address was made for; a 404 for any that is not good now."""
    try:
        payload = deps.signer.verify(_FILE, token)
    except InvalidLinkError:
        raise AdminError(404) from None
    if not isinstance(payload, bytes):
        raise AdminError(404)
    shop_id, segment_id, language, until = json.loads(payload)
    if now > datetime.fromtimestamp(until, UTC):
        raise AdminError(404)
    return shop_id, segment_id, language


def _lines(database: Database, shop_id: int, segment_id: str, heads: list[str]) -> Iterator[str]:
    """Page by page, each a snapshot of its own: a long download keeps no transaction open."""
    yield BOM + line(heads)
    written, after = 0, None
    while True:
        with database.reading(shop_id) as unit:
            rows, after = export_page(unit, shops.get(unit), segment_id, after=after)
        yield "".join(line(row) for row in rows)
        written += len(rows)
        if after is None:
            _log.info("a segment was written to a file: %s customers of shop %s", written, shop_id)
            return
