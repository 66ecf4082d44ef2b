"""A customer's own points on the storefront: asked for through the app proxy, told to nobody else."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest

from devstore.frame.app_proxy import signed
from plugin.store import flows, shops
from tests.builders import DAY, MINA_ID, MINUTE, NOW
from tests.http.conftest import visiting
from tests.pipeline.stories import mina, orders
from tests.rendering.page import Page
from tests.world import API_SECRET, OTHER_SHOP, SHOP, World, a_world

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Two installed shops with every flow on, on either database."""
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    made = a_world(request.getfixturevalue(fixture), migrated=request.param != "sqlite")
    made.install(SHOP)
    made.install(OTHER_SHOP)
    yield made
    made.close()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(world) as made:
        yield made


def query(
    customer_id: int | None = MINA_ID,
    *,
    shop: str = SHOP,
    age: timedelta = timedelta(0),
    secret: str = API_SECRET,
    asked: tuple[tuple[str, str], ...] = (("locale", "en"),),
) -> str:
    at = int((NOW - age).timestamp())
    return signed(asked, shop=shop, customer_id=customer_id, timestamp=at, secret=secret)


def shown(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return Page(answer.text).text


async def test_a_customer_sees_points_the_next_reward_and_how_they_came_about(
    world: World, client: httpx.AsyncClient
) -> None:
    world.hear(*mina(NOW - 2 * DAY), orders(1, at=NOW - DAY, product_minor=12_000))
    page = shown(await client.get(f"/proxy?{query()}"))
    assert "120 points" in page
    assert "380 points more, and you get €5.00 off one order at First." in page
    assert "The code comes by email." in page
    assert "November 21, 2026Order120" in page


async def test_an_issued_code_is_shown_until_it_is_used_or_too_old(
    world: World, client: httpx.AsyncClient
) -> None:
    world.hear(*mina(NOW - 2 * DAY), orders(1, at=NOW - DAY, product_minor=60_000))
    world.pass_time(MINUTE)
    ((code,),) = world.rows("SELECT code FROM redemptions WHERE shop_id = :shop_id")
    page = shown(await client.get(f"/proxy?{query()}"))
    assert code in page
    assert "€5.00 off one order, up to and including" in page
    assert "100 points" in page
    assert "Turned into a reward" in page
    world.clock.at = NOW + 40 * DAY
    later = shown(await client.get(f"/proxy?{query(age=-40 * DAY)}"))
    assert code not in later


async def test_somebody_without_consent_is_told_how_the_code_would_come(
    world: World, client: httpx.AsyncClient
) -> None:
    world.hear(mina()[0], orders(1, at=NOW - DAY, product_minor=60_000))
    page = shown(await client.get(f"/proxy?{query()}"))
    assert "600 points" in page
    assert "That is enough for €5.00 off one order at First." in page
    assert "you have not agreed to receive email from First. Your points stay yours." in page


async def test_no_reward_is_promised_while_the_flow_is_off(world: World, client: httpx.AsyncClient) -> None:
    world.hear(*mina(NOW - 2 * DAY), orders(1, at=NOW - DAY, product_minor=12_000))
    with world.database.unit(world.shop_id) as unit:
        flows.turn(unit, "loyalty_reward", is_on=False, at=NOW, author="test")
    page = shown(await client.get(f"/proxy?{query()}"))
    assert "120 points" in page
    assert "off one order" not in page


async def test_a_visitor_who_is_not_logged_in_is_shown_the_way(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/proxy?{query(None)}")
    assert "Log in to your account at First to see your points and rewards." in shown(answer)
    assert Page(answer.text).links == {"../account/login?return_url=%2Fapps%2Fregulars"}
    deeper = await client.get(f"/proxy/points?{query(None)}")
    assert Page(deeper.text).links == {"../../account/login?return_url=%2Fapps%2Fregulars"}


@pytest.mark.parametrize(
    ("language", "direction", "title"),
    [
        ("en", "ltr", "Your points"),
        ("ar", "rtl", "نقاطك"),
        ("fa", "rtl", "امتیازهای شما"),
        ("vi", "ltr", "Điểm của bạn"),
    ],
)
async def test_the_page_speaks_the_storefronts_language(
    world: World, client: httpx.AsyncClient, language: str, direction: str, title: str
) -> None:
    world.hear(*mina(NOW - 2 * DAY), orders(1, at=NOW - DAY, product_minor=12_000))
    answer = await client.get(f"/proxy?{query(asked=(('locale', f'{language}-XX'),))}")
    assert f'<html lang="{language}" dir="{direction}">' in answer.text
    assert title in shown(answer)


async def test_another_shops_customer_is_nobody_here(world: World, client: httpx.AsyncClient) -> None:
    world.hear(*mina(NOW - 2 * DAY), orders(1, at=NOW - DAY, product_minor=12_000))
    page = shown(await client.get(f"/proxy?{query(shop=OTHER_SHOP)}"))
    assert "0 points" in page
    assert "Nothing yet. Points come with your next order." in page
    assert "120" not in page


async def test_one_customer_cannot_read_anothers_points(world: World, client: httpx.AsyncClient) -> None:
    world.hear(*mina(NOW - 2 * DAY), orders(1, at=NOW - DAY, product_minor=12_000))
    mine = query(7002)
    forged = mine.replace("logged_in_customer_id=7002", f"logged_in_customer_id={MINA_ID}")
    assert (await client.get(f"/proxy?{forged}")).status_code == 401
    doubled = f"{mine}&logged_in_customer_id={MINA_ID}"
    assert (await client.get(f"/proxy?{doubled}")).status_code == 401
    smuggled = query(7002, asked=(("logged_in_customer_id", str(MINA_ID)),))
    assert (await client.get(f"/proxy?{smuggled}")).status_code == 400


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("", 401),
        ("shop=first.myshopify.com&logged_in_customer_id=7001", 401),
        (query(secret="another-secret"), 401),
        (query(age=timedelta(seconds=91)), 401),
        (query(age=-timedelta(seconds=91)), 401),
        (query(asked=(("locale", "en"), ("locale", "fa"))), 400),
        (query(asked=(("locale", "<script>"),)), 400),
        (query(asked=(("x", "logged_in_customer_id=1"),)), 400),
        (query(shop="evil.example.com"), 400),
        ("a=%ff&signature=" + "0" * 64, 400),
    ],
)
async def test_what_shopify_did_not_pass_on_is_refused_without_a_word_of_why(
    client: httpx.AsyncClient, asked: str, status: int
) -> None:
    answer = await client.get(f"/proxy?{asked}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert sorted(problem) == ["detail", "reference", "status", "title", "type"]
    assert not re.search(r"signature|timestamp|hmac|7001|evil", answer.text)


async def test_a_query_of_ninety_seconds_and_either_secret_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/proxy?{query(age=timedelta(seconds=90))}")).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        (("utm_source", "mail"), ("_gl", "1*abc"), ("locale", "en")),
        (("tag", "a"), ("tag", "b"), ("tagged", "c"), ("locale", "en")),
        (("empty", ""), ("locale", "en")),
    ],
)
async def test_what_else_a_link_carries_is_signed_and_passed_over(
    client: httpx.AsyncClient, asked: tuple[tuple[str, str], ...]
) -> None:
    assert "0 points" in shown(await client.get(f"/proxy?{query(asked=asked)}"))


async def test_the_page_is_kept_nowhere_and_sets_nothing(world: World, client: httpx.AsyncClient) -> None:
    world.hear(*mina(NOW - 2 * DAY), orders(1, at=NOW - DAY, product_minor=12_000))
    for asked in (query(), query(None), "unsigned=1"):
        answer = await client.get(f"/proxy?{asked}", headers={"Cookie": f"customer={MINA_ID}"})
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-type"].partition(";")[0] != "application/liquid"
    assert "script" not in {tag for tag, _ in Page((await client.get(f"/proxy?{query()}")).text).tags}
    assert (await client.post(f"/proxy?{query()}")).status_code == 404


async def test_nothing_in_the_page_could_be_run_as_liquid(world: World, client: httpx.AsyncClient) -> None:
    with world.database.unit(world.shop_id) as unit:
        shops.describe(unit, name="{{ customer.email }}{% include 'x' %}<b>")
    answer = await client.get(f"/proxy?{query(None)}")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "b" not in {tag for tag, _ in Page(answer.text).tags}


async def test_an_uninstalled_shop_serves_no_page(world: World, client: httpx.AsyncClient) -> None:
    with world.database.unit(world.shop_id) as unit:
        shops.set_state(unit, shops.UNINSTALLED, at=NOW, reason="test", author="test")
    assert (await client.get(f"/proxy?{query()}")).status_code == 404
    assert (await client.get(f"/proxy?{query(shop='unknown.myshopify.com')}")).status_code == 404
