"""The front door: `POST /webhooks/shopify`, verified over the raw bytes, stored, and only then answered 200.

Raw ASGI, because the same in a FastAPI route costs several times the throughput (benchmarks/ingest.py), and
without a JSON parse: what the bytes mean is decided later, replayably, by the worker (law 1).
"""

import asyncio
import gc
import hmac
import logging
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from plugin.clock import Clock
from plugin.core.deliveries import Delivery
from plugin.core.keys import fingerprint
from plugin.store.inbox import InboxUnavailableError, InboxWriter
from plugin.webhooks.headers import InvalidHeaderError, delivery_of, header
from plugin.webhooks.refusals import CLOSE, Refusal, messages
from plugin.webhooks.shallow import is_json_object, names_another_shop

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH = "/webhooks/shopify"
MAX_BODY = 5 * 1024 * 1024  # bytes
READ_LIMIT = 10.0  # seconds for the whole body; Shopify itself gives up after five
RETRY_AFTER = b"10"  # seconds; advice to a sender that heeds it, Shopify has its own rhythm

_STORED: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
_EMPTY: Message = {"type": "http.response.body", "body": b""}


class App(Protocol):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class FrontDoor:
    """Takes Shopify's webhooks in and passes every other request to `app`.

    `secrets` are the app's API secret and, while it is being rotated, the old one. The writer is started before
    the app and stopped after it (ASGI lifespan).
    """

    def __init__(
        self,
        app: App,
        *,
        writer: InboxWriter,
        secrets: tuple[str, str | None],
        clock: Clock,
        read_limit: float = READ_LIMIT,
    ) -> None:
        if not secrets[0]:
            raise ValueError("SHOPIFY_API_SECRET is empty: no webhook can be verified; set it")
        self._app = app
        self._writer = writer
        self._secrets = tuple(secret.encode() for secret in secrets if secret)
        self._clock = clock
        self._read_limit = read_limit
        self._refusals = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH:
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._take_in(scope, receive)
        except Refusal as refusal:
            reference = self._log(refusal)
            for message in messages(refusal, reference):
                await send(message)
        except _CallerLeftError:
            return
        else:
            await send(_STORED)
            await send(_EMPTY)

    async def _take_in(self, scope: Scope, receive: Receive) -> None:
        """Store the delivery durably, or raise the `Refusal` to answer with."""
        if scope["method"] != "POST":
            raise Refusal(405, "method", "Webhooks arrive by POST.", headers=((b"allow", b"POST"), *CLOSE))
        headers: dict[bytes, bytes] = dict(scope["headers"])
        body = await self._body(headers, receive)
        if not self._is_signed(body, header(headers, b"shopify-hmac-sha256")):
            raise Refusal(401, "signature", "The HMAC is missing or does not fit the body.")
        delivery = self._delivery(headers, body)
        try:
            await self._writer.put(delivery)
        except InboxUnavailableError:
            detail = "The delivery could not be stored. Send it again later."
            raise Refusal(503, "not_stored", detail, headers=((b"retry-after", RETRY_AFTER),)) from None

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > MAX_BODY:
            raise _too_large()
        try:
            async with asyncio.timeout(self._read_limit):
                return await _read(receive)
        except TimeoutError:
            raise Refusal(408, "slow_body", "The body did not end in time.", headers=CLOSE) from None

    def _is_signed(self, body: bytes, signature: bytes) -> bool:
        try:
            given = b64decode(signature, validate=True)
        except Base64Error:
            return False
        return any(hmac.compare_digest(given, hmac.digest(key, body, "sha256")) for key in self._secrets)

    def _delivery(self, headers: dict[bytes, bytes], body: bytes) -> Delivery:
        try:
            delivery = delivery_of(headers, body, self._clock.now())
        except InvalidHeaderError as error:
            raise Refusal(400, "header", f"The header {error.args[0]} is missing or invalid.") from None
        if not is_json_object(body):
            raise Refusal(400, "not_an_object", "The body is not a JSON object.")
        if names_another_shop(body, delivery.shop):
            raise Refusal(400, "another_shop", "The body names another shop than the header.")
        return delivery

    def _log(self, refusal: Refusal) -> str:
        """Log which refusal it was, and nothing the caller sent; return the reference that finds the line."""
        self._refusals += 1
        reference = fingerprint("refusal", self._clock.now().isoformat(), str(self._refusals))[:16]
        log.warning("webhook refused: %s %s, reference %s", refusal.status, refusal.reason, reference)
        return reference

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_and_start() -> Message:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._writer.start()
            return message

        async def stop_and_send(message: Message) -> None:
            if message["type"] != "lifespan.startup.complete":
                await self._writer.stop()
            else:
                _spare_the_collector()
            await send(message)

        await self._app(scope, receive_and_start, stop_and_send)


def _spare_the_collector() -> None:
    """Take all that was loaded at start out of garbage collection, and collect less often.

    Hundreds of waiting requests look like garbage to be sifted, together with every loaded module: a third of the
    CPU time of a stored delivery, measured.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class _CallerLeftError(Exception):
    """The connection closed before the body ended: there is nobody to answer."""


def _too_large() -> Refusal:
    return Refusal(413, "too_large", "The body is larger than 5 MiB.", headers=CLOSE)


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _CallerLeftError
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise _too_large()
        if not message.get("more_body"):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)
