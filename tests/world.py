"""A small world: a house on a real database, two shops, and time that stands still until it is told."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text

from plugin.clock import FixedClock
from plugin.core.events import CustomerEvent
from plugin.core.flows import FLOWS
from plugin.core.keys import shop_id_of
from plugin.core.messages import Attempt, Message, Outcome, Phase
from plugin.pipeline.ingest import Ingested, Origin, ingest
from plugin.settings import Settings
from plugin.shopify.fake import FakeAdmin
from plugin.shopify.fake_shop import FakeShop
from plugin.store import flows, shops
from plugin.store.unit_of_work import Database
from plugin.wiring import House, build_house, migrate
from plugin.worker import tick
from tests.builders import NOW

SHOP = "first.myshopify.com"
OTHER_SHOP = "second.myshopify.com"
API_KEY = "0123456789abcdef0123456789abcdef"
API_SECRET = "shpss_a-secret-that-is-only-used-in-tests"
SENT = Attempt(outcome=Outcome.SENT, phase=Phase.ANSWERED, reason="smtp_250")

Answer = Callable[[Message], Attempt]


@dataclass
class RecordingChannel:
    """A channel that remembers what it was given and answers as it is told; sent unless told otherwise."""

    sent: list[Message] = field(default_factory=list)
    answers: list[Attempt | BaseException] = field(default_factory=list)
    taken: dict[str, bool] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return "email"

    def send(self, message: Message, now: datetime) -> Attempt:  # noqa: ARG002  # the protocol's shape
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else SENT
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def was_taken(self, effect_key: str) -> bool | None:
        """What the provider says of a doubt, if this test lets it say anything."""
        return self.taken.get(effect_key)


@dataclass
class World:
    house: House
    clock: FixedClock
    mail: RecordingChannel
    admin: FakeAdmin
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def database(self) -> Database:
        return self.house.database

    @property
    def shop_id(self) -> int:
        return shop_id_of(SHOP)

    def shop(self, domain: str = SHOP) -> shops.Shop:
        with self.database.reading(shop_id_of(domain)) as unit:
            return shops.get(unit)

    def install(self, domain: str = SHOP, *, flows_on: bool = True) -> None:
        """The shop as it is after the merchant's first visit, with every flow on."""
        with self.database.unit(shop_id_of(domain)) as unit:
            shops.ensure(unit, domain, salt=f"salt of {domain}")
            shops.set_state(
                unit,
                shops.INSTALLED,
                at=self.clock.at,
                reason="test",
                author="test",
                generation=1,
                installed_at=self.clock.at,
                name=domain.partition(".")[0].title(),
                currency="EUR",
                url=f"https://{domain}",
                postal_address="1 Main Street, 10115 Berlin",
            )
            if flows_on:
                for flow in FLOWS:
                    flows.turn(unit, flow.id, is_on=True, at=self.clock.at - timedelta(days=1), author="test")

    def hear(self, *facts: CustomerEvent, domain: str = SHOP, origin: Origin = "live") -> Ingested:
        """Take facts in, as the projector does once they are understood."""
        with self.database.unit(shop_id_of(domain)) as unit:
            return ingest(unit, shops.get(unit), facts, now=self.clock.at, origin=origin)

    def pass_time(self, by: timedelta) -> None:
        """Let time go by, then do all that has become due."""
        self.clock.at += by
        tick(self.house.tools, self.clock.at)

    def rows(self, sql: str, **parameters: Any) -> Sequence[Any]:
        """What a query says of the first shop, which it must name as `:shop_id`."""
        with self.database.reading(self.shop_id) as unit:
            return unit.connection.execute(text(sql), {"shop_id": self.shop_id, **parameters}).all()

    def close(self) -> None:
        self.house.close()


def a_world(database_url: str, *, at: datetime = NOW, migrated: bool = False) -> World:
    """An empty house; `install` puts shops into it."""
    clock = FixedClock(at)
    mail = RecordingChannel()
    admin = FakeAdmin({shop_id_of(domain): FakeShop(domain=domain) for domain in (SHOP, OTHER_SHOP)})
    house = build_house(settings(database_url), clock, api=admin, channel=mail)
    if not migrated:
        migrate(house.stores)
    return World(house=house, clock=clock, mail=mail, admin=admin)


def settings(database_url: str, **more: str) -> Settings:
    return Settings.model_validate(
        {
            "DATABASE_URL": database_url,
            "SHOPIFY_API_KEY": API_KEY,
            "SHOPIFY_API_SECRET": API_SECRET,
            "REGULARS_APP_URL": "https://app.example.com",
            "REGULARS_SECRET_KEYS": "a key that is long enough for tests",
            "SMTP_URL": "smtp://127.0.0.1:9?starttls=never",
            "REGULARS_MAIL_FROM": "hello@example.com",
            **more,
        }
    )


def signed(body: bytes, *, secret: str = API_SECRET) -> str:
    """The value of X-Shopify-Hmac-Sha256 for `body`."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def webhook(
    topic: str, body: Any, *, delivery_id: str, shop: str = SHOP, at: datetime = NOW
) -> dict[str, Any]:
    """Headers and bytes of one delivery, as httpx wants them."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": signed(raw),
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": delivery_id,
        "X-Shopify-Event-Id": f"event-{delivery_id}",
        "X-Shopify-Triggered-At": at.isoformat(),
        "Content-Type": "application/json",
    }
    return {"content": raw, "headers": headers}
