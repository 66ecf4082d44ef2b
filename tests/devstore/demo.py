"""Whoever runs the demo, played by a test; and an app that speaks the frame's protocol."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from devstore import MailboxEntry


def a_mail(number: int, *, subject: str = "Your basket", html: str = "") -> MailboxEntry:
    return MailboxEntry(
        id=str(number),
        to="mai.nguyen@example.com",
        subject=subject,
        sent_at=datetime(2026, 11, 21, 10, number, tzinfo=UTC),
        html=html
        or '<!doctype html><html lang="en"><head><title>Mail</title></head><body><main><h1>Hello</h1>'
        '<p style="color:#333">Come <a href="/devstore/gone">back</a></p><script>parent.evil = 1</script>'
        "</main></body></html>",
        text="Hello\nCome back",
        headers=(("List-Unsubscribe", "<http://app.test/u/1>"),),
    )


@dataclass
class Controls:
    at: datetime = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    mails: list[MailboxEntry] = field(default_factory=list)
    arriving: list[MailboxEntry] = field(default_factory=list)
    """What the next jump of the clock brings."""
    resets: int = 0

    def now(self) -> datetime:
        return self.at

    def move_clock(self, by: timedelta) -> None:
        self.at += by
        self.mails += self.arriving
        self.arriving = []

    def mailbox(self) -> list[MailboxEntry]:
        return self.mails

    def reset(self) -> None:
        self.resets += 1


_PAGE = """<!doctype html><html lang="en"><head><title>%(title)s</title>
<script src="/app/bridge.js" defer></script></head><body><main><h1>%(title)s</h1>
<form data-save-bar><label>Name <input name="name"></label></form>
<a href="/app/segments">Segments</a></main></body></html>"""

_BRIDGE = """
const post = (type, data) => parent.postMessage({ demo: 1, type, ...data }, location.origin);
addEventListener("message", (event) => {
  if (event.data.type === "navigate") location.assign(event.data.href);
  if (event.data.type === "save") {
    post("saveBar", { on: false });
    post("toast", { message: "Saved" });
  }
  if (event.data.type === "token") document.body.dataset.token = event.data.token;
});
const items = [{ href: "/app/home", label: "Home" }, { href: "/app/segments", label: "Segments" }];
const nav = () => post("nav", { title: document.title, href: location.pathname, items });
addEventListener("pageshow", nav);
addEventListener("input", () => post("saveBar", { on: true }));
post("token", { id: 1 });
"""


def an_app() -> Starlette:
    """Pages under /app that post what App Bridge would."""

    async def page(request: Request) -> Response:
        return HTMLResponse(_PAGE % {"title": request.path_params["name"].title()})

    async def bridge(_: Request) -> Response:
        return Response(_BRIDGE, media_type="text/javascript")

    return Starlette(routes=[Route("/app/bridge.js", bridge), Route("/app/{name}", page)])
