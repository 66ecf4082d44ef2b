"""A devstore to talk to, its clock, and two shops in it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from devstore import DemoControls, Devstore, DevstoreConfig, create_devstore, id_tokens

SHOP = "regulars-demo.myshopify.com"
OTHER = "other-records.myshopify.com"
KEY, SECRET = "demo-key", "demo-secret-that-is-long-enough-for-hs256"
BASE = "http://devstore.test/devstore"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:id_token"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(slots=True)
class World:
    devstore: Devstore
    clock: Clock
    http: httpx.AsyncClient

    def id_token(self, shop: str = SHOP, *, secret: str = SECRET) -> str:
        return id_tokens.mint(shop=shop, api_key=KEY, api_secret=secret, now=self.clock())

    async def exchange(self, shop: str = SHOP, **fields: str) -> httpx.Response:
        wanted = {
            "client_id": KEY,
            "client_secret": SECRET,
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": self.id_token(shop),
            "subject_token_type": ID_TOKEN_TYPE,
            "expiring": "1",
        }
        return await self.http.post(f"/{shop}/admin/oauth/access_token", data=wanted | fields)

    async def refresh(self, token: str, shop: str = SHOP) -> httpx.Response:
        fields = {
            "client_id": KEY,
            "client_secret": SECRET,
            "grant_type": "refresh_token",
            "refresh_token": token,
        }
        return await self.http.post(f"/{shop}/admin/oauth/access_token", data=fields)

    async def access(self, shop: str = SHOP) -> str:
        return str((await self.exchange(shop)).json()["access_token"])

    async def post(self, query: str, token: str, /, shop: str = SHOP, **variables: Any) -> httpx.Response:
        return await self.http.post(
            f"/{shop}/admin/api/2026-10/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": token},
        )

    async def ask(self, query: str, /, shop: str = SHOP, **variables: Any) -> dict[str, Any]:
        """The whole JSON answer to a query, asked with a fresh token."""
        answer = await self.post(query, await self.access(shop), shop, **variables)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def data(self, query: str, /, shop: str = SHOP, **variables: Any) -> dict[str, Any]:
        body = await self.ask(query, shop, **variables)
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    def bodies(self, topic: str, shop: str = SHOP) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.devstore.deliveries(shop) if one.topic == topic]

    def topics(self, shop: str = SHOP) -> list[str]:
        return [one.topic for one in self.devstore.deliveries(shop)]


def a_world(*, empty: bool = True, controls: DemoControls | None = None, **settings: Any) -> World:
    clock = Clock()
    values: dict[str, Any] = {
        "shop": SHOP,
        "api_key": KEY,
        "api_secret": SECRET,
        "app_url": "http://app.test",
        "base_url": BASE,
        "clock": clock,
    }
    config = DevstoreConfig(**(values | settings))
    devstore = create_devstore(config, controls, empty=empty)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=devstore), base_url="http://devstore.test")
    return World(devstore=devstore, clock=clock, http=http)
