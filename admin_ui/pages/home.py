"""Home: how the shop stands, what to do next, what happened last."""

from fastapi import APIRouter
from starlette.responses import Response

from admin_ui.embedding import Document, Fragment
from admin_ui.visit import Visit
from plugin.core.lifecycle.stages import Stage
from plugin.queries.home import HomePage, home_page

_BUYERS = (Stage.NEW, Stage.ACTIVE, Stage.LOYAL, Stage.AT_RISK, Stage.LAPSED, Stage.WON_BACK)

router = APIRouter()


@router.get("/")
@router.get("/app")
def home(visit: Document) -> Response:
    shown = _read(visit)
    stages = [(stage.value, shown.stages.get(stage, 0)) for stage in (Stage.PROSPECT, *_BUYERS)]
    return visit.page("home.html", home=shown, stages=stages)


@router.get("/app/home/import")
def import_progress(visit: Fragment) -> Response:
    shown = _read(visit)
    # What was counted before the history was whole is wrong now, everywhere on the page.
    return visit.fragment("_import.html", home=shown) if shown.is_importing else visit.reload()


def _read(visit: Visit) -> HomePage:
    deliveries = visit.deps.reads.inbox_counts(visit.shop.shop_id)
    with visit.reading() as unit:
        return home_page(unit, visit.now, deliveries=deliveries)
