"""Home: how the shop stands, what to do next, what happened last."""

from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from admin_ui.embedding import Document, Fragment
from admin_ui.visit import Visit
from plugin.core.lifecycle.stages import Stage
from plugin.pipeline.steer import dismiss_guide
from plugin.queries.home import HomePage, home_page
from plugin.queries.imports import time_left

_STAGES = (
    Stage.PROSPECT,
    Stage.SUBSCRIBER,
    Stage.NEW,
    Stage.ACTIVE,
    Stage.LOYAL,
    Stage.AT_RISK,
    Stage.LAPSED,
    Stage.LOST,
    Stage.WON_BACK,
)

router = APIRouter()


@router.get("/")
@router.get("/app")
def home(visit: Document) -> Response:
    shown = _read(visit)
    stages = [(stage.value, shown.stages.get(stage, 0)) for stage in _STAGES]
    return visit.page("home.html", home=shown, stages=stages, left=_left(visit, shown))


@router.get("/app/home/import")
def import_progress(visit: Fragment) -> Response:
    shown = _read(visit)
    # What was counted before the history was whole is wrong now, everywhere on the page.
    if not shown.is_importing:
        return visit.reload()
    return visit.fragment("_import.html", home=shown, left=_left(visit, shown))


@router.post("/app/home/guide")
def hide_guide(visit: Fragment) -> Response:
    with visit.writing() as unit:
        dismiss_guide(unit, now=visit.now, author=visit.author)
    return visit.reload()


def _read(visit: Visit) -> HomePage:
    failed = visit.deps.reads.inbox.failed_count(visit.shop.shop_id)
    with visit.reading() as unit:
        return home_page(unit, visit.now, failed_deliveries=failed)


def _left(visit: Visit, shown: HomePage) -> dict[str, timedelta | None]:
    return {found.kind: time_left(found, visit.now) for found in shown.imports}
