"""Segments in Chromium: built without a mouse, as rows and as text, saved, changed, asked why and why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Frame, FrameLocator, Page, expect

from plugin.pipeline import sync
from plugin.store import segments
from tests.admin_ui.store import SHOP_ID, Store, a_store, an_app
from tests.admin_ui.world import bearer
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

FULL = {"Authorization": bearer()["Authorization"]}


@dataclass(frozen=True, slots=True)
class Site:
    origin: str
    store: Store


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    store = a_store(tmp_path)
    with served(an_app(store, demo_frame="/demo/")) as origin:
        yield Site(origin, store)


def open_builder(page: Page, site: Site) -> FrameLocator:
    page.goto(f"{site.origin}/demo/app/segments/new")
    app = page.frame_locator("iframe")
    expect(app.get_by_role("textbox", name="Name")).to_be_visible()
    return app


def focused(frame: Frame) -> str:
    """The id of what has the focus, or its row's."""
    return str(frame.evaluate("document.activeElement.id"))


def test_a_segment_is_built_by_keyboard_and_saved(page: Page, site: Site) -> None:
    app = open_builder(page, site)
    app.get_by_role("textbox", name="Name").focus()
    page.keyboard.type("Buyers with mail")
    app.get_by_role("button", name="Add condition").press("Enter")
    expect(app.get_by_role("group", name="Condition 1")).to_be_focused()
    expect(app.locator("#found")).to_contain_text("customer")
    page.keyboard.press("Tab")
    assert focused(app_frame(page)) == "field-r1"
    page.keyboard.press("Tab")
    assert focused(app_frame(page)) == "r1-operator"
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    app.get_by_role("button", name="Add a condition that must hold too").press("Enter")
    field = app.get_by_role("group", name="Condition 2").get_by_label("Field")
    field.focus()
    field.select_option("can_email")
    expect(app.get_by_role("group", name="Condition 2").get_by_label("Value")).to_be_visible()
    expect(app.locator("#field-r2")).to_be_focused()
    expect(app.locator("#said")).to_have_text("orders >= 1 AND can_email")
    expect(app.locator("#found")).to_contain_text("customer")
    assert_accessible(app_frame(page))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toast")).to_have_text("Segment saved")
    expect(app.get_by_role("heading", name="Buyers with mail", level=1)).to_be_visible()
    expect(app.get_by_text("Number of orders: at least 1")).to_be_visible()
    with site.store.database.reading(SHOP_ID) as unit:
        [made] = segments.in_force(unit)
    assert (made.name, made.query) == ("Buyers with mail", "orders >= 1 AND can_email")


def test_the_number_follows_every_keystroke_and_says_who_and_why(page: Page, site: Site) -> None:
    app = open_builder(page, site)
    app.get_by_role("button", name="Add condition").click()
    value = app.get_by_role("group", name="Condition 1").get_by_label("Value")
    expect(app.locator("#found .figure")).to_have_text("4")
    expect(app.locator("#people")).to_contain_text("Number of orders: 1")
    value.fill("99")
    expect(app.locator("#found .figure")).to_have_text("0")
    value.fill("")
    expect(app.get_by_text("A value is missing.")).to_be_visible()
    expect(app.get_by_text("Condition 1 is not complete.")).to_be_visible()
    expect(app.get_by_role("button", name="Save segment")).to_be_disabled()
    value.fill("1")
    expect(app.get_by_text("A value is missing.")).to_have_count(0)


def test_rows_become_text_and_text_becomes_rows(page: Page, site: Site) -> None:
    app = open_builder(page, site)
    app.get_by_role("link", name="Waiting for the second order").click()
    expect(app.get_by_role("group", name="Condition 3")).to_be_visible()
    app.get_by_role("button", name="As text").click()
    query = app.get_by_label("Query", exact=True)
    expect(query).to_have_value("orders = 1 AND first_order before 30 days ago AND can_email")
    query.fill('orders >= 2 OR bought(title contains "tea", within 1 year) >= 2 AND NOT country = "DE"')
    expect(app.locator("#said")).to_contain_text("Bought products: at least 2 times")
    app.get_by_role("button", name="As rows").click()
    expect(app.get_by_role("group", name="Group 2")).to_be_visible()
    event = app.get_by_role("group", name="Condition 2")
    expect(event.get_by_role("group", name="Where, 1").get_by_label("Value")).to_have_value("tea")
    app.get_by_role("button", name="Narrow condition 2").click()
    expect(event.get_by_role("group", name="Where, 3")).to_be_focused()
    assert_accessible(app_frame(page))


def test_a_wrong_word_is_marked_and_what_was_meant_is_one_press_away(page: Page, site: Site) -> None:
    app = open_builder(page, site)
    app.get_by_role("button", name="As text").click()
    app.get_by_label("Query", exact=True).fill("orders >= 2 AND last_ordr within 30 days")
    expect(app.locator("#fault-text mark")).to_have_text("last_ordr")
    expect(app.get_by_text("There is no field “last_ordr”.")).to_be_visible()
    expect(app.get_by_role("button", name="Save segment")).to_be_disabled()
    assert_accessible(app_frame(page))
    app.get_by_role("button", name="Use last_order").click()
    expect(app.get_by_label("Query", exact=True)).to_have_value("orders >= 2 AND last_order within 30 days")
    expect(app.locator("#fault-text mark")).to_have_count(0)


def a_saved_segment(page: Page, site: Site, query: str = "orders >= 1") -> FrameLocator:
    app = open_builder(page, site)
    app.get_by_role("textbox", name="Name").fill("Buyers")
    app.get_by_role("button", name="As text").click()
    app.get_by_label("Query", exact=True).fill(query)
    expect(app.get_by_role("button", name="Save segment")).to_be_enabled()
    app.get_by_role("button", name="Save segment").click()
    expect(app.get_by_role("heading", name="Buyers", level=1)).to_be_visible()
    return app


def test_a_segment_is_changed_taken_back_and_deleted(page: Page, site: Site) -> None:
    app = a_saved_segment(page, site)
    expect(app.get_by_text("Counting since").first).to_be_visible()
    app.get_by_role("link", name="Edit segment").click()
    app.get_by_role("group", name="Condition 1").get_by_label("Value").fill("2")
    expect(app.locator("#said")).to_have_text("orders >= 2")
    page.get_by_role("button", name="Save").click()
    expect(app.get_by_text("Number of orders: at least 2")).to_be_visible()
    app.get_by_role("button", name="Go back to the version before").click()
    expect(app.get_by_text("Number of orders: at least 1")).to_be_visible()
    app.get_by_role("button", name="Delete segment").click()
    app.locator("#delete-segment").get_by_role("button", name="Delete segment").click()
    expect(page.locator("#toast")).to_have_text("Segment deleted")
    expect(app.get_by_role("heading", name="Segments", level=1)).to_be_visible()


def test_a_segment_says_why_a_person_is_in_it_and_why_another_is_not(page: Page, site: Site) -> None:
    app = a_saved_segment(page, site, "orders >= 1 AND can_email")
    sync.sync(site.store.database, site.store.clock.now())
    page.goto(f"{site.origin}/demo/app/segments/buyers")
    expect(app.get_by_text("lan@example.com")).to_be_visible()
    app.get_by_label("Find a customer").fill("omar")
    expect(app.get_by_text("Not in the segment")).to_be_visible()
    expect(app.get_by_text("Can be mailed: no")).to_be_visible()
    app.get_by_label("Find a customer").fill("lan@")
    expect(app.get_by_text("In the segment", exact=True)).to_be_visible()
    assert_accessible(app_frame(page))


@pytest.mark.parametrize("language", ["en", "ar", "fa", "vi"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_builder_fits_and_is_accessible(
    open_context: OpenContext, tmp_path: Path, language: str, size: str
) -> None:
    viewport = PHONE if size == "phone" else DESKTOP
    every = (
        "stage in (new, loyal) AND birthday within next 30 days AND in segment loyal OR spent between 5 and 10 "
        'AND bought(title contains "tea", quantity >= 3) AND created since 2026-01-31 AND NOT can_email'
    )
    with served(an_app(a_store(tmp_path), language=language, demo_frame="/demo/")) as origin:
        page = open_context(extra_http_headers=FULL, locale=language, viewport=viewport).new_page()
        complaints = listen_for_complaints(page)
        for path in ("?tab=yours", "/new", f"/new?query={every}", "/new?query=ordrs"):
            page.goto(f"{origin}/app/segments{path}")
            assert_fits(page)
            assert_accessible(page)
        page.goto(f"{origin}/demo/app/segments/everyone")
        expect(page.frame_locator("iframe").locator("#share form").first).to_be_visible()
        assert_fits(app_frame(page))
        assert_accessible(app_frame(page))
    assert complaints == []
