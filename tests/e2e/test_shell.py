"""The shell in a browser: tokens, routing, save bar, languages, phones, and people who use assistive technology."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.admin_ui.world import SHOP, Merchants, an_app, bearer
from tests.e2e.conftest import (
    PHONE,
    OpenContext,
    app_frame,
    assert_accessible,
    assert_fits,
    listen_for_complaints,
)
from tests.e2e.site import served

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Site:
    origin: str
    merchants: Merchants


@pytest.fixture(scope="module")
def serving() -> Iterator[Site]:
    merchants = Merchants()
    with served(an_app(merchants, demo_frame="/demo/")) as origin:
        yield Site(origin, merchants)


@pytest.fixture
def site(serving: Site) -> Site:
    serving.merchants.saved.clear()
    serving.merchants.languages.clear()
    return serving


def test_the_first_load_shows_the_page_and_hides_the_token(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/")
    app = page.frame_locator("iframe")
    expect(app.get_by_role("heading", name="Sample", exact=True)).to_be_visible()
    assert app_frame(page).evaluate("location.search") == f"?shop={SHOP}"
    expect(page.get_by_role("link", name="Home")).to_have_attribute("aria-current", "page")


def test_a_stale_first_token_bounces_to_the_same_page(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/settings?id_token=stale")
    app = page.frame_locator("iframe")
    expect(app.get_by_role("heading", name="Form")).to_be_visible()
    assert app_frame(page).evaluate("location.pathname + location.search") == f"/app/settings?shop={SHOP}"


def test_a_reload_of_the_frame_bounces_to_where_it_was(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/")
    app = page.frame_locator("iframe")
    page.get_by_role("link", name="Settings").click()
    expect(app.get_by_role("heading", name="Form")).to_be_visible()
    app_frame(page).evaluate("location.reload()")
    expect(app.get_by_role("heading", name="Form")).to_be_visible()
    app.get_by_label("From name").fill("Hoa")
    expect(page.get_by_role("button", name="Save")).to_be_visible()


def test_a_refused_bounce_ends_in_one_page(open_context: OpenContext, site: Site) -> None:
    page = open_context().new_page()
    page.goto(f"{site.origin}/demo/?id_token=stale&frame_token=bad")
    expect(
        page.frame_locator("iframe").get_by_role("heading", name="Your session could not be checked")
    ).to_be_visible()


def test_admin_navigation_is_one_fetch_with_focus_title_and_a_way_back(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/")
    app = page.frame_locator("iframe")
    expect(app.get_by_role("heading", name="Sample", exact=True)).to_be_visible()
    frame = app_frame(page)
    frame.evaluate("window.stays = true")
    page.get_by_role("link", name="Settings").click()
    expect(app.get_by_role("heading", name="Form")).to_be_visible()
    expect(page).to_have_title("Form")
    expect(page.get_by_role("link", name="Settings")).to_have_attribute("aria-current", "page")
    assert frame.evaluate("[window.stays, document.activeElement.id, location.search]") == [
        True,
        "main",
        f"?shop={SHOP}",
    ]
    frame.evaluate("history.back()")
    expect(app.get_by_role("heading", name="Sample", exact=True)).to_be_visible()
    expect(page).to_have_title("Sample")
    assert frame.evaluate("window.stays") is True


def test_a_link_inside_a_shadow_root_is_routed_too(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/")
    app = page.frame_locator("iframe")
    app.get_by_role("link", name="Edit form").click()
    expect(app.get_by_role("heading", name="Form")).to_be_visible()
    app.get_by_label("From name").wait_for()
    page.get_by_role("link", name="Home").click()
    app.get_by_role("cell", name="12", exact=True).click()
    expect(app.get_by_role("heading", name="Form")).to_be_visible()


def test_the_save_bar_saves_and_the_toast_says_so(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/settings")
    app = page.frame_locator("iframe")
    expect(page.locator("#bar")).to_be_hidden()
    app.get_by_label("From name").fill("Lan's shop")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toast")).to_have_text("Saved — đã lưu")
    expect(page.locator("#bar")).to_be_hidden()
    assert site.merchants.saved == [(SHOP, "Lan's shop")]


def test_discard_brings_back_what_was_there(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/settings")
    app = page.frame_locator("iframe")
    app.get_by_label("From name").fill("Other")
    app.get_by_label("Live").check()
    app.get_by_label("Language").select_option("en")
    page.get_by_role("button", name="Discard").click()
    expect(app.get_by_label("From name")).to_have_value("Lotus")
    expect(app.get_by_label("Live")).not_to_be_checked()
    expect(app.get_by_label("Language")).to_have_value("fa")
    expect(page.locator("#bar")).to_be_hidden()


def test_leaving_an_unsaved_form_asks_first(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/settings")
    app = page.frame_locator("iframe")
    app.get_by_label("From name").fill("Other")
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Home").click()
    expect(app.get_by_label("From name")).to_have_value("Other")
    assert questions == ["Leave without saving your changes?"]


def test_a_form_gives_all_its_values_to_formdata(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/settings")
    page.frame_locator("iframe").get_by_label("From name").wait_for()
    values = app_frame(page).evaluate("[...new FormData(document.getElementById('sample'))]")
    assert values == [
        ["sender", "Lotus"],
        ["reply", ""],
        ["address", ""],
        ["language", "fa"],
        ["quiet", "on"],
    ]


def test_a_refused_entry_is_red_beside_its_field(open_context: OpenContext, site: Site) -> None:
    page = open_context().new_page()
    page.goto(f"{site.origin}/demo/app/settings")
    app = page.frame_locator("iframe")
    app.get_by_label("From name").fill("")
    app.get_by_label("From name").press("Enter")
    expect(app.get_by_text("Type a name")).to_be_visible()
    assert app.get_by_label("From name").get_attribute("aria-invalid") == "true"


def test_typing_counts_without_leaving_the_page(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/settings")
    app = page.frame_locator("iframe")
    app.get_by_label("Number").fill("4321")
    expect(app.locator("#count strong")).to_have_text("4,321")


def test_a_lost_connection_keeps_what_was_typed(open_context: OpenContext, site: Site) -> None:
    page = open_context().new_page()
    page.goto(f"{site.origin}/demo/app/settings")
    app = page.frame_locator("iframe")
    app.get_by_label("From name").fill("Typed long")
    page.route("**/app/settings", lambda route: route.abort())
    page.get_by_role("button", name="Save").click()
    expect(app.get_by_role("alert").filter(has_text="Connection lost")).to_be_visible()
    expect(app.get_by_label("From name")).to_have_value("Typed long")


def test_a_modal_opens_on_click_and_gives_focus_back(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/")
    app = page.frame_locator("iframe")
    app.get_by_role("button", name="Ask me").click()
    dialog = app.get_by_role("dialog", name="Turn the flow on?")
    expect(dialog).to_be_visible()
    assert_accessible(app_frame(page))
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert app_frame(page).evaluate("document.activeElement.textContent") == "Ask me"


@pytest.mark.parametrize("path", ["/", "/app/settings", "/app/nowhere"])
@pytest.mark.parametrize("language", ["en", "ar", "fa", "vi"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_fits_and_is_accessible(
    open_context: OpenContext, site: Site, path: str, language: str, size: str
) -> None:
    site.merchants.languages[SHOP] = language
    headers = {"Authorization": bearer()["Authorization"]}
    viewport = {"viewport": PHONE} if size == "phone" else {}
    page = open_context(extra_http_headers=headers, locale=language, **viewport).new_page()
    complaints = listen_for_complaints(page)
    page.goto(site.origin + path)
    assert page.evaluate("[document.documentElement.lang, document.dir]") == [
        language,
        "rtl" if language in {"ar", "fa"} else "ltr",
    ]
    assert_fits(page)
    assert_accessible(page)
    assert [each for each in complaints if "404" not in each] == []


def test_right_to_left_mirrors_the_page(open_context: OpenContext, site: Site) -> None:
    places = {}
    for language in ("en", "fa"):
        site.merchants.languages[SHOP] = language
        page = open_context(extra_http_headers={"Authorization": bearer()["Authorization"]}).new_page()
        page.goto(site.origin + "/")
        box = page.get_by_role("heading", name="Sample", exact=True).bounding_box()
        bar = page.locator(".funnel rect").nth(1).bounding_box()
        assert box is not None
        assert bar is not None
        places[language] = (box["x"] < 550, bar["x"] < 550)
    assert places["en"][0] is True
    english, persian = places["en"], places["fa"]
    assert english != persian


def test_table_rows_become_cards_on_a_phone_and_stay_a_table(open_context: OpenContext, site: Site) -> None:
    page = open_context(
        viewport=PHONE, extra_http_headers={"Authorization": bearer()["Authorization"]}
    ).new_page()
    page.goto(site.origin + "/")
    expect(page.get_by_role("table", name="People")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Lan")
    expect(row.get_by_role("cell")).to_have_count(5)
    name, orders = (
        row.get_by_role("cell").nth(0).bounding_box(),
        row.get_by_role("cell").nth(2).bounding_box(),
    )
    assert name is not None
    assert orders is not None
    assert orders["y"] >= name["y"] + name["height"]


def test_nothing_moves_for_those_who_asked_for_stillness(open_context: OpenContext, site: Site) -> None:
    headers = {"Authorization": bearer()["Authorization"]}
    running = {}
    for wish in ("reduce", "no-preference"):
        page = open_context(extra_http_headers=headers, reduced_motion=wish).new_page()
        page.goto(site.origin + "/")
        running[wish] = page.locator("s-spinner .spin").evaluate("each => each.getAnimations().length")
    assert running == {"reduce": 0, "no-preference": 1}


def test_the_page_does_not_jump_while_it_loads(open_context: OpenContext, site: Site) -> None:
    page = open_context(extra_http_headers={"Authorization": bearer()["Authorization"]}).new_page()
    page.goto(site.origin + "/")
    shift = page.evaluate(
        """() => new Promise((done) => new PerformanceObserver((list, watcher) => {
          watcher.disconnect();
          done(list.getEntries().reduce((sum, each) => sum + each.value, 0));
        }).observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => done(0), 300))"""
    )
    assert shift <= 0.05
