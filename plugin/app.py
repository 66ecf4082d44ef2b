"""The web process: the door for webhooks in front, the admin and the public pages behind it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import anyio.to_thread
from fastapi import FastAPI

from admin_ui.admin import create_admin
from admin_ui.deps import AdminDeps, IdToken, Mode, Reads, ShopContext, ShopUnreachableError, Writes
from plugin import public, storefront
from plugin.shopify import id_token
from plugin.shopify.id_token import IdTokenError, Refusal
from plugin.shopify.tokens import InvalidSubjectToken
from plugin.store.shops import Shop
from plugin.webhooks.receive import FrontDoor
from plugin.wiring import House

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    house: House, *, mode: Mode = "shopify", demo_frame: str | None = None, beside: Lifespan | None = None
) -> FrontDoor:
    """The ASGI application. `beside` runs for as long as it serves: the worker, when both share a process."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if beside is None:
            yield
        else:
            async with beside(app):
                yield

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.house = house
    app.include_router(public.router)
    app.include_router(storefront.router)
    app.mount("", create_admin(_admin_deps(house, mode=mode, demo_frame=demo_frame)))
    settings = house.settings
    return FrontDoor(
        app,
        writer=house.writer,
        secrets=(settings.shopify_api_secret, settings.shopify_api_secret_old),
        clock=house.clock,
    )


def _admin_deps(house: House, *, mode: Mode, demo_frame: str | None) -> AdminDeps:
    settings = house.settings
    secrets = [s for s in (settings.shopify_api_secret, settings.shopify_api_secret_old) if s]

    def verify(token: str, now: datetime) -> IdToken:
        return id_token.verify_id_token(token, api_key=settings.shopify_api_key, secrets=secrets, now=now)

    async def on_verified(token: str, claims: Any) -> ShopContext:
        return await anyio.to_thread.run_sync(_provision, house, token, claims)

    return AdminDeps(
        verify=verify,
        refused=IdTokenError,
        on_verified=on_verified,
        clock=house.clock,
        reads=Reads(
            database=house.database,
            inbox=house.stores.inbox,
            renderer=house.tools.deliverer.stationery.renderer,
            mail_from=settings.mail_from,
        ),
        writes=Writes(database=house.database, inbox=house.stores.inbox),
        mode=mode,
        api_key=settings.shopify_api_key,
        app_url=settings.app_url,
        signer=house.signer,
        shopify=house.tools.reconciler.api,
        demo_frame=demo_frame,
    )


def _provision(house: House, token: str, claims: id_token.IdToken) -> ShopContext:
    """The shop behind the visit; on the first one this installs it through token exchange."""
    answer = house.tools.connector.connect(token, claims, house.clock.now())
    if isinstance(answer, InvalidSubjectToken):
        raise IdTokenError(Refusal.EXPIRED)
    if not isinstance(answer, Shop):
        raise ShopUnreachableError
    return ShopContext(
        shop_id=answer.shop_id,
        domain=answer.domain,
        name=answer.name,
        currency=answer.currency,
        time_zone=answer.zone.key,
        language=answer.admin_language,
    )
