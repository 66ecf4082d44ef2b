"""Signed webhooks: the headers, the retries, the bodies."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from devstore.model import ConsentState
from devstore.webhooks.courier import MOST_RETRIES
from tests.devstore.world import OTHER, SECRET, SHOP, World, a_world

SAMPLES = Path("/work/shared/data/webhook_samples")


class Receiver(HTTPServer):
    """An app that writes down what it is sent and answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.arrived = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks/shopify"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.arrived.set()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sending(receiver: Receiver) -> Iterator[World]:
    made = a_world(webhook_url=receiver.url)
    yield made
    made.devstore.close()


def test_a_delivery_is_signed_over_its_raw_body(sending: World, receiver: Receiver) -> None:
    sending.devstore.shoppers().create_customer(first_name="Lê", last_name="نور")
    assert sending.devstore.deliver_due() == 1
    headers, body = receiver.received[0]
    expected = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    assert headers["x-shopify-hmac-sha256"] == expected
    assert headers["x-shopify-topic"] == "customers/create"
    assert headers["x-shopify-shop-domain"] == SHOP
    assert headers["x-shopify-api-version"] == "2026-10"
    assert headers["x-shopify-triggered-at"] == "2026-11-21T10:00:00.000000Z"
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["first_name"] == "Lê"


def test_one_act_shares_an_event_and_no_two_deliveries_share_an_id(
    sending: World, receiver: Receiver
) -> None:
    shoppers = sending.devstore.shoppers()
    customer = shoppers.create_customer()
    shoppers.abandon_checkout(customer.id)
    sending.devstore.deliver_due()
    checkout = [
        headers for headers, _ in receiver.received if headers["x-shopify-topic"] != "customers/create"
    ]
    assert len(checkout) == 4
    assert len({headers["x-shopify-event-id"] for headers in checkout}) == 1
    assert len({headers["x-shopify-webhook-id"] for headers, _ in receiver.received}) == 5


def test_a_refused_delivery_comes_again_eight_times_in_four_hours(sending: World, receiver: Receiver) -> None:
    receiver.status = 503
    sending.devstore.shoppers().create_customer()
    started = sending.clock()
    arrivals: list[timedelta] = []
    while sending.devstore.deliveries()[0].state == "waiting":
        if sending.devstore.deliver_due():
            arrivals.append(sending.clock() - started)
        sending.clock.move(seconds=10)
    assert len(receiver.received) == 1 + MOST_RETRIES
    assert len({headers["x-shopify-webhook-id"] for headers, _ in receiver.received}) == 1
    assert len({body for _, body in receiver.received}) == 1
    assert timedelta(hours=3, minutes=59) < arrivals[-1] < timedelta(hours=4, minutes=5)
    assert sending.devstore.deliveries()[0].state == "failed"


@pytest.mark.parametrize("status", [301, 401, 500])
def test_anything_but_2xx_is_a_failure_that_a_later_2xx_mends(
    sending: World, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    sending.devstore.shoppers().create_customer()
    sending.devstore.deliver_due()
    assert sending.devstore.deliveries()[0].answer == status
    receiver.status = 204
    sending.clock.move(minutes=1)
    sending.devstore.deliver_due()
    assert (sending.devstore.deliveries()[0].state, sending.devstore.deliveries()[0].tries) == (
        "delivered",
        2,
    )


def test_an_app_that_is_down_is_tried_again() -> None:
    world = a_world(webhook_url="http://127.0.0.1:9/webhooks")
    world.devstore.shoppers().create_customer()
    world.devstore.deliver_due()
    one = world.devstore.deliveries()[0]
    assert (one.state, one.answer, one.tries) == ("waiting", None, 1)
    world.devstore.close()


def test_the_thread_delivers_by_itself(sending: World, receiver: Receiver) -> None:
    sending.devstore.start()
    sending.devstore.shoppers().create_customer()
    assert receiver.arrived.wait(5)


def test_what_was_not_delivered_survives_the_process(tmp_path: Path, receiver: Receiver) -> None:
    first = a_world(webhook_url=receiver.url, database=tmp_path / "devstore.db")
    first.devstore.shoppers().create_customer()
    second = a_world(webhook_url=receiver.url, database=tmp_path / "devstore.db")
    assert second.devstore.deliver_due() == 1
    assert receiver.received[0][0]["x-shopify-topic"] == "customers/create"
    first.devstore.close()
    second.devstore.close()


def test_a_removed_app_hears_of_nothing_but_the_law(world: World) -> None:
    shoppers = world.devstore.shoppers()
    customer = shoppers.create_customer()
    shoppers.uninstall()
    shoppers.abandon_checkout(customer.id)
    shoppers.data_request(customer.id)
    shoppers.redact(customer.id)
    shoppers.redact_shop()
    assert world.topics()[1:] == [
        "app/uninstalled",
        "customers/data_request",
        "customers/redact",
        "shop/redact",
    ]


def _everything(world: World) -> None:
    """Every act of the shoppers once, so that each topic has a body."""
    shoppers = world.devstore.shoppers()
    customer = shoppers.create_customer(consent=ConsentState.SUBSCRIBED)
    left = shoppers.abandon_checkout(customer.id)
    order = shoppers.place_order(from_checkout=left.token)
    shoppers.refund(order.id, 100)
    shoppers.fulfil(order.id)
    shoppers.deliver(order.id)
    shoppers.cancel(order.id)
    for_cash = shoppers.place_order(customer.id, cash_on_delivery=True)
    shoppers.fulfil(for_cash.id)
    shoppers.refuse(for_cash.id)
    shoppers.deliver(for_cash.id)
    shoppers.delete_order(for_cash.id)
    shoppers.tag(customer.id, "vip", "press")
    shoppers.untag(customer.id, "press")
    shoppers.merge_customers(customer.id, shoppers.create_customer().id)
    shoppers.sell_out(0)
    shoppers.restock(0)
    shoppers.unpublish(1)
    shoppers.delete_product(2)
    shoppers.delete_checkout(shoppers.abandon_checkout(customer.id).token)
    shoppers.data_request(customer.id)
    shoppers.delete_customer(shoppers.create_customer().id)
    shoppers.redact(customer.id)
    shoppers.uninstall()
    shoppers.redact_shop()


# What Shopify's sample has and a real body of an ordinary shop does not need to have.
_SAMPLE_ONLY: dict[str, set[str]] = {
    "app/uninstalled": {
        "google_apps_domain", "google_apps_login_enabled", "has_discounts", "has_gift_cards", "has_storefront",
        "auto_configure_tax_inclusivity", "checkout_api_supported", "county_taxes", "eligible_for_payments", "finances",
        "marketing_sms_consent_enabled_at_checkout", "money_in_emails_format", "money_with_currency_in_emails_format",
        "multi_location_enabled", "password_enabled", "pre_launch_enabled", "primary_location_id",
        "requires_extra_payments_agreement", "setup_required", "tax_shipping", "taxes_included",
        "transactional_sms_disabled",
    },
}  # fmt: skip


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded samples are not on this machine")
def test_every_body_has_the_keys_and_types_of_shopifys_sample(world: World) -> None:
    _everything(world)
    topics = dict.fromkeys(world.topics())
    assert len(topics) >= 30
    for topic in topics:
        sample = json.loads((SAMPLES / f"{topic.replace('/', '__')}.json").read_text(encoding="utf-8"))
        for body in world.bodies(topic):
            missing = set(sample) - set(body) - _SAMPLE_ONLY.get(topic, set())
            assert missing == set(), topic
            _assert_alike(sample, body, topic)


def _assert_alike(sample: Any, body: Any, where: str) -> None:
    """What both have is of one type, wherever neither is null."""
    if isinstance(sample, dict) and isinstance(body, dict):
        for name in set(sample) & set(body):
            _assert_alike(sample[name], body[name], f"{where}.{name}")
    elif isinstance(sample, list) and isinstance(body, list):
        if sample and body:
            _assert_alike(sample[0], body[0], f"{where}[]")
    elif sample is not None and body is not None:
        assert type(sample) is type(body), where


def test_bodies_name_no_more_than_shopify_does_now(world: World) -> None:
    _everything(world)
    for body in world.bodies("customers/create"):
        assert {"tags", "orders_count", "total_spent", "email_marketing_consent"} & set(body) == set()
    for body in world.bodies("checkouts/create"):
        assert "id" not in body
        assert body["abandoned_checkout_url"].startswith("http://devstore.test/devstore/")
    for body in world.bodies("orders/create"):
        assert "checkout_id" not in body
    for body in world.bodies("orders/create")[:1]:
        assert body["checkout_token"] == world.bodies("checkouts/create")[0]["token"]
        assert body["cart_token"] == world.bodies("carts/create")[0]["token"]
    assert world.topics(OTHER) == []
