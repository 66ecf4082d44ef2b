"""The devstore as one ASGI application, and the same acts as plain functions."""

from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from devstore.admin.bulk_progress import complete_unwatched
from devstore.admin.endpoint import Buckets
from devstore.api import ShopApi
from devstore.config import DemoControls, DevstoreConfig
from devstore.database import Database
from devstore.faults import FaultsByShop
from devstore.frame.app_proxy import AppProxy
from devstore.frame.pages import FramePages
from devstore.frame.storefront import Storefront
from devstore.seed.fill import SeedFacts, fill
from devstore.services import Services
from devstore.shoppers import Shoppers
from devstore.store import Store
from devstore.webhooks.courier import Courier, Delivery


class Devstore:
    """An ASGI app that may be mounted under a path. `start` and `stop` frame its background deliveries;
    a server that runs the app by itself calls them through the lifespan protocol.
    """

    def __init__(self, config: DevstoreConfig, controls: DemoControls | None) -> None:
        database = Database(config.database)
        self.config = config
        self.services = Services(
            config=config,
            database=database,
            courier=Courier(database, config),
            buckets=Buckets(),
            faults=FaultsByShop(),
        )
        pages = FramePages(self.services, controls)
        self._app = Starlette(
            routes=[
                *pages.routes(),
                *AppProxy(self.services).routes(),
                *Storefront(self.services).routes(),
                *ShopApi(self.services).routes(),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self._app(scope, receive, send)

    def start(self) -> None:
        """Begin to deliver webhooks, in a thread of the devstore's own."""
        self.services.courier.start(self.do_chores)

    def stop(self) -> None:
        self.services.courier.stop()

    def close(self) -> None:
        """Stop, and close the file."""
        self.stop()
        self.services.database.close()

    def seed(self, shop: str | None = None) -> SeedFacts:
        """Fill a shop, the configured one unless named, with the demo's customers and their purchases."""
        return fill(self.store(shop))

    def reset(self, *, empty: bool = False) -> None:
        """Forget all shops, tokens and webhooks; seed the configured shop again unless `empty`."""
        self.services.database.empty()
        self.services.buckets.by_shop.clear()
        self.services.faults.clear()
        if not empty:
            self.seed()

    def store(self, shop: str | None = None) -> Store:
        return self.services.store(shop or self.config.shop)

    def shoppers(self, shop: str | None = None) -> Shoppers:
        return self.services.shoppers(shop or self.config.shop)

    def deliver_due(self) -> int:
        """Send, here and now, the webhooks that are due; for tests that do not `start` the thread."""
        return self.services.courier.deliver_due()

    def deliveries(self, shop: str | None = None) -> list[Delivery]:
        return self.services.courier.log(shop)

    def do_chores(self) -> None:
        """What the background thread does beside deliveries: finish bulk operations that nobody polls."""
        shops = self.services.database.rows("SELECT shop FROM shops")
        for row in shops:
            complete_unwatched(self.store(row["shop"]), self.services.courier)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message: Message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def create_devstore(
    config: DevstoreConfig, controls: DemoControls | None = None, *, empty: bool = False
) -> Devstore:
    """A devstore on `config.database`; a new file is seeded unless `empty`. Without `controls` there is no demo bar."""
    devstore = Devstore(config, controls)
    if not empty and devstore.store().customers.count() == 0:
        devstore.seed()
    return devstore
