"""HTML answers: escaped templates, and a policy under which no inline script can run."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from devstore.frame.words import Words

LANGUAGE_COOKIE = "devstore_language"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src {frames}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def words_of(request: Request) -> Words:
    """The language that the address asks for, else the one that was chosen."""
    return Words(request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE))


def page(template: str, *, status: int = 200, frames: str = "'self'", **values: Any) -> HTMLResponse:
    """One page; `frames` says which origins it may hold in an iframe."""
    headers = {
        "Content-Security-Policy": _POLICY.format(frames=frames),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(
        _ENVIRONMENT.get_template(template).render(**values), status_code=status, headers=headers
    )
