"""Who is visiting: ID tokens on documents and fragments, and the bounce page that fetches one.

A document may bring its token in the header (App Bridge's fetch) or as `id_token` in the query (the admin's first
load). Without a good one it goes to the bounce page once; a fragment brings the header or is refused. There are no
cookies: the token is also the proof against forged requests.
"""

import logging
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from admin_ui.deps import AdminDeps
from admin_ui.errors import AdminError
from admin_ui.screen import Screen
from admin_ui.security import claimed_shop
from admin_ui.visit import Visit, formats_of

BOUNCE_PATH = "/auth/patch-id-token"
RETRY_HEADER = {"X-Shopify-Retry-Invalid-Session-Request": "1"}
_RELOAD = "shopify-reload"
_BOUNCED = "bounced"
"""Marks the address a bounce leads to, so that a token that is refused twice ends in a page, not in a circle."""
_SPENT = frozenset({"id_token", "hmac", "session", "timestamp", _BOUNCED, _RELOAD})
_LONGEST_PATH = 2048

log = logging.getLogger(__name__)


class BounceRequiredError(Exception):
    """This document request has no good token yet; the bounce page fetches one."""


async def document(request: Request) -> Visit:
    """The visit behind a document request. Bounces when it has no good token."""
    token = _header_token(request)
    if token is not None or _is_fetched(request):
        return await _verified(request, token)
    token = request.query_params.get("id_token")
    if token:
        try:
            return await _verified(request, token)
        except AdminError as refusal:
            if refusal.status != 401:
                raise
    if _BOUNCED in request.query_params:
        raise _refusal()
    raise BounceRequiredError


async def fragment(request: Request) -> Visit:
    """The visit behind a fragment or a write: the token is in the header, or there is none."""
    return await _verified(request, _header_token(request))


Document = Annotated[Visit, Depends(document)]
Fragment = Annotated[Visit, Depends(fragment)]


async def to_bounce_page(request: Request, _: Exception) -> RedirectResponse:
    """Answer `BounceRequiredError`: a redirect that keeps the admin's parameters and drops the spent ones."""
    deps: AdminDeps = request.app.state.deps
    if deps.demo_frame and request.headers.get("sec-fetch-dest") == "document":
        return RedirectResponse(deps.demo_frame, 302, {"Cache-Control": "no-store"})
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in _SPENT]
    back = f"{request.url.path}?{urlencode([*kept, (_BOUNCED, '1')])}"
    target = f"{BOUNCE_PATH}?{urlencode([*kept, (_RELOAD, back)])}"
    return RedirectResponse(target, 302, {"Cache-Control": "no-store"})


async def bounce_page(request: Request) -> HTMLResponse:
    """A page of nothing but App Bridge, which fetches a token and then the page we came from."""
    targets = request.query_params.getlist(_RELOAD)
    # App Bridge takes the first of several, we would read the last: only one is unambiguous.
    if len(targets) != 1 or not is_own_path(targets[0]):
        raise AdminError(400)
    request.state.framing_shop = claimed_shop(request.query_params.get("shop"))
    screen: Screen = request.app.state.screen
    formats = formats_of(request, now=screen.deps.clock.now(), shop=None)
    return HTMLResponse(screen.render("bounce.html", formats), headers={"Cache-Control": "no-store"})


def is_own_path(target: str) -> bool:
    """Is this an address inside the app, as browsers read it? They drop tabs and take a backslash for a slash."""
    if not target.startswith("/") or target.startswith("//") or len(target) > _LONGEST_PATH:
        return False
    if "\\" in target or any(ord(sign) <= 0x20 or ord(sign) == 0x7F for sign in target):
        return False
    parts = urlsplit(target)
    is_relative = not parts.scheme and not parts.netloc
    return is_relative and not parts.path.startswith("/auth/")


async def _verified(request: Request, token: str | None) -> Visit:
    if not token:
        raise _refusal()
    deps: AdminDeps = request.app.state.deps
    now = deps.clock.now()
    try:
        claims = deps.verify(token, now)
        request.state.framing_shop = claims.shop
        shop = await deps.on_verified(token, claims)
        request.state.shop = shop
    except deps.refused as why:
        log.info("id token refused", extra={"reason": type(why).__name__, "path": request.url.path})
        raise _refusal() from None
    return Visit(
        request=request,
        shop=shop,
        user_id=claims.user_id,
        now=now,
        formats=formats_of(request, now=now, shop=shop),
        deps=deps,
        screen=request.app.state.screen,
    )


def _header_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _is_fetched(request: Request) -> bool:
    """Asked for by script, which would follow a redirect to the bounce page and show nothing."""
    return "hx-request" in request.headers or "x-shopify-bounce" in request.headers


def _refusal() -> AdminError:
    return AdminError(401, headers=RETRY_HEADER)
