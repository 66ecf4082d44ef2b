"""A day of a shop, good and bad, in which every personal thing is a canary; none of them may be heard in the log."""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from devstore import id_tokens
from plugin.core.messages import Attempt, Outcome, Phase
from plugin.jobs.process_inbox import process_inbox
from plugin.logs import set_up_logging
from plugin.store.tables import CustomerRow
from plugin.store.unit_of_work import Unit
from tests.builders import DAY, HOUR
from tests.http.conftest import visiting
from tests.pipeline.door import a_delivery, store
from tests.webhooks.shopify_bodies import (
    a_cart,
    a_checkout,
    a_consent,
    a_customer,
    a_customer_redact,
    a_data_request,
    an_order,
)
from tests.world import API_KEY, API_SECRET, OTHER_SHOP, SHOP, World, a_world, webhook

pytestmark = pytest.mark.anyio

_KINDS = (
    "mail", "first", "last", "phone", "street", "city", "zip", "company", "note", "url", "cart", "checkout",
    "agent", "landing", "title", "code", "tag", "asked", "erased", "search", "header", "query", "bearer", "path",
    "bounced",
)  # fmt: skip
CANARY = {kind: f"canary{number:02}{kind}" for number, kind in enumerate(_KINDS)}
MAIL = f"{CANARY['mail']}@example.com"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    made = a_world(request.getfixturevalue(fixture), migrated=request.param != "sqlite")
    made.install(SHOP)
    made.install(OTHER_SHOP)
    yield made
    made.close()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What is printed, and the log as it is in production at its most talkative."""
    paper = StringIO()
    monkeypatch.setattr(sys, "stderr", paper)
    monkeypatch.setattr(sys, "stdout", paper)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "alembic", "apscheduler")}
    set_up_logging("json")
    root.setLevel(logging.DEBUG)
    yield paper
    root.handlers, root.level = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def personal(**changes: Any) -> dict[str, Any]:
    address = {
        "address1": CANARY["street"],
        "city": CANARY["city"],
        "zip": CANARY["zip"],
        "company": CANARY["company"],
        "phone": CANARY["phone"],
        "country_code": "DE",
    }
    return {
        "email": MAIL,
        "first_name": CANARY["first"],
        "last_name": CANARY["last"],
        "note": CANARY["note"],
        "tags": CANARY["tag"],
        "default_address": address,
    } | changes


def an_order_of_hers(**changes: Any) -> dict[str, Any]:
    customer = {"id": a_customer()["id"], **personal()}
    return (
        an_order(
            customer=customer,
            contact_email=MAIL,
            email=MAIL,
            note=CANARY["note"],
            landing_site=f"/{CANARY['landing']}",
            client_details={"user_agent": CANARY["agent"]},
            discount_codes=[{"code": CANARY["code"], "amount": "1.00", "type": "fixed_amount"}],
            cart_token=CANARY["cart"],
        )
        | changes
    )


def good_day(world: World) -> list[tuple[str, Any]]:
    at = world.clock.at
    asking, leaving = (
        {"id": number, "email": f"{CANARY[kind]}@example.com"}
        for number, kind in ((5, "asked"), (6, "erased"))
    )
    line = a_checkout()["line_items"][0] | {"title": CANARY["title"]}
    return [
        ("customers/update", a_customer(**personal(), updated_at=at.isoformat())),
        (
            "customers_email_marketing_consent/update",
            a_consent(at=(at - DAY).isoformat()) | {"email_address": MAIL},
        ),
        ("carts/update", a_cart(token=CANARY["cart"])),
        (
            "checkouts/update",
            a_checkout(
                email=MAIL,
                token=CANARY["checkout"],
                line_items=[line],
                abandoned_checkout_url=f"https://shop.example/{CANARY['url']}",
                updated_at=at.isoformat(),
                created_at=at.isoformat(),
            ),
        ),
        ("customers/data_request", a_data_request(shop_domain=SHOP, customer=asking)),
        ("customers/redact", a_customer_redact(shop_domain=SHOP, customer=leaving)),
    ]


def bad_day() -> list[tuple[str, bytes]]:
    order = json.dumps(an_order_of_hers()).encode()
    return [
        ("orders/create", order[:-20] + b"}"),
        ("orders/create", b'{"email": "%s", "email": "%s"}' % (MAIL.encode(), MAIL.encode())),
        ("orders/create", b'{"email": "%s", "total": NaN}' % MAIL.encode()),
        ("orders/create", b'{"email": "%s", "n": %s}' % (MAIL.encode(), b"9" * 5000)),
        ("orders/create", b'{"email": "%s", "x": %s1%s}' % (MAIL.encode(), b"[" * 5000, b"]" * 5000)),
        ("orders/create", b'{"email": "%s\xff"}' % MAIL.encode()),
        ("orders/create", json.dumps(personal()).encode()),
        ("orders/create", json.dumps(an_order_of_hers(total_price_set=MAIL, processed_at=MAIL)).encode()),
        ("orders/create", json.dumps(an_order_of_hers(line_items=[{"price": MAIL}])).encode()),
        ("orders/create", json.dumps(an_order_of_hers(currency=MAIL)).encode()),
        ("customers/update", json.dumps(a_customer(**personal(id=MAIL))).encode()),
        ("customers/update", json.dumps(a_customer(**personal(first_name="\0" + CANARY["first"]))).encode()),
        ("customers/redact", order),
        ("no/such_topic", order),
        ("checkouts/update", json.dumps(a_checkout(email=MAIL, token=[CANARY["checkout"]])).encode()),
    ]


@pytest.mark.parametrize("formatted", [True, False], ids=["our log", "anybody's log"])
def test_a_row_that_does_not_fit_is_named_by_its_delivery_alone(
    world: World,
    heard: StringIO,
    monkeypatch: pytest.MonkeyPatch,
    formatted: bool,  # noqa: FBT001  # a case
) -> None:
    """PostgreSQL's driver quotes the row in the error's DETAIL, SQLAlchemy in its parameters."""
    job = import_module("plugin.jobs.process_inbox")
    raised: list[str] = []

    def misfit(unit: Unit, *_: Any, **__: Any) -> None:
        row = {"shop_id": unit.shop_id, "customer_id": 1, "email": MAIL}
        try:
            unit.connection.execute(insert(CustomerRow), row)
        except IntegrityError as error:
            raised.append(str(error))
            raise

    monkeypatch.setattr(job, "ingest", misfit)
    if not formatted:
        logging.getLogger().handlers[0].setFormatter(logging.Formatter())
    store(world, a_delivery(world, "customers/update", a_customer(**personal())))
    assert process_inbox(world.house.tools, world.clock.at) == 1
    (failed,) = world.house.tools.inbox.failed(world.shop_id, 10)
    if world.database.engine.dialect.name == "postgresql":
        assert MAIL in raised[0], "the driver no longer quotes the row: this test hears nothing"
    said = heard.getvalue()
    assert (
        f"a delivery of customers/update could not be taken in: {failed.delivery_id}, IntegrityError" in said
    )
    assert [kind for kind, canary in CANARY.items() if canary in said] == []


async def test_no_canary_is_heard(world: World, heard: StringIO) -> None:
    assert len(CANARY) == 25
    token = id_tokens.mint(shop=SHOP, api_key=API_KEY, api_secret=API_SECRET, now=world.clock.at)
    async with visiting(world) as client:
        for number, (topic, body) in enumerate([*good_day(world), *bad_day()]):
            sent = webhook(topic, body, delivery_id=f"d{number}", at=world.clock.at)
            assert (await client.post("/webhooks/shopify", **sent)).status_code == 200
            unsigned = {**sent["headers"], "X-Shopify-Hmac-Sha256": CANARY["header"]}
            refused = await client.post("/webhooks/shopify", content=sent["content"], headers=unsigned)
            assert refused.status_code == 401
        whole = webhook("orders/create", an_order_of_hers(), delivery_id="h")
        for name in ("X-Shopify-Topic", "X-Shopify-Webhook-Id", "X-Shopify-Shop-Domain"):
            odd = {**whole["headers"], name: f"{CANARY['header']} {CANARY['header']}"}
            assert (
                await client.post("/webhooks/shopify", content=whole["content"], headers=odd)
            ).status_code == 400
        world.pass_time(timedelta(0))
        for answer in (
            Attempt(outcome=Outcome.SOFT_FAILED, phase=Phase.ENVELOPE, reason="smtp_451"),
            ConnectionError(f"{CANARY['bounced']} <{MAIL}>"),
        ):
            world.mail.answers.append(answer)
        world.pass_time(HOUR)
        world.pass_time(DAY)
        paid = webhook("orders/paid", an_order_of_hers(), delivery_id="paid")
        assert (await client.post("/webhooks/shopify", **paid)).status_code == 200
        world.pass_time(DAY)

        await client.get(f"/u/{CANARY['path']}")
        await client.post(f"/u/{CANARY['path']}", data={"email": MAIL})
        await client.get(f"/app/{CANARY['path']}?q={CANARY['query']}")
        await client.get("/app/customers", headers={"Authorization": f"Bearer {CANARY['bearer']}"})
        mine = {"Authorization": f"Bearer {token}"}
        await client.get("/app/customers", params={"q": CANARY["search"]}, headers=mine)
        await client.get(f"/app/customers/{a_customer()['id']}", headers=mine)
        await client.get("/metrics")
    assert_a_database_error_is_silent(world)

    said = heard.getvalue()
    assert '"level": "warning"' in said, "nothing was logged at all: the test hears nothing"
    assert sorted(kind for kind, canary in CANARY.items() if canary in said) == []


def assert_a_database_error_is_silent(world: World) -> None:
    """Drivers like to repeat the row that did not fit, in the error's own text."""
    with pytest.raises(IntegrityError) as raised, world.database.unit(world.shop_id) as unit:
        unit.connection.execute(
            insert(CustomerRow), {"shop_id": world.shop_id, "customer_id": 1, "email": MAIL}
        )
    logging.getLogger("plugin").error("something failed", exc_info=raised.value)
