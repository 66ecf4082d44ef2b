"""The page that stands for a store's admin, with the app in a frame and the demo bar; and the mailbox."""

import base64
import hashlib
import hmac
import logging
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from devstore import id_tokens
from devstore.config import DemoControls, MailboxEntry
from devstore.frame.bar import DemoBar
from devstore.frame.rendering import LANGUAGE_COOKIE, page, words_of
from devstore.frame.words import LANGUAGES, Words
from devstore.services import Services

_OURS = "x-devstore-frame"
"""A header only our own script sets: another site's page can not, so it can press none of the buttons."""

_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'self'"
)

_log = logging.getLogger(__name__)


class FramePages:
    def __init__(self, services: Services, controls: DemoControls | None) -> None:
        self._services = services
        self._config = services.config
        self._controls = controls
        self._bar = DemoBar(services, controls) if controls else None

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/frame/token", self.token),
            Route("/frame/clock", self.clock),
            Route("/frame/actions/{name}", self.act, methods=["POST"]),
            Route("/frame", self.frame),
            Route("/frame/{path:path}", self.frame),
            Route("/mailbox", self.mailbox),
            Route("/mailbox/{id}", self.message),
            Route("/mailbox/{id}/body", self.body),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ]

    async def frame(self, request: Request) -> Response:
        words = words_of(request)
        self._services.store(self._config.shop).install()
        app = urlsplit(self._config.app_url)
        query = self._query(words)
        target = f"{self._config.app_url}/{request.path_params.get('path', '')}"
        extra = [
            pair for pair in parse_qsl(request.url.query) if pair[0] not in {*dict(query), "lang", "id_token"}
        ]
        shown = page(
            "frame.html",
            frames=f"'self' {app.scheme}://{app.netloc}",
            words=words,
            languages=LANGUAGES,
            prefix=self._config.prefix,
            shop=self._config.shop,
            has_controls=self._controls is not None,
            now=words.time(self._now()),
            app_url=self._config.app_url,
            app_origin=f"{app.scheme}://{app.netloc}",
            query=urlencode(query),
            src=f"{target}?{urlencode([*extra, *query, ('id_token', self._token())])}",
        )
        if "lang" in request.query_params:
            self._remember_language(shown, words.language)
        return shown

    async def token(self, request: Request) -> Response:
        if _OURS not in request.headers:
            return JSONResponse({"error": "Only the demo's own frame may ask."}, status_code=403)
        return JSONResponse({"token": self._token()}, headers={"Cache-Control": "no-store"})

    async def act(self, request: Request) -> Response:
        if _OURS not in request.headers:
            return JSONResponse({"error": "Only the demo's own frame may ask."}, status_code=403)
        name, words = request.path_params["name"], words_of(request)
        if name == "language":
            return await self._choose_language(request)
        button = self._bar.button(name, words) if self._bar else None
        if button is None:
            return JSONResponse({"message": words["not_found"]}, status_code=404)
        try:
            said = await run_in_threadpool(button)
        except Exception:  # noqa: BLE001 - the edge of a request: the newcomer reads one line, the log has the rest
            _log.exception("demo bar: %s failed", name)
            return JSONResponse({"message": words["said_failed"]}, status_code=500)
        return JSONResponse({"now": words.time(self._now()), **said})

    async def clock(self, request: Request) -> Response:
        return JSONResponse(
            {"now": words_of(request).time(self._now())}, headers={"Cache-Control": "no-store"}
        )

    async def _choose_language(self, request: Request) -> Response:
        wanted = (await request.body()).decode("ascii", "replace")
        if wanted not in LANGUAGES:
            return JSONResponse({"message": "There is no such language."}, status_code=400)
        response = JSONResponse({"message": ""})
        self._remember_language(response, wanted)
        return response

    def _remember_language(self, response: Response, language: str) -> None:
        path = self._config.prefix or "/"
        response.set_cookie(LANGUAGE_COOKIE, language, path=path, httponly=True, samesite="lax")

    async def mailbox(self, request: Request) -> Response:
        words = words_of(request)
        entries = sorted(await self._entries(), key=lambda entry: entry.sent_at, reverse=True)
        return page("mailbox.html", words=words, prefix=self._config.prefix, entries=entries)

    async def message(self, request: Request) -> Response:
        words, entry = words_of(request), await self._entry(request)
        if entry is None:
            return page("gone.html", status=404, words=words, prefix=self._config.prefix)
        return page("message.html", words=words, prefix=self._config.prefix, entry=entry)

    async def body(self, request: Request) -> Response:
        entry = await self._entry(request)
        if entry is None:
            return Response("There is no such message.", status_code=404)
        headers = {"Content-Security-Policy": _MAIL_POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(_opening_links_outside(entry.html), headers=headers)

    async def _entries(self) -> list[MailboxEntry]:
        return await run_in_threadpool(self._controls.mailbox) if self._controls else []

    async def _entry(self, request: Request) -> MailboxEntry | None:
        wanted = request.path_params["id"]
        return next((entry for entry in await self._entries() if entry.id == wanted), None)

    def _query(self, words: Words) -> list[tuple[str, str]]:
        """What Shopify adds to the app's address, signed; the ID token comes beside it."""
        shop = self._config.shop
        host = (
            base64.b64encode(f"admin.shopify.com/store/{shop.partition('.')[0]}".encode())
            .decode()
            .rstrip("=")
        )
        fields = [
            ("embedded", "1"),
            ("host", host),
            ("locale", words.language),
            ("session", hashlib.sha256(f"{shop}:1".encode()).hexdigest()),
            ("shop", shop),
            ("timestamp", str(int(self._config.clock().timestamp()))),
        ]
        text = "&".join(f"{name}={value}" for name, value in sorted(fields))
        signature = hmac.new(self._config.api_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return [*fields, ("hmac", signature)]

    def _token(self) -> str:
        store = self._services.store(self._config.shop)
        return id_tokens.mint(
            shop=store.shop,
            api_key=self._config.api_key,
            api_secret=self._config.api_secret,
            now=self._config.clock(),
            serial=store.next_token("id"),
        )

    def _now(self) -> datetime:
        return self._controls.now() if self._controls else self._config.clock()


def _opening_links_outside(html: str) -> str:
    """The same mail, its links opening in a tab of their own instead of inside the small frame."""
    base = '<base target="_blank">'
    opened, found = re.subn(r"(<head[^>]*>)", rf"\1{base}", html, count=1, flags=re.IGNORECASE)
    return opened if found else base + html
