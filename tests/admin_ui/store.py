"""A real, small store behind the real admin: a database, two shops, people whose stories are known."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import FastAPI

from admin_ui.admin import create_admin
from admin_ui.deps import AdminDeps, IdToken, Reads, ShopContext, Writes
from plugin.clock import FixedClock
from plugin.core.deliveries import Delivery
from plugin.core.events import (
    CheckoutChanged,
    ConsentState,
    ContactFacts,
    CustomerEvent,
    OrderChanged,
    Person,
    RefundRecorded,
)
from plugin.core.flows import FLOWS
from plugin.core.keys import fingerprint, shop_id_of
from plugin.core.links import LinkSigner
from plugin.core.messages import Attempt, Outcome, Phase
from plugin.pipeline.advance import advance
from plugin.pipeline.ingest import Origin, ingest
from plugin.pipeline.score import score_shop
from plugin.rendering.render import Renderer
from plugin.shopify.api import AdminApi
from plugin.shopify.fake import FakeAdmin
from plugin.store import customers, flows, imports, outbox, shops
from plugin.store.engine import open_engine
from plugin.store.inbox import InboxStore, inbox_engine, inbox_writer
from plugin.store.schema import migrate
from plugin.store.unit_of_work import Database
from tests.admin_ui.world import OTHER_SHOP, SHOP, RefusedError, Visitor, verify
from tests.builders import DAY, HOUR, MINUTE, NOW, a_checkout, a_consent, a_record, a_refund, an_order

SHOP_ID, OTHER_SHOP_ID = shop_id_of(SHOP), shop_id_of(OTHER_SHOP)
LAN, SARA, OMAR, LATE = 7001, 7002, 7003, 7004
GUEST_EMAIL = "guest@example.com"
SECRET = b"not a secret"


@dataclass(frozen=True, slots=True)
class Store:
    """The database of this world and its clock."""

    database: Database
    inbox: InboxStore
    clock: FixedClock
    url: str
    """Of the database; the inbox lies beside it."""

    def receive(self, *delivery_ids: str, shop: str = SHOP, body: bytes = b"{}") -> None:
        """Let an `orders/create` come in for each id."""
        put_deliveries(self.url, delivery_ids, shop=shop, body=body, at=self.clock.now())

    def fail(self, *delivery_ids: str, reason: str = "duplicate_key", shop: str = SHOP) -> None:
        """Let deliveries come in that cannot be understood."""
        self.receive(*delivery_ids, shop=shop)
        marks = [(shop_id_of(shop), delivery_id, reason) for delivery_id in delivery_ids]
        self.inbox.mark_failed(marks, self.clock.now())

    def hear(self, *facts: CustomerEvent, shop_id: int = SHOP_ID, origin: Origin = "live") -> None:
        with self.database.unit(shop_id) as unit:
            ingest(unit, shops.get(unit), facts, now=self.clock.now(), origin=origin)

    def turn(self, flow_id: str, *, is_on: bool = True, shop_id: int = SHOP_ID) -> None:
        with self.database.unit(shop_id) as unit:
            flows.turn(unit, flow_id, is_on=is_on, at=self.clock.now(), author="test")

    def pass_time(self, by: timedelta) -> None:
        """Move the clock and let the flows decide what is due."""
        self.clock.at += by
        for flow in FLOWS:
            advance(self.database, flow, self.clock.now(), code_secret=SECRET)

    def settle(self, outcome: Outcome, reason: str, *, shop_id: int = SHOP_ID, kind: str = "message") -> int:
        """Let everything that is due on the wire end in `outcome`; returns how many effects that were."""
        now = self.clock.now()
        with self.database.unit(shop_id) as unit:
            due = [effect for effect in outbox.due(unit, now, 100) if effect.kind == kind]
            for effect in due:
                outbox.mark_wire(unit, effect, now=now, lease=timedelta(minutes=1))
                attempt = Attempt(outcome=outcome, phase=Phase.ANSWERED, reason=reason)
                outbox.record(unit, effect, attempt, now=now, retry_at=None)
        return len(due)


def an_empty_store(place: Path | str) -> Store:
    """Two installed shops and nothing else, on SQLite in a folder or at a database URL."""
    url = place if isinstance(place, str) else f"sqlite:///{place / 'regulars.db'}"
    engine, for_inbox = open_engine(url), inbox_engine(url)
    migrate(engine, "main")
    migrate(for_inbox, "inbox")
    store = Store(database=Database(engine), inbox=InboxStore(for_inbox), clock=FixedClock(NOW), url=url)
    for shop_id, domain in ((SHOP_ID, SHOP), (OTHER_SHOP_ID, OTHER_SHOP)):
        with store.database.unit(shop_id) as unit:
            shops.ensure(unit, domain, salt=fingerprint(domain))
            shops.set_state(
                unit, shops.INSTALLED, at=NOW, reason="test", author="test", generation=1, installed_at=NOW
            )
            name = domain.partition(".")[0].title()
            shops.describe(unit, name=name, email="owner@example.com", currency="EUR", timezone="UTC")
    return store


def a_store(place: Path | str) -> Store:
    """A shop with a past, five people and three flows at work; the other shop has nobody.

    Lan was reminded of her checkout and can be mailed; Sara never agreed; Omar earned points and unsubscribed;
    Late bought a long time ago; a guest ordered once.
    """
    store = an_empty_store(place)
    with store.database.unit(SHOP_ID) as unit:
        shops.change_settings(unit, {"postal_address": "1 Lotus Road, Hanoi"}, at=NOW, author="test")
        imports.request(unit, 1, NOW)
        for found in imports.of_shop(unit):
            imports.change(unit, found, state="done", rows_done=4, rows_expected=4, ended_at=NOW, due=None)
    long_ago = NOW - 400 * DAY
    past: list[CustomerEvent] = []
    for shopify_id, name, email in (
        (LAN, "Lan", "lan@example.com"),
        (SARA, "سارا", "sara@example.com"),
        (OMAR, "Omar", "omar@example.com"),
        (LATE, "Late", "late@example.com"),
    ):
        past.append(
            of(shopify_id, a_record(at=long_ago, email=email, first_name=name, shopify_id=shopify_id))
        )
        if shopify_id != SARA:
            past.append(of(shopify_id, a_consent(at=long_ago, source="import")))
    past += [of(LATE, an_order(900, at=NOW - 350 * DAY)), of(LAN, an_order(901, at=NOW - 20 * DAY))]
    store.hear(*past, origin="import")
    score_shop(store.database, SHOP_ID, NOW)
    for flow in FLOWS:
        store.turn(flow.id)
    store.clock.at += MINUTE
    touched = store.clock.now()
    store.hear(
        of(LAN, a_checkout("lan-checkout", at=touched)),
        of(SARA, a_checkout("sara-checkout", at=touched)),
        of(OMAR, an_order(902, at=touched, product_minor=40_000)),
        guest_order(903),
    )
    store.pass_time(HOUR)
    store.settle(Outcome.SENT, "kept")
    store.hear(
        of(OMAR, a_refund(1, order_id=902, at=store.clock.now(), product_minor=10_000)),
        of(OMAR, a_consent(ConsentState.UNSUBSCRIBED, at=store.clock.now(), source="one_click")),
    )
    return store


def of(person: int | Person, fact: CustomerEvent) -> CustomerEvent:
    """`fact`, told of this person, with the links and the id that a translation would give it."""
    known = Person(shopify_id=person) if isinstance(person, int) else person
    links: tuple[str, ...] = ()
    match fact:
        case OrderChanged() | RefundRecorded():
            links = (f"order:{fact.order_id}",)
        case CheckoutChanged():
            links = (f"checkout:{fact.token}",)
        case _:
            pass
    told = replace(fact, person=known, links=links)
    return replace(told, id=fingerprint(repr(told)))


def guest_order(order_id: int) -> CustomerEvent:
    contact = ContactFacts(email=GUEST_EMAIL, first_name="Gül")
    return of(Person(email=GUEST_EMAIL), an_order(order_id, at=NOW, product_minor=1500, contact=contact))


def guest_id_of(store: Store) -> int:
    """The id under which the guest is known."""
    with store.database.reading(SHOP_ID) as unit:
        return customers.find_names(unit, [f"email:{GUEST_EMAIL}"])[f"email:{GUEST_EMAIL}"].customer_id


def put_deliveries(url: str, delivery_ids: Sequence[str], *, shop: str, body: bytes, at: datetime) -> None:
    """Store an `orders/create` for each id, as the door would."""

    async def put() -> None:
        writer = inbox_writer(url)
        await writer.start()
        try:
            for delivery_id in delivery_ids:
                await writer.put(
                    Delivery(
                        shop_id=shop_id_of(shop),
                        shop=shop,
                        topic="orders/create",
                        delivery_id=delivery_id,
                        event_id=None,
                        triggered_at=None,
                        api_version="2026-10",
                        received_at=at,
                        body=body,
                    )
                )
        finally:
            await writer.stop()

    with ThreadPoolExecutor(1) as thread:  # a test in a browser has a loop of its own in this thread
        thread.submit(lambda: asyncio.run(put())).result()


def an_admin(store: Store, *, language: str | None = None) -> Visitor:
    """A visitor to the real pages of `store`."""
    return Visitor(an_app(store, language=language))


def an_app(
    store: Store,
    *,
    language: str | None = None,
    demo_frame: str | None = None,
    shopify: AdminApi | None = None,
) -> FastAPI:
    async def on_verified(_token: str, claims: IdToken) -> ShopContext:
        with store.database.reading(claims.shop_id) as unit:
            shop = shops.get(unit)
        return ShopContext(
            shop_id=shop.shop_id,
            domain=shop.domain,
            name=shop.name,
            currency=shop.currency,
            time_zone=shop.zone.key,
            language=language or shop.admin_language,
        )

    deps = AdminDeps(
        verify=verify,
        refused=RefusedError,
        on_verified=on_verified,
        clock=store.clock,
        reads=Reads(
            database=store.database,
            inbox=store.inbox,
            renderer=Renderer(),
            mail_from="Post room <mail@example.com>",
        ),
        writes=Writes(database=store.database, inbox=store.inbox),
        mode="demo",
        api_key="client-id",
        signer=LinkSigner(["a key that is long enough for tests"]),
        shopify=shopify or FakeAdmin({}),
        app_url="https://app.example",
        demo_frame=demo_frame,
    )
    return create_admin(deps)
