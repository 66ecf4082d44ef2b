"""The product as the world meets it: a webhook comes in at one end, a mail goes out at the other."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from devstore import id_tokens
from plugin.core.messages import Attempt, Message
from plugin.store import schema, shops
from plugin.wiring import build_house
from plugin.worker import tick
from tests.builders import DAY, HOUR, MINA, MINUTE, NOW
from tests.http.conftest import visiting
from tests.pipeline.stories import abandons, mina, orders
from tests.webhooks.shopify_bodies import a_checkout, a_consent, a_customer
from tests.world import API_KEY, API_SECRET, OTHER_SHOP, SENT, SHOP, World, a_world, webhook

pytestmark = pytest.mark.anyio

PROBES = ("/healthz", "/readyz", "/metrics")
ADA = "ada@example.com"


async def abandon(client: httpx.AsyncClient, world: World, *, shop: str = SHOP) -> None:
    """Ada, who said yes to mail, leaves a checkout; Shopify tells us in its own words."""
    at = world.clock.at
    facts = {
        "customers/update": a_customer(updated_at=at.isoformat()),
        "customers_email_marketing_consent/update": a_consent(at=(at - DAY).isoformat()),
        "checkouts/update": a_checkout(
            created_at=at.isoformat(),
            updated_at=at.isoformat(),
            email="Ada@Example.com",
            customer_locale="en",
        ),
    }
    for number, (topic, body) in enumerate(facts.items()):
        delivery = webhook(topic, body, delivery_id=f"delivery-{number}", shop=shop, at=at)
        answer = await client.post("/webhooks/shopify", **delivery)
        assert answer.status_code == 200


def unsubscribe_path(message: Message) -> str:
    return urlsplit(message.unsubscribe_url or "").path


def test_nobody_but_the_second_shop_is_the_second_shop(world: World) -> None:
    assert world.shop(OTHER_SHOP).domain == OTHER_SHOP


async def test_a_webhook_becomes_a_mail(world: World) -> None:
    async with visiting(world) as client:
        await abandon(client, world)
        world.pass_time(59 * MINUTE)
        assert world.mail.sent == []
        world.pass_time(MINUTE)

    assert [message.to for message in world.mail.sent] == [ADA]
    assert "https://tea-house.example/checkouts/checkout-1/recover?key=secret" in world.mail.sent[0].text
    others = world.rows("SELECT count(*) AS n FROM customers WHERE shop_id != :shop_id")
    assert others[0].n == 0


async def test_the_same_delivery_twice_is_one_mail(world: World) -> None:
    async with visiting(world) as client:
        await abandon(client, world)
        await abandon(client, world)
        world.pass_time(HOUR)
        await abandon(client, world)
        world.pass_time(MINUTE)
    assert len(world.mail.sent) == 1


async def test_looking_at_the_unsubscribe_page_changes_nothing(world: World) -> None:
    async with visiting(world) as client:
        await abandon(client, world)
        world.pass_time(HOUR)
        path = unsubscribe_path(world.mail.sent[0])
        before = everything(world)
        statuses = {
            method: (await client.request(method, path)).status_code
            for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
        }
        page = await client.get(path)
        assert everything(world) == before
        world.pass_time(23 * HOUR)

    assert statuses == {"GET": 200, "HEAD": 200, "OPTIONS": 404, "PUT": 404, "DELETE": 404}
    assert '<form method="post"' in page.text
    assert ADA not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert len(world.mail.sent) == 2


async def test_one_post_unsubscribes_and_tells_shopify(world: World) -> None:
    async with visiting(world) as client:
        await abandon(client, world)
        world.pass_time(HOUR)
        path = unsubscribe_path(world.mail.sent[0])
        one_click = await client.post(path, data={"List-Unsubscribe": "One-Click"})
        again = await client.post(path)
        world.pass_time(30 * DAY)

    assert (one_click.status_code, again.status_code) == (200, 200)
    assert len(world.mail.sent) == 1
    written = world.rows("SELECT state FROM outbox WHERE shop_id = :shop_id AND kind = 'consent_write_back'")
    assert len(written) == 1
    assert "unsubscribed" in {
        row.state for row in world.rows("SELECT state FROM consent_proofs WHERE shop_id = :shop_id")
    }


async def test_links_that_we_did_not_make_get_one_neutral_page(world: World) -> None:
    async with visiting(world) as client:
        await abandon(client, world)
        world.pass_time(HOUR)
        token = unsubscribe_path(world.mail.sent[0]).removeprefix("/u/")
        signer = world.house.signer
        forged = {
            "flipped": token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
            "cut": token[:-4],
            "longer": token + "AAAA",
            "empty bytes": "AAAA",
            "of another purpose": signer.sign("preferences", (world.shop_id, 1)),
            "no ids": signer.sign("unsubscribe", b"12"),
            "very long": "A" * 5000,
            "of an unknown shop": signer.sign("unsubscribe", (12, 1)),
            "too many ids": signer.sign("unsubscribe", (world.shop_id, 1, 2)),
        }
        before = everything(world)
        pages = set()
        for name, bad in forged.items():
            for method in ("GET", "POST"):
                answer = await client.request(method, f"/u/{bad}")
                assert answer.status_code == 404, name
                pages.add(answer.text)
        assert everything(world) == before
    assert len(pages) == 1


async def test_a_mail_in_the_readers_language_leads_to_a_page_in_it(world: World) -> None:
    async with visiting(world) as client:
        await abandon(client, world)
        world.pass_time(HOUR)
        unknown = await client.get("/u/AAAA", headers={"Accept-Language": "fa-IR,fa;q=0.9"})
    assert '<html lang="fa" dir="rtl"' in unknown.text


async def test_probes_tell_operators_how_it_stands(world: World) -> None:
    async with visiting(world) as client:
        await abandon(client, world)
        assert [(await client.get(path)).status_code for path in PROBES] == [200, 200, 200]
        assert [(await client.head(path)).status_code for path in PROBES] == [200, 200, 200]
        counts = (await client.get("/metrics")).text
        assert 'regulars_inbox{state="received"} 3' in counts
        assert ADA not in counts
        assert SHOP not in counts


async def test_readiness_ends_when_due_work_waits_for_a_worker(world: World) -> None:
    async with visiting(world) as client:
        world.hear(*mina(), abandons())
        world.clock.at += HOUR + 9 * MINUTE
        assert (await client.get("/readyz")).status_code == 200
        world.clock.at += 2 * MINUTE
        stale = await client.get("/readyz")
        assert (stale.status_code, stale.text) == (503, "due work is stale: is a worker running?")
        assert (await client.get("/healthz")).status_code == 200
        world.pass_time(timedelta(0))
        assert (await client.get("/readyz")).status_code == 200


async def test_readiness_ends_with_another_schema(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = 'old'"))
    async with visiting(world) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "regulars migrate" in answer.text
    assert schema.revision(world.database.engine, "main") == "old"


@pytest.mark.parametrize(
    "path", ["/no/such/page", "/app/no-such-page", "/webhooks/elsewhere", "/u/", "/docs"]
)
async def test_an_unknown_address_is_a_page_that_says_nothing_internal(world: World, path: str) -> None:
    async with visiting(world) as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert "plugin" not in answer.text


async def test_a_stranger_sees_no_page_of_the_admin(world: World) -> None:
    async with visiting(world) as client:
        for path in ("/", "/app", "/app/segments", "/app/flows", "/app/customers", "/app/settings"):
            bounced = await client.get(path)
            assert bounced.status_code == 302
            assert urlsplit(bounced.headers["location"]).path == "/auth/patch-id-token"
            refused = await client.get(path, headers={"Authorization": "Bearer not.a.token"})
            assert refused.status_code == 401
            assert "set-cookie" not in refused.headers


async def test_the_merchant_sees_their_own_shop_and_no_other(world: World) -> None:
    world.hear(*mina())
    token = id_tokens.mint(shop=OTHER_SHOP, api_key=API_KEY, api_secret=API_SECRET, now=world.clock.at)
    async with visiting(world, headers={"Authorization": f"Bearer {token}"}) as client:
        for path in ("/", "/app/segments", "/app/flows", "/app/customers", "/app/settings"):
            page = await client.get(path)
            assert page.status_code == 200
            assert MINA not in page.text
            assert SHOP not in page.text
            assert (
                f"frame-ancestors https://{OTHER_SHOP} https://admin.shopify.com"
                in (page.headers["content-security-policy"])
            )


async def test_what_came_before_the_shop_was_installed_is_understood_after(database_url: str) -> None:
    world = a_world(database_url)
    try:
        async with visiting(world) as client:
            await abandon(client, world)
            tick(world.house.tools, world.clock.at)
            assert world.shop().state == shops.PENDING
            waiting = world.house.stores.inbox.counts(world.shop_id)
            assert {state: count for state, count in waiting.items() if count} == {"ignored": 3}

            world.install(SHOP)
            world.house.stores.inbox.reopen(world.shop_id, reason="shop_not_installed")
            world.pass_time(HOUR)
        assert [message.to for message in world.mail.sent] == [ADA]
    finally:
        world.close()


async def test_the_house_can_be_left_and_entered_again_in_the_middle(database_url: str) -> None:
    first = a_world(database_url)
    first.install(SHOP)
    async with visiting(first) as client:
        await abandon(client, first)
    first.close()  # acknowledged, not understood

    second = a_world(database_url)
    second.pass_time(HOUR)
    assert len(second.mail.sent) == 1
    second.close()

    third = a_world(database_url, at=NOW + HOUR)
    third.pass_time(23 * HOUR)
    assert len(third.mail.sent) == 1
    third.hear(orders(at=third.clock.at))
    third.close()


class _PowerCutError(BaseException):
    """The process is gone: nothing after this runs in it."""


async def test_a_process_that_dies_on_the_wire_leaves_a_doubt_and_never_a_second_mail(
    database_url: str,
) -> None:
    first = a_world(database_url)
    first.install(SHOP)
    first.hear(*mina(), abandons())
    first.clock.at += HOUR
    first.mail.answers.append(_PowerCutError())
    with pytest.raises(_PowerCutError):
        tick(first.house.tools, first.clock.at)
    assert [row.state for row in first.rows("SELECT state FROM outbox WHERE shop_id = :shop_id")] == ["wire"]
    first.close()

    second = a_world(database_url, at=NOW + HOUR)
    try:
        second.pass_time(16 * MINUTE)
        found = second.rows("SELECT state, reason FROM outbox WHERE shop_id = :shop_id")
        assert [(row.state, row.reason) for row in found] == [("in_doubt", "cut_off_on_the_wire")]
        for _ in range(10):
            second.pass_time(2 * HOUR)
        assert [message for message in second.mail.sent if message.effect_key.endswith("reminder_1")] == []
    finally:
        second.close()


async def test_no_transaction_is_open_while_a_mail_is_on_the_wire(world: World) -> None:
    """On SQLite there is one writer: were a unit open, this one could not begin."""

    class Writing:
        id = "email"

        def send(self, message: Message, now: datetime) -> Attempt:
            with world.database.unit(world.shop_id) as unit:
                shops.record_change(unit, change="sending", at=now, reason="test", author=message.channel)
            return SENT

        def was_taken(self, effect_key: str) -> bool | None:  # noqa: ARG002  # the protocol's shape
            return None

    world.house.close()
    channel = Writing()
    house = build_house(world.house.settings, world.clock, api=world.admin, channel=channel)
    world.house = house
    world.hear(*mina(), abandons())
    world.pass_time(HOUR)
    written = world.rows("SELECT author FROM shop_changes WHERE shop_id = :shop_id AND change = 'sending'")
    assert [row.author for row in written] == ["email"]


def everything(world: World) -> list[str]:
    """The whole main database, as statements."""
    path = str(world.database.engine.url.database)
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())
