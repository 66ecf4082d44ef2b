"""Each shop: reachable, with the permissions we need, heard from lately, and compared with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from plugin.commands.checks.database import CLOCKS_APART
from plugin.commands.checks.verdicts import Finding, fail, ok, warn
from plugin.pipeline.connect import UNREADABLE
from plugin.shopify.api import AdminApi
from plugin.shopify.errors import ShopifyError, UnauthorisedError
from plugin.shopify.origin import ShopOrigin
from plugin.shopify.scopes import missing, read_granted
from plugin.store import alarms, reconciliations, shops
from plugin.store.inbox import InboxStore
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database

STALE = timedelta(days=3)  # without a webhook; even a small shop is seldom silent for longer
UNCOMPARED = timedelta(minutes=30)  # three passes
_PATIENCE = 10.0  # seconds
OPEN_THE_APP = "the merchant has to open the app in Shopify once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What shops are looked at with."""

    database: Database
    inbox: InboxStore
    api: AdminApi
    http: httpx.Client
    origin: ShopOrigin


def check_shops(tools: Connection, now: datetime) -> Iterator[Finding]:
    known = [shop for shop in shops.everyone(tools.database) if shop.state != shops.UNINSTALLED]
    living = [shop for shop in known if shop.state == shops.INSTALLED]
    if not known:
        yield warn("shops", "the app is installed nowhere yet")
    if living:
        yield _clock(tools, living[0], now)
    for shop in known:
        if shop.state == shops.PENDING:
            yield warn(shop.domain, "webhooks came, but the app was never opened: " + OPEN_THE_APP)
            continue
        if shop.state == shops.NEEDS_REAUTH:
            yield fail(shop.domain, "its access has ended, sending is paused: " + OPEN_THE_APP)
        else:
            yield _scopes(tools, shop, now)
            yield _compared(tools, shop, now)
        yield _webhooks(tools, shop, now)
        yield from _alarms(tools, shop)


def _scopes(tools: Connection, shop: Shop, now: datetime) -> Finding:
    try:
        lacking = missing(read_granted(tools.api, shop.shop_id, shop.domain, now))
    except UnauthorisedError as error:
        if error.reason == UNREADABLE:
            return fail(
                shop.domain, "no key opens its token: put the former one back into REGULARS_SECRET_KEYS"
            )
        return fail(shop.domain, "Shopify refuses our access: " + OPEN_THE_APP)
    except ShopifyError as error:
        return fail(shop.domain, f"Shopify could not be asked ({error.reason}): try again later")
    if lacking:
        return fail(
            shop.domain, f"it lacks {', '.join(lacking)}: deploy shopify.app.toml; then {OPEN_THE_APP}"
        )
    return ok(shop.domain, "reachable, with every permission we need")


def _webhooks(tools: Connection, shop: Shop, now: datetime) -> Finding:
    last = tools.inbox.last_received(shop.shop_id)
    if last is not None and now - last <= STALE:
        return ok(shop.domain, f"newest webhook at {_said(last)}")
    since = f"since {_said(last)}" if last else "ever"
    return warn(
        shop.domain, f"no webhook {since}: check REGULARS_APP_URL and that shopify.app.toml is deployed"
    )


def _compared(tools: Connection, shop: Shop, now: datetime) -> Finding:
    with tools.database.reading(shop.shop_id) as unit:
        marks = reconciliations.of_shop(unit)
    ends = [mark.ended_at for mark in marks if mark.ended_at is not None]
    reason = next((f" ({mark.reason})" for mark in marks if mark.reason), "")
    if len(ends) < len(reconciliations.KINDS):
        return warn(shop.domain, f"never wholly compared with Shopify{reason}: is a worker running?")
    repaired = sum(mark.repaired for mark in marks)
    said = f"compared with Shopify at {_said(min(ends))}, {repaired} repaired"
    if now - min(ends) > UNCOMPARED:
        return warn(shop.domain, f"{said}, and not since{reason}: is a worker running?")
    return ok(shop.domain, said)


def _alarms(tools: Connection, shop: Shop) -> Iterator[Finding]:
    with tools.database.reading(shop.shop_id) as unit:
        lasting = alarms.open_of(unit).values()
    for alarm in lasting:
        yield warn(
            shop.domain,
            f"{alarm.watched} quiet since {_said(alarm.began_at)}: {alarm.seen} in {alarm.hours} h, "
            f"{alarm.expected} expected; look at the shop, then at what stands above",
        )


def _clock(tools: Connection, shop: Shop, now: datetime) -> Finding:
    """By the Date header of any answer; no token is shown for it."""
    try:
        answer = tools.http.get(tools.origin.url(shop.domain, "/"), timeout=_PATIENCE, follow_redirects=False)
        theirs = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (httpx.HTTPError, KeyError, ValueError):
        return warn("clock", "Shopify's could not be read: no answer, or none with a Date")
    if abs(theirs - now) > CLOCKS_APART:
        return fail("clock", "ours differs from Shopify's by more than 30 s: set this machine's by NTP")
    return ok("clock", "ours agrees with Shopify's")


def _said(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
