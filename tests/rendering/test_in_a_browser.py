"""Pages and messages as a person with a phone sees them, in light and in dark."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from plugin.rendering.localisation import LANGUAGES
from plugin.rendering.pages import page_security_policy
from plugin.rendering.render import Renderer
from tests.rendering.builders import a_checkout, a_context
from tests.rendering.test_pages import every_page

pytestmark = pytest.mark.browser

ADDRESS = "http://pages.test/"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RENDERER = Renderer()


@pytest.fixture(params=["light", "dark"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with browser.new_context(
        viewport={"width": 375, "height": 740}, color_scheme=request.param, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.set_default_timeout(8000)
        yield page


def show(page: Page, html: str, policy: str | None = None) -> list[str]:
    """Open `html` as a server would send it; returns what the browser complained of."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    headers = {"content-type": "text/html; charset=utf-8"}
    if policy is not None:
        headers["content-security-policy"] = policy

    def answer(route: Route) -> None:
        route.fulfill(status=200, headers=headers, body=html)

    page.route(ADDRESS, answer)
    page.goto(ADDRESS)
    return complaints


def violations(page: Page, *, ignoring: tuple[str, ...] = ()) -> list[str]:
    # axe is brought in by the test, so the page's own policy has to be stepped around for it.
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
    return [violation["id"] for violation in found if violation["id"] not in ignoring]


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("name", ["confirm", "done", "invalid", "error"])
def test_a_page_has_no_accessibility_fault_and_obeys_its_own_policy(
    phone: Page, locale: str, name: str
) -> None:
    complaints = show(phone, every_page(locale)[name], page_security_policy())

    assert complaints == []
    assert phone.evaluate("getComputedStyle(document.querySelector('main')).borderRadius") == "12px"
    assert not is_wider_than_the_screen(phone)
    assert violations(phone) == []


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(
    ("flow", "step"), [("abandoned_checkout", "reminder_2"), ("loyalty_reward", "reward")]
)  # between them, every kind of block the messages are made of
def test_a_message_can_be_read_on_a_phone(phone: Page, flow: str, step: str, locale: str) -> None:
    long_title = "A very long title of a thing " * 5 + "x" * 40
    context = a_context(checkout=a_checkout("Blue mug", long_title))
    show(phone, RENDERER.render(flow, step, context, locale).html)

    assert not is_wider_than_the_screen(phone)
    # Landmarks and headings belong to pages; mail programs show a message inside their own.
    assert violations(phone, ignoring=("region", "page-has-heading-one", "landmark-one-main")) == []
