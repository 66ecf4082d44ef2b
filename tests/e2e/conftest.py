"""Chromium and the checks every page of the admin must pass."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Frame, Page

PHONE = {"width": 375, "height": 740}
DESKTOP = {"width": 1100, "height": 800}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def open_context(browser: Browser) -> Iterator[OpenContext]:
    """Opens browser contexts with the suite's defaults; every one is closed afterwards."""
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        defaults = {"viewport": DESKTOP, "locale": "en-US", "timezone_id": "UTC", "reduced_motion": "reduce"}
        context = browser.new_context(**{**defaults, **options})
        context.set_default_timeout(8000)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_context: OpenContext) -> Iterator[Page]:
    """A page whose console must stay clean."""
    opened = open_context().new_page()
    complaints = listen_for_complaints(opened)
    yield opened
    assert complaints == []


def listen_for_complaints(page: Page) -> list[str]:
    """Collects what the console calls an error, and what nobody caught."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def assert_accessible(where: Page | Frame) -> None:
    """No axe violation at WCAG 2.2 AA plus best practices."""
    results = Axe().run(where, options={"runOnly": RULES})
    found = [
        (each["id"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in results.response["violations"]
    ]
    assert found == []


def assert_fits(where: Page | Frame) -> None:
    """Nothing makes the page scroll sideways."""
    widths = where.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1]


def app_frame(page: Page) -> Frame:
    """The app inside the pretend admin."""
    frame = next(each for each in page.frames if each.parent_frame is page.main_frame)
    frame.wait_for_load_state()
    return frame
