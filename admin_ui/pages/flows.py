"""Flows: what runs by itself, its switch, its numbers, and what its messages look like."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from admin_ui import names, samples
from admin_ui.embedding import Document, Fragment
from admin_ui.errors import AdminError
from admin_ui.i18n import LANGUAGES, choose_language
from plugin.core.flows import FLOW_BY_ID
from plugin.core.flows.base import Flow, StepKind
from plugin.pipeline.steer import turn_flow
from plugin.queries.flows import FlowNumbers, flow_numbers, passages
from plugin.store import shops

router = APIRouter()


@router.get("/app/flows")
def flows(visit: Document) -> Response:
    with visit.reading() as unit:
        numbers = flow_numbers(unit)
    return visit.page("flows.html", flows=numbers)


@router.get("/app/flows/{flow_id}")
def flow(visit: Document, flow_id: str) -> Response:
    _known(flow_id)
    with visit.reading() as unit:
        numbers = _numbers(flow_numbers(unit), flow_id)
        recent = passages(unit, flow_id)
    return visit.page("flow.html", flow=numbers, passages=recent, languages=LANGUAGES)


@router.post("/app/flows/{flow_id}/switch")
def switch(visit: Fragment, flow_id: str, is_on: Annotated[str, Form()] = "") -> Response:
    """An unticked switch sends nothing."""
    _known(flow_id)
    with visit.writing() as unit:
        turn_flow(unit, flow_id, is_on=bool(is_on), now=visit.now, author=visit.author)
        numbers = _numbers(flow_numbers(unit), flow_id)
    words = visit.words
    name = words.gettext(names.FLOWS[flow_id])
    said = words.gettext("%(flow)s is on") if is_on else words.gettext("%(flow)s is off")
    return visit.fragment("_switch.html", flow=numbers, toast=said % {"flow": name})


@router.get("/app/flows/{flow_id}/preview/{step_id}")
def preview(
    visit: Fragment, flow_id: str, step_id: str, language: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    steps = {step.id: step for step in _known(flow_id).steps}
    if step_id not in steps or steps[step_id].kind is not StepKind.MESSAGE:
        raise AdminError(404)
    chosen = choose_language((language, visit.language))
    with visit.reading() as unit:
        shop = shops.get(unit)
    words = visit.screen.catalogue(chosen)
    context = samples.context(shop, flow_id, words, visit.now)
    message = visit.deps.reads.renderer.render(flow_id, step_id, context, chosen)
    return visit.fragment("_preview.html", message=message, step_id=step_id)


def _known(flow_id: str) -> Flow:
    if flow_id not in FLOW_BY_ID:
        raise AdminError(404)
    return FLOW_BY_ID[flow_id]


def _numbers(numbers: list[FlowNumbers], flow_id: str) -> FlowNumbers:
    return next(each for each in numbers if each.flow.id == flow_id)
