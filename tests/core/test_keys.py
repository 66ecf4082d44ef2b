"""Names that follow from meaning: the same for everyone, for ever, and never somebody else's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.keys import (
    InvalidShopDomainError,
    discount_code,
    effect_key,
    fingerprint,
    guest_id,
    shop_domain,
    shop_id_of,
    stable_id,
)

SECRET = b"a secret of the installation"


@pytest.mark.parametrize("domain", ["tea.myshopify.com", "a.myshopify.com", "tea-house-2.myshopify.com"])
def test_a_shop_is_named_by_its_permanent_domain(domain: str) -> None:
    assert shop_domain(domain) == domain
    assert shop_domain(domain.upper()) == domain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "evil.com",
        "myshopify.com",
        ".myshopify.com",
        "x.myshopify.com@evil.com",
        "evil.com@x.myshopify.com",
        "x.myshopify.com.evil.com",
        "evil.com/x.myshopify.com",
        "evil.com#x.myshopify.com",
        "x.myshopify.com\n",
        "\nx.myshopify.com",
        "x.myshopify.com.",
        " x.myshopify.com",
        "x.myshopify.com ",
        "x.myshopify.com:443",
        "https://x.myshopify.com",
        "x_y.myshopify.com",
        "-x.myshopify.com",
        "x.y.myshopify.com",
        "x.myshopify.io",
        "xmyshopify.com",
        "x.myshopifyxcom",
        "x.myshop\u0131fy.com",
        "\u212aey.myshopify.com",
        "x\x00.myshopify.com",
        "x" * 61 + ".myshopify.com",
        "x" * 100_000,
    ],
)
def test_nothing_else_is_repaired_into_a_shop(text: str) -> None:
    with pytest.raises(InvalidShopDomainError) as refused:
        shop_domain(text)
    assert len(str(refused.value)) < 500
    with pytest.raises(InvalidShopDomainError):
        shop_id_of(text)


@given(text=st.text())
def test_a_domain_is_canonical_or_refused(text: str) -> None:
    for candidate in (text, text + ".myshopify.com"):
        try:
            domain = shop_domain(candidate)
        except InvalidShopDomainError:
            continue
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}\.myshopify\.com", domain)
        assert domain == candidate.lower()


def test_ids_are_the_same_on_every_machine_and_in_every_year() -> None:
    assert stable_id("shop", "tea.myshopify.com") == shop_id_of("TEA.myshopify.com")
    assert shop_id_of("tea.myshopify.com") == 5390105090713635000
    assert guest_id(7, "mina@example.com") == -4228386869016759544
    assert fingerprint("a", "b") == "51f0df627eafec87293cace2af5bdf2a"


parts = st.lists(st.text(max_size=4), max_size=4).map(tuple)


@given(left=parts, right=parts)
def test_different_parts_have_different_names_however_they_are_cut(
    left: tuple[str, ...], right: tuple[str, ...]
) -> None:
    assert (stable_id(*left) == stable_id(*right)) is (left == right)
    assert (fingerprint(*left) == fingerprint(*right)) is (left == right)


@given(parts)
def test_an_id_fits_a_signed_64_bit_column_and_is_never_no_shop(parts: tuple[str, ...]) -> None:
    assert 0 < stable_id(*parts) < 2**63
    assert re.fullmatch(r"[0-9a-f]{32}", fingerprint(*parts))


def test_a_guest_is_negative_and_another_person_in_every_shop() -> None:
    assert guest_id(1, "mina@example.com") < 0
    assert guest_id(1, "mina@example.com") != guest_id(2, "mina@example.com")


def test_an_effect_is_named_by_what_it_means() -> None:
    key = effect_key(shop_id=1, flow="win_back", version=2, enrollment_id=3, step="we_miss_you")
    assert key == "1:win_back:2:3:we_miss_you"


def test_a_discount_code_follows_from_its_effect_and_the_secret() -> None:
    code = discount_code(SECRET, "1:loyalty_reward:1:5:issue")
    assert code == "REG-T7NJ-BC6M-QYV6"
    assert code != discount_code(SECRET, "1:loyalty_reward:1:6:issue")
    assert code != discount_code(b"another secret", "1:loyalty_reward:1:5:issue")
    assert discount_code(SECRET, "k", prefix="TEA").startswith("TEA-")


@given(key=st.text(max_size=60))
def test_a_discount_code_can_be_read_aloud(key: str) -> None:
    assert re.fullmatch(r"REG(-[A-Z2-7]{4}){3}", discount_code(SECRET, key))
