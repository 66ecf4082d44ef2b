import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.keys import shop_id_of
from plugin.shopify.signatures import (
    ProxyRequest,
    SignatureError,
    launch_canonical,
    proxy_canonical,
    verify_launch,
    verify_proxy,
)

VECTORS = json.loads((Path(__file__).parents[1] / "fixtures" / "official_vectors.json").read_text("utf-8"))
SECRET, OLD_SECRET = "hush", "hush-before"
SHOP = "tea-shop.myshopify.com"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
NOW_SECONDS = int(NOW.timestamp())
ROUTE = {"k": re.compile(r"[A-Za-z0-9_-]{1,40}"), "m": re.compile(r".{1,200}")}


def digest(canonical: str, secret: str = SECRET) -> str:
    return hmac.digest(secret.encode(), canonical.encode(), "sha256").hex()


def proxy_query(
    changes: Mapping[str, str] | None = None, *, by_name: bool = False, secret: str = SECRET
) -> str:
    whole = {
        "shop": SHOP,
        "logged_in_customer_id": "5",
        "path_prefix": "/apps/regulars",
        "timestamp": str(NOW_SECONDS),
    } | dict(changes or {})
    pairs = list(whole.items())
    return urlencode([*pairs, ("signature", digest(proxy_canonical(pairs, by_name=by_name), secret))])


def proxy(query: str, now: datetime = NOW) -> ProxyRequest | str:
    try:
        return verify_proxy(query, secrets=(SECRET, OLD_SECRET), now=now, allowed=ROUTE)
    except SignatureError as error:
        return error.reason


def launch_query(secret: str = SECRET, **changes: str) -> str:
    pairs = list(
        ({"shop": SHOP, "timestamp": str(NOW_SECONDS), "host": "YWRtaW4", "embedded": "1"} | changes).items()
    )
    return urlencode([*pairs, ("hmac", digest(launch_canonical(pairs), secret))])


def launch(query: str, now: datetime = NOW) -> str:
    try:
        return verify_launch(query, secrets=(SECRET, OLD_SECRET), now=now).shop
    except SignatureError as error:
        return error.reason


@pytest.mark.parametrize("vector", VECTORS["app_proxy"], ids=lambda vector: str(vector["name"]))
def test_shopifys_proxy_vectors_give_their_published_signature(vector: dict[str, str]) -> None:
    pairs = parse_qsl(vector["query"], keep_blank_values=True)
    assert proxy_canonical(pairs) == vector["canonical"]
    assert digest(proxy_canonical(pairs), vector["secret"]) == vector["signature"]
    assert digest(proxy_canonical(pairs, by_name=True), vector["secret"]) == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["app_proxy"], ids=lambda vector: str(vector["name"]))
def test_shopifys_proxy_vectors_pass_whole_at_their_own_time(vector: dict[str, str]) -> None:
    at = datetime.fromtimestamp(1317327555, UTC)
    found = verify_proxy(
        f"{vector['query']}&signature={vector['signature']}", secrets=(vector["secret"],), now=at, allowed={}
    )
    assert found.shop == "shop-name.myshopify.com"
    assert found.path_prefix == "/apps/awesome_reviews"
    assert found.customer_id == (1 if "logged_in_customer_id=1" in vector["query"] else None)


@pytest.mark.parametrize("vector", VECTORS["oauth_query_hmac"], ids=lambda vector: str(vector["hmac"][:8]))
def test_shopifys_launch_vectors_give_their_published_hmac(vector: dict[str, Any]) -> None:
    pairs = [
        (name, value)
        for name, values in vector["params"].items()
        for value in (values if isinstance(values, list) else [values])
    ]
    assert digest(launch_canonical([*pairs, ("hmac", "ignored")]), vector["secret"]) == vector["hmac"]


def test_a_launch_url_names_its_shop_under_either_live_secret() -> None:
    assert launch(launch_query()) == SHOP
    assert launch(launch_query(secret=OLD_SECRET)) == SHOP
    assert launch(launch_query(secret="removed")) == "signature"


def test_delimiters_inside_a_launch_value_are_part_of_the_value() -> None:
    found = verify_launch(launch_query(locale="a&shop=evil%26="), secrets=(SECRET,), now=NOW)
    assert found.shop == SHOP
    assert found.shop_id == shop_id_of(SHOP)
    assert found.parameters["locale"] == "a&shop=evil%26="
    assert "hmac" not in found.parameters


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "hmac_missing_or_repeated"),
        (f"shop={SHOP}&timestamp={NOW_SECONDS}", "hmac_missing_or_repeated"),
        (launch_query() + "&hmac=" + "0" * 64, "hmac_missing_or_repeated"),
        (launch_query() + f"&shop={SHOP}", "signature"),
        (launch_query().replace("embedded=1", "embedded=2"), "signature"),
        (launch_query(shop="evil.com"), "shop"),
        (launch_query(shop=SHOP.upper()), "shop"),
        (launch_query(shop=f"{SHOP}@evil.com"), "shop"),
        (launch_query(timestamp="abc"), "timestamp"),
        (launch_query(timestamp="\u0661\u0662"), "timestamp"),
        (launch_query(timestamp="999999999999"), "timestamp"),
        (launch_query(timestamp=str(NOW_SECONDS - 91)), "stale"),
        (launch_query(timestamp=str(NOW_SECONDS + 91)), "stale"),
        ("hmac=zz", "signature"),
        ("hmac=" + "A" * 64, "signature"),
        ("a=%ff&hmac=" + "a" * 64, "malformed"),
        ("a=1&" * 80, "malformed"),
        ("a=" + "x" * 9000, "too_long"),
    ],
)
def test_a_launch_url_that_shopify_did_not_sign_now_is_refused(query: str, reason: str) -> None:
    assert launch(query) == reason


def test_a_repeated_launch_parameter_is_refused_even_when_signed() -> None:
    pairs = [("shop", SHOP), ("timestamp", str(NOW_SECONDS)), ("locale", "en"), ("locale", "fa")]
    query = urlencode([*pairs, ("hmac", digest(launch_canonical(pairs)))])
    assert launch(query) == "locale_missing_or_repeated"


def test_a_proxy_request_says_which_customer_asks_for_what() -> None:
    found = proxy(proxy_query({"k": "balance"}))
    assert isinstance(found, ProxyRequest)
    assert (found.shop, found.shop_id, found.customer_id) == (SHOP, shop_id_of(SHOP), 5)
    assert found.parameters == {"k": "balance"}


def test_a_visitor_who_is_not_logged_in_is_nobody() -> None:
    found = proxy(proxy_query({"logged_in_customer_id": ""}))
    assert isinstance(found, ProxyRequest)
    assert found.customer_id is None


def test_both_of_shopifys_sort_orders_are_understood() -> None:
    names = {"a": "=", "a1": "2"}  # by pair `a1=2` comes before `a==`, by name after it
    pairs = list(names.items())
    assert proxy_canonical(pairs) != proxy_canonical(pairs, by_name=True)
    assert isinstance(proxy(proxy_query(names)), ProxyRequest)
    assert isinstance(proxy(proxy_query(names, by_name=True)), ProxyRequest)


def test_a_parameter_nobody_asked_for_is_signed_but_not_handed_on() -> None:
    found = proxy(proxy_query({"new_from_shopify": "1"}))
    assert isinstance(found, ProxyRequest)
    assert found.parameters == {}


def test_a_value_cannot_be_split_into_another_customers_identity() -> None:
    # Customer 5 asks with k = "1logged_in_customer_id=999m="; Shopify signs it. The same signed string
    # spells k=1, logged_in_customer_id=999 and m=<the real rest>.
    honest = {
        "shop": SHOP, "logged_in_customer_id": "5", "path_prefix": "/apps/regulars", "timestamp": str(NOW_SECONDS),
        "k": "1logged_in_customer_id=999m=",
    }  # fmt: skip
    signed = proxy_canonical(list(honest.items()))
    forged = {
        "k": "1", "logged_in_customer_id": "999", "path_prefix": "/apps/regulars", "shop": SHOP,
        "timestamp": str(NOW_SECONDS), "m": "logged_in_customer_id=5",
    }  # fmt: skip
    assert proxy_canonical(list(forged.items())) == signed
    query = urlencode([*forged.items(), ("signature", digest(signed))])
    assert proxy(query) == "ambiguous"
    assert proxy(proxy_query(honest)) == "ambiguous"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"logged_in_customer_id": "\u0665"}, "logged_in_customer_id"),
        ({"logged_in_customer_id": "1_0"}, "logged_in_customer_id"),
        ({"logged_in_customer_id": "-5"}, "logged_in_customer_id"),
        ({"logged_in_customer_id": " 5"}, "logged_in_customer_id"),
        ({"logged_in_customer_id": "5" * 20}, "logged_in_customer_id"),
        ({"timestamp": str(NOW_SECONDS - 91)}, "stale"),
        ({"timestamp": str(NOW_SECONDS + 91)}, "stale"),
        ({"timestamp": "1_0"}, "timestamp"),
        ({"timestamp": ""}, "timestamp"),
        ({"shop": "evil.com"}, "shop"),
        ({"shop": f"{SHOP}.evil.com"}, "shop"),
        ({"shop": f"{SHOP}\n"}, "shop"),
        ({"path_prefix": "//evil.com"}, "path_prefix"),
        ({"path_prefix": ""}, "path_prefix"),
        ({"k": "a b"}, "k"),
        ({"k": ""}, "k"),
        ({"xshop": "1"}, "ambiguous"),
        ({"k k": "1"}, "parameter_name"),
        ({"7z": "1"}, "parameter_name"),
        ({"m": "shop=other.myshopify.com"}, "ambiguous"),
        ({"m": "timestamp=1"}, "ambiguous"),
        ({"m": "path_prefix=/a/b"}, "ambiguous"),
    ],
)
def test_a_signed_but_dangerous_proxy_query_is_refused(changes: dict[str, str], reason: str) -> None:
    assert proxy(proxy_query(changes)) == reason


@pytest.mark.parametrize("name", ["shop", "logged_in_customer_id", "path_prefix", "timestamp", "k"])
def test_a_repeated_name_is_refused_even_when_signed(name: str) -> None:
    pairs = [
        ("shop", SHOP), ("logged_in_customer_id", "5"), ("path_prefix", "/apps/regulars"),
        ("timestamp", str(NOW_SECONDS)), ("k", "1"), (name, "1"),
    ]  # fmt: skip
    query = urlencode([*pairs, ("signature", digest(proxy_canonical(pairs)))])
    assert proxy(query) == f"{name}_missing_or_repeated"


def test_the_proxy_window_is_ninety_seconds_on_both_sides() -> None:
    query = proxy_query()
    assert isinstance(proxy(query, NOW + timedelta(seconds=90)), ProxyRequest)
    assert isinstance(proxy(query, NOW - timedelta(seconds=90)), ProxyRequest)
    assert proxy(query, NOW + timedelta(seconds=91)) == "stale"


def test_a_proxy_query_without_a_good_signature_is_refused() -> None:
    assert proxy("") == "signature_missing_or_repeated"
    assert proxy(proxy_query(secret="removed")) == "signature"
    assert proxy(proxy_query().replace("=5&", "=6&")) == "signature"
    assert proxy(proxy_query() + "&signature=" + "0" * 64) == "signature_missing_or_repeated"


_NAMES = st.text("abklmz_=17", min_size=1, max_size=30) | st.sampled_from(
    ["k", "m", "logged_in_customer_id", "x"]
)
_VALUES = st.text("159abm=", max_size=12) | st.sampled_from(["1logged_in_customer_id=999m=", "shop=", "5"])


@given(st.dictionaries(_NAMES, _VALUES, max_size=4), st.integers(1, 1 << 60))
def test_whatever_a_shopper_adds_the_customer_stays_the_one_shopify_signed(
    extra: dict[str, str], customer: int
) -> None:
    extra.pop("logged_in_customer_id", None)
    found = proxy(proxy_query(extra | {"logged_in_customer_id": str(customer)}))
    if isinstance(found, ProxyRequest):
        assert found.customer_id == customer
