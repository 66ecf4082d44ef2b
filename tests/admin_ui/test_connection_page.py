"""The connection page: what a merchant reads there, and what trying again does."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from admin_ui import names
from plugin.shopify.scopes import NEEDED
from plugin.store import alarms, imports, reconciliations, shops
from tests.admin_ui.markup import polaris_faults
from tests.admin_ui.store import SHOP_ID, Store, a_store, an_admin, an_empty_store
from tests.admin_ui.test_pages import page, words_of
from tests.admin_ui.world import OTHER_SHOP, bearer, token_for
from tests.builders import HOUR, MINUTE, NOW


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path)


def words(store: Store, path: str = "/app/settings/connection") -> str:
    html = page(an_admin(store), path)
    assert polaris_faults(html) == []
    return words_of(html)


def test_every_scope_is_explained_in_the_words_of_the_code() -> None:
    assert dict(NEEDED) == names.SCOPES


def test_a_store_that_never_heard_anything_says_so(tmp_path: Path) -> None:
    shown = words(an_empty_store(tmp_path))
    assert "lotus.myshopify.com Connected since Nov 21, 2026" in shown
    assert "None has come yet." in shown
    assert "Not compared yet." in shown
    assert "Nothing has been imported yet." in shown
    assert "Not checked yet" in shown


def test_lost_notices_are_owned_up_to(store: Store) -> None:
    assert "got lost" not in words(store)
    with store.database.unit(SHOP_ID) as unit:
        reconciliations.begin(unit, "orders", generation=1, through=NOW, page_size=8, now=NOW)
        reconciliations.change(unit, "orders", repaired_at=NOW - HOUR)
    shown = words(store)
    assert "Some notices from Shopify got lost" in shown
    assert "nobody is reminded of one whose notice got lost" in shown


def test_a_lost_connection_says_why_and_what_to_do(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        shops.set_state(unit, shops.NEEDS_REAUTH, at=NOW, reason="test", author="shopify")
        shops.drop_tokens(unit, "test")
        shops.note_scopes(unit, ["read_orders"], NOW)
    shown = words(store)
    assert "The connection to Shopify is lost Close this app and open it again" in shown
    assert "Connection lost since" in shown
    assert "permissions are missing" in shown
    assert "write_discounts A loyalty reward is a discount code made for one customer. Missing" in shown
    assert (
        "read_orders Purchases, refunds, carts and checkouts: what every flow decides from. Granted" in shown
    )
    assert "permissions are missing" in words(store, "/")


def test_silence_and_comparison_are_told_in_numbers(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        alarms.raise_alarm(unit, "flow:win_back", at=NOW, hours=24, expected=40, seen=2)
        reconciliations.begin(unit, "orders", generation=1, through=NOW, page_size=50, now=NOW)
        reconciliations.change(
            unit,
            "orders",
            ended_at=NOW + MINUTE,
            checked=120,
            repaired=3,
            repaired_ever=11,
            reason="http_502",
        )
    shown = words(store)
    assert "Win back: quieter than usual 2 in the last 24 hours, where earlier weeks had 40." in shown
    assert "120 looked at, 3 taken in; 11 taken in since the app was installed." in shown
    assert "Shopify could not be reached" in shown
    assert "Something is quieter than usual" in words(store, "/")


def test_a_failed_notice_is_shown_with_its_reason_and_understood_again(store: Store) -> None:
    store.fail("d1", "d2", reason="wrong_shape:orders/create")
    store.fail("theirs", shop=OTHER_SHOP)
    visitor = an_admin(store)
    shown = words(store)
    assert "orders/create It does not say what notices of its kind say." in shown
    assert "1 attempt" in shown
    answer = visitor.post("/app/settings/connection/notices", headers=bearer(), data={"delivery_id": "d1"})
    assert "1 notice is being read again" in answer.headers["hx-trigger"]
    assert polaris_faults(answer.text) == []
    assert 'value="d2"' in answer.text
    assert 'value="d1"' not in answer.text
    again = visitor.post("/app/settings/connection/notices", headers=bearer())
    assert "Not understood" not in again.text
    assert [each.delivery_id for each in store.inbox.waiting(10)] == ["d1", "d2"]


def test_a_shop_cannot_reopen_anothers_notice(store: Store) -> None:
    store.fail("d1")
    headers = bearer(token_for(OTHER_SHOP))
    answer = an_admin(store).post(
        "/app/settings/connection/notices", headers=headers, data={"delivery_id": "d1"}
    )
    assert answer.status_code == 200
    assert store.inbox.waiting(10) == []
    assert "orders/create" not in answer.text


def test_a_notice_whose_content_is_gone_cannot_be_tried_again(store: Store) -> None:
    store.fail("d1")
    store.inbox.erase(SHOP_ID, ["d1"])
    shown = words(store)
    assert "Its content was deleted meanwhile." in shown
    assert "Understand again" not in shown
    assert "Understand all again" not in shown
    assert "not understood" not in words(store, "/")


def test_a_failed_import_says_why_and_starts_again(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        orders = next(found for found in imports.of_shop(unit) if found.kind == "orders")
        imports.change(unit, orders, state="failed", reason="timeout", rows_done=3, rows_expected=4, due=None)
    shown = words(store)
    assert "Orders Not completed 3 of 4, not completed Shopify could not write the whole file." in shown
    assert "View connection" in words(store, "/")
    visitor = an_admin(store)
    other = visitor.post("/app/settings/connection/imports/orders", headers=bearer(token_for(OTHER_SHOP)))
    assert "hx-trigger" not in other.headers
    answer = visitor.post("/app/settings/connection/imports/orders", headers=bearer())
    assert "The import starts again" in answer.headers["hx-trigger"]
    assert "Orders Waiting" in words_of("<main" + answer.text)
    assert visitor.post("/app/settings/connection/imports/dreams", headers=bearer()).status_code == 404
    assert (
        visitor.post("/app/settings/connection/imports/orders", headers={"Accept": "text/html"}).status_code
        == 401
    )


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(seconds=20), "12,400 of 31,000, less than a minute left"),
        (timedelta(minutes=10), "12,400 of 31,000, about 15 minutes left"),
        (timedelta(hours=2), "12,400 of 31,000, about 3 hours left"),
    ],
)
def test_an_import_says_how_long_it_will_take(tmp_path: Path, after: timedelta, said: str) -> None:
    store = an_empty_store(tmp_path)
    with store.database.unit(SHOP_ID) as unit:
        imports.request(unit, 1, NOW)
        for found in imports.of_shop(unit):
            imports.change(
                unit, found, state="reading", rows_done=12_400, rows_expected=31_000, reading_since=NOW
            )
    store.clock.at += after
    assert said in words(store, "/")
    assert said in words(store)


def test_the_guide_leads_to_the_next_step_and_can_be_hidden_for_good(tmp_path: Path) -> None:
    store = an_empty_store(tmp_path)
    shown = words(store, "/")
    assert "1 of 5 steps done" in shown
    primary = re.findall(r'<s-button variant="primary" href="([^"]+)">', page(an_admin(store), "/"))
    assert primary[0] == "/app/settings"
    visitor = an_admin(store)
    answer = visitor.post("/app/home/guide", headers=bearer())
    assert answer.headers["hx-refresh"] == "true"
    assert "Set up Regulars" not in words(store, "/")
    store.clock.at += HOUR
    assert "Your postal address is missing" in words(store, "/")
    assert "Set up Regulars" in words_of(page(visitor, "/", OTHER_SHOP))


def test_settings_name_the_sender(store: Store) -> None:
    shown = words(store, "/app/settings")
    assert "From Lotus <mail@example.com>" in shown
    assert "Answers go to owner@example.com" in shown
