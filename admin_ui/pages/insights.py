"""Insights: where customers stand, who is worth what, who comes back, and what to expect.

A page is its frame at once and its numbers in a slot that loads by itself: they look at every customer.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from admin_ui import insight_words
from admin_ui.calendars import EPOCH, month_name, month_starts
from admin_ui.embedding import Document, Fragment
from admin_ui.errors import AdminError
from admin_ui.pages.segments import ROWS, cursor
from admin_ui.visit import Visit
from plugin.core.lifecycle.maturity import Maturity
from plugin.core.lifecycle.stages import Stage
from plugin.queries.customers import members
from plugin.queries.insights_forecast import ForecastPage, forecast_page
from plugin.queries.insights_lifecycle import MOVES, STEPS, Lifecycle, lifecycle, who_moved, who_stepped
from plugin.queries.insights_purchases import past
from plugin.queries.insights_retention import HORIZONS, cohorts, second_purchase
from plugin.queries.insights_rfm import SCORES, rfm_page
from plugin.store import models
from plugin.store.models import is_history_pending

PHASES = {
    "selection": (Stage.PROSPECT, Stage.SUBSCRIBER),
    "acquisition": (Stage.NEW,),
    "retention": (Stage.ACTIVE, Stage.WON_BACK),
    "extension": (Stage.LOYAL,),
}
"""The stages of each phase of the cycle; the quiet ones have left it."""
OLDEST_COHORT = 24  # months
FEW_BUYERS = 30  # below which a single person moves a share by more than three points

Period = Literal["30", "90", "365"]
View = Literal["returned", "active", "revenue"]

router = APIRouter()


@router.get("/app/insights")
def lifecycle_page(visit: Document, days: Period = "90") -> Response:
    return _frame(visit, "lifecycle", slot=f"/app/insights/lifecycle/numbers?days={days}", days=int(days))


@router.get("/app/insights/lifecycle/numbers")
def lifecycle_numbers(visit: Fragment, days: Period = "90") -> Response:
    with visit.reading() as unit:
        looked = past(unit, _zone(visit), visit.now)
        shown = lifecycle(unit, _zone(visit), visit.now, looked, days=int(days))
        maturity = models.current(unit).maturity
        is_importing = is_history_pending(unit)
    return visit.fragment(
        "_insights_lifecycle.html",
        words=insight_words,
        shown=shown,
        phases=_phases(shown),
        is_young=maturity is Maturity.L0,
        is_new_here=bool(shown.moves_since and visit.now - shown.moves_since < timedelta(days=int(days))),
        moves=[(stage.value, shown.standing.get(stage), shown.moves.get(stage)) for stage in MOVES],
        is_importing=is_importing,
        builder=builder,
    )


@router.get("/app/insights/people/{what}")
def moved(
    visit: Document, what: str, days: Period = "90", after: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The people behind a number of the cycle."""
    start = cursor(after)
    with visit.reading() as unit:
        if what in STEPS:
            looked = past(unit, _zone(visit), visit.now)
            found = who_stepped(looked, what, looked.today - int(days) + 1)
        elif what in MOVES:
            found = who_moved(unit, Stage(what), visit.now, days=int(days))
        else:
            raise AdminError(404)
        rest = found if start is None else [each for each in found if each < start]
        shown = members(unit, rest[:ROWS])
    return visit.page(
        "insights_people.html",
        heading=insight_words.STEPS.get(what) or insight_words.MOVES[what],
        what=what,
        days=int(days),
        count=len(found),
        members=shown,
        next_after=str(rest[ROWS - 1]) if len(rest) > ROWS else None,
        is_first=start is None,
    )


@router.get("/app/insights/rfm")
def rfm(visit: Document) -> Response:
    return _frame(visit, "rfm", slot="/app/insights/rfm/numbers")


@router.get("/app/insights/rfm/numbers")
def rfm_numbers(visit: Fragment) -> Response:
    with visit.reading() as unit:
        shown = rfm_page(unit)
        is_importing = is_history_pending(unit)
    return visit.fragment(
        "_insights_rfm.html",
        words=insight_words,
        shown=shown,
        scores=SCORES,
        is_importing=is_importing,
        builder=builder,
    )


@router.get("/app/insights/retention")
def retention(visit: Document, show: View = "returned") -> Response:
    return _frame(visit, "retention", slot=f"/app/insights/retention/numbers?show={show}", show=show)


@router.get("/app/insights/retention/numbers")
def retention_numbers(visit: Fragment, show: View = "returned") -> Response:
    starts = month_starts(visit.language, _today(visit), OLDEST_COHORT)
    with visit.reading() as unit:
        looked = past(unit, _zone(visit), visit.now)
        is_importing = is_history_pending(unit)
    made = cohorts(looked, [(start - EPOCH).days for start in starts])
    return visit.fragment(
        "_insights_retention.html",
        words=insight_words,
        show=show,
        cohorts=[(month_name(visit.formats, starts[each.month]), each) for each in made],
        second=second_purchase(looked),
        horizons=HORIZONS,
        few=FEW_BUYERS,
        share=looked.share,
        first_numbers=month_name(visit.formats, _month_after(visit)),
        is_importing=is_importing,
    )


@router.get("/app/insights/forecast")
def forecast(visit: Document) -> Response:
    return _frame(visit, "forecast", slot="/app/insights/forecast/numbers")


@router.get("/app/insights/forecast/numbers")
def forecast_numbers(visit: Fragment) -> Response:
    with visit.reading() as unit:
        shown = forecast_page(unit, _zone(visit), visit.now, past(unit, _zone(visit), visit.now))
        is_importing = is_history_pending(unit)
    weeks = _weeks(shown, (_today(visit) - EPOCH).days)
    return visit.fragment(
        "_insights_forecast.html",
        shown=shown,
        weeks=weeks,
        most=max((max(week.expected, week.actual or 0) for week in weeks), default=1.0) or 1.0,
        is_importing=is_importing,
    )


def builder(query: str) -> str:
    """The address of the segment builder with this query in it."""
    return f"/app/segments/new?query={quote(query)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Week:
    """A week of the chart."""

    day: date
    expected: float
    actual: int | None
    is_running: bool


def _weeks(shown: ForecastPage, today: int) -> list[_Week]:
    """Those of the last forecast that is over, and after them those of the newest one."""
    parts = [shown.over[0]] if shown.over and shown.shows.has_backtest else []
    parts += [shown.coming] if shown.coming else []
    weeks = {week.begins: week for part in parts for week in part.weeks}
    return [
        _Week(
            day=EPOCH + timedelta(days=begins),
            expected=week.expected,
            actual=week.actual,
            is_running=begins + 7 > today,
        )
        for begins, week in sorted(weeks.items())
    ]


def _frame(visit: Visit, tab: str, *, slot: str, days: int = 90, show: str = "returned") -> Response:
    return visit.page("insights.html", words=insight_words, tab=tab, slot=slot, days=days, show=show)


def _phases(shown: Lifecycle) -> list[tuple[str, int, str]]:
    """Each phase, how many stand in it, and the query that finds them."""
    return [
        (
            phase,
            sum(shown.standing[stage].customers for stage in stages if stage in shown.standing),
            builder(f"stage IN ({', '.join(stages)})"),
        )
        for phase, stages in PHASES.items()
    ]


def _month_after(visit: Visit) -> date:
    """The first day of the month after next: by its beginning a first cohort has had a whole month to return."""
    later = _today(visit)
    for _ in range(2):
        this = month_starts(visit.language, later, 1)[0]
        while month_starts(visit.language, later, 1)[0] == this:
            later += timedelta(days=1)
    return later


def _zone(visit: Visit) -> ZoneInfo:
    return ZoneInfo(visit.shop.time_zone)


def _today(visit: Visit) -> date:
    return visit.now.astimezone(_zone(visit)).date()
