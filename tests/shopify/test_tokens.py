import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from plugin.shopify import wire
from plugin.shopify.errors import UnreachableError
from plugin.shopify.origin import ShopOrigin
from plugin.shopify.tokens import (
    Exchanged,
    InvalidSubjectToken,
    TerminallyRefused,
    TokenDoor,
    TokenPair,
    Transient,
)
from tests.shopify.small_shopify import Script, SmallShopify, answer

SHOP = "tea-shop.myshopify.com"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
GOOD = {
    "access_token": "shpat_1",
    "scope": "read_orders,write_discounts",
    "expires_in": 3600,
    "refresh_token": "shprt_1",
    "refresh_token_expires_in": 7776000,
}
PAIR = TokenPair(
    access_token="shpat_1",
    refresh_token="shprt_1",
    expires_at=NOW + timedelta(hours=1),
    refresh_expires_at=NOW + timedelta(days=90),
    scopes=frozenset({"read_orders", "write_discounts"}),
)


@pytest.fixture
def door(http: httpx.Client, shopify: SmallShopify) -> TokenDoor:
    return TokenDoor(http, ShopOrigin(shopify.template), api_key="key", api_secret="app-secret")


def test_an_id_token_becomes_an_expiring_pair(door: TokenDoor, shopify: SmallShopify) -> None:
    shopify.play(answer(GOOD))
    assert door.exchange(SHOP, "the.id.token", NOW) == Exchanged(pair=PAIR)
    (seen,) = shopify.seen
    assert seen.path == f"/{SHOP}/admin/oauth/access_token"
    assert seen.form == {
        "client_id": "key",
        "client_secret": "app-secret",
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": "the.id.token",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
        "expiring": "1",
    }


def test_a_refresh_token_becomes_the_next_pair(door: TokenDoor, shopify: SmallShopify) -> None:
    shopify.play(answer(GOOD))
    assert door.refresh(SHOP, "shprt_0", NOW) == Exchanged(pair=PAIR)
    assert shopify.seen[0].form == {
        "client_id": "key",
        "client_secret": "app-secret",
        "grant_type": "refresh_token",
        "refresh_token": "shprt_0",
    }


@pytest.mark.parametrize("said", [..., None, 0, -1, "3600", True, 10**12, 1.5])
def test_an_answer_without_a_sane_lifetime_means_an_hour_and_never_for_ever(
    door: TokenDoor, shopify: SmallShopify, said: object
) -> None:
    body = {name: value for name, value in (GOOD | {"expires_in": said}).items() if value is not ...}
    shopify.play(answer(body))
    assert door.refresh(SHOP, "shprt_0", NOW) == Exchanged(pair=PAIR)


def test_a_shorter_life_is_believed(door: TokenDoor, shopify: SmallShopify) -> None:
    shopify.play(answer(GOOD | {"expires_in": 60, "refresh_token_expires_in": 120}))
    found = door.refresh(SHOP, "shprt_0", NOW)
    assert isinstance(found, Exchanged)
    assert found.pair.expires_at == NOW + timedelta(seconds=60)
    assert found.pair.refresh_expires_at == NOW + timedelta(seconds=120)


def test_a_stale_id_token_asks_for_a_fresh_one(door: TokenDoor, shopify: SmallShopify) -> None:
    shopify.play(answer({"error": "invalid_subject_token"}, status=400))
    assert door.exchange(SHOP, "stale", NOW) == InvalidSubjectToken()


@pytest.mark.parametrize(
    ("status", "error"), [(401, "invalid_request"), (401, "invalid_grant"), (400, "invalid_grant")]
)
def test_a_dead_chain_is_dead(door: TokenDoor, shopify: SmallShopify, status: int, error: str) -> None:
    shopify.play(answer({"error": error, "error_description": "shprt_0 is unknown"}, status=status))
    assert door.refresh(SHOP, "shprt_0", NOW) == TerminallyRefused(reason=error)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (answer({}, status=429, Retry_After="7"), Transient(retry_after=7.0, reason="http_429")),
        (answer({}, status=429, Retry_After="soon"), Transient(retry_after=30.0, reason="http_429")),
        (answer({}, status=503, Retry_After="nan"), Transient(retry_after=30.0, reason="http_503")),
        (answer({}, status=500), Transient(retry_after=30.0, reason="http_500")),
        (Script(status=520, body=b"<html>Cloudflare"), Transient(retry_after=30.0, reason="http_520")),
        (Script(status=401, body=b"<html>a proxy"), Transient(retry_after=30.0, reason="http_401")),
        (
            answer({"error": "invalid_client"}, status=401),
            Transient(retry_after=900.0, reason="invalid_client"),
        ),
        (answer({}, status=302, Location="https://evil.com"), Transient(retry_after=30.0, reason="http_302")),
        (Script(body=b"not json"), Transient(retry_after=30.0, reason="http_200")),
        (answer(["a list"]), Transient(retry_after=30.0, reason="http_200")),
        (answer({}), Transient(retry_after=30.0, reason="malformed_answer")),
        (answer(GOOD | {"refresh_token": None}), Transient(retry_after=30.0, reason="malformed_answer")),
        (answer(GOOD | {"access_token": ""}), Transient(retry_after=30.0, reason="malformed_answer")),
        (Script(hang_up=True), Transient(retry_after=30.0, reason="RemoteProtocolError")),
        (Script(body=b"x" * 100, cut_after=10), Transient(retry_after=30.0, reason="RemoteProtocolError")),
    ],
)
def test_anything_else_decides_nothing(
    door: TokenDoor, shopify: SmallShopify, script: Script, expected: Transient
) -> None:
    shopify.play(script)
    assert door.refresh(SHOP, "shprt_0", NOW) == expected
    assert len(shopify.seen) == 1


def test_an_unreachable_shop_decides_nothing(http: httpx.Client) -> None:
    door = TokenDoor(http, ShopOrigin("http://127.0.0.1:9/{shop}"), api_key="key", api_secret="app-secret")
    assert door.refresh(SHOP, "shprt_0", NOW) == Transient(retry_after=30.0, reason="ConnectError")


def test_an_answer_that_drips_for_ever_is_cut_off_in_total_time(
    http: httpx.Client, shopify: SmallShopify
) -> None:
    stop = threading.Event()
    shopify.play(Script(body=b"x" * 10_000, drip=stop))
    try:
        with pytest.raises(UnreachableError, match="total_timeout") as caught:
            wire.post(http, shopify.base, json={}, total=0.2)
        assert caught.value.in_doubt
    finally:
        stop.set()


def test_a_pair_is_packed_into_one_value_and_comes_back() -> None:
    assert TokenPair.unpacked(PAIR.packed()) == PAIR


def test_no_token_shows_in_a_log() -> None:
    assert "shpat" not in repr(PAIR)
    assert "shprt" not in repr(Exchanged(pair=PAIR))
