"""Segments: who belongs together, how many they are, how many of them may be written to, and why somebody belongs."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, Response

from admin_ui import names, segment_words
from admin_ui.embedding import Document, Fragment
from admin_ui.errors import AdminError
from admin_ui.pages.segment_builder import go_to
from admin_ui.segment_bench import Bench
from admin_ui.segment_draft import Draft
from admin_ui.segment_faults import fault_text
from admin_ui.segment_starters import STARTERS
from admin_ui.visit import Visit
from plugin.core.segments.parse import parse
from plugin.pipeline.define import Problem, delete, undo
from plugin.pipeline.sync import resync
from plugin.queries.customers import search
from plugin.queries.segments_list import SegmentLine, segment_lines, trend
from plugin.queries.segments_people import members_page, segments_of, why
from plugin.store.live_segments import EVERYONE

ROWS = 25
PEOPLE_FOUND = 3
STARTER_BUDGET = timedelta(milliseconds=40)
"""For counting each of the templates: the page waits for all of them."""

Tab = Literal["all", "ours", "yours"]

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One segment, with the words of a visit."""

    id: str
    name: str
    text: str
    customers: int
    mailable: int
    share: float
    change: int | None
    used_in: list[tuple[str, str]]
    """Name and address of each user."""
    changed_at: datetime | None
    is_own: bool
    state: str
    since: datetime | None
    is_broken: bool
    """Its query cannot be understood any more."""


@router.get("/app/segments")
def segments(visit: Document, tab: Tab = "ours", q: Annotated[str, Query(max_length=100)] = "") -> Response:
    words = visit.words
    with visit.reading() as unit:
        bench = Bench.of(visit, unit)
        every = [_shown(bench, line) for line in segment_lines(unit, bench.shop, visit.now)]
        lines = [line for line in every if tab == "all" or line.is_own == (tab == "yours")]
        starters = _starters(bench) if not lines and not q else []
    return visit.page(
        "segments.html",
        lines=[line for line in lines if _plain(q) in _plain(f"{line.name} {line.text}")],
        everyone=_everyone(every),
        starters=starters,
        terms=segment_words,
        q=q.strip(),
        tab=tab,
        tabs={"ours": words.gettext("Ours"), "yours": words.gettext("Yours"), "all": words.gettext("All")},
    )


@router.get("/app/segments/{segment_id}")
def segment(visit: Document, segment_id: str, after: Annotated[str, Query(max_length=20)] = "") -> Response:
    with visit.reading() as unit:
        bench = Bench.of(visit, unit)
        every = [_shown(bench, line) for line in segment_lines(unit, bench.shop, visit.now)]
        line = next((each for each in every if each.id == segment_id), None)
        if line is None:
            raise AdminError(404)
        members = members_page(unit, segment_id, limit=ROWS + 1, after=cursor(after))
        days = trend(unit, bench.shop, segment_id, visit.now)
    known, tree = bench.own.get(segment_id), bench.shelf.understood.get(segment_id)
    return visit.page(
        "segment.html",
        line=line,
        everyone=_everyone(every),
        version=known.version if known else 0,
        definition=bench.sentences.definition(tree) if tree is not None else [],
        text=bench.text(segment_id),
        trend=[(visit.formats.day(day), size, visit.formats.num(size)) for day, size in days],
        members=members[:ROWS],
        next_after=str(members[ROWS - 1].customer_id) if len(members) > ROWS else None,
        is_first=not after,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One question of a segment, and what is true of the person."""

    held: bool
    asked: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Whether a person belongs, and every question with the value as it is now."""

    customer_id: int
    called: str
    belongs: bool
    since: datetime | None
    findings: list[Finding]


@router.get("/app/segments/{segment_id}/why")
def why_or_why_not(
    visit: Fragment, segment_id: str, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    with visit.reading() as unit:
        bench = Bench.of(visit, unit)
        tree = bench.shelf.trees.get(segment_id)
        if tree is None:
            raise AdminError(404)
        people = search(unit, q, limit=PEOPLE_FOUND) if q.strip() else []
        reasons = why(unit, bench.shop, tree, [person.customer_id for person in people], visit.now)
        since = {
            person.customer_id: segments_of(unit, person.customer_id).get(segment_id) for person in people
        }
    said = bench.sentences
    found = [
        Answered(
            customer_id=person.customer_id,
            called=person.name or person.email or "",
            belongs=reasons[person.customer_id].held,
            since=since[person.customer_id],
            findings=[
                Finding(held=each.held, asked=said.said(each.tree), value=said.finding(each))
                for each in reasons[person.customer_id].findings()
            ],
        )
        for person in people
        if person.customer_id in reasons
    ]
    return visit.fragment("_segment_why.html", found=found, q=q.strip(), now=visit.now)


@router.post("/app/segments/{segment_id}/undo")
def take_back(visit: Fragment, segment_id: str) -> Response:
    """Put the version before the present one in force again."""
    with visit.writing() as unit:
        shop = Bench.of(visit, unit).shop
        outcome = undo(unit, shop, segment_id, now=visit.now, author=visit.author)
    if isinstance(outcome, Problem):
        return _refused(visit, outcome)
    return go_to(visit, segment_id, visit.words.gettext("The version before is in force again"))


@router.post("/app/segments/{segment_id}/delete")
def remove(visit: Fragment, segment_id: str) -> Response:
    with visit.writing() as unit:
        outcome = delete(unit, Bench.of(visit, unit).shop, segment_id, now=visit.now)
    if outcome is not None:
        return _refused(visit, outcome)
    return go_to(visit, "", visit.words.gettext("Segment deleted"))


@router.post("/app/segments/{segment_id}/recompute")
def recompute(visit: Fragment, segment_id: str) -> Response:
    """Have every customer asked again. Nobody enters a flow because of it."""
    with visit.writing() as unit:
        if segment_id not in Bench.of(visit, unit).shelf.trees:
            raise AdminError(404)
        resync(unit, visit.now)
    return visit.fragment("_nothing.html", toast=visit.words.gettext("It is being counted again"))


def cursor(text: str) -> int | None:
    """The customer id that ended the page before; None for the first page. Raises a 400 for anything else."""
    if not text:
        return None
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 19 or abs(int(text)) >= 2**63:
        raise AdminError(400)
    return int(text)


def _shown(bench: Bench, line: SegmentLine) -> Shown:
    words = bench.visit.words
    text = names.SEGMENT_TEXTS.get(line.id, "")
    return Shown(
        id=line.id,
        name=bench.name(line.id),
        text=words.gettext(text) if text else "",
        customers=line.customers,
        mailable=line.mailable,
        share=line.share,
        change=line.change,
        used_in=[_user(bench, each) for each in line.used_in],
        changed_at=line.definition.at if line.definition else None,
        is_own=line.is_own,
        state=line.state,
        since=line.since,
        is_broken=line.tree is None,
    )


def _user(bench: Bench, user_id: str) -> tuple[str, str]:
    if user_id in names.FLOWS:
        return bench.visit.words.gettext(names.FLOWS[user_id]), f"/app/flows/{user_id}"
    return bench.name(user_id), f"/app/segments/{user_id}"


def _everyone(lines: Iterable[Shown]) -> int:
    return next((line.customers for line in lines if line.id == EVERYONE), 0)


def _starters(bench: Bench) -> list[tuple[str, int, bool]]:
    """Id, how many people, and whether that is exact."""
    counted = []
    for starter_id, query in STARTERS.items():
        found = bench.counted(parse(query, currency=bench.shop.currency), Draft(), STARTER_BUDGET)
        counted.append((starter_id, found.customers, found.is_exact))
    return counted


def _refused(visit: Visit, problem: Problem) -> HTMLResponse:
    said = fault_text(problem.code, problem.subject, visit.words)
    return visit.fragment("_nothing.html", status=409, toast=said)


def _plain(text: str) -> str:
    """For a search that knows no accents, as Vietnamese is typed in haste."""
    apart = unicodedata.normalize("NFKD", text.strip().casefold().replace("đ", "d"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
