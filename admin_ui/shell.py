"""The outermost layer of the admin: security headers on every answer, and a last word on every crash."""

import logging

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin_ui.deps import AdminDeps
from admin_ui.errors import error_answer, reference_of
from admin_ui.security import security_headers

log = logging.getLogger(__name__)


class Shell:
    """ASGI middleware. It reads `state.framing_shop`, which the dependencies set once they know the shop."""

    def __init__(self, app: ASGIApp, *, deps: AdminDeps) -> None:
        self.app = app
        self.deps = deps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        has_started = False

        async def guarded_send(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                is_html = headers.get("content-type", "").startswith("text/html")
                added = security_headers(mode=self.deps.mode, shop=state.get("framing_shop"), is_html=is_html)
                headers.update(added)
            await send(message)

        try:
            await self.app(scope, receive, guarded_send)
        except Exception:
            request = Request(scope)
            reference = reference_of(request, self.deps.clock.now())
            log.exception("admin request failed", extra={"reference": reference})
            if has_started:
                raise
            answer = error_answer(request, 500, reference=reference)
            await answer(scope, receive, guarded_send)
