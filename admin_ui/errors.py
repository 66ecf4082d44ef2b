"""What an error tells a person or a program: what happened, what to do, a reference id, and nothing internal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from admin_ui.screen import Screen
from admin_ui.security import claimed_shop
from admin_ui.visit import formats_of
from plugin.core.keys import fingerprint


class AdminError(Exception):
    """A request that ends here, with the status that says why."""

    def __init__(self, status: int, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.headers = dict(headers or {})


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Explanation:
    title: str
    advice: str


_EXPLANATIONS = {
    400: Explanation(_("This address is not valid"), _("Open the app again from your Shopify admin.")),
    401: Explanation(
        _("Your session could not be checked"),
        _("Reload the page. If this stays, sign in to your Shopify admin again."),
    ),
    403: Explanation(_("You may not do this"), _("Ask the store owner for permission.")),
    404: Explanation(_("This page does not exist"), _("It may have been moved or erased. Go back to Home.")),
    405: Explanation(_("This cannot be done here"), _("Go back and use the buttons of the page.")),
    422: Explanation(_("Something you sent was not understood"), _("Check your entries and try again.")),
    503: Explanation(
        _("Shopify did not answer"), _("Nothing is lost. Wait a minute, then load the page again.")
    ),
}
_OTHERWISE = Explanation(
    _("Something went wrong on our side"),
    _("Your data is safe. Try again; if it stays, tell us the reference below."),
)


def reference_of(request: Request, now: datetime) -> str:
    """A short id that stands in the page and in the log."""
    return fingerprint("error", now.isoformat(), request.method, request.url.path)[:10]


def error_answer(
    request: Request, status: int, *, reference: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The error as a page, as a banner for htmx, or as RFC 9457 problem JSON, by what the caller reads."""
    screen: Screen = request.app.state.screen
    if getattr(request.state, "framing_shop", None) is None:
        request.state.framing_shop = claimed_shop(request.query_params.get("shop"))
    shop = getattr(request.state, "shop", None)
    formats = formats_of(request, now=screen.deps.clock.now(), shop=shop)
    words = screen.catalogue(formats.language)
    explanation = _EXPLANATIONS.get(status, _OTHERWISE)
    title, advice = words.gettext(explanation.title), words.gettext(explanation.advice)
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if not _reads_html(request):
        problem = {"title": title, "status": status, "detail": advice, "reference": reference}
        return JSONResponse(problem, status, sent, media_type="application/problem+json")
    is_fragment = request.headers.get("hx-request-type") == "partial"
    body = screen.render(
        "_error.html" if is_fragment else "error.html",
        formats,
        title=title,
        advice=advice,
        reference=reference,
    )
    return HTMLResponse(body, status, sent)


async def explain(request: Request, error: Exception) -> Response:
    """Answer an expected error: ours, the router's, or a form that does not parse."""
    status, headers = 422, {}
    if isinstance(error, AdminError):
        status, headers = error.status, error.headers
    elif isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
    reference = reference_of(request, request.app.state.deps.clock.now())
    return error_answer(request, status, reference=reference, headers=headers)


async def explain_unreachable(request: Request, _error: Exception) -> Response:
    reference = reference_of(request, request.app.state.deps.clock.now())
    return error_answer(request, 503, reference=reference, headers={"Retry-After": "60"})


def _reads_html(request: Request) -> bool:
    return "hx-request" in request.headers or "text/html" in request.headers.get("accept", "")
