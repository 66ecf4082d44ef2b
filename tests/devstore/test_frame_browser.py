"""The demo's own pages in Chromium: the frame's protocol, axe, four languages, a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from devstore import Devstore, DevstoreConfig, create_devstore
from tests.devstore.demo import Controls, a_mail, an_app
from tests.devstore.world import KEY, SECRET, SHOP, Clock

pytestmark = pytest.mark.browser


@dataclass
class Site:
    url: str
    devstore: Devstore
    controls: Controls


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The devstore under a path and an app beside it, on one origin, as the demo serves them."""
    holder = Starlette()
    server = uvicorn.Server(uvicorn.Config(holder, port=0, log_level="error", lifespan="off", ws="none"))
    socket = server.config.bind_socket()
    url = f"http://127.0.0.1:{socket.getsockname()[1]}"
    controls = Controls(mails=[a_mail(1), a_mail(2, subject="سلتك في انتظارك")])
    config = DevstoreConfig(
        shop=SHOP, api_key=KEY, api_secret=SECRET, app_url=url, base_url=f"{url}/devstore", clock=Clock()
    )
    devstore = create_devstore(config, controls)
    holder.router.routes.extend([Mount("/devstore", devstore), Mount("/", an_app())])
    thread = Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    yield Site(url=f"{url}/devstore", devstore=devstore, controls=controls)
    server.should_exit = True
    thread.join()
    devstore.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(8000)
    yield context.new_page()
    context.close()


def test_the_frame_carries_navigation_tokens_and_the_save_bar(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/frame/app/home")
    app = page.frame_locator("#app")
    expect(app.get_by_role("heading", name="Home")).to_be_visible()
    expect(app.locator("body[data-token]")).to_be_visible()
    nav = page.get_by_role("navigation", name="Store admin")
    expect(nav.get_by_role("link", name="Home")).to_have_attribute("aria-current", "page")
    nav.get_by_role("link", name="Segments").click()
    expect(app.get_by_role("heading", name="Segments")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/frame/app/segments")
    page.go_back()
    expect(app.get_by_role("heading", name="Home")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/frame/app/home")
    app.get_by_label("Name").fill("x")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toast")).to_have_text("Saved")
    expect(page.get_by_role("button", name="Discard")).to_be_hidden()


def test_the_bar_acts_and_says_so(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/frame/app/home")
    said = page.locator("#said")
    expect(said).to_contain_text("Begin here")
    abandon = page.get_by_role("button", name="Shopper abandons a checkout")
    abandon.click()
    expect(said).to_contain_text("left a checkout of $")
    expect(abandon).to_be_focused()
    assert site.devstore.deliveries()[-1].topic == "checkouts/update"
    site.controls.arriving = [a_mail(3)]
    page.get_by_role("button", name="+1 hour").click()
    expect(said).to_contain_text("It is now")
    expect(page.locator("#now")).to_contain_text("11:00")
    said.get_by_role("link", name="Go to the mailbox").click()
    expect(page.get_by_role("heading", name="Mailbox")).to_be_visible()
    page.get_by_role("link", name="Back to store admin").click()
    page.get_by_label("Language").select_option("ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("link", name="افتح صندوق البريد")).to_be_visible()


def test_on_a_phone_the_buttons_unfold_and_stay_so(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 375, "height": 740})
    page.goto(f"{site.url}/frame/app/home")
    day = page.get_by_role("button", name="+1 day")
    expect(day).to_be_hidden()
    fold = page.get_by_role("button", name="Demo controls")
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(day).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Language").select_option("fa")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("[data-action=day]")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "width", "language"),
    [
        ("/frame/app/home", 375, "en"),
        ("/frame/app/home", 375, "ar"),
        ("/frame/app/home", 375, "fa"),
        ("/frame/app/home", 375, "vi"),
        ("/frame/app/home", 1100, "fa"),
        ("/mailbox", 375, "ar"),
        ("/mailbox", 1100, "en"),
        ("/mailbox/2", 375, "fa"),
        ("/mailbox/2", 1100, "vi"),
    ],
)
def test_every_page_is_accessible_and_fits(
    page: Page, site: Site, path: str, width: int, language: str
) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site.url}{path}?lang={language}")
    page.wait_for_load_state("load")
    sizes = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert sizes[0] <= sizes[1]
    found = [
        (each["id"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in Axe().run(page).response["violations"]
    ]
    assert found == []
    assert complaints == []


def test_a_mail_is_shown_as_on_a_phone_and_its_script_does_not_run(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/mailbox/1")
    mail = page.frame_locator("#mail")
    expect(mail.get_by_role("heading", name="Hello")).to_be_visible()
    page.get_by_role("button", name="Phone").click()
    assert page.evaluate("document.getElementById('mail').clientWidth") < 376
    assert page.evaluate("window.evil") is None
    with page.context.expect_page() as opened:
        mail.get_by_role("link", name="back").click()
    assert opened.value.url.endswith("/devstore/gone")
