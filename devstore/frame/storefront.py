"""The pages of the storefront that mails lead to: the shelves, and a basket with a button that pays for it."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from devstore.catalogue import PRODUCTS
from devstore.config import SHOP_NAME
from devstore.frame.rendering import page, words_of
from devstore.frame.words import Words
from devstore.services import Services
from devstore.shoppers import ShopperError

_PATH = "/{shop}/checkouts/{token}/recover"


class Storefront:
    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        return [
            Route(_PATH, self.basket, methods=["GET"]),
            Route(_PATH, self.pay, methods=["POST"]),
            Route("/{shop}", self.front, methods=["GET"]),
        ]

    async def front(self, request: Request) -> Response:
        shop = request.path_params["shop"]
        if not SHOP_NAME.fullmatch(shop):
            return Response("There is no such shop.", status_code=404)
        return page(
            "front.html",
            words=words_of(request),
            prefix=self._services.config.prefix,
            name=self._services.store(shop).name,
            products=PRODUCTS,
        )

    async def basket(self, request: Request) -> Response:
        return self._page(request)

    async def pay(self, request: Request) -> Response:
        shop, token = request.path_params["shop"], request.path_params["token"]
        shoppers = self._services.shoppers(shop)
        landing = f"/checkouts/{token}/recover?{request.url.query}"
        try:
            await run_in_threadpool(
                lambda: shoppers.place_order(
                    from_checkout=token,
                    discount_code=request.query_params.get("discount") or None,
                    landing_site=landing,
                )
            )
        except ShopperError:
            return self._page(request, status=409)
        return self._page(request)

    def _page(self, request: Request, *, status: int = 200) -> Response:
        store = self._services.store(request.path_params["shop"])
        checkout = store.checkouts.by_alias(request.path_params["token"])
        words = Words(checkout.locale if checkout else request.query_params.get("lang"))
        return page(
            "basket.html",
            status=status if checkout else 404,
            words=words,
            prefix=self._services.config.prefix,
            name=store.name,
            checkout=checkout,
            discount=request.query_params.get("discount", ""),
            has_failed=status != 200,
        )
