"""The merchant opens the app for the first time, in a store that knows nothing of our code."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
import uvicorn
from sqlalchemy import text

from devstore import Devstore, DevstoreConfig, create_devstore, id_tokens
from devstore.model import ConsentState
from plugin.clock import FixedClock
from plugin.core.keys import shop_id_of
from plugin.pipeline.steer import turn_flow
from plugin.shopify.fake import FakeAdmin
from plugin.store import imports, shops
from plugin.wiring import build_house, migrate
from tests.builders import HOUR, NOW
from tests.http.conftest import visiting
from tests.world import API_KEY, API_SECRET, SHOP, RecordingChannel, World, settings, webhook

pytestmark = pytest.mark.anyio

BUYER = "buyer@example.com"


@dataclass
class Town:
    """The app, and the store behind a port of its own."""

    world: World
    devstore: Devstore

    @property
    def token(self) -> str:
        return id_tokens.mint(shop=SHOP, api_key=API_KEY, api_secret=API_SECRET, now=self.world.clock.at)

    async def tell(self, client: httpx.AsyncClient) -> list[int]:
        """Hand over every webhook that the store has recorded; returns the statuses."""
        return [
            (
                await client.post(
                    "/webhooks/shopify",
                    **webhook(
                        sent.topic,
                        sent.body,
                        delivery_id=sent.webhook_id,
                        shop=sent.shop,
                        at=sent.triggered_at,
                    ),
                )
            ).status_code
            for sent in self.devstore.deliveries(SHOP)
        ]


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    clock = FixedClock(NOW)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = DevstoreConfig(
            shop=SHOP,
            api_key=API_KEY,
            api_secret=API_SECRET,
            app_url="https://app.example.com",
            base_url=base,
            clock=clock.now,
        )
        with closing(create_devstore(config, empty=True)) as devstore, served(devstore, listener):
            mail = RecordingChannel()
            wanted = settings(database_url, REGULARS_SHOPIFY_ORIGIN=base + "/{shop}")
            house = build_house(wanted, clock, channel=mail)
            migrate(house.stores)
            world = World(house=house, clock=clock, mail=mail, admin=FakeAdmin({}))
            yield Town(world=world, devstore=devstore)
            world.close()


@contextmanager
def served(devstore: Devstore, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(devstore, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def finish_import(world: World) -> None:
    for _ in range(100):
        world.pass_time(timedelta(seconds=30))
        with world.database.reading(world.shop_id) as unit:
            if not imports.is_unfinished(unit):
                return
    pytest.fail("the import did not end")


async def test_the_first_page_connects_the_shop_and_a_past_webhook_is_understood(town: Town) -> None:
    world, shoppers = town.world, town.devstore.shoppers()
    buyer = shoppers.create_customer(email=BUYER, consent=ConsentState.SUBSCRIBED)
    shoppers.place_order(buyer.id, amount=4_000)
    town.devstore.store().install()
    async with visiting(world) as client:
        assert set(await town.tell(client)) == {200}
        world.pass_time(timedelta(0))
        assert world.shop().state == shops.PENDING
        assert world.rows("SELECT * FROM customers WHERE shop_id = :shop_id") == []

        page = await client.get("/", params={"id_token": town.token, "shop": SHOP, "embedded": "1"})
        assert page.status_code == 200
        shop = world.shop()
        assert (shop.state, shop.generation, shop.currency) == (shops.INSTALLED, 1, "USD")
        finish_import(world)

        known = world.rows("SELECT email, orders_count, net_minor FROM customers WHERE shop_id = :shop_id")
        assert [(row.email, row.orders_count, row.net_minor) for row in known] == [(BUYER, 1, 4_000)]
        assert world.mail.sent == []

        with world.database.unit(world.shop_id) as unit:
            turn_flow(unit, "abandoned_checkout", is_on=True, now=world.clock.at, author="merchant")
        checkout = shoppers.abandon_checkout(buyer.id)
        assert set(await town.tell(client)) == {200}
        world.pass_time(HOUR)
        assert [message.to for message in world.mail.sent] == [BUYER]
        assert checkout.token in world.mail.sent[0].text


async def test_tokens_are_never_at_rest_in_the_clear(town: Town) -> None:
    world = town.world
    town.devstore.store().install()
    async with visiting(world) as client:
        assert (await client.get("/", params={"id_token": town.token, "shop": SHOP})).status_code == 200
    pair = world.house.tools.chain.access_token(shop_id_of(SHOP), SHOP, world.clock.at)
    with world.database.reading(world.shop_id) as unit:
        sealed = unit.connection.scalar(text("SELECT sealed FROM shop_tokens"))
    assert len(pair) > 10
    assert sealed
    assert pair not in sealed


async def test_the_second_visit_installs_nothing_again(town: Town) -> None:
    world = town.world
    town.devstore.store().install()
    async with visiting(world) as client:
        for _ in range(2):
            assert (await client.get("/", params={"id_token": town.token, "shop": SHOP})).status_code == 200
    changes = world.rows("SELECT change FROM shop_changes WHERE shop_id = :shop_id")
    assert sorted(row.change for row in changes) == ["scopes", "state:installed"]


async def test_a_store_that_does_not_answer_is_installed_by_the_next_visit(town: Town) -> None:
    world = town.world
    town.devstore.store().install()
    town.devstore.services.faults.of(SHOP).token_errors = 100
    async with visiting(world) as client:
        page = await client.get("/", params={"id_token": town.token, "shop": SHOP})
        assert page.status_code == 503
        assert world.shop().state == shops.PENDING

        town.devstore.services.faults.clear()
        page = await client.get("/", params={"id_token": town.token, "shop": SHOP})
        assert page.status_code == 200
    assert world.shop().state == shops.INSTALLED
