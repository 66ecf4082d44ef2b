"""What `benchmarks.ingest` compares. `APP` names one; each answers 200 to a signed webhook, or is not compared.

`ceiling` is the very front door with a writer that stores nothing, `bare` is the least an ASGI app can do (read, HMAC,
answer), `ours` stores, `naive` is the handler that the FastAPI and SQLModel tutorials lead to.
"""

import base64
import hmac
import json
import os
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy import Engine, event
from sqlmodel import Field, Session, SQLModel, create_engine, select

from plugin.clock import SystemClock
from plugin.core.deliveries import Delivery
from plugin.store.inbox import inbox_writer
from plugin.webhooks.receive import PATH, FrontDoor

SECRET = "hush-for-the-benchmark"
_URL = os.environ.get("BENCH_URL", "")


class NoInbox:
    """Promises nothing and keeps nothing: the ceiling."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def put(self, delivery: Delivery) -> None: ...


def ceiling() -> FrontDoor:
    return FrontDoor(FastAPI(), writer=NoInbox(), secrets=(SECRET, None), clock=SystemClock())


def ours() -> FrontDoor:
    return FrontDoor(FastAPI(), writer=inbox_writer(_URL), secrets=(SECRET, None), clock=SystemClock())


def bare() -> Any:
    key = SECRET.encode()
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
    end = {"type": "http.response.body", "body": b""}
    api = FastAPI()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await api(scope, receive, send)
            return
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        signature = base64.b64decode(dict(scope["headers"])[b"x-shopify-hmac-sha256"])
        if not hmac.compare_digest(signature, hmac.digest(key, body, "sha256")):
            raise PermissionError
        await send(start)
        await send(end)

    return app


class WebhookEvent(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    delivery_id: str = Field(index=True, unique=True)
    shop: str
    topic: str
    payload: str


def naive() -> FastAPI:
    engine = _naive_engine()
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables["webhookevent"]])
    app = FastAPI()

    def session() -> Iterator[Session]:
        with Session(engine) as open_session:
            yield open_session

    async def raw(request: Request) -> bytes:
        return await request.body()

    @app.post(PATH)
    def receive(
        request: Request, body: Annotated[bytes, Depends(raw)], db: Annotated[Session, Depends(session)]
    ) -> dict[str, bool]:
        digest = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
        if not hmac.compare_digest(digest, request.headers["x-shopify-hmac-sha256"]):
            raise HTTPException(401)
        delivery_id = request.headers["x-shopify-webhook-id"]
        if db.exec(select(WebhookEvent).where(WebhookEvent.delivery_id == delivery_id)).first() is None:
            db.add(
                WebhookEvent(
                    delivery_id=delivery_id,
                    shop=request.headers["x-shopify-shop-domain"],
                    topic=request.headers["x-shopify-topic"],
                    payload=json.dumps(json.loads(body)),
                )
            )
            db.commit()
        return {"ok": True}

    return app


def _naive_engine() -> Engine:
    if not _URL.startswith("sqlite"):
        return create_engine(_URL, pool_size=40, max_overflow=0)
    # As many connections as FastAPI has threads: with the default pool of 15 it deadlocks at this load.
    engine = create_engine(_URL, connect_args={"timeout": 30}, pool_size=40, max_overflow=0)

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: object) -> None:
        # The tutorial leaves the default journal; this is the faster setting, and so the harder one to beat.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return engine


app = {"bare": bare, "ceiling": ceiling, "naive": naive, "ours": ours}[os.environ["APP"]]()
