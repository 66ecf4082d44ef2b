"""A small admin to test against: two shops, tokens that are plain words, and pages of its own."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, FastAPI, Form, HTTPException
from starlette.responses import Response

from admin_ui.admin import create_admin
from admin_ui.assets import Assets
from admin_ui.deps import AdminDeps, IdToken, Mode, Reads, ShopContext, ShopUnreachableError, Writes
from admin_ui.embedding import Document, Fragment
from admin_ui.screen import TEMPLATES, Screen
from plugin.clock import FixedClock
from plugin.core.keys import shop_id_of
from plugin.core.links import LinkSigner
from plugin.rendering.render import Renderer
from plugin.shopify.fake import FakeAdmin
from plugin.store.engine import open_engine
from plugin.store.inbox import inbox_store
from plugin.store.unit_of_work import Database

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SHOP = "lotus.myshopify.com"
OTHER_SHOP = "cedar.myshopify.com"
OWN_TEMPLATES = Path(__file__).parent / "templates"
AS_PERSON = {"Accept": "text/html"}


class RefusedError(Exception):
    """Not a token of this world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    shop: str
    shop_id: int
    user_id: int
    session_id: str
    expires_at: datetime


def verify(token: str, now: datetime) -> Claims:
    """`good SHOP` is a token of that shop; everything else is refused."""
    kind, _, shop = token.partition("~")
    if kind != "good":
        raise RefusedError
    return Claims(
        shop=shop,
        shop_id=shop_id_of(shop),
        user_id=7,
        session_id="s1",
        expires_at=now + timedelta(minutes=1),
    )


def token_for(shop: str = SHOP) -> str:
    return f"good~{shop}"


def bearer(token: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token or token_for()}", **AS_PERSON}


@dataclass(slots=True)
class Merchants:
    """What the merchants of this world have chosen and saved."""

    languages: dict[str, str | None] = field(default_factory=dict)
    saved: list[tuple[str, str]] = field(default_factory=list)
    is_shopify_down: bool = False

    async def on_verified(self, _token: str, claims: IdToken) -> ShopContext:
        if self.is_shopify_down:
            raise ShopUnreachableError
        return ShopContext(
            shop_id=claims.shop_id,
            domain=claims.shop,
            name=claims.shop.partition(".")[0].title(),
            currency="USD",
            time_zone="Asia/Ho_Chi_Minh",
            language=self.languages.get(claims.shop),
        )


def pages(merchants: Merchants) -> APIRouter:
    """Home, a form, a page that breaks, and one for each word an error can have."""
    router = APIRouter()

    @router.get("/")
    def home(visit: Document) -> Response:
        return visit.page("sample_home.html", moment=NOW - timedelta(days=3), now=visit.now)

    @router.get("/app/settings")
    def settings(visit: Document) -> Response:
        return visit.page("sample_form.html", error=None)

    @router.post("/app/settings")
    def save(visit: Fragment, sender: Annotated[str, Form()] = "") -> Response:
        if not sender:
            return visit.fragment("_sample_form.html", status=422, error="Type a name")
        merchants.saved.append((visit.shop.domain, sender))
        return visit.fragment("_sample_form.html", error=None, toast="Saved — đã lưu")

    @router.get("/app/broken")
    def broken(visit: Document) -> Response:
        raise RuntimeError(f"secret of {visit.shop.domain}")

    @router.get("/app/missing")
    def missing(_visit: Document) -> Response:
        raise HTTPException(404, "internal words")

    @router.get("/app/count")
    def count(visit: Fragment, n: int) -> Response:
        return visit.fragment("_sample_count.html", n=n)

    return router


@dataclass(frozen=True, slots=True)
class Visitor:
    """Asks the application in process; follows no redirects."""

    app: FastAPI

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("POST", path, **options)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="https://app.example") as client:
                return await client.request(method, path, **options)

        return asyncio.run(once())


def an_admin(
    merchants: Merchants | None = None, *, mode: Mode = "demo", demo_frame: str | None = None
) -> Visitor:
    """A visitor to the sample admin."""
    return Visitor(an_app(merchants or Merchants(), mode=mode, demo_frame=demo_frame))


def an_app(merchants: Merchants, *, mode: Mode = "demo", demo_frame: str | None = None) -> FastAPI:
    nowhere = Database(open_engine("sqlite:///never-opened.db"))
    unread = inbox_store("sqlite:///never-opened.db")
    deps = AdminDeps(
        verify=verify,
        refused=RefusedError,
        on_verified=merchants.on_verified,
        clock=FixedClock(NOW),
        reads=Reads(database=nowhere, inbox=unread, renderer=Renderer(), mail_from="mail@example.com"),
        writes=Writes(database=nowhere, inbox=unread),
        mode=mode,
        signer=LinkSigner(["a key that is long enough for tests"]),
        shopify=FakeAdmin({}),
        api_key="client-id",
        app_url="https://app.example",
        demo_frame=demo_frame,
    )
    screen = Screen(deps, Assets(), folders=(TEMPLATES, OWN_TEMPLATES))
    return create_admin(deps, pages=(pages(merchants),), screen=screen)
