import pytest

from plugin.core.keys import InvalidShopDomainError
from plugin.shopify.origin import ShopOrigin, ShopOriginError


def test_a_shop_is_reached_at_its_own_domain_unless_told_otherwise() -> None:
    origin = ShopOrigin()
    assert (
        origin.url("tea.myshopify.com", "/admin/oauth/access_token")
        == "https://tea.myshopify.com/admin/oauth/access_token"
    )
    assert origin.is_real


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("http://127.0.0.1:9000/{shop}", "http://127.0.0.1:9000/tea.myshopify.com/admin"),
        ("http://localhost:9000/{shop}", "http://localhost:9000/tea.myshopify.com/admin"),
        ("http://[::1]:9000/{shop}", "http://[::1]:9000/tea.myshopify.com/admin"),
        (
            "http://127.0.0.1:8000/devstore/shops/{shop}",
            "http://127.0.0.1:8000/devstore/shops/tea.myshopify.com/admin",
        ),
    ],
)
def test_a_loopback_address_serves_demo_and_tests(template: str, address: str) -> None:
    origin = ShopOrigin(template)
    assert origin.url("tea.myshopify.com", "/admin") == address
    assert not origin.is_real


@pytest.mark.parametrize(
    "template",
    [
        "",
        "https://evil.com",
        "https://evil.com/{shop}",
        "https://{shop}.evil.com",
        "https://{shop}@evil.com",
        "https://{shop}/",
        "http://{shop}",
        "http://127.0.0.1:9000",
        "http://127.0.0.1.evil.com/{shop}",
        "http://127.0.0.1@evil.com/{shop}",
        "http://127.0.0.1:9000@evil.com/{shop}",
        "http://{shop}/127.0.0.1",
        "http://127.0.0.1:9000/{shop}/{shop}",
        "http://127.0.0.1:9000/{shop}?x=",
        "http://127.0.0.1:9000/{shop}\n",
        "http://0.0.0.0:9000/{shop}",
        "https://127.0.0.1:9000/{shop}",
        "ftp://127.0.0.1/{shop}",
    ],
)
def test_any_other_host_is_refused_because_tokens_would_go_there(template: str) -> None:
    with pytest.raises(ShopOriginError, match="must be https://") as caught:
        ShopOrigin(template)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shop", ["evil.com", "tea.myshopify.com@evil.com", "tea.myshopify.com/x", "{shop}"])
def test_what_is_not_a_shop_has_no_address(shop: str) -> None:
    with pytest.raises(InvalidShopDomainError):
        ShopOrigin().url(shop, "/admin")
    with pytest.raises(InvalidShopDomainError):
        ShopOrigin("http://127.0.0.1:9000/{shop}").url(shop, "/admin")
