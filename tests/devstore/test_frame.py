"""The demo's own pages over HTTP: what they carry, and what they refuse."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from devstore import id_tokens
from devstore.frame.words import vocabulary
from devstore.model import ConsentState
from tests.devstore.demo import Controls, a_mail
from tests.devstore.world import KEY, SECRET, SHOP, World, a_world

pytestmark = pytest.mark.anyio
OURS = {"X-Devstore-Frame": "1"}


@pytest.fixture
def controls() -> Controls:
    return Controls()


@pytest.fixture
def demo(controls: Controls) -> Iterator[World]:
    made = a_world(empty=False, controls=controls)
    yield made
    made.devstore.close()


def _source(html: str) -> str:
    found = re.search(r'<iframe id="app"[^>]* data-src="([^"]+)"', html)
    assert found is not None
    return unescape(found[1])


async def test_the_frame_opens_the_app_as_shopify_would(demo: World) -> None:
    answer = await demo.http.get("/frame/app/segments?tab=all&lang=fa")
    source = urlsplit(_source(answer.text))
    query = dict(parse_qsl(source.query))
    assert (source.netloc, source.path, query["tab"]) == ("app.test", "/app/segments", "all")
    assert (query["shop"], query["embedded"], query["locale"]) == (SHOP, "1", "fa")
    claims = id_tokens.verify(query["id_token"], shop=SHOP, api_key=KEY, api_secret=SECRET, now=demo.clock())
    assert claims["exp"] - claims["iat"] == 60
    signed = {name: query[name] for name in ("embedded", "host", "locale", "session", "shop", "timestamp")}
    text = "&".join(f"{name}={value}" for name, value in sorted(signed.items()))
    assert query["hmac"] == hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("path", ["/frame", "/mailbox", "/mailbox/1", "/mailbox/none"])
async def test_no_page_runs_inline_script_or_lets_itself_be_framed(
    demo: World, controls: Controls, path: str
) -> None:
    controls.mails.append(a_mail(1, subject="<script>alert(1)</script>"))
    answer = await demo.http.get(path)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert not re.search(r"\son\w+=", answer.text)


@pytest.mark.parametrize(
    ("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("fa", "rtl"), ("vi", "ltr")]
)
async def test_every_language_has_its_direction(demo: World, language: str, direction: str) -> None:
    html = (await demo.http.get(f"/mailbox?lang={language}")).text
    assert f'<html lang="{language}" dir="{direction}">' in html


def test_every_language_has_every_word() -> None:
    words = vocabulary()
    assert set(words) == {"en", "ar", "fa", "vi"}
    assert all(keys == words["en"] for keys in words.values())


async def test_a_language_in_the_address_is_remembered_too(demo: World) -> None:
    cookie = (await demo.http.get("/frame?lang=ar")).headers["set-cookie"]
    html = (await demo.http.get("/mailbox", headers={"Cookie": cookie.partition(";")[0]})).text
    assert '<html lang="ar"' in html


async def test_the_language_is_remembered(demo: World) -> None:
    answer = await demo.http.post("/frame/actions/language", headers=OURS, content="vi")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    html = (await demo.http.get("/mailbox", headers={"Cookie": cookie.partition(";")[0]})).text
    assert '<html lang="vi"' in html
    assert (await demo.http.post("/frame/actions/language", headers=OURS, content="xx")).status_code == 400


@pytest.mark.parametrize("path", ["/frame/token", "/frame/actions/reset", "/frame/actions/abandon"])
async def test_another_sites_page_can_press_nothing(demo: World, controls: Controls, path: str) -> None:
    answer = await demo.http.request("GET" if path.endswith("token") else "POST", path)
    assert answer.status_code == 403
    assert (controls.resets, demo.topics()) == (0, [])


async def test_every_click_brings_another_shopper_who_may_be_written_to(demo: World) -> None:
    for _ in range(8):
        await demo.http.post("/frame/actions/abandon", headers=OURS)
    for _ in range(8):
        await demo.http.post("/frame/actions/big-order", headers=OURS)
    store = demo.devstore.store()
    left = [body["customer"]["id"] for body in demo.bodies("checkouts/create")]
    bought = [body["customer"]["id"] for body in demo.bodies("orders/create")]
    assert len(set(left)) == 8
    assert len(set(bought)) > 4
    for number in (*left, *bought):
        customer = store.customers.get(number)
        assert customer is not None
        assert (customer.consent.state, customer.locale) == (ConsentState.SUBSCRIBED, "en")


async def test_the_same_clicks_bring_the_same_people(demo: World, controls: Controls) -> None:
    twin = a_world(empty=False, controls=controls)
    said = [
        [(await one.http.post("/frame/actions/abandon", headers=OURS)).json()["message"] for _ in range(3)]
        for one in (demo, twin)
    ]
    twin.devstore.close()
    assert said[0] == said[1]


async def test_a_guest_leaves_a_checkout_without_consent(demo: World) -> None:
    told = [(await demo.http.post("/frame/actions/guest?lang=vi", headers=OURS)).json() for _ in range(2)]
    bodies = demo.bodies("checkouts/create")
    assert [body["buyer_accepts_marketing"] for body in bodies] == [False, False]
    assert [body["customer_locale"] for body in bodies] == ["vi", "vi"]
    assert ["customer" in body for body in bodies] == [False, False]
    assert len({body["email"] for body in bodies}) == 2
    assert [body["email"] in one["message"] for body, one in zip(bodies, told, strict=True)] == [True, True]


async def test_what_to_do_next_is_said(demo: World, controls: Controls) -> None:
    async def press(button: str) -> dict[str, str]:
        said: dict[str, str] = (await demo.http.post(f"/frame/actions/{button}", headers=OURS)).json()
        return said

    assert "Next: move the clock by an hour, then open the mailbox." in (await press("abandon"))["message"]
    nothing = await press("hour")
    assert nothing["message"].endswith("New mails: 0.")
    assert "href" not in nothing
    controls.mails.append(a_mail(1))
    controls.arriving = [a_mail(2), a_mail(3)]
    some = await press("day")
    assert (
        some["message"]
        == "It is now Nov 22, 2026, 11:00\N{NARROW NO-BREAK SPACE}AM in the store. New mails: 2."
    )
    assert (some["href"], some["label"]) == ("/devstore/mailbox", "Go to the mailbox")
    assert (await press("big-order"))["href"] == "/devstore/mailbox"


async def test_the_clock_can_be_read_again(demo: World, controls: Controls) -> None:
    controls.move_clock(timedelta(minutes=75))
    told = (await demo.http.get("/frame/clock?lang=fa")).json()["now"]
    assert "۱۱:۱۵" in told  # noqa: RUF001 - the digits of the language


async def test_the_bar_lets_a_shopper_of_the_admins_language_come_by(demo: World) -> None:
    told = (await demo.http.post("/frame/actions/abandon?lang=fa", headers=OURS)).json()
    body = demo.bodies("checkouts/update")[-1]
    assert body["customer_locale"] == "fa"
    assert body["buyer_accepts_marketing"] is True
    assert body["customer"]["first_name"] in told["message"]


async def test_a_big_basket_is_over_five_hundred(demo: World) -> None:
    for _ in range(3):
        await demo.http.post("/frame/actions/big-order", headers=OURS)
    totals = [float(body["total_price"]) for body in demo.bodies("orders/paid")]
    assert len(totals) == 3
    assert all(500 < total < 600 for total in totals)


async def test_the_bar_moves_the_clock_and_resets(demo: World, controls: Controls) -> None:
    await demo.http.post("/frame/actions/hour", headers=OURS)
    await demo.http.post("/frame/actions/day", headers=OURS)
    assert controls.at == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    assert (await demo.http.post("/frame/actions/reset", headers=OURS)).status_code == 200
    assert controls.resets == 1
    assert (await demo.http.post("/frame/actions/dance", headers=OURS)).status_code == 404


async def test_resetting_the_devstore_starts_it_anew(demo: World) -> None:
    token = await demo.access()
    await demo.http.post("/frame/actions/order", headers=OURS)
    demo.devstore.reset()
    assert demo.devstore.store().orders.count() == 6919
    assert demo.topics() == []
    assert (await demo.post("{ shop { name } }", token)).status_code == 401


async def test_the_mailbox_shows_the_newest_first_and_escapes(demo: World, controls: Controls) -> None:
    controls.mails += [a_mail(1, subject="Older <b>"), a_mail(2, subject="Newer")]
    html = (await demo.http.get("/mailbox")).text
    assert html.index("Newer") < html.index("Older &lt;b&gt;")
    message = (await demo.http.get("/mailbox/1")).text
    assert "Come back" in message
    assert "List-Unsubscribe" in message
    assert (await demo.http.get("/mailbox/7")).status_code == 404


async def test_a_mails_html_is_locked_in_and_its_links_open_outside(demo: World, controls: Controls) -> None:
    controls.mails.append(a_mail(1))
    answer = await demo.http.get("/mailbox/1/body")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert '<head><base target="_blank">' in answer.text


async def test_a_basket_is_recovered_and_paid_for_once(demo: World) -> None:
    left = demo.devstore.shoppers().abandon_checkout(email="guest@example.com", locale="ar")
    url = demo.bodies("checkouts/create")[0]["abandoned_checkout_url"].removeprefix(
        "http://devstore.test/devstore"
    )
    page = await demo.http.get(url)
    assert page.status_code == 200
    assert '<html lang="ar" dir="rtl">' in page.text
    paid = await demo.http.post(url + "?utm_source=mail")
    assert paid.status_code == 200
    order = demo.bodies("orders/create")[0]
    assert order["checkout_token"] == left.token
    assert order["landing_site"] == f"/checkouts/{left.token}/recover?utm_source=mail"
    assert (await demo.http.post(url)).status_code == 409
    assert len(demo.bodies("orders/create")) == 1


async def test_the_shops_own_address_shows_its_shelves(demo: World) -> None:
    told = await demo.data("{ shop { primaryDomain { url } } }")
    address: str = told["shop"]["primaryDomain"]["url"]
    front = await demo.http.get(address.removeprefix("http://devstore.test/devstore"))
    assert front.status_code == 200
    assert "Night Tram" in front.text
    assert (await demo.http.get("/favicon.ico")).status_code == 404


async def test_a_code_that_does_not_apply_is_said_so(demo: World) -> None:
    left = demo.devstore.shoppers().abandon_checkout(email="guest@example.com")
    answer = await demo.http.post(f"/{SHOP}/checkouts/{left.token}/recover?discount=NOPE")
    assert answer.status_code == 409
    assert "does not apply" in answer.text
    assert (await demo.http.get(f"/{SHOP}/checkouts/none/recover")).status_code == 404
