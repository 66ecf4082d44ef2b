"""The page that a shop's storefront shows through the app proxy: a customer's own points.

It answers HTML rather than Liquid: what Shopify gets as `application/liquid` it runs as a template of the shop's
theme, and a page about one person should hold nothing that can be run (docs/decisions/0014-app-proxy-html.md).
"""

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from plugin.core.keys import fingerprint
from plugin.queries.points import points_account
from plugin.rendering.pages import error_page, page_security_policy, points_page, points_sign_in_page
from plugin.shopify.signatures import ProxyRequest, SignatureError, verify_proxy
from plugin.store import shops
from plugin.wiring import House

_SERVED = frozenset({shops.INSTALLED, shops.NEEDS_REAUTH})
_PARAMETERS: Mapping[str, re.Pattern[str]] = {
    "locale": re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")
}
_NOT_SHOPIFY = frozenset({"signature", "signature_missing_or_repeated", "stale"})
_DETAILS = {
    401: "This address answers only what a shop's storefront passes on. Open the page from the shop.",
    400: "The request cannot be read. Open the page from the shop again.",
}
_HEADERS = {
    # Shopify passes answers on to anybody: one customer's page must not be kept for the next one.
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_log = logging.getLogger(__name__)

router = APIRouter()


@router.api_route("/proxy", methods=["GET", "HEAD"])
@router.api_route("/proxy/", methods=["GET", "HEAD"])
@router.api_route("/proxy/points", methods=["GET", "HEAD"])
def points(request: Request) -> Response:
    """The points of whoever is logged in at the storefront. Knows no cookie: the signed query says who that is."""
    house: House = request.app.state.house
    settings = house.settings
    secrets = (settings.shopify_api_secret, settings.shopify_api_secret_old or "")
    now = house.clock.now()
    try:
        asked = verify_proxy(request.url.query, secrets=secrets, now=now, allowed=_PARAMETERS)
    except SignatureError as error:
        return _refused(error.reason, now)
    # The storefront's log-in page, told from here: the merchant may have moved this page, and a market its root.
    root = "../" * request.url.path.count("/")
    return _points_of(house, asked, root, now)


def _points_of(house: House, asked: ProxyRequest, root: str, now: datetime) -> Response:
    wanted = asked.parameters.get("locale")
    with house.database.reading(asked.shop_id) as unit:
        shop = shops.find(unit)
        if shop is None or shop.state not in _SERVED:
            return _page(error_page(reference=_reference("unserved", now), locale=wanted), status=404)
        account = points_account(unit, asked.customer_id, now) if asked.customer_id is not None else None
    if account is None:
        login = f"{root}account/login?{urlencode({'return_url': asked.path_prefix})}"
        return _page(points_sign_in_page(shop_name=shop.name, login_path=login, locale=wanted or shop.locale))
    return _page(
        points_page(
            account,
            shop_name=shop.name,
            currency=shop.currency,
            zone=shop.timezone,
            locale=wanted or account.locale or shop.locale,
        )
    )


def _page(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, {**_HEADERS, "Content-Security-Policy": page_security_policy()})


def _refused(reason: str, now: datetime) -> Response:
    status = 401 if reason in _NOT_SHOPIFY else 400
    reference = _reference(reason, now)
    _log.warning("proxy request refused: %s %s, reference %s", status, reason, reference)
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _DETAILS[status],
        "reference": reference,
    }
    return JSONResponse(problem, status, _HEADERS, media_type="application/problem+json")


def _reference(reason: str, now: datetime) -> str:
    return fingerprint("proxy", now.isoformat(), reason)[:16]
