"""A house and a simulated Shopify, each behind a port of this machine: everything between them is real HTTP.

Time stands still until it is told. Webhooks leave the store when a test says so, or are lost when it says that.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import uvicorn

from devstore import Devstore, DevstoreConfig, create_devstore, id_tokens
from devstore.shoppers import Shoppers
from plugin.app import create_app
from plugin.clock import FixedClock
from plugin.core.flows import FLOWS
from plugin.core.keys import shop_id_of
from plugin.pipeline.steer import turn_flow
from plugin.store import shops
from plugin.wiring import House, build_house, migrate
from plugin.worker import tick
from tests.builders import NOW
from tests.world import API_KEY, API_SECRET, OTHER_SHOP, SHOP, RecordingChannel, settings

ADDRESS = "1 Main Street, 10115 Berlin"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the store's API."""

    shop: str
    path: str
    token: str


@dataclass
class Street:
    house: House
    devstore: Devstore
    clock: FixedClock
    mail: RecordingChannel
    http: httpx.Client
    app_url: str
    shopify_url: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.clock.at

    def shop(self, domain: str = SHOP) -> shops.Shop:
        with self.house.database.reading(shop_id_of(domain)) as unit:
            return shops.get(unit)

    def shoppers(self, domain: str = SHOP) -> Shoppers:
        return self.devstore.shoppers(domain)

    def id_token(self, domain: str = SHOP, *, secret: str = API_SECRET) -> str:
        return id_tokens.mint(shop=domain, api_key=API_KEY, api_secret=secret, now=self.now)

    def open_app(self, domain: str = SHOP, *, secret: str = API_SECRET) -> httpx.Response:
        """What the merchant's browser does inside Shopify's admin."""
        token = self.id_token(domain, secret=secret)
        return self.http.get(f"{self.app_url}/?shop={domain}&id_token={token}")

    def move_in(self, domain: str = SHOP) -> None:
        """The merchant installs the app, its history is imported, and every flow is turned on."""
        assert self.open_app(domain).status_code == 200
        for _ in range(6):  # the store's bulk operations need a little of its own time
            self.pass_time(timedelta(seconds=30))
        with self.house.database.unit(shop_id_of(domain)) as unit:
            shops.change_settings(unit, {"postal_address": ADDRESS}, at=self.now, author="test")
            for flow in FLOWS:
                turn_flow(unit, flow.id, is_on=True, now=self.now, author="test")

    def work(self) -> int:
        """Everything that is due now."""
        return tick(self.house.tools, self.now)

    def pass_time(self, by: timedelta) -> None:
        self.clock.at += by
        self.work()

    def deliver(self) -> int:
        """Let the store send the webhooks that wait, and understand them."""
        sent = 0
        while tried := self.devstore.deliver_due():
            sent += tried
        self.work()
        return sent

    def lose_webhooks(self) -> int:
        """Whatever waits to be sent will never arrive."""
        database = self.devstore.services.database
        waiting = database.rows("SELECT id FROM deliveries WHERE state = 'waiting'")
        database.run("UPDATE deliveries SET state = 'failed' WHERE state = 'waiting'")
        return len(waiting)

    def befall(self, domain: str = SHOP, /, **faults: int) -> None:
        """Let the store's next answers go wrong (devstore/faults.py)."""
        self.devstore.services.faults.of(domain).set(faults)

    def tokens_of(self, domain: str) -> set[str]:
        """Every access token that the store ever gave out for this shop and still knows."""
        rows = self.devstore.services.database.rows("SELECT access FROM tokens WHERE shop = ?", domain)
        return {row["access"] for row in rows}

    def rows(self, sql: str, domain: str = SHOP) -> list[Any]:
        """What a query says of a shop, which it must name as `:shop_id`."""
        from sqlalchemy import text

        with self.house.database.reading(shop_id_of(domain)) as unit:
            return list(unit.connection.execute(text(sql), {"shop_id": shop_id_of(domain)}))


@contextmanager
def a_street(
    database_url: str, *, at: datetime = NOW, migrated: bool = False, **more: str
) -> Iterator[Street]:
    """An empty house beside an empty store; `move_in` installs the app in a shop."""
    clock = FixedClock(at)
    mail = RecordingChannel()
    asked: list[Asked] = []
    with ExitStack() as stack:
        shopify, app = (stack.enter_context(closing(_listener())) for _ in range(2))
        shopify_url, app_url = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in (shopify, app))
        store = DevstoreConfig(
            shop=SHOP,
            api_key=API_KEY,
            api_secret=API_SECRET,
            app_url=app_url,
            base_url=shopify_url,
            clock=lambda: clock.at,
            webhook_url=f"{app_url}/webhooks/shopify",
        )
        devstore = stack.enter_context(closing(create_devstore(store, empty=True)))
        wanted = {
            "REGULARS_SHOPIFY_ORIGIN": shopify_url + "/{shop}",
            "REGULARS_APP_URL": app_url,
            **more,
        }
        house = build_house(settings(database_url, **wanted), clock, channel=mail)
        stack.callback(house.close)
        if not migrated:
            migrate(house.stores)
        stack.enter_context(_served(_overheard(devstore, asked), shopify, lifespan="off"))
        stack.enter_context(_served(create_app(house, mode="demo"), app, lifespan="on"))
        http = stack.enter_context(httpx.Client(follow_redirects=False, timeout=30))
        yield Street(
            house=house,
            devstore=devstore,
            clock=clock,
            mail=mail,
            http=http,
            app_url=app_url,
            shopify_url=shopify_url,
            asked=asked,
        )


def _overheard(app: Any, asked: list[Asked]) -> Any:
    """`app`, with a note of which token was used where."""

    async def listen(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            shop, _, path = scope["path"].lstrip("/").partition("/")
            token = headers.get(b"x-shopify-access-token", b"").decode()
            asked.append(Asked(shop, path, token))
        await app(scope, receive, send)

    return listen


def _listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


@contextmanager
def _served(app: Any, listener: socket.socket, *, lifespan: str) -> Iterator[None]:
    config = uvicorn.Config(app, log_config=None, lifespan=lifespan)  # type: ignore[arg-type]  # its own literal
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


__all__ = ["ADDRESS", "OTHER_SHOP", "SHOP", "Asked", "Street", "a_street"]
