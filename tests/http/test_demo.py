"""The demo as a newcomer has it: one process, a store with history, a mail after an hour, and a way back."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
import uvicorn

from plugin.core.keys import shop_id_of
from plugin.demo import SHOP, Demo, build, compose
from plugin.store import customers as customers_at_rest
from plugin.store import imports
from tests.rendering.page import Page

CUSTOMERS = 2_357


@pytest.fixture(scope="module", name="demo")
def _demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder: Path = tmp_path_factory.mktemp("demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    demo = build(folder, port)
    config = uvicorn.Config(compose(demo), host="127.0.0.1", port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: is_imported(demo))
    yield demo
    server.should_exit = True
    thread.join(30)
    demo.house.close()
    demo.devstore.close()


def until(holds: Callable[[], bool]) -> None:
    """Wait for what other threads are doing; gives up after a minute."""
    patience = threading.Event()
    for _ in range(600):
        if holds():
            return
        patience.wait(0.1)
    pytest.fail("that did not happen within a minute")


def is_imported(demo: Demo) -> bool:
    with demo.house.database.reading(shop_id_of(SHOP)) as unit:
        found = imports.of_shop(unit)
    return len(found) == len(imports.KINDS) and all(item.state == "done" for item in found)


def customers(demo: Demo) -> int:
    text = httpx.get(f"{demo.settings.app_url}/metrics").text
    line = next(line for line in text.splitlines() if line.startswith("regulars_customers "))
    return int(line.split()[1])


def test_the_store_is_imported_by_itself(demo: Demo) -> None:
    assert customers(demo) == CUSTOMERS
    assert demo.mailbox() == []


def test_a_checkout_left_is_a_mail_an_hour_later(demo: Demo) -> None:
    checkout = demo.devstore.shoppers().abandon_checkout(
        email="newcomer@example.com", locale="vi", accepts_marketing=True
    )
    until(lambda: customers(demo) > CUSTOMERS)

    demo.move_clock(timedelta(minutes=59))
    assert [mail.to for mail in demo.mailbox() if mail.to == "newcomer@example.com"] == []
    demo.move_clock(timedelta(minutes=2))
    mine = [mail for mail in demo.mailbox() if mail.to == "newcomer@example.com"]
    assert len(mine) == 1
    assert checkout.token in mine[0].text
    assert dict(mine[0].headers)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_customer_of_the_storefront_sees_their_points_in_the_app(demo: Demo) -> None:
    store = f"{demo.settings.app_url}/devstore/{SHOP}"
    with httpx.Client(follow_redirects=True) as visitor:
        stranger = visitor.get(f"{store}/apps/regulars?locale=en")
        assert "Log in to your account at Vinyl" in Page(stranger.text).text
        (way,) = Page(stranger.text).links
        choice = visitor.get(urljoin(f"{store}/apps/regulars", way))
        someone = re.findall(r'name="customer" value="([0-9]+)"', choice.text)[0]
        points = visitor.post(f"{store}/account/login", data={"customer": someone})
    with demo.house.database.reading(shop_id_of(SHOP)) as unit:
        known = customers_at_rest.load(unit, [int(someone)])[int(someone)]
    assert points.url.path == f"/devstore/{SHOP}/apps/regulars"
    assert f"{known.points:,} point" in Page(points.text).text


def test_reset_goes_back_to_the_first_day(demo: Demo) -> None:
    demo.reset()
    until(lambda: is_imported(demo))
    assert customers(demo) == CUSTOMERS
    assert demo.mailbox() == []
    assert demo.clock.shift == timedelta(0)
