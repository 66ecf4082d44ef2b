"""Every way a call can end, each by its name, over a real connection."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from plugin.shopify.api import Answer
from plugin.shopify.errors import (
    AccessDeniedError,
    NeedsReauthError,
    PaymentRequiredError,
    RefusedError,
    ShopifyError,
    ShopLockedError,
    ThrottledError,
    UnauthorisedError,
    UnreachableError,
    UserError,
    UserErrorsError,
)
from plugin.shopify.graphql import AdminClient
from plugin.shopify.operations import operation
from plugin.shopify.origin import ShopOrigin
from tests.shopify.small_shopify import Script, Seen, SmallShopify, answer

SHOP, OTHER_SHOP = "tea-shop.myshopify.com", "coffee-shop.myshopify.com"
SHOP_ID, OTHER_ID = 1, 2
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
DATA = {"data": {"shop": {"name": "Tea"}}}


class Tokens:
    """A token source whose tokens name their shop."""

    def __init__(self) -> None:
        self.renewed: list[int] = []
        self.given_up: list[tuple[int, str, str]] = []

    def access_token(self, shop_id: int, shop: str, now: datetime) -> str:  # noqa: ARG002  # the protocol's
        return f"shpat_{shop_id}_first"

    def renew(self, shop_id: int, shop: str, rejected: str, now: datetime) -> str:  # noqa: ARG002
        self.renewed.append(shop_id)
        assert rejected == f"shpat_{shop_id}_first"
        return f"shpat_{shop_id}_second"

    def give_up(self, shop_id: int, rejected: str, reason: str, now: datetime) -> None:  # noqa: ARG002
        self.given_up.append((shop_id, rejected, reason))


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(http: httpx.Client, shopify: SmallShopify, tokens: Tokens, waits: list[float]) -> AdminClient:
    return AdminClient(http, ShopOrigin(shopify.template), "2026-10", tokens, wait=waits.append)


def ask(client: AdminClient, variables: Mapping[str, Any] | None = None) -> Answer:
    return client.execute(SHOP_ID, SHOP, operation("shop_details"), variables or {}, NOW)


def throttled(requested: int = 300, available: int = 100) -> Script:
    return answer(
        {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}
        | cost(requested, available)
    )


def cost(requested: int, available: int) -> dict[str, Any]:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    return {
        "extensions": {
            "cost": {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}
        }
    }


def graph_error(message: str, code: str | None = None, **more: Any) -> Script:
    return answer({"errors": [{"message": message, "extensions": {"code": code}}]} | more)


def test_a_call_carries_its_own_shops_token_to_its_own_shops_address(
    client: AdminClient, shopify: SmallShopify
) -> None:
    shopify.play(answer(DATA | cost(10, 1990)))
    found = ask(client, {"first": 3})
    assert found.data == {"shop": {"name": "Tea"}}
    assert found.cost
    assert found.cost.requested == 10
    (seen,) = shopify.seen
    assert seen.path == f"/{SHOP}/admin/api/2026-10/graphql.json"
    assert seen.headers["x-shopify-access-token"] == "shpat_1_first"
    assert seen.headers["content-type"] == "application/json"
    assert seen.json == {
        "query": operation("shop_details").text,
        "variables": {"first": 3},
        "operationName": "ShopDetails",
    }


def test_two_hundred_interleaved_calls_of_two_shops_never_mix_tokens(
    client: AdminClient, shopify: SmallShopify
) -> None:
    shopify.default = lambda seen: answer({"data": {"shop": {"name": f"{seen.path} {_token(seen)}"}}})

    def work(number: int) -> bool:
        shop_id, shop = ((SHOP_ID, SHOP), (OTHER_ID, OTHER_SHOP))[number % 2]
        found = client.execute(shop_id, shop, operation("shop_details"), {}, NOW)
        return bool(
            found.data["shop"]["name"] == f"/{shop}/admin/api/2026-10/graphql.json shpat_{shop_id}_first"
        )

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(200))) == [True] * 200


def _token(seen: Seen) -> str:
    return seen.headers["x-shopify-access-token"]


def test_a_throttled_answer_is_waited_out_by_the_shops_own_restore_rate(
    client: AdminClient, shopify: SmallShopify, waits: list[float]
) -> None:
    shopify.play(throttled(requested=300, available=100), answer(DATA))
    assert ask(client).data == DATA["data"]
    assert waits == [2.0]


def test_a_longer_wait_is_handed_to_the_caller(
    client: AdminClient, shopify: SmallShopify, waits: list[float]
) -> None:
    shopify.play(throttled(requested=1000, available=0))
    with pytest.raises(ThrottledError) as caught:
        ask(client)
    assert caught.value.wait_seconds == 10.0
    assert caught.value.retry_after == 10.0
    assert not caught.value.permanent
    assert not caught.value.in_doubt
    assert waits == []


def test_an_unending_throttle_ends_the_callers_patience(
    client: AdminClient, shopify: SmallShopify, waits: list[float]
) -> None:
    shopify.default = lambda _seen: throttled(requested=200, available=50)
    with pytest.raises(ThrottledError):
        ask(client)
    assert sum(waits) <= 5.0
    assert len(shopify.seen) == len(waits) + 1


def test_a_call_that_would_be_throttled_is_not_sent_at_all(
    client: AdminClient, shopify: SmallShopify, waits: list[float]
) -> None:
    shopify.play(answer(DATA | cost(300, 100)), answer(DATA | cost(300, 1000)))
    ask(client)
    ask(client)
    assert waits == [2.0]
    assert len(shopify.seen) == 2


def test_one_shops_budget_does_not_slow_another(
    client: AdminClient, shopify: SmallShopify, waits: list[float]
) -> None:
    shopify.play(answer(DATA | cost(300, 0)), answer(DATA))
    ask(client)
    client.execute(OTHER_ID, OTHER_SHOP, operation("shop_details"), {}, NOW)
    assert waits == []


def test_partial_data_comes_with_its_errors(client: AdminClient, shopify: SmallShopify) -> None:
    denied = {
        "message": "This app is not approved to access the Customer object. See https://shopify.dev",
        "path": ["orders", 0, "customer"],
        "extensions": {"code": "ACCESS_DENIED"},
    }
    shopify.play(answer({"data": {"orders": [{"customer": None}]}, "errors": [denied]}))
    found = ask(client)
    assert found.data == {"orders": [{"customer": None}]}
    (error,) = found.errors
    assert (error.code, error.path, error.is_denial) == ("ACCESS_DENIED", "orders.0.customer", True)


FAILURES: list[tuple[Script, type[ShopifyError], str, bool, bool]] = [
    # script, error, reason, permanent, in doubt
    (graph_error("no", "ACCESS_DENIED"), AccessDeniedError, "access_denied", True, False),
    (graph_error("This app is not approved to access the Customer object", data={"customer": None}),
     AccessDeniedError, "access_denied", True, False),
    (graph_error("too big", "MAX_COST_EXCEEDED"), RefusedError, "graphql:MAX_COST_EXCEEDED", True, False),
    (graph_error("Cannot specify REDACTED as a state"), RefusedError, "graphql:no_code", True, False),
    (graph_error("oops", "INTERNAL_SERVER_ERROR"), UnreachableError, "server_fault", False, True),
    (answer({"errors": "Not Found"}), RefusedError, "graphql:no_code", True, False),
    (answer({"data": None}), UnreachableError, "no_data", False, True),
    (answer({}), UnreachableError, "no_data", False, True),
    (answer([1]), UnreachableError, "not_json", False, True),
    (Script(body=b"<html>"), UnreachableError, "not_json", False, True),
    (Script(body=b"[" * 100_000), UnreachableError, "not_json", False, True),
    (answer({}, status=402), PaymentRequiredError, "http_402", False, False),
    (answer({}, status=403), AccessDeniedError, "http_403", True, False),
    (answer({}, status=404), RefusedError, "http_404", True, False),
    (answer({}, status=400), RefusedError, "http_400", True, False),
    (answer({}, status=301, Location="https://evil.com/"), RefusedError, "http_301", True, False),
    (answer({}, status=423), ShopLockedError, "http_423", False, False),
    (answer({}, status=429, Retry_After="60"), ThrottledError, "http_429", False, False),
    (answer({}, status=430), ThrottledError, "http_430", False, False),
    (answer({}, status=500), UnreachableError, "http_500", False, True),
    (answer({}, status=502), UnreachableError, "http_502", False, True),
    (Script(hang_up=True), UnreachableError, "RemoteProtocolError", False, True),
    (Script(body=b"x" * 50, cut_after=5), UnreachableError, "RemoteProtocolError", False, True),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(FAILURES)), ids=lambda number: FAILURES[number][2])
def test_every_failure_has_its_name_and_says_whether_to_retry(
    client: AdminClient, shopify: SmallShopify, number: int
) -> None:
    script, *expected = FAILURES[number]
    shopify.play(script)
    with pytest.raises(ShopifyError) as caught:
        ask(client)
    error = caught.value
    assert [type(error), error.reason, error.permanent, error.in_doubt] == expected
    assert len(shopify.seen) == 1


def test_a_call_that_never_left_is_not_in_doubt(http: httpx.Client, tokens: Tokens) -> None:
    client = AdminClient(http, ShopOrigin("http://127.0.0.1:9/{shop}"), "2026-10", tokens)
    with pytest.raises(UnreachableError, match="ConnectError") as caught:
        ask(client)
    assert not caught.value.in_doubt


def test_a_rejected_token_is_renewed_once_and_the_call_repeated(
    client: AdminClient, shopify: SmallShopify, tokens: Tokens
) -> None:
    shopify.play(answer({"errors": "[API] Invalid API key"}, status=401), answer(DATA))
    assert ask(client).data == DATA["data"]
    assert [_token(seen) for seen in shopify.seen] == ["shpat_1_first", "shpat_1_second"]
    assert tokens.given_up == []


def test_a_fresh_token_that_is_rejected_too_ends_the_chain(
    client: AdminClient, shopify: SmallShopify, tokens: Tokens
) -> None:
    shopify.play(Script(status=401), Script(status=401))
    with pytest.raises(UnauthorisedError, match="token_rejected"):
        ask(client)
    assert tokens.renewed == [SHOP_ID]
    assert tokens.given_up == [(SHOP_ID, "shpat_1_second", "token_rejected")]


def test_a_shop_without_a_chain_is_never_called(http: httpx.Client, shopify: SmallShopify) -> None:
    class Unconnected(Tokens):
        def access_token(self, shop_id: int, shop: str, now: datetime) -> str:  # noqa: ARG002
            raise NeedsReauthError("not_connected")

    client = AdminClient(http, ShopOrigin(shopify.template), "2026-10", Unconnected())
    with pytest.raises(NeedsReauthError):
        ask(client)
    assert shopify.seen == []


def test_user_errors_are_named_by_code_and_keep_their_words_out_of_logs(
    client: AdminClient, shopify: SmallShopify
) -> None:
    entry = {"field": ["input", "email"], "message": "ann@example.com is taken", "code": "TAKEN"}
    bare = {"field": None, "message": "no", "code": None}
    shopify.play(answer({"data": {"customerUpdate": {"customer": None, "userErrors": [entry, bare]}}}))
    with pytest.raises(UserErrorsError) as caught:
        ask(client).payload("customerUpdate")
    assert caught.value.errors == (
        UserError(field="input.email", code="TAKEN", message="ann@example.com is taken"),
        UserError(field="", code="", message="no"),
    )
    assert caught.value.permanent
    assert str(caught.value) == "user_errors:TAKEN,unknown"
    assert "ann@example.com" not in repr(caught.value.errors)


def test_a_mutation_without_a_payload_was_not_carried_out(client: AdminClient, shopify: SmallShopify) -> None:
    shopify.play(answer({"data": {"customerUpdate": None}}))
    with pytest.raises(RefusedError, match="empty_payload"):
        ask(client).payload("customerUpdate")


def test_neither_answers_nor_errors_print_what_they_carry(
    client: AdminClient,
    shopify: SmallShopify,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    shopify.play(
        answer({"data": {"shop": {"email": "ann@example.com"}}}),
        answer({"errors": "ann@example.com"}, status=500),
    )
    assert "ann@example.com" not in repr(ask(client))
    with pytest.raises(UnreachableError) as caught:
        ask(client)
    assert caught.value.__cause__ is None
    printed = capfd.readouterr()
    assert "ann@example.com" not in printed.out + printed.err + caplog.text + str(caught.value)
    assert "shpat" not in printed.out + printed.err + caplog.text
