"""The segment builder: rows and text of one query, with numbers and people that follow every change of the form."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from admin_ui import segment_words
from admin_ui.embedding import Document, Fragment
from admin_ui.errors import AdminError
from admin_ui.segment_bench import EXACT, Bench
from admin_ui.segment_draft import Draft, read
from admin_ui.segment_edits import edited
from admin_ui.segment_faults import fault_text
from admin_ui.segment_query import NestedError, drafted, texted
from admin_ui.segment_starters import STARTERS
from admin_ui.visit import Visit
from plugin.core.segments.conditions import Tree
from plugin.core.segments.errors import SegmentSyntaxError
from plugin.core.segments.parse import parse
from plugin.core.segments.print import to_text
from plugin.pipeline.define import Problem, create, edit
from plugin.queries.segments_list import trend
from plugin.store import segments

MOST_FIELDS = 4000
_TOUCHED = {"input": {"target": "#builder"}}
"""Tells the form that it was changed, which its inputs cannot when the server changes them."""

router = APIRouter()


async def _sent(request: Request) -> list[tuple[str, str]]:
    form = await request.form(max_fields=MOST_FIELDS)
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


Sent = Annotated[list[tuple[str, str]], Depends(_sent)]
_Short = Annotated[str, Query(max_length=100)]


@router.get("/app/segments/new")
def new(
    visit: Document,
    template: _Short = "",
    like: _Short = "",
    query: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """An empty form, or one that begins with a template, with another segment, or with a query."""
    with visit.reading() as unit:
        bench = Bench.of(visit, unit)
        draft = Draft()
        if template in STARTERS:
            tree = parse(STARTERS[template], currency=bench.shop.currency)
            draft = _opened(bench, Draft(name=visit.words.gettext(segment_words.STARTERS[template])), tree)
        elif like and (like in bench.shelf.understood):
            name = visit.words.gettext("Copy of %(name)s") % {"name": bench.name(like)}
            draft = _opened(bench, Draft(name=name), bench.shelf.understood[like])
        elif query:
            draft = _asked_for(bench, query)
        is_blank = not (template or like or query)
        return _page(bench, draft, starters=list(STARTERS) if is_blank else [])


@router.get("/app/segments/{segment_id}/edit")
def change(visit: Document, segment_id: str) -> Response:
    with visit.reading() as unit:
        bench = Bench.of(visit, unit)
        known = bench.own.get(segment_id)
        if known is None:
            raise AdminError(404)
        draft = Draft(segment_id=segment_id, version=known.version, name=known.name)
        tree = bench.shelf.understood.get(segment_id)
        draft = replace(draft, mode="text", text=known.query) if tree is None else _opened(bench, draft, tree)
        days = trend(unit, bench.shop, segment_id, visit.now)
        points = [(visit.formats.day(day), size, visit.formats.num(size)) for day, size in days]
        return _page(bench, draft, points=points)


@router.post("/app/segments/builder/rows")
def rows(visit: Fragment, sent: Sent) -> Response:
    """A change that redraws the query: a row more or less, another field, the other form."""
    draft, said = read(sent), dict(sent)
    with visit.reading() as unit:
        bench = Bench.of(visit, unit)
        after, focus, refusal = edited(bench, draft, said)
        values = bench.query(after, focus=focus, refusal=refusal)
    return _touched(visit.fragment("_segment_rows.html", **values, shopify=said.get("shopify", "")))


@router.post("/app/segments/builder/preview")
def preview(visit: Fragment, sent: Sent) -> Response:
    with visit.reading() as unit:
        return visit.fragment("_segment_found.html", **Bench.of(visit, unit).found(read(sent)))


@router.post("/app/segments/builder/count")
def count(visit: Fragment, sent: Sent) -> Response:
    """The exact number, however long it takes within reason."""
    with visit.reading() as unit:
        return visit.fragment("_segment_found.html", **Bench.of(visit, unit).found(read(sent), budget=EXACT))


@router.post("/app/segments/builder/save")
def save(visit: Fragment, sent: Sent) -> Response:
    draft = read(sent)
    with visit.writing() as unit:
        bench = Bench.of(visit, unit)
        answer = bench.asked(draft)
        if answer.tree is not None:
            query = draft.text if draft.mode == "text" else to_text(answer.tree, currency=bench.shop.currency)
            made = _put(visit, bench, draft, query)
            if not isinstance(made, Problem):
                return go_to(visit, made.segment_id, visit.words.gettext("Segment saved"))
            said = fault_text(made.code, made.subject, visit.words)
            values = {
                **bench.found(draft),
                "not_saved_because": said,
                "name_fault": said if made.field == "name" else "",
            }
        else:
            values = bench.found(draft)
    return _touched(visit.fragment("_segment_found.html", status=422, **values))


def go_to(visit: Visit, segment_id: str, toast: str) -> HTMLResponse:
    """On to the page of a segment, or to all of them, as a link of the app would go there."""
    answer = visit.fragment("_nothing.html", toast=toast)
    target = {
        "path": f"/app/segments/{segment_id}".rstrip("/"),
        "target": "#main",
        "select": "#main",
        "swap": "outerHTML",
    }
    answer.headers["HX-Location"] = json.dumps(target)
    return answer


def _put(visit: Visit, bench: Bench, draft: Draft, query: str) -> segments.Definition | Problem:
    if not draft.segment_id:
        return create(
            bench.unit, bench.shop, name=draft.name, query=query, now=visit.now, author=visit.author
        )
    return edit(
        bench.unit,
        bench.shop,
        draft.segment_id,
        name=draft.name,
        query=query,
        now=visit.now,
        author=visit.author,
        opened=draft.version,
    )


def _asked_for(bench: Bench, query: str) -> Draft:
    try:
        return _opened(bench, Draft(), parse(query, currency=bench.shop.currency))
    except SegmentSyntaxError:
        return Draft(mode="text", text=query)


def _opened(bench: Bench, draft: Draft, tree: Tree) -> Draft:
    """A query in rows, or as text where rows cannot show it."""
    try:
        return drafted(tree, bench.rows, draft)
    except NestedError:
        return texted(tree, draft, bench.shop.currency)


def _page(
    bench: Bench,
    draft: Draft,
    *,
    starters: list[str] | None = None,
    points: Sequence[tuple[str, int, str]] = (),
) -> HTMLResponse:
    words = bench.visit.words
    back = f"/app/segments/{draft.segment_id}" if draft.segment_id else "/app/segments"
    return bench.visit.page(
        "segment_builder.html",
        **{**bench.query(draft), **bench.found(draft)},
        segment_id=draft.segment_id,
        version=draft.version,
        name=draft.name,
        back=back,
        back_label=bench.name(draft.segment_id) if draft.segment_id else words.gettext("Segments"),
        starters=starters or [],
        terms=segment_words,
        trend=points,
        shopify="",
    )


def _touched(answer: HTMLResponse) -> HTMLResponse:
    answer.headers["HX-Trigger"] = json.dumps(_TOUCHED)
    return answer
