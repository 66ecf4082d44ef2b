"""The public pages: what they say, what they must never do."""

import hashlib
import re
from base64 import b64encode

import pytest

from plugin.core.loyalty.accounts import HeldReward, Movement, PointsAccount
from plugin.core.loyalty.rewards import Reward
from plugin.rendering.localisation import LANGUAGES, RIGHT_TO_LEFT, localisation
from plugin.rendering.pages import (
    error_page,
    invalid_link_page,
    page_security_policy,
    points_page,
    points_sign_in_page,
    unsubscribe_confirm_page,
    unsubscribe_done_page,
)
from tests.builders import DAY, NOW
from tests.rendering.page import Page

ACCOUNT = PointsAccount(
    points=1120,
    movements=(
        Movement(at=NOW, reason="order_paid", points=1620),
        Movement(at=NOW, reason="reward_redeemed", points=-500),
        Movement(at=NOW, reason="order_reduced", points=-1),
        Movement(at=NOW, reason="reward_failed", points=500),
        Movement(at=NOW, reason="a reason from later", points=1),
    ),
    rewards=(HeldReward(code="REG-7K2M", value_minor=500, currency="EUR", expires_at=NOW + 30 * DAY),),
    next_reward=Reward(id="discount_2500", points=2500, value_minor=2500),
    gets_mail=True,
)


def every_page(locale: str) -> dict[str, str]:
    return {
        "confirm": unsubscribe_confirm_page(shop_name="Café Nord", locale=locale),
        "done": unsubscribe_done_page(shop_name="Café Nord", locale=locale),
        "invalid": invalid_link_page(locale=locale),
        "error": error_page(reference="4F3D-2A", locale=locale),
        "points": points_page(
            ACCOUNT, shop_name="Café Nord", currency="EUR", zone="Europe/Berlin", locale=locale
        ),
        "points_sign_in": points_sign_in_page(shop_name="Café Nord", login_path="../x", locale=locale),
    }


PAGES = [(locale, name) for locale in LANGUAGES for name in every_page(locale)]


@pytest.mark.parametrize(("locale", "name"), PAGES)
def test_a_page_is_in_its_language_and_loads_and_runs_nothing(locale: str, name: str) -> None:
    html = every_page(locale)[name]
    page = Page(html)
    (root,) = [attrs for tag, attrs in page.tags if tag == "html"]

    assert root == {"lang": locale, "dir": "rtl" if locale in RIGHT_TO_LEFT else "ltr"}
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe"})
    assert re.search(r"https?:|url\(|@import| style=| on[a-z]+=", html) is None
    assert re.search(r"(margin|padding)-(left|right)|text-align:(left|right)|\b(left|right):", html) is None


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_confirm_page_asks_and_posts_to_itself(locale: str) -> None:
    page = Page(every_page(locale)["confirm"])

    assert ("form", {"method": "post"}) in page.tags
    hidden = {"type": "hidden", "name": "List-Unsubscribe", "value": "One-Click"}
    assert ("input", hidden) in page.tags
    assert "Café Nord" in page.text
    assert [tag for tag, _ in page.tags].count("button") == 1


@pytest.mark.parametrize("name", ["done", "invalid", "error"])
def test_no_other_page_can_change_anything(name: str) -> None:
    page = Page(every_page("en")[name])

    assert {tag for tag, _ in page.tags}.isdisjoint({"form", "button", "input", "a"})


def test_the_pages_say_what_happened_in_plain_words() -> None:
    pages = {name: Page(html).text for name, html in every_page("en").items()}

    assert "Nothing changes until you press the button." in pages["confirm"]
    assert "Café Nord will send you no more marketing email." in pages["done"]
    assert "Nothing has been changed." in pages["invalid"]
    assert "tell the shop this reference: 4F3D-2A" in pages["error"]


def test_points_are_told_in_the_readers_own_digits_money_and_calendar() -> None:
    persian = Page(every_page("fa")["points"]).text
    ways = localisation("fa")
    assert f"{ways.number(1120)} امتیاز" in persian
    assert f"{ways.number(1380)} امتیاز دیگر" in persian
    assert f"{ways.native_digits('30')} آبان {ways.native_digits('1405')}" in persian
    arabic = Page(every_page("ar")["points"]).text
    assert "REG-7K2M" in arabic


def test_four_languages_are_four_different_pages() -> None:
    assert len({Page(every_page(locale)["done"]).text for locale in LANGUAGES}) == len(LANGUAGES)


def test_a_hostile_shop_name_is_words() -> None:
    typed = '<script>alert(1)</script>{{7*7}}"'
    for html in (
        unsubscribe_confirm_page(shop_name=typed, locale="ar"),
        unsubscribe_done_page(shop_name=typed, locale="ar"),
    ):
        assert typed in Page(html).text
        assert "script" not in {tag for tag, _ in Page(html).tags}


def test_the_security_policy_allows_exactly_the_style_in_the_page() -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", every_page("fa")["confirm"], re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert page_security_policy() == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
