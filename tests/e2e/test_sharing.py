"""A merchant takes a segment out of the app, in the browser: one press each."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from plugin.shopify.fake import FakeAdmin
from plugin.shopify.fake_shop import FakeShop
from tests.admin_ui.store import SHOP_ID, a_store, an_app
from tests.admin_ui.world import SHOP
from tests.e2e.conftest import DESKTOP, PHONE, OpenContext, app_frame, assert_accessible, assert_fits
from tests.e2e.site import served

pytestmark = pytest.mark.browser


def test_a_file_is_downloaded_with_one_press_and_the_page_stays(page: Page, tmp_path: Path) -> None:
    with served(an_app(a_store(tmp_path), demo_frame="/demo/")) as origin:
        page.goto(f"{origin}/demo/app/segments/everyone")
        app = page.frame_locator("iframe")
        with page.expect_download() as expected:
            app.get_by_role("button", name="Download as CSV").click()
        file = expected.value
        assert file.suggested_filename == "everyone-2026-11-21.csv"
        text = Path(file.path()).read_text("utf-8-sig")
        assert text.startswith('"Customer id","First name"')
        assert "lan@example.com" in text
        expect(app.get_by_role("button", name="Download as CSV")).to_be_visible()


def test_tagging_and_saving_are_one_press_each(page: Page, tmp_path: Path) -> None:
    admin = FakeAdmin({SHOP_ID: FakeShop(domain=SHOP)})
    with served(an_app(a_store(tmp_path), demo_frame="/demo/", shopify=admin)) as origin:
        page.goto(f"{origin}/demo/app/segments/bought_once")
        app = page.frame_locator("iframe")
        app.get_by_role("button", name="Save as a Shopify segment").click()
        expect(page.locator("#toast")).to_have_text("Saved among your Shopify segments")
        expect(app.get_by_role("button", name="Save again in Shopify")).to_be_visible()
        app.get_by_role("button", name="Tag these customers").click()
        expect(page.locator("#toast")).to_have_text("The customers get their tag now")
        app.get_by_role("button", name="Take the tag off").click()
        expect(app.get_by_text("Being taken off")).to_be_visible()
    assert [query for _, query in admin.shops[SHOP_ID].segments.values()] == ["number_of_orders = 1"]


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_panel_fits_and_is_accessible(
    open_context: OpenContext, tmp_path: Path, language: str, size: str
) -> None:
    viewport = PHONE if size == "phone" else DESKTOP
    with served(an_app(a_store(tmp_path), language=language, demo_frame="/demo/")) as origin:
        page = open_context(locale=language, viewport=viewport).new_page()
        for segment in ("bought_once", "loyal"):
            page.goto(f"{origin}/demo/app/segments/{segment}")
            frame = app_frame(page)
            frame.locator("#share form").first.wait_for()
            assert_fits(frame)
            assert_accessible(frame)
