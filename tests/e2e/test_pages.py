"""Every page of the admin on a real store in Chromium: right to left, on a phone, for assistive technology."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from admin_ui.pages import PAGES
from plugin.core.events import CustomerDataRequested, Person
from plugin.pipeline.forget import note_data_request
from plugin.store import alarms, flows, imports, reconciliations, shops
from tests.admin_ui.store import GUEST_EMAIL, LAN, OMAR, SARA, SHOP_ID, Store, a_store, an_app, an_empty_store
from tests.admin_ui.world import bearer
from tests.builders import NOW
from tests.e2e.conftest import (
    DESKTOP,
    PHONE,
    OpenContext,
    app_frame,
    assert_accessible,
    assert_fits,
    listen_for_complaints,
)
from tests.e2e.site import served

pytestmark = pytest.mark.browser

PATHS = (
    "/",
    "/app/customers",
    f"/app/customers/{LAN}",
    f"/app/customers/{SARA}",
    f"/app/customers/{OMAR}",
    "/app/segments",  # a segment loads a part by itself: it is walked in test_segments
    "/app/flows",
    "/app/flows/abandoned_checkout",
    "/app/flows/loyalty_reward",
    "/app/flows/win_back",
    "/app/insights/people/first",  # what loads by itself is walked in test_insights
    "/app/settings",
    "/app/settings/connection",
    "/app/settings/privacy",
)
FULL = {"Authorization": bearer()["Authorization"]}


@dataclass(frozen=True, slots=True)
class Site:
    origin: str
    store: Store


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    store = a_store(tmp_path_factory.mktemp("store"))
    with served(an_app(store, demo_frame="/demo/")) as origin:
        yield Site(origin, store)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_fits_and_is_accessible(
    open_context: OpenContext, tmp_path: Path, language: str, size: str
) -> None:
    store = a_store(tmp_path)
    viewport = PHONE if size == "phone" else DESKTOP
    with served(an_app(store, language=language)) as origin:
        page = open_context(extra_http_headers=FULL, locale=language, viewport=viewport).new_page()
        complaints = listen_for_complaints(page)
        for path in PATHS:
            page.goto(origin + path)
            assert page.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr"), path
            assert_fits(page)
            assert_accessible(page)
    assert complaints == []


def a_troubled_store(folder: Path) -> Store:
    """A store in which everything that the connection and privacy pages can show is there to be shown."""
    store = a_store(folder)
    with store.database.unit(SHOP_ID) as unit:
        shops.note_scopes(unit, ["read_orders", "write_customers"], NOW)
        alarms.raise_alarm(unit, "webhooks", at=NOW, hours=24, expected=40, seen=2)
        reconciliations.begin(unit, "orders", generation=1, through=NOW, page_size=50, now=NOW)
        orders = next(found for found in imports.of_shop(unit) if found.kind == "orders")
        imports.change(unit, orders, state="failed", reason="timeout", due=None)
        for number, person in enumerate((Person(shopify_id=LAN), Person(email="nobody@example.com"))):
            asked = CustomerDataRequested(
                request_id=str(number), person=person, order_ids=(), occurred_at=NOW
            )
            note_data_request(unit, asked, NOW)
    store.fail("d1", "d2", reason="wrong_shape:orders/create")
    return store


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_trouble_fits_and_is_accessible(
    open_context: OpenContext, tmp_path: Path, language: str, size: str
) -> None:
    viewport = PHONE if size == "phone" else DESKTOP
    with served(an_app(a_troubled_store(tmp_path), language=language)) as origin:
        page = open_context(extra_http_headers=FULL, locale=language, viewport=viewport).new_page()
        for path in ("/", "/app/settings/connection", "/app/settings/privacy"):
            page.goto(origin + path)
            assert_fits(page)
            assert_accessible(page)


def test_a_notice_is_understood_again_and_the_page_says_so(page: Page, tmp_path: Path) -> None:
    store = a_troubled_store(tmp_path)
    with served(an_app(store, demo_frame="/demo/")) as origin:
        page.goto(f"{origin}/demo/app/settings")
        app = page.frame_locator("iframe")
        app.get_by_role("link", name="View connection").click()
        app.get_by_role("button", name="Understand again: orders/create").first.click()
        expect(page.locator("#toast")).to_have_text("1 notice is being read again")
        expect(app.get_by_role("button", name="Understand again: orders/create")).to_have_count(1)
        app.get_by_role("button", name="Start again: Orders").click()
        expect(page.locator("#toast")).to_have_text("The import starts again")
        expect(app.get_by_role("button", name="Start again: Orders")).to_have_count(0)
    assert [each.delivery_id for each in store.inbox.waiting(10)] == ["d2"]


def test_a_request_is_answered_and_forgets_whom_it_was_about(page: Page, tmp_path: Path) -> None:
    with served(an_app(a_troubled_store(tmp_path), demo_frame="/demo/")) as origin:
        page.goto(f"{origin}/demo/app/settings/privacy")
        app = page.frame_locator("iframe")
        app.get_by_role("button", name="Show the copy").click()
        expect(app.get_by_text("lan@example.com").first).to_be_visible()
        app.get_by_role("button", name="Mark as answered").first.click()
        expect(page.locator("#toast")).to_have_text("The request is marked as answered")
        expect(app.get_by_role("button", name="Mark as answered")).to_have_count(1)


def test_the_guide_is_hidden_for_good(page: Page, tmp_path: Path) -> None:
    with served(an_app(an_empty_store(tmp_path), demo_frame="/demo/")) as origin:
        page.goto(f"{origin}/demo/")
        app = page.frame_locator("iframe")
        app.get_by_role("button", name="Hide this guide for good").click()
        expect(app.get_by_text("Your postal address is missing")).to_be_visible()
        expect(app.get_by_text("Set up Regulars")).to_have_count(0)


def test_an_empty_store_says_what_will_appear_and_fits(open_context: OpenContext, tmp_path: Path) -> None:
    with served(an_app(an_empty_store(tmp_path))) as origin:
        page = open_context(extra_http_headers=FULL, viewport=PHONE).new_page()
        for path in (
            "/",
            "/app/customers",
            "/app/segments",
            "/app/flows",
            "/app/flows/win_back",
            "/app/settings/connection",
            "/app/settings/privacy",
        ):
            page.goto(origin + path)
            assert_fits(page)
            assert_accessible(page)
        page.goto(origin + "/")
        expect(page.get_by_role("link", name="Add postal address")).to_be_visible()


def test_the_walk_covers_every_page() -> None:
    walked = {path.strip("/").split("/")[1] if "/app/" in path else "" for path in PATHS}
    known = {
        str(getattr(route, "path", "")).strip("/").split("/")[1]
        for router in PAGES
        for route in router.routes
        if str(getattr(route, "path", "")).count("/") == 2
    }
    assert walked - {""} == known


def test_the_switch_turns_a_flow_off_at_once_and_says_so(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/flows")
    app = page.frame_locator("iframe")
    switch = app.get_by_role("switch", name="Win back is on")
    expect(switch).to_be_checked()
    switch.uncheck()
    expect(page.locator("#toast")).to_have_text("Win back is off")
    expect(app.get_by_role("switch", name="Win back is on")).not_to_be_checked()
    with site.store.database.reading(SHOP_ID) as unit:
        assert flows.switches(unit)["win_back"].is_on is False


def test_a_search_finds_while_typing_and_the_page_stays(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/customers")
    app = page.frame_locator("iframe")
    expect(app.get_by_role("link", name="Omar")).to_be_visible()
    app.get_by_label("Find a customer").fill("guest@")
    expect(app.get_by_text(GUEST_EMAIL)).to_be_visible()
    expect(app.get_by_role("link", name="Omar")).to_be_hidden()
    assert app.get_by_label("Find a customer").input_value() == "guest@"


def test_a_message_is_previewed_in_the_chosen_language(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/flows/abandoned_checkout")
    app = page.frame_locator("iframe")
    app.get_by_label("Language of the message").first.select_option("fa")
    mail = app.frame_locator("iframe[title='Preview: First reminder']")
    expect(mail.get_by_role("link", name="بازگشت به خرید")).to_be_visible()
    assert_accessible(app_frame(page))


def test_settings_are_saved_from_the_save_bar(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/demo/app/settings")
    app = page.frame_locator("iframe")
    app.get_by_role("textbox", name="Postal address").fill("2 Lotus Road\nHue")
    app.get_by_label("From").select_option("22:00")
    app.get_by_label("Until").select_option("07:30")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toast")).to_have_text("Settings saved")
    with site.store.database.reading(SHOP_ID) as unit:
        shop = shops.get(unit)
    assert shop.postal_address == "2 Lotus Road\nHue"
    assert (f"{shop.quiet_from:%H:%M}", f"{shop.quiet_until:%H:%M}") == ("22:00", "07:30")


def test_half_a_quiet_window_is_refused_beside_its_field(open_context: OpenContext, site: Site) -> None:
    page = open_context().new_page()
    page.goto(f"{site.origin}/demo/app/settings")
    app = page.frame_locator("iframe")
    app.get_by_label("Until").select_option("")
    app.get_by_label("From").select_option("21:00")
    page.get_by_role("button", name="Save").click()
    expect(app.get_by_text("Choose both times, or none.")).to_be_visible()
    expect(app.get_by_label("From")).to_have_value("21:00")
