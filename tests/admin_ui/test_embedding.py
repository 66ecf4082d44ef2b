"""Who may see a page: the token on documents and fragments, the bounce, and the headers."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.admin_ui.world import AS_PERSON, OTHER_SHOP, SHOP, Merchants, an_admin, bearer, token_for

EVIL_TARGETS = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    " /app",
    "app",
    "",
    "/auth/patch-id-token?shopify-reload=/",
    "/" + "a" * 3000,
]


def test_a_header_token_opens_a_document() -> None:
    answer = an_admin().get("/", headers=bearer())
    assert answer.status_code == 200
    assert 'heading="Sample"' in answer.text


def test_the_first_load_brings_its_token_in_the_query() -> None:
    assert an_admin().get("/", params={"id_token": token_for()}, headers=AS_PERSON).status_code == 200


def test_a_document_without_a_token_bounces_and_keeps_its_address() -> None:
    answer = an_admin().get(
        "/app/settings?shop=lotus.myshopify.com&host=aGk&hmac=x&tab=mail", headers=AS_PERSON
    )
    assert answer.status_code == 302
    target = urlsplit(answer.headers["location"])
    query = parse_qs(target.query)
    assert target.path == "/auth/patch-id-token"
    assert query["shop"] == ["lotus.myshopify.com"]
    assert query["shopify-reload"] == ["/app/settings?shop=lotus.myshopify.com&host=aGk&tab=mail&bounced=1"]
    assert "hmac" not in query


def test_a_bad_query_token_bounces_and_leaves_no_trace_of_itself() -> None:
    answer = an_admin().get("/", params={"id_token": "stale-token"}, headers=AS_PERSON)
    assert answer.status_code == 302
    assert "stale-token" not in answer.headers["location"]


@pytest.mark.parametrize("token", ["", "&id_token=stale"])
def test_a_second_refusal_ends_in_a_page_not_in_a_circle(token: str) -> None:
    answer = an_admin().get(f"/?bounced=1{token}", headers=AS_PERSON)
    assert answer.status_code == 401
    assert "location" not in answer.headers


@pytest.mark.parametrize("marker", ["HX-Request", "X-Shopify-Bounce"])
def test_a_fetched_document_is_refused_for_retry_not_redirected(marker: str) -> None:
    answer = an_admin().get("/", headers={marker: "true", "Authorization": "Bearer stale"})
    assert answer.status_code == 401
    assert answer.headers["X-Shopify-Retry-Invalid-Session-Request"] == "1"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic abc", "good~lotus.myshopify.com"])
def test_a_fragment_takes_its_token_from_the_header_only(authorization: str) -> None:
    answer = an_admin().get(
        "/app/count", params={"n": 1, "id_token": token_for()}, headers={"Authorization": authorization}
    )
    assert answer.status_code == 401
    assert answer.headers["X-Shopify-Retry-Invalid-Session-Request"] == "1"


def test_a_write_needs_the_header_and_belongs_to_its_shop() -> None:
    merchants = Merchants()
    client = an_admin(merchants)
    assert client.post("/app/settings", data={"sender": "Eve"}).status_code == 401
    assert client.post("/app/settings", data={"sender": "Lan"}, headers=bearer()).status_code == 200
    client.post("/app/settings", data={"sender": "Hoa"}, headers=bearer(token_for(OTHER_SHOP)))
    assert merchants.saved == [(SHOP, "Lan"), (OTHER_SHOP, "Hoa")]


@pytest.mark.parametrize("target", EVIL_TARGETS)
def test_the_bounce_page_leads_nowhere_but_into_the_app(target: str) -> None:
    answer = an_admin().get("/auth/patch-id-token", params={"shopify-reload": target, "shop": SHOP})
    assert answer.status_code == 400


def test_the_bounce_page_refuses_an_ambiguous_target() -> None:
    answer = an_admin().get("/auth/patch-id-token?shopify-reload=//evil.example&shopify-reload=/app")
    assert answer.status_code == 400


@pytest.mark.parametrize("target", ["/", "/app/settings?tab=mail", "/app/a%2Fb?x=https://ok.example"])
def test_the_bounce_page_is_app_bridge_alone(target: str) -> None:
    answer = an_admin(mode="shopify").get(
        "/auth/patch-id-token", params={"shopify-reload": target, "shop": SHOP}
    )
    assert answer.status_code == 200
    assert answer.text.count("<script") == 1
    assert 'src="https://cdn.shopify.com/shopifycloud/app-bridge.js"' in answer.text
    assert f"frame-ancestors https://{SHOP} " in answer.headers["content-security-policy"]


def test_the_demo_sends_a_lone_browser_window_to_the_admin_frame() -> None:
    answer = an_admin(demo_frame="/demo").get("/", headers={**AS_PERSON, "Sec-Fetch-Dest": "document"})
    assert answer.headers["location"] == "/demo"


def test_only_the_verified_shop_may_frame_a_page() -> None:
    answer = an_admin(mode="shopify").get(f"/?shop={OTHER_SHOP}", headers=bearer())
    policy = answer.headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors https://{SHOP} https://admin.shopify.com")
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize(
    "shop", ["", "evil.example", "x.myshopify.com.evil.example", "a;script-src *", "a\r\nX: y"]
)
def test_nobody_may_frame_a_page_of_an_unknown_shop(shop: str) -> None:
    answer = an_admin(mode="shopify").get(
        "/auth/patch-id-token", params={"shopify-reload": "/", "shop": shop}
    )
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'none'")


def test_the_demo_frame_is_allowed_in_the_demo_only() -> None:
    assert (
        "frame-ancestors 'self' https://"
        in an_admin().get("/", headers=bearer()).headers["content-security-policy"]
    )


def test_the_demo_allows_no_inline_and_no_foreign_script() -> None:
    policy = an_admin().get("/", headers=bearer()).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self' 'unsafe-inline';" in policy


def test_production_loads_app_bridge_first_and_announces_it() -> None:
    answer = an_admin(mode="shopify").get("/", headers=bearer())
    assert (
        answer.text.index("app-bridge.js") < answer.text.index("polaris-1.js") < answer.text.index("nav.js")
    )
    assert "polaris-lite" not in answer.text
    assert "-dev.js" not in answer.text
    assert (
        '<https://cdn.shopify.com/shopifycloud/app-bridge.js>; rel="preload"; as="script"'
        in answer.headers["link"]
    )
    assert '<meta name="shopify-api-key" content="client-id">' in answer.text


def test_the_demo_loads_nothing_from_shopify() -> None:
    answer = an_admin().get("/", headers=bearer())
    assert "cdn.shopify.com" not in answer.text
    assert "link" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/app/count?n=1", "/app/nowhere", "/auth/patch-id-token"])
def test_no_answer_sets_a_cookie_or_is_stored(path: str) -> None:
    answer = an_admin().get(path, headers=bearer())
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["%00", "%ff%fe", "x" * 5000, "'\"><script>", "%0d%0aX-Evil:1"])
def test_a_garbage_host_never_breaks_the_page(host: str) -> None:
    client = an_admin()
    for path in ("/", "/app/settings"):
        assert client.get(f"{path}?host={host}", headers=AS_PERSON).status_code == 302
        assert client.get(f"{path}?host={host}", headers=bearer()).status_code == 200
    bounce = client.get(f"/auth/patch-id-token?shopify-reload=/&host={host}")
    assert bounce.status_code == 200
    assert "<script>" not in bounce.text
