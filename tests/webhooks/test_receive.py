"""The front door: what is stored, what is refused, and with which answer."""

import asyncio
import base64
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plugin.clock import FixedClock
from plugin.core.deliveries import Delivery
from plugin.core.keys import shop_id_of
from plugin.store.inbox import InboxUnavailableError
from plugin.webhooks.receive import MAX_BODY, FrontDoor
from plugin.webhooks.shallow import names_another_shop

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOP = "tea.myshopify.com"
SECRET, OLD_SECRET = "hush", "hush-of-last-year"
ORDER = b'{"id":820982911946154508,"email":"jon@example.com","line_items":[]}'
VECTORS = json.loads((Path(__file__).parents[1] / "fixtures" / "official_vectors.json").read_bytes())


@dataclass
class MemoryInbox:
    """An inbox writer that keeps deliveries in a list; `is_full` makes it refuse."""

    stored: list[Delivery] = field(default_factory=list)
    is_full: bool = False
    is_open: bool = False

    async def start(self) -> None:
        self.is_open = True

    async def stop(self) -> None:
        self.is_open = False

    async def put(self, delivery: Delivery) -> None:
        if self.is_full:
            raise InboxUnavailableError("full")
        self.stored.append(delivery)


@dataclass
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def problem(self) -> Any:
        assert self.headers[b"content-type"] == b"application/problem+json"
        return json.loads(self.body)


@dataclass
class World:
    """A door in front of an app that answers 299 to everything."""

    inbox: MemoryInbox
    door: FrontDoor
    read: list[int] = field(default_factory=list)

    def post(
        self, *parts: bytes, headers: dict[str, str | bytes | None] | None = None, **scope: Any
    ) -> Answer:
        """Post the parts as one body, signed by the current secret unless `headers` say otherwise (None: absent)."""
        body = b"".join(parts)
        return asyncio.run(self.send([*parts], _headers(body, headers or {}), scope))

    async def send(
        self,
        parts: list[bytes],
        headers: list[tuple[bytes, bytes]],
        scope: dict[str, Any],
        *,
        ends: bool = True,
    ) -> Answer:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not parts:
                await asyncio.Event().wait()
            part = parts.pop(0)
            self.read.append(len(part))
            return {"type": "http.request", "body": part, "more_body": bool(parts) or not ends}

        async def send(message: Any) -> None:
            sent.append(message)

        base = {"type": "http", "method": "POST", "path": "/webhooks/shopify", "headers": headers}
        await self.door({**base, **scope}, receive, send)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], dict(sent[0]["headers"]), body)


@pytest.fixture
def world() -> World:
    inbox = MemoryInbox()
    door = FrontDoor(
        _app, writer=inbox, secrets=(SECRET, OLD_SECRET), clock=FixedClock(NOON), read_limit=0.05
    )
    return World(inbox, door)


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": message["type"] + ".complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"the app"})


def signature(body: bytes, secret: str = SECRET) -> bytes:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))


def _headers(body: bytes, changed: dict[str, str | bytes | None]) -> list[tuple[bytes, bytes]]:
    usual: dict[str, str | bytes | None] = {
        "x-shopify-hmac-sha256": signature(body),
        "x-shopify-shop-domain": SHOP,
        "x-shopify-topic": "orders/create",
        "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "x-shopify-event-id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "x-shopify-triggered-at": "2026-11-20T18:00:27.877041743Z",
        "x-shopify-api-version": "2026-10",
        **changed,
    }
    return [
        (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in usual.items()
        if value is not None
    ]


def test_a_signed_delivery_is_stored_with_what_its_headers_claim(world: World) -> None:
    answer = world.post(ORDER)
    assert (answer.status, answer.body) == (200, b"")
    assert world.inbox.stored == [
        Delivery(
            shop_id=shop_id_of(SHOP),
            shop=SHOP,
            topic="orders/create",
            delivery_id="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
            event_id="98880550-7158-44d4-b7cd-2c97c8a091b5",
            triggered_at=datetime(2026, 11, 20, 18, 0, 27, 877041, tzinfo=UTC),
            api_version="2026-10",
            received_at=NOON,
            body=ORDER,
        )
    ]


def test_a_body_in_parts_is_stored_whole(world: World) -> None:
    assert world.post(ORDER[:10], ORDER[10:11], b"", ORDER[11:]).status == 200
    assert [delivery.body for delivery in world.inbox.stored] == [ORDER]


def test_the_old_secret_is_valid_while_it_is_being_rotated(world: World) -> None:
    assert world.post(ORDER, headers={"x-shopify-hmac-sha256": signature(ORDER, OLD_SECRET)}).status == 200


def test_header_names_may_lack_their_prefix(world: World) -> None:
    plain = {name.decode().removeprefix("x-"): value for name, value in _headers(ORDER, {})}
    answer = asyncio.run(world.send([ORDER], [(k.encode(), v) for k, v in plain.items()], {}))
    assert answer.status == 200
    assert world.inbox.stored[0].shop == SHOP


def test_a_shop_header_in_capitals_names_the_same_shop(world: World) -> None:
    assert world.post(ORDER, headers={"x-shopify-shop-domain": "TEA.myshopify.com"}).status == 200
    assert world.inbox.stored[0].shop_id == shop_id_of(SHOP)


@pytest.mark.parametrize("vector", VECTORS["webhook_body_hmac"], ids=lambda vector: vector["source"])
def test_shopifys_own_vector_verifies(vector: dict[str, str]) -> None:
    inbox = MemoryInbox()
    door = FrontDoor(_app, writer=inbox, secrets=(vector["secret"], None), clock=FixedClock(NOON))
    answer = World(inbox, door).post(
        vector["body"].encode(), headers={"x-shopify-hmac-sha256": vector["header"]}
    )
    assert answer.status == 200


@pytest.mark.parametrize("name", ["event-id", "triggered-at", "api-version"])
@pytest.mark.parametrize(
    "value", [None, "", "no such thing", "2026-11-20T18:00:27", "0001-01-01T00:00:00+23:00", b"\xff"]
)
def test_a_header_that_only_informs_may_be_absent_or_nonsense(
    world: World, name: str, value: str | bytes | None
) -> None:
    assert world.post(ORDER, headers={f"x-shopify-{name}": value}).status == 200
    assert world.inbox.stored[0].triggered_at is None or name != "triggered-at"


BAD_SIGNATURES = {
    "missing": None,
    "empty": "",
    "of another secret": signature(ORDER, "shout"),
    "of a re-serialised body": signature(json.dumps(json.loads(ORDER)).encode()),
    "in hex": hmac.digest(SECRET.encode(), ORDER, "sha256").hex(),
    "not ASCII": "\u00e9".encode() * 44,
    "with spaces": b" " + signature(ORDER),
    "in url-safe letters": base64.urlsafe_b64encode(hmac.digest(b"hush", b"?" * 3, "sha256")),
    "cut short": signature(ORDER)[:40],
    "of nothing": base64.b64encode(b""),
    "without padding": signature(ORDER).rstrip(b"="),
}


@pytest.mark.parametrize("given", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES.keys())
def test_a_bad_signature_is_refused(world: World, given: str | bytes | None) -> None:
    answer = world.post(ORDER, headers={"x-shopify-hmac-sha256": given})
    assert answer.status == 401
    assert world.inbox.stored == []


def test_a_bad_signature_is_refused_before_anything_else_is_said(world: World) -> None:
    answer = world.post(b"[]", headers={"x-shopify-hmac-sha256": None, "x-shopify-shop-domain": None})
    assert answer.status == 401


BAD_HEADERS = {
    "x-shopify-shop-domain": [
        None,
        "",
        "tea.example.com",
        "tea.myshopify.com.evil.test",
        "https://tea.myshopify.com",
        "tea.myshopify.com\n",
        b"\xff\xfe",
        "t\u00e9a.myshopify.com".encode(),
        "\uff54ea.myshopify.com".encode(),
    ],
    "x-shopify-topic": [None, "", "orders/create/more", "orders create", "o" * 200, b"orders/\x00", b"\xff"],
    "x-shopify-webhook-id": [None, "", "a b", "x" * 129, b"a\x00b", b"\xff", "a\r\nb"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD_HEADERS.items() for value in values]
)
def test_a_header_that_names_the_delivery_must_be_there_and_well_formed(
    world: World, name: str, value: str | bytes | None
) -> None:
    answer = world.post(ORDER, headers={name: value})
    assert answer.status == 400
    assert answer.problem["detail"].lower().startswith(f"the header {name} is missing")
    assert world.inbox.stored == []


NOT_OBJECTS = {
    "empty": b"",
    "spaces": b"  \n ",
    "an array": b'[{"id":1}]',
    "a string": b'"{}"',
    "a number": b"1",
    "null": b"null",
    "a session token": b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL3RlYSJ9",
    "a launch query": b"code=0907a61c&shop=tea.myshopify.com&timestamp=1337178173",
    "a proxy query": b"extra=1,2path_prefix=/apps/xshop=tea.myshopify.comtimestamp=1317327555",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"id":1}'.encode("utf-16"),
    "an unended object": b'{"id":1',
    "an object and more": b'{"id":1} x',
    "other white space": b"\x0b{}",
    "gzip": b"\x1f\x8b\x08\x00" + b"\x00" * 2000,
}


@pytest.mark.parametrize("body", NOT_OBJECTS.values(), ids=NOT_OBJECTS.keys())
def test_a_signed_body_that_is_no_json_object_is_refused(world: World, body: bytes) -> None:
    answer = world.post(body)
    assert (answer.status, answer.problem["detail"]) == (400, "The body is not a JSON object.")
    assert world.inbox.stored == []


NONSENSE = {
    "duplicate keys": b'{"id":1,"id":2}',
    "NaN": b'{"id":NaN,"a":Infinity}',
    "a 5,000-digit number": b'{"id":' + b"9" * 5000 + b"}",
    "100,000 levels": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "bad UTF-8": b'{"id":"\xff\xfe\xc0\x80"}',
    "a lone surrogate": b'{"id":"\\ud800"}',
    "a raw NUL": b'{"id":"\x00"}',
    "an escaped NUL": b'{"id":"\\u0000"}',
    "no JSON between the braces": b"{hello}",
    "the shape of another topic": b'{"shop_id":1,"customer":{"id":2},"orders_to_redact":[]}',
    "white space around": b"\r\n\t {} \n",
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_in_braces_is_kept_for_the_understanding_to_judge(world: World, body: bytes) -> None:
    assert world.post(body).status == 200
    assert [delivery.body for delivery in world.inbox.stored] == [body]


OTHER_SHOPS = {
    "a redaction": b'{"shop_id":954889,"shop_domain":"cake.myshopify.com","customer":{"id":1}}',
    "an uninstall": b'{"id":1,"domain":"tea.example","myshopify_domain":"cake.myshopify.com"}',
    "after nested values": b'{"a":{"b":["}"]},"c":"\\"{","shop_domain" : "cake.myshopify.com"}',
    "the second of two": b'{"shop_domain":"tea.myshopify.com","shop_domain":"cake.myshopify.com"}',
    "a suffix": b'{"shop_domain":"tea.myshopify.com.evil.test"}',
    "an empty name": b'{"shop_domain":""}',
    "a very long name": b'{"shop_domain":"' + b"t" * 1000 + b'"}',
    "an escaped value": b'{"shop_domain":"\\u0063ake.myshopify.com"}',
}


@pytest.mark.parametrize("body", OTHER_SHOPS.values(), ids=OTHER_SHOPS.keys())
def test_a_body_that_names_another_shop_than_the_header_is_refused(world: World, body: bytes) -> None:
    answer = world.post(body)
    assert (answer.status, answer.problem["detail"]) == (400, "The body names another shop than the header.")
    assert world.inbox.stored == []


OWN_SHOP = {
    "a redaction": b'{"shop_id":954889,"shop_domain":"tea.myshopify.com"}',
    "an uninstall with another domain": b'{"domain":"tea.example","myshopify_domain":"tea.myshopify.com"}',
    "an uninstall without domains": b'{"domain":null,"myshopify_domain":null}',
    "capitals": b'{"shop_domain":"Tea.MyShopify.com"}',
    "an escaped letter": b'{"shop_domain":"\\u0074ea.myshopify.com"}',
    "a line-item property": (
        b'{"line_items":[{"properties":[{"name":"shop_domain","value":"cake.myshopify.com"},'
        b'{"shop_domain":"cake.myshopify.com"}]}],"note":"\\"shop_domain\\":\\"cake.myshopify.com\\""}'
    ),
    "a value that looks like a key": b'{"note":"shop_domain","x":"cake.myshopify.com"}',
    "a number": b'{"shop_domain":5}',
}


@pytest.mark.parametrize("body", OWN_SHOP.values(), ids=OWN_SHOP.keys())
def test_a_body_that_names_no_other_shop_is_stored(world: World, body: bytes) -> None:
    assert world.post(body).status == 200


@pytest.mark.parametrize(
    "filling",
    [b"[" * 5_000_000, b'\\"' * 2_500_000, b'"' * 5_000_000, b'"a":' * 1_250_000, b"{}" * 2_500_000],
)
def test_the_shallow_look_is_bounded_in_time(filling: bytes) -> None:
    async def look() -> bool:
        async with asyncio.timeout(1):
            answer = names_another_shop(b'{"shop_domain"' + filling + b"}", SHOP)
            await asyncio.sleep(0)
            return answer

    assert asyncio.run(look()) is False


def test_a_body_of_five_mebibytes_is_stored_and_one_byte_more_is_refused(world: World) -> None:
    largest = b'{"a":"' + b"x" * (MAX_BODY - 8) + b'"}'
    assert len(largest) == MAX_BODY
    assert world.post(largest).status == 200
    assert world.post(largest + b" ").status == 413


def test_a_declared_length_over_the_limit_is_refused_unread(world: World) -> None:
    for length in (str(MAX_BODY + 1), "9" * 5000):
        answer = world.post(ORDER, headers={"content-length": length})
        assert (answer.status, answer.headers[b"connection"]) == (413, b"close")
    assert world.read == []


def test_a_growing_body_is_refused_as_soon_as_it_is_too_large(world: World) -> None:
    part = b"x" * (1024 * 1024)
    answer = world.post(*[part] * 20)
    assert (answer.status, answer.headers[b"connection"]) == (413, b"close")
    assert len(world.read) == 6


def test_a_body_that_never_ends_is_given_up(world: World) -> None:
    answer = asyncio.run(world.send([ORDER], _headers(ORDER, {}), {}, ends=False))
    assert (answer.status, answer.headers[b"connection"]) == (408, b"close")


def test_a_caller_who_leaves_is_not_answered(world: World) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/webhooks/shopify", "headers": _headers(ORDER, {})}
    asyncio.run(world.door(scope, receive, send))
    assert sent == []


def test_what_cannot_be_stored_is_answered_503_with_an_advice_to_retry(world: World) -> None:
    world.inbox.is_full = True
    answer = world.post(ORDER)
    assert (answer.status, answer.headers[b"retry-after"]) == (503, b"10")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_allowed(world: World, method: str) -> None:
    answer = world.post(ORDER, method=method)
    assert (answer.status, answer.headers[b"allow"]) == (405, b"POST")


@pytest.mark.parametrize("path", ["/", "/webhooks/shopify/", "/webhooks/stripe", "/app/webhooks/shopify"])
def test_every_other_path_is_the_apps(world: World, path: str) -> None:
    assert world.post(ORDER, path=path).status == 299


def test_a_refusal_is_a_problem_with_a_reference_that_the_log_knows(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        first, second = (world.post(b"[]").problem for _ in range(2))
    assert first == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The body is not a JSON object.",
        "reference": first["reference"],
    }
    assert first["reference"] != second["reference"]
    assert first["reference"] in caplog.text


def test_no_log_line_repeats_what_the_caller_sent(world: World, caplog: pytest.LogCaptureFixture) -> None:
    secret = "jon@example.com"
    with caplog.at_level(logging.DEBUG):
        world.post(secret.encode())
        world.post(b'{"shop_domain":"' + secret.encode() + b'"}')
        world.post(ORDER, headers={"x-shopify-hmac-sha256": secret})
        world.post(ORDER, headers={"x-shopify-shop-domain": secret})
        world.post(ORDER, headers={"x-shopify-webhook-id": secret})
    assert [record.name for record in caplog.records].count("plugin.webhooks.receive") == 5
    assert secret not in caplog.text


def test_the_inbox_opens_before_the_app_starts_and_closes_after_it_ends(world: World) -> None:
    open_when: dict[str, bool] = {}
    incoming: Iterator[str] = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, Any]:
        return {"type": next(incoming)}

    async def send(message: Any) -> None:
        open_when[message["type"]] = world.inbox.is_open

    asyncio.run(world.door({"type": "lifespan"}, receive, send))
    assert open_when == {"lifespan.startup.complete": True, "lifespan.shutdown.complete": False}


def test_a_door_without_a_secret_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="SHOPIFY_API_SECRET"):
        FrontDoor(_app, writer=MemoryInbox(), secrets=("", None), clock=FixedClock(NOON))
