"""Pages and endpoints for the world outside the admin: mail readers, mailbox providers, operators."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from sqlalchemy.exc import DBAPIError

from plugin.pipeline.compose import UNSUBSCRIBE
from plugin.pipeline.unsubscribe import unsubscribe
from plugin.queries.metrics import metrics_text, oldest_due
from plugin.queries.status import status
from plugin.rendering.pages import (
    invalid_link_page,
    page_security_policy,
    unsubscribe_confirm_page,
    unsubscribe_done_page,
)
from plugin.store import customers, shops
from plugin.store.schema import SchemaOutOfDateError
from plugin.store.shops import Shop
from plugin.wiring import House, require_current_schema

STALE_AFTER = timedelta(minutes=10)  # due work that waits longer means that no worker is alive
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """The person behind a valid link."""

    shop: Shop
    customer_id: int
    locale: str


router = APIRouter()
_READING = ["GET", "HEAD"]  # monitors and link checkers ask by HEAD


@router.api_route("/u/{token}", methods=_READING)
def ask_to_unsubscribe(request: Request, token: str) -> Response:
    """Shows a page and changes nothing: link scanners open every link of every mail."""
    reader = _reader_of(_house(request), token)
    if reader is None:
        return _page(invalid_link_page(locale=_language(request)), status=404)
    return _page(unsubscribe_confirm_page(shop_name=reader.shop.name, locale=reader.locale))


@router.post("/u/{token}")
def unsubscribe_at_once(request: Request, token: str) -> Response:
    """One-click unsubscribe (RFC 8058), and the button of the page. Needs no cookie, body or referrer."""
    house = _house(request)
    reader = _reader_of(house, token)
    if reader is None:
        return _page(invalid_link_page(locale=_language(request)), status=404)
    with house.database.unit(reader.shop.shop_id) as unit:
        unsubscribe(unit, reader.shop, reader.customer_id, source="unsubscribe_link", now=house.clock.now())
    return _page(unsubscribe_done_page(shop_name=reader.shop.name, locale=reader.locale))


@router.api_route("/healthz", methods=_READING)
def alive() -> Response:
    return PlainTextResponse("ok")


@router.api_route("/readyz", methods=_READING)
def ready(request: Request) -> Response:
    """Database reachable, schema current, due work not stale."""
    house = _house(request)
    try:
        require_current_schema(house.stores)
        due = oldest_due(house.database)
    except SchemaOutOfDateError:
        return PlainTextResponse("the schema is not current: run `regulars migrate`", 503)
    except DBAPIError:
        _log.exception("the database cannot be reached")
        return PlainTextResponse("the database cannot be reached", 503)
    if due is not None and house.clock.now() - due > STALE_AFTER:
        return PlainTextResponse("due work is stale: is a worker running?", 503)
    return PlainTextResponse("ready")


@router.api_route("/metrics", methods=_READING)
def prometheus(request: Request) -> Response:
    """Counts by state in Prometheus' text format; no shop, no person."""
    house = _house(request)
    body = metrics_text(status(house.database, house.stores.inbox), now=house.clock.now())
    return PlainTextResponse(body, media_type="text/plain; version=0.0.4")


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


def _reader_of(house: House, token: str) -> _Reader | None:
    """Who is meant by a link; None for every kind of invalid link alike."""
    try:
        shop_id, customer_id = house.signer.verify_ids(UNSUBSCRIBE, token)
    except ValueError:
        return None
    with house.database.reading(shop_id) as unit:
        shop = shops.find(unit)
        person = customers.load(unit, [customer_id]).get(customer_id)
    if shop is None:
        return None
    locale = person.state.contact_value("locale") if person else None
    return _Reader(shop=shop, customer_id=customer_id, locale=locale or shop.locale)


def _page(html: str, status: int = 200) -> Response:
    headers = {
        "Content-Security-Policy": page_security_policy(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(html, status, headers)


def _language(request: Request) -> str:
    return request.headers.get("accept-language", "en").partition(",")[0].partition(";")[0].strip()
