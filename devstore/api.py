"""The HTTP face of each shop: OAuth, Admin GraphQL, bulk files, a recovered checkout, and faults for tests."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from devstore import tokens
from devstore.admin import endpoint
from devstore.config import API_VERSION, SHOP_NAME
from devstore.services import Services
from devstore.store import Store


class LostAnswer(Response):
    """The first bytes of an answer that never ends; the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"data":', "more_body": True})


class ShopApi:
    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        graphql = f"/{{shop}}/admin/api/{API_VERSION}/graphql.json"
        return [
            Route("/{shop}/admin/oauth/access_token", self.access_token, methods=["POST"]),
            Route(graphql, self.graphql, methods=["POST"]),
            Route("/{shop}/bulk/{name}", self.bulk_file, methods=["GET"]),
            Route("/{shop}/__devstore/faults", self.set_faults, methods=["POST"]),
            Route("/{shop}/__devstore/deliveries", self.deliveries, methods=["GET"]),
        ]

    async def access_token(self, request: Request) -> Response:
        store = self._store(request)
        if store is None:
            return _no_shop()
        faults = self._services.faults.of(store.shop)
        if faults.take("token_errors"):
            return Response("Service Unavailable", status_code=503)
        fields = _form_or_json(await request.body(), request.headers.get("content-type", ""))
        answer = await run_in_threadpool(tokens.answer, store, fields)
        if faults.take("lose_token_answer"):
            return LostAnswer()
        return JSONResponse(answer.body, status_code=answer.status)

    async def graphql(self, request: Request) -> Response:
        store = self._store(request)
        if store is None:
            return _no_shop()
        faults = self._services.faults.of(store.shop)
        if faults.take("server_errors"):
            return Response("<html><body>Bad Gateway</body></html>", status_code=502, media_type="text/html")
        token = request.headers.get("x-shopify-access-token", "")
        if faults.take("refuse_tokens") or not tokens.is_valid(store, token):
            message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return JSONResponse({"errors": message}, status_code=401)
        body = _json_object(await request.body())
        if body is None:
            return JSONResponse(
                {"errors": {"query": "Required parameter missing or invalid"}}, status_code=400
            )
        buckets = self._services.buckets
        if faults.take("throttle"):
            now = store.config.clock()
            return JSONResponse(endpoint.throttled(buckets.of(store), now, 1))
        answer = await run_in_threadpool(endpoint.answer, body, store, self._services.courier, buckets)
        return LostAnswer() if faults.take("lose_answer") else JSONResponse(answer)

    async def bulk_file(self, request: Request) -> Response:
        store = self._store(request)
        name = request.path_params["name"]
        row = store and store.database.row(
            "SELECT body FROM files WHERE shop = ? AND name = ?", store.shop, name
        )
        if not row:
            return Response("There is no such file.", status_code=404)
        return Response(row["body"], media_type="application/jsonl")

    async def set_faults(self, request: Request) -> Response:
        store = self._store(request)
        wanted = _json_object(await request.body())
        if store is None or wanted is None:
            return JSONResponse({"error": "Send a JSON object of faults and counts."}, status_code=400)
        try:
            self._services.faults.of(store.shop).set(wanted)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(status_code=204)

    async def deliveries(self, request: Request) -> Response:
        store = self._store(request)
        if store is None:
            return _no_shop()
        log = self._services.courier.log(store.shop)
        return JSONResponse(
            [
                {
                    "topic": one.topic,
                    "webhook_id": one.webhook_id,
                    "event_id": one.event_id,
                    "triggered_at": one.triggered_at.isoformat(),
                    "state": one.state,
                    "tries": one.tries,
                    "answer": one.answer,
                }
                for one in log
            ]
        )

    def _store(self, request: Request) -> Store | None:
        shop = request.path_params["shop"]
        return self._services.store(shop) if SHOP_NAME.fullmatch(shop) else None


def _no_shop() -> Response:
    return JSONResponse({"errors": "Not Found"}, status_code=404)


def _form_or_json(body: bytes, content_type: str) -> dict[str, Any]:
    if content_type.startswith("application/json"):
        return _json_object(body) or {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
