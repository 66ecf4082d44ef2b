"""A delivery is judged by its bytes, counts once, and an older one never overwrites what a newer one said."""

import json
from datetime import timedelta
from typing import Any

import httpx

from tests.builders import NOW
from tests.street import Street
from tests.webhooks.shopify_bodies import ORDER_ID, a_cart, an_order, money, tags
from tests.world import webhook

MINUTE = timedelta(minutes=1)


def post(street: Street, delivery: dict[str, Any]) -> httpx.Response:
    return street.http.post(f"{street.app_url}/webhooks/shopify", **delivery)


def told(street: Street, topic: str, body: Any, number: str, *, minutes: int = 0) -> int:
    return post(street, webhook(topic, body, delivery_id=number, at=NOW + minutes * MINUTE)).status_code


def order_at(minutes: int, **changes: Any) -> dict[str, Any]:
    return an_order(updated_at=(NOW + minutes * MINUTE).isoformat(), **changes)


def the_order(street: Street) -> Any:
    (row,) = street.rows("SELECT orders_count, net_minor FROM customers WHERE shop_id = :shop_id")
    return tuple(row)


def test_16_the_signature_is_of_the_bytes_whatever_they_spell(street: Street) -> None:
    street.move_in()
    spaced = json.dumps(an_order(name="#1001 \u00e9"), indent=3).encode()
    assert told(street, "orders/create", spaced, "spaced") == 200
    latin = b'{"id": 1, "note": "\xe9"}'
    assert told(street, "orders/create", latin, "latin") == 200
    respelled = webhook("orders/create", spaced, delivery_id="respelled")
    respelled["content"] = json.dumps(json.loads(spaced)).encode()
    assert post(street, respelled).status_code == 401
    street.work()
    assert the_order(street) == (1, 4000)


def test_16_no_signature_or_one_that_is_no_ascii_is_refused_and_never_a_crash(street: Street) -> None:
    street.move_in()
    for given in (None, b"", b"caf\xc3\xa9", b"0" * 64):
        delivery = webhook("orders/create", an_order(), delivery_id="forged")
        headers = [
            (name.encode(), value.encode())
            for name, value in delivery["headers"].items()
            if name != "X-Shopify-Hmac-Sha256"
        ]
        if given is not None:
            headers.append((b"X-Shopify-Hmac-Sha256", given))
        assert post(street, {"content": delivery["content"], "headers": headers}).status_code == 401


def test_16_an_empty_body_is_no_object(street: Street) -> None:
    street.move_in()
    assert told(street, "orders/create", b"", "empty") == 400


def test_17_the_same_delivery_twice_is_one_order(either_street: Street) -> None:
    street = either_street
    street.move_in()
    for _ in range(2):
        assert told(street, "orders/create", an_order(), "one") == 200
    street.work()
    assert told(street, "orders/create", an_order(), "one") == 200
    street.work()
    assert the_order(street) == (1, 4000)


def test_18_one_event_through_two_topics_is_one_fact(either_street: Street) -> None:
    street = either_street
    street.move_in()
    for number, topic in enumerate(("orders/create", "orders/paid", "orders/updated")):
        assert told(street, topic, an_order(), str(number)) == 200
    street.work()
    assert the_order(street) == (1, 4000)
    (facts,) = street.rows("SELECT count(*) FROM events WHERE shop_id = :shop_id AND kind = 'OrderChanged'")
    assert facts[0] == 1


def test_19_an_older_snapshot_never_overwrites_a_newer_one(either_street: Street) -> None:
    street = either_street
    street.move_in()
    assert (
        told(street, "orders/updated", order_at(60, cancelled_at=NOW.isoformat()), "new", minutes=60) == 200
    )
    assert told(street, "orders/create", order_at(0), "old") == 200
    street.work()
    assert the_order(street) == (0, 0)
    assert told(street, "orders/updated", order_at(30), "retried", minutes=30) == 200
    street.work()
    assert the_order(street) == (0, 0)


def test_19_of_two_snapshots_of_one_second_the_later_triggered_is_the_newer(either_street: Street) -> None:
    street = either_street
    street.move_in()
    assert (
        told(street, "orders/updated", order_at(0, cancelled_at=NOW.isoformat()), "later", minutes=1) == 200
    )
    street.work()
    assert told(street, "orders/create", order_at(0), "sooner") == 200
    street.work()
    assert the_order(street) == (0, 0)


def test_21_a_burst_of_carts_is_taken_in_and_the_last_state_is_kept(either_street: Street) -> None:
    street = either_street
    street.move_in()
    line = a_cart()["line_items"][0]
    for number in range(50):
        body = a_cart(
            updated_at=(NOW + number * timedelta(seconds=1)).isoformat(),
            line_items=[line | {"quantity": number + 1}],
        )
        assert told(street, "carts/update", body, str(number)) == 200
    checkout = {"checkout_token": "another", "cart_token": None}
    assert told(street, "orders/create", an_order(**checkout), "order") == 200
    street.work()
    kept = street.rows(
        "SELECT subject FROM events WHERE shop_id = :shop_id AND kind = 'CartChanged' AND subject = 'cart:cart-1'"
    )
    assert len(kept) == 50
    late = an_order(id=ORDER_ID + 1, cart_token="cart-1", total_price_set=money("1.00"))
    assert told(street, "orders/create", late, "its-order") == 200
    street.work()
    (unclaimed,) = street.rows(
        "SELECT count(*) FROM events WHERE shop_id = :shop_id AND kind = 'CartChanged' AND customer_id IS NULL"
    )
    assert unclaimed[0] == 0


def test_a_topic_with_a_dot_in_its_name_comes_through_the_door(street: Street) -> None:
    street.move_in()
    assert told(street, "customer.tags_added", tags("vip"), "dotted") == 200
    street.work()
    (row,) = street.rows("SELECT kind FROM events WHERE shop_id = :shop_id")
    assert row.kind == "TagsChanged"
