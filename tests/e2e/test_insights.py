"""Insights in Chromium, inside the admin's frame: its numbers load by themselves, with the admin's token."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.admin_ui.store import SHOP_ID, Store, an_app, an_empty_store
from tests.builders import DAY, NOW
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
from tests.queries.test_insights import some_buyers
from tests.queries.test_insights_forecast import a_forecast, keep

pytestmark = pytest.mark.browser

PATHS = ("/app/insights", "/app/insights/rfm", "/app/insights/retention", "/app/insights/forecast")


def a_store_with_buyers(folder: Path) -> Store:
    store = an_empty_store(folder)
    with store.database.unit(SHOP_ID) as unit:
        some_buyers(unit)
        keep(unit, a_forecast(NOW - 5 * DAY), a_forecast(NOW - 40 * DAY))
    return store


def wait_for_numbers(page: Page) -> None:
    expect(page.frame_locator("iframe").locator(".slot")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "ar", "fa", "vi"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("has_buyers", [True, False])
def test_insights_fit_and_are_accessible(
    open_context: OpenContext, tmp_path: Path, language: str, size: str, *, has_buyers: bool
) -> None:
    store = a_store_with_buyers(tmp_path) if has_buyers else an_empty_store(tmp_path)
    viewport = PHONE if size == "phone" else DESKTOP
    with served(an_app(store, language=language, demo_frame="/demo/")) as origin:
        page = open_context(locale=language, viewport=viewport).new_page()
        complaints = listen_for_complaints(page)
        for path in PATHS:
            page.goto(f"{origin}/demo{path}")
            frame = app_frame(page)
            wait_for_numbers(page)
            assert_fits(frame)
            assert_accessible(frame)
    assert complaints == []


def test_a_number_leads_to_its_people(page: Page, tmp_path: Path) -> None:
    with served(an_app(a_store_with_buyers(tmp_path), demo_frame="/demo/")) as origin:
        page.goto(f"{origin}/demo/app/insights")
        app = page.frame_locator("iframe")
        expect(page.get_by_role("link", name="Insights")).to_have_attribute("aria-current", "page")
        app.get_by_role("link", name="30 days").click()
        wait_for_numbers(page)
        app.get_by_role("link", name="1 person").first.click()
        expect(app.get_by_text("1 person in the last 30 days")).to_be_visible()
        expect(app.get_by_role("heading", name="First purchase")).to_be_visible()
        app.get_by_role("link", name="Insights").click()
        wait_for_numbers(page)
        expect(app.get_by_role("link", name="Extension: 1 customers")).to_be_visible()


def test_the_months_change_their_subject(page: Page, tmp_path: Path) -> None:
    with served(an_app(a_store_with_buyers(tmp_path), demo_frame="/demo/")) as origin:
        page.goto(f"{origin}/demo/app/insights/retention")
        app = page.frame_locator("iframe")
        wait_for_numbers(page)
        expect(app.get_by_text("51 days")).to_be_visible()
        app.get_by_role("link", name="Revenue").click()
        # Ana, Ben and Chi spent €22.00 in September, €20.00 in October and €48.00 so far in November.
        expect(app.get_by_role("row", name="Sep 2026 3 €7.33 €6.67 €16.00")).to_be_visible()
