"""Access tokens, as reference/shopify.md 1.3 and 1.4 tell them."""

import httpx
import pytest

from devstore import id_tokens
from tests.devstore.world import KEY, OTHER, SECRET, SHOP, World

pytestmark = pytest.mark.anyio
SHOP_NAME = "{ shop { name } }"


async def test_an_exchange_answers_with_an_expiring_pair(world: World) -> None:
    answer = await world.exchange()
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"access_token", "scope", "expires_in", "refresh_token", "refresh_token_expires_in"}
    assert (body["expires_in"], body["refresh_token_expires_in"]) == (3600, 7_776_000)
    assert body["access_token"].startswith("shpat_")
    assert body["refresh_token"].startswith("shprt_")


async def test_an_exchange_without_expiring_answers_as_it_used_to(world: World) -> None:
    body = (await world.exchange(expiring="0")).json()
    assert set(body) == {"access_token", "scope"}
    world.clock.move(days=400)
    assert (await world.post(SHOP_NAME, body["access_token"])).status_code == 200


async def test_a_json_request_is_understood_as_well(world: World) -> None:
    fields = {"client_id": KEY, "client_secret": SECRET, "grant_type": "refresh_token", "refresh_token": "no"}
    answer = await world.http.post(f"/{SHOP}/admin/oauth/access_token", json=fields)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_request")


@pytest.mark.parametrize(
    "wrong",
    ["another secret", "another shop", "another app", "too old", "not yet", "no JWT", "unsigned"],
)
async def test_a_bad_id_token_is_an_invalid_subject(world: World, wrong: str) -> None:
    token = world.id_token()
    if wrong == "another secret":
        token = world.id_token(secret="another secret of the same length")
    if wrong == "another shop":
        token = world.id_token(OTHER)
    if wrong == "another app":
        token = id_tokens.mint(shop=SHOP, api_key="not-us", api_secret=SECRET, now=world.clock())
    if wrong == "too old":
        world.clock.move(seconds=id_tokens.LIFETIME + id_tokens.LEEWAY + 1)
    if wrong == "not yet":
        world.clock.move(seconds=-id_tokens.LEEWAY - 1)
    if wrong == "no JWT":
        token = "not.a.jwt!"
    if wrong == "unsigned":
        token = token.rpartition(".")[0] + "."
    answer = await world.exchange(subject_token=token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_subject_token")


async def test_a_wrong_client_secret_is_an_invalid_client(world: World) -> None:
    answer = await world.exchange(client_secret="wrong")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


async def test_an_access_token_dies_after_an_hour_and_a_refresh_brings_another(world: World) -> None:
    first = (await world.exchange()).json()
    world.clock.move(seconds=3599)
    assert (await world.post(SHOP_NAME, first["access_token"])).status_code == 200
    world.clock.move(seconds=2)
    assert (await world.post(SHOP_NAME, first["access_token"])).status_code == 401
    second = (await world.refresh(first["refresh_token"])).json()
    assert (await world.post(SHOP_NAME, second["access_token"])).status_code == 200


async def test_a_used_refresh_token_may_be_retried_until_its_replacement_is_used(world: World) -> None:
    first = (await world.exchange()).json()
    second = (await world.refresh(first["refresh_token"])).json()
    world.clock.move(minutes=5)
    again = (await world.refresh(first["refresh_token"])).json()
    assert again["refresh_token"] == second["refresh_token"]
    assert again["expires_in"] == 3300
    await world.refresh(second["refresh_token"])
    too_late = await world.refresh(first["refresh_token"])
    assert (too_late.status_code, too_late.json()["error"]) == (401, "invalid_request")


async def test_a_retry_long_after_brings_a_fresh_access_token(world: World) -> None:
    first = (await world.exchange()).json()
    await world.refresh(first["refresh_token"])
    world.clock.move(days=2)
    again = (await world.refresh(first["refresh_token"])).json()
    assert (await world.post(SHOP_NAME, again["access_token"])).status_code == 200
    world.clock.move(days=29)
    assert (await world.refresh(first["refresh_token"])).status_code == 401


async def test_a_new_exchange_kills_older_refresh_tokens_but_not_access_tokens(world: World) -> None:
    first = (await world.exchange()).json()
    await world.exchange()
    assert (await world.post(SHOP_NAME, first["access_token"])).status_code == 200
    assert (await world.refresh(first["refresh_token"])).status_code == 401


async def test_a_refresh_token_dies_after_ninety_days(world: World) -> None:
    first = (await world.exchange()).json()
    world.clock.move(days=90, seconds=1)
    assert (await world.refresh(first["refresh_token"])).status_code == 401


async def test_a_token_opens_its_own_shop_only(world: World) -> None:
    ours = (await world.exchange(SHOP)).json()
    assert (await world.post(SHOP_NAME, ours["access_token"], OTHER)).status_code == 401
    assert (await world.refresh(ours["refresh_token"], OTHER)).status_code == 401


async def test_uninstalling_ends_every_token_until_the_app_is_installed_again(world: World) -> None:
    pair = (await world.exchange()).json()
    world.devstore.shoppers().uninstall()
    assert (await world.post(SHOP_NAME, pair["access_token"])).status_code == 401
    assert (await world.refresh(pair["refresh_token"])).status_code == 401
    assert (await world.exchange()).json()["error"] == "invalid_client"
    await world.http.get("/frame")
    assert (await world.exchange()).status_code == 200


async def test_a_lost_token_answer_has_issued_tokens_all_the_same(world: World) -> None:
    first = (await world.exchange()).json()
    world.devstore.services.faults.of(SHOP).set({"token_errors": 1, "lose_token_answer": 1})
    assert (await world.refresh(first["refresh_token"])).status_code == 503
    with pytest.raises((AssertionError, httpx.HTTPError)):
        await world.refresh(first["refresh_token"])
    again = (await world.refresh(first["refresh_token"])).json()
    assert (await world.post(SHOP_NAME, again["access_token"])).status_code == 200
