"""A real HTTP server on a loopback port that plays Shopify: scripted where a test scripts it, else by the book.

Token answers and faults are scripts; GraphQL is executed by graphql-core against Shopify's own schema, over the
same simulated shops as the fake.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from graphql import GraphQLSchema, graphql_sync

from plugin.shopify.fake import DOWNLOAD_HOST, FakeAdmin
from plugin.shopify.fake_shop import top_level_refusal

HANG_UP = "hang up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the server does with one request."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    """Read the request, then close the connection without a word."""
    cut_after: int | None = None
    """Announce the whole body, send this many bytes of it, close."""
    drip: threading.Event | None = None
    """Send one byte at a time until the event is set."""
    before: Callable[[], None] | None = None
    """Runs between the request and its answer."""


def answer(body: object, *, status: int = 200, **headers: str) -> Script:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script(status=status, body=json.dumps(body).encode(), headers=named)


class SmallShopify:
    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.scripts: deque[Script] = deque()
        self.default: Callable[[Seen], Script] = lambda _seen: Script(status=404)
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def template(self) -> str:
        return self.base + "/{shop}"

    def play(self, *scripts: Script) -> None:
        """Answer the next requests by these, in order."""
        self.scripts.extend(scripts)

    def answer_like(
        self, fake: FakeAdmin, tokens: Mapping[str, int], schema: GraphQLSchema, now: datetime
    ) -> None:
        """Serve GraphQL and downloads over the fake's shops; `tokens` says which token opens which shop."""
        self.default = _World(fake, tokens, schema, now, self.base).answer

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _World:
    def __init__(
        self, fake: FakeAdmin, tokens: Mapping[str, int], schema: GraphQLSchema, now: datetime, base: str
    ) -> None:
        self._fake, self._tokens, self._schema, self._now, self._base = fake, tokens, schema, now, base

    def answer(self, seen: Seen) -> Script:
        if seen.path.startswith("/bulk/"):
            with self._fake.downloads() as files:
                found = files.get(DOWNLOAD_HOST + seen.path.removeprefix("/bulk"))
            return Script(status=found.status_code, body=found.content)
        shop_id = self._tokens.get(seen.headers.get("x-shopify-access-token", ""))
        shop = self._fake.shops.get(shop_id or 0)
        if shop is None or not seen.path.startswith(f"/{shop.domain}/"):
            return answer({"errors": "[API] Invalid API key or access token"}, status=401)
        asked = seen.json
        name = next(iter(asked["variables"]), "")
        refusal = (
            top_level_refusal("customerEmailMarketingConsentUpdate", asked["variables"])
            if name == "input"
            else None
        )
        if refusal:
            return answer({"errors": [{"message": refusal.message, "path": [refusal.path]}]})
        result = graphql_sync(
            self._schema,
            asked["query"],
            root_value=_Root(self._fake, shop_id or 0, self._now, self._base),
            variable_values=asked["variables"],
            operation_name=asked["operationName"],
        )
        return answer(
            {"data": result.data}
            | ({"errors": [{"message": error.message} for error in result.errors]} if result.errors else {})
        )


class _Root:
    """Root fields by name, for graphql-core's default resolver."""

    def __init__(self, fake: FakeAdmin, shop_id: int, now: datetime, base: str) -> None:
        self._fake, self._shop, self._now, self._base = fake, fake.shops[shop_id], now, base

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def resolve(_info: Any, **arguments: Any) -> Any:
            found = self._fake.resolve(self._shop, name, arguments, self._now)
            return self._local(found)

        return resolve

    def _local(self, found: Any) -> Any:
        if isinstance(found, dict):
            return {key: self._local(value) for key, value in found.items()}
        if isinstance(found, str) and found.startswith(DOWNLOAD_HOST):
            return self._base + "/bulk" + found.removeprefix(DOWNLOAD_HOST)
        return found


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], world: SmallShopify) -> None:
        self.world = world
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    server: _Server

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("content-length", 0))))

    def do_GET(self) -> None:
        self._serve(b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        pass

    def _serve(self, body: bytes) -> None:
        world = self.server.world
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(path=self.path, headers=headers, body=body)
        world.seen.append(seen)
        try:
            script = world.scripts.popleft()
        except IndexError:
            script = world.default(seen)
        self.close_connection = True  # one request per connection keeps the tests' sockets countable
        if script.before:
            script.before()
        if not script.hang_up:
            self._answer(script)

    def _answer(self, script: Script) -> None:
        self.send_response(script.status)
        for name, value in script.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(script.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            if script.drip:
                for byte in script.body:
                    self.wfile.write(bytes([byte]))
                    if script.drip.wait(0.02):
                        break
            else:
                self.wfile.write(script.body if script.cut_after is None else script.body[: script.cut_after])
        except (BrokenPipeError, ConnectionResetError):
            pass
