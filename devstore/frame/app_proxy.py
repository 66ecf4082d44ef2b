"""The storefront's app proxy: `/apps/regulars` is fetched from the app and passed on, signed as Shopify signs it.

Who is logged in at the storefront is chosen from a few customers; the app is told by the signed query alone,
because Shopify passes no cookie on, in neither direction.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from devstore.config import SHOP_NAME
from devstore.frame.rendering import page, words_of
from devstore.model import Customer
from devstore.services import Services
from devstore.store import Store

PATH_PREFIX: Final = "/apps/regulars"
_WHO: Final = "devstore_customer"
_TIMEOUT: Final = httpx.Timeout(10.0)  # seconds
_SHOWN: Final = 8  # customers to log in as
_PASSED_ON: Final = ("content-type", "cache-control", "content-security-policy", "referrer-policy")

Pairs = Sequence[tuple[str, str]]


class AppProxy:
    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        return [
            Route(f"/{{shop}}{PATH_PREFIX}", self.pass_on, methods=["GET"]),
            Route(f"/{{shop}}{PATH_PREFIX}/{{path:path}}", self.pass_on, methods=["GET"]),
            Route("/{shop}/account/login", self.choose, methods=["GET"]),
            Route("/{shop}/account/login", self.log_in, methods=["POST"]),
        ]

    async def pass_on(self, request: Request) -> Response:
        config, store = self._services.config, self._store(request)
        if store is None:
            return Response("There is no such shop.", status_code=404)
        visitor = self._who(request, store)
        query = signed(
            parse_qsl(request.url.query, keep_blank_values=True),
            shop=store.shop,
            customer_id=visitor.id if visitor else None,
            timestamp=int(config.clock().timestamp()),
            secret=config.api_secret,
        )
        rest = request.url.path.partition(PATH_PREFIX)[2]
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
                answer = await client.get(f"{config.app_url}/proxy{rest}?{query}")
        except httpx.HTTPError:
            return Response("The app does not answer.", status_code=502)
        headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        return Response(answer.content, status_code=answer.status_code, headers=headers)

    async def choose(self, request: Request) -> Response:
        store = self._store(request)
        if store is None:
            return Response("There is no such shop.", status_code=404)
        recent = store.orders.where("owner IS NOT NULL", order="created_at DESC", limit=10 * _SHOWN)
        ids = dict.fromkeys(order.customer_id for order in recent if order.customer_id is not None)
        found = (store.customers.get(customer_id) for customer_id in list(ids)[:_SHOWN])
        return page(
            "login.html",
            words=words_of(request),
            prefix=self._services.config.prefix,
            name=store.name,
            customers=[customer for customer in found if customer is not None],
            chosen=self._who(request, store),
        )

    async def log_in(self, request: Request) -> Response:
        store = self._store(request)
        if store is None:
            return Response("There is no such shop.", status_code=404)
        wanted = dict(parse_qsl((await request.body()).decode("ascii", "replace"))).get("customer", "")
        customer = store.customers.get(int(wanted)) if wanted.isdecimal() else None
        root = f"{self._services.config.prefix}/{store.shop}"
        language = words_of(request).language
        back = RedirectResponse(f"{root}{PATH_PREFIX}?{urlencode({'locale': language})}", status_code=303)
        if customer is None:
            back.delete_cookie(_WHO, path=root)
        else:
            back.set_cookie(_WHO, str(customer.id), path=root, httponly=True, samesite="lax")
        return back

    def _store(self, request: Request) -> Store | None:
        shop = request.path_params["shop"]
        return self._services.store(shop) if SHOP_NAME.fullmatch(shop) else None

    def _who(self, request: Request, store: Store) -> Customer | None:
        chosen = request.cookies.get(_WHO, "")
        return store.customers.get(int(chosen)) if chosen.isdecimal() else None


def signed(asked: Pairs, *, shop: str, customer_id: int | None, timestamp: int, secret: str) -> str:
    """The query that the app gets: what the visitor `asked`, what Shopify adds, and the signature of it all."""
    pairs = [
        *asked,
        ("shop", shop),
        ("logged_in_customer_id", "" if customer_id is None else str(customer_id)),
        ("path_prefix", PATH_PREFIX),
        ("timestamp", str(timestamp)),
    ]
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    text = "".join(sorted(f"{name}={','.join(several)}" for name, several in values.items()))
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return urlencode([*pairs, ("signature", digest)])
