"""The pages on a real store: what they show, whom they show it to, and that they speak the catalogue only."""

import json
import re
from datetime import timedelta
from gettext import NullTranslations
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from admin_ui.assets import Assets
from admin_ui.i18n import LANGUAGES
from admin_ui.screen import Screen
from plugin.core.events import CustomerDataRequested, Person
from plugin.core.messages import Outcome
from plugin.pipeline.forget import note_data_request
from plugin.store import flows, imports, shops
from tests.admin_ui.markup import polaris_faults, unmarked_text
from tests.admin_ui.store import (
    GUEST_EMAIL,
    LAN,
    LATE,
    OMAR,
    SARA,
    SHOP_ID,
    Store,
    a_store,
    an_admin,
    an_empty_store,
    guest_id_of,
    of,
)
from tests.admin_ui.world import OTHER_SHOP, SHOP, Visitor, bearer, token_for
from tests.builders import HOUR, MINUTE, NOW, an_order

EVERY_KIND_OF_ROW = (
    "stage in (new, loyal) AND birthday within next 30 days AND in segment loyal AND NOT rfm_group = loyal "
    'OR spent between 5 and 10 AND bought(title contains "tea", quantity >= 3) AND created since 2026-01-31'
)
PATHS = (
    "/",
    "/app/customers",
    "/app/customers?q=lan",
    *(f"/app/customers/{customer_id}" for customer_id in (LAN, SARA, OMAR, LATE)),
    f"/app/customers/{LAN}/timeline?before={quote('2030-01-01T00:00:00+00:00~0~')}",
    "/app/segments",
    "/app/segments/everyone",
    "/app/segments?tab=yours",
    "/app/segments/new",
    "/app/segments/new?template=left_something",
    f"/app/segments/new?query={quote(EVERY_KIND_OF_ROW)}",
    "/app/segments/new?query=ordrs",
    "/app/segments/loyal/why?q=lan",
    "/app/flows",
    *(f"/app/flows/{flow_id}" for flow_id in ("abandoned_checkout", "loyalty_reward", "win_back")),
    "/app/insights",
    "/app/insights/lifecycle/numbers",
    "/app/insights/people/first",
    "/app/insights/people/lost",
    "/app/insights/rfm",
    "/app/insights/rfm/numbers",
    "/app/insights/forecast",
    "/app/insights/forecast/numbers",
    "/app/insights/retention",
    *(f"/app/insights/retention/numbers?show={show}" for show in ("returned", "active", "revenue")),
    "/app/settings",
    "/app/settings/connection",
    "/app/settings/privacy",
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path)


def page(visitor: Visitor, path: str, shop: str = SHOP) -> str:
    answer = visitor.get(path, headers=bearer(token_for(shop)))
    assert answer.status_code == 200, path
    return answer.text


def words_of(html: str) -> str:
    """What a person reads in the page, roughly."""
    body = html[html.find("<main") :]
    shown = re.sub(r'(?:heading|label|details)="([^"]*)"', r">\1 <", body)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", shown)).split())


@pytest.mark.parametrize("path", PATHS)
def test_pages_keep_to_polaris_and_carry_no_inline_style(store: Store, path: str) -> None:
    html = page(an_admin(store), path)
    assert polaris_faults(html) == []
    assert " style=" not in html


class Pseudo(NullTranslations):
    """Marks everything that came through the catalogue."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def without_marks(text: str) -> str:
    """`text` without what came through the catalogue; a sentence may hold another."""
    inner = re.sub(r"⟦[^⟦⟧]*⟧", "", text)
    return inner if inner == text else without_marks(inner)


OWN_WORDS = re.compile(
    r"Lotus|lotus\.myshopify\.com|\w+@example\.com|Lan|سارا|Omar|Late|Gül|Tea|UTC|1 Lotus Road, Hanoi|Regulars"
    r"|ago|hour|second|minute|year|weeks?|days?|months?|AM|PM|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|REG-[\w-]+|"
    r"(?:read|write)_\w+|"
    r"Champions|Loyal|Active|New|Promising|Needs attention|Almost lost|At risk|Previously loyal|Dormant|Prospects|EUR|"
    + "|".join(LANGUAGES.values())
)
"""The merchant's and the customers' own words, Shopify's names of its groups, and what CLDR says."""


@pytest.mark.parametrize("path", PATHS)
def test_pages_say_nothing_outside_the_catalogue(store: Store, path: str) -> None:
    visitor = an_admin(store)
    visitor.app.state.screen = Screen(visitor.app.state.deps, Assets(), catalogue=lambda _: Pseudo())
    html = re.sub(r"</?bdi>", "", page(visitor, path))  # isolates inside a sentence do not end it
    left = [OWN_WORDS.sub("", without_marks(text)) for text in unmarked_text(html)]
    assert [text for text in left if re.search(r"[^\W\d_]{2,}", text)] == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["ar", "fa", "vi"])
def test_pages_can_be_shown_in_every_language(store: Store, path: str, language: str) -> None:
    html = page(an_admin(store, language=language), path)
    assert "%(" not in html
    assert " & " not in html


def test_home_of_a_store_at_work(store: Store) -> None:
    words = words_of(page(an_admin(store), "/"))
    assert "Customers 5" in words
    assert "Sold in the last 30 days €365.00 3 orders, less refunds" in words
    assert "3 of 3 on" in words
    assert "Abandoned checkout · First reminder Sent" in words
    assert "Set up Regulars" not in words


def test_home_of_an_empty_store_says_what_to_do_and_what_will_appear(tmp_path: Path) -> None:
    words = words_of(page(an_admin(an_empty_store(tmp_path)), "/app"))
    assert "Add postal address" in words
    assert "Choose a flow" in words
    assert "No customers yet" in words
    assert "No message yet" in words


def test_home_polls_while_the_history_is_imported_and_loads_anew_when_it_is_there(tmp_path: Path) -> None:
    store = an_empty_store(tmp_path)
    with store.database.unit(SHOP_ID) as unit:
        imports.request(unit, 1, NOW)
        for found in imports.of_shop(unit):
            imports.change(
                unit, found, state="reading", rows_done=12_400, rows_expected=31_000, reading_since=NOW
            )
    visitor = an_admin(store)
    html = page(visitor, "/")
    assert 'hx-get="/app/home/import" hx-trigger="every 3s"' in html
    assert "12,400 of 31,000" in html
    assert "12,400 of 31,000" in page(visitor, "/app/home/import")
    with store.database.unit(SHOP_ID) as unit:
        for found in imports.of_shop(unit):
            imports.change(unit, found, state="done")
    answer = visitor.get("/app/home/import", headers=bearer())
    assert answer.headers["hx-refresh"] == "true"
    assert "/app/home/import" not in page(visitor, "/")


def test_home_shows_what_needs_attention(store: Store) -> None:
    store.pass_time(timedelta(hours=23))
    store.settle(Outcome.HARD_FAILED, "smtp_550")
    store.fail("d1", "d2")
    store.fail("d3", shop=OTHER_SHOP)
    words = words_of(page(an_admin(store), "/"))
    assert "1 message of the last 30 days failed or is in doubt" in words
    assert "2 notices from Shopify were not understood" in words


def test_the_customer_page_says_why_each_message_was_sent_or_not(store: Store) -> None:
    words = words_of(page(an_admin(store), f"/app/customers/{LAN}"))
    assert "First reminder Sent Nov 21, 2026, 1:01 PM" in words
    assert "Second reminder Waiting until Nov 22, 2026, 12:01 PM." in words
    assert "Win back Not entered Nothing has happened yet that starts this flow." in words
    sara = words_of(page(an_admin(store), f"/app/customers/{SARA}"))
    assert "First reminder Not sent The person never agreed to marketing mail." in sara
    assert "Nothing was ever said about mail or messages." in sara


def test_the_customer_page_shows_consent_with_proof_points_and_segments_with_why(store: Store) -> None:
    words = words_of(page(an_admin(store), f"/app/customers/{OMAR}"))
    assert "Must not be mailed The person has unsubscribed." in words
    assert "Unsubscribed with one click in the mail program · Nov 21, 2026" in words
    assert "Points 300" in words
    assert "Taken back: the order was reduced or refunded" in words
    assert "Bought once Number of orders: 1" in words


def test_a_timeline_shows_one_side_of_the_story(store: Store) -> None:
    visitor = an_admin(store)
    consent = words_of(page(visitor, f"/app/customers/{OMAR}?show=consent"))
    assert "Email: Unsubscribed with one click" in consent
    assert "Order #902" not in consent
    assert "Order #902" in words_of(page(visitor, f"/app/customers/{OMAR}?show=orders"))
    assert "Nothing of this kind yet" in words_of(page(visitor, f"/app/customers/{SARA}?show=loyalty"))


def test_a_customer_page_says_what_is_bought_and_what_is_amiss(store: Store) -> None:
    words = words_of(page(an_admin(store), f"/app/customers/{OMAR}"))
    assert "Tea 1 1 €400.00 Nov 21, 2026" in words
    assert "Unsubscribed Leave it at that: only the person can subscribe again." in words
    assert "A first estimate needs 50 purchases within 8 weeks or more in your shop." in words
    assert "With a discount code 0% Value given back 25%" in words


def test_a_person_is_handed_out_and_erased_at_the_merchants_word(store: Store) -> None:
    visitor, other = an_admin(store), bearer(token_for(OTHER_SHOP))
    assert "lan@example.com" in page(visitor, f"/app/customers/{LAN}/copy")
    assert "recover" not in page(visitor, f"/app/customers/{LAN}/copy")
    assert visitor.get(f"/app/customers/{LAN}/copy", headers=other).status_code == 404
    assert visitor.post(f"/app/customers/{LAN}/erase", headers=other).status_code == 404
    assert visitor.post(f"/app/customers/{LAN}/erase", headers={"Accept": "text/html"}).status_code == 401
    answer = visitor.post(f"/app/customers/{LAN}/erase", headers=bearer())
    assert json.loads(answer.headers["hx-location"])["path"] == "/app/customers"
    assert visitor.get(f"/app/customers/{LAN}", headers=bearer()).status_code == 404
    assert visitor.get(f"/app/customers/{OMAR}", headers=bearer()).status_code == 200
    guest = guest_id_of(store)
    visitor.post(f"/app/customers/{guest}/erase", headers=bearer())
    assert visitor.get(f"/app/customers/{guest}", headers=bearer()).status_code == 404


def test_a_guest_has_a_page_under_a_negative_id(store: Store) -> None:
    visitor = an_admin(store)
    guest = guest_id_of(store)
    assert f'href="/app/customers/{guest}"' in page(visitor, "/app/customers")
    assert "Guest" in words_of(page(visitor, f"/app/customers/{guest}"))
    assert GUEST_EMAIL in page(visitor, f"/app/customers/{guest}")


def test_the_timeline_loads_more_until_it_is_told(store: Store) -> None:
    store.hear(*(of(LATE, an_order(3000 + n, at=NOW + n * MINUTE)) for n in range(25)))
    visitor = an_admin(store)
    html = page(visitor, f"/app/customers/{LATE}")
    seen, loads = re.findall(r"Order <bdi>#(30\d\d)", html), 0
    while cursor := re.search(r'name="before" value="([^"]+)"', html):
        html = page(visitor, f"/app/customers/{LATE}/timeline?before={quote(unescape(cursor[1]))}")
        seen += re.findall(r"Order <bdi>#(30\d\d)", html)
        loads += 1
    assert seen == [str(3000 + n) for n in reversed(range(25))]
    assert loads == 2


def test_a_name_cannot_become_markup(store: Store) -> None:
    contact = "<script>alert(1)</script>"
    with store.database.unit(SHOP_ID) as unit:
        shops.describe(unit, name=contact)
    html = page(an_admin(store), "/")
    assert contact not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/app/customers/1", 404),
        ("/app/customers/x", 404),
        ("/app/customers/99999999999999999999", 404),
        (f"/app/customers/{LAN}/timeline?before=x", 400),
        (f"/app/customers/{LAN}/timeline", 422),
        ("/app/customers?after=x", 400),
        (f"/app/customers/{LAN}?show=x", 422),
        ("/app/customers/1/copy", 404),
        ("/app/customers?q=" + "x" * 201, 422),
        ("/app/customers?q=%00%27--", 200),
        ("/app/flows/unheard", 404),
        ("/app/flows/abandoned_checkout/preview/unheard", 404),
        ("/app/flows/loyalty_reward/preview/issue", 404),
        ("/app/settings/privacy/unheard/copy", 404),
        ("/app/insights?days=7", 422),
        ("/app/insights/people/unheard", 404),
        ("/app/insights/people/loyal", 404),
        ("/app/insights/retention?show=x", 422),
    ],
)
def test_odd_addresses_are_answered_with_their_status(store: Store, path: str, status: int) -> None:
    assert an_admin(store).get(path, headers=bearer()).status_code == status


def test_the_other_shop_sees_nothing_of_this_one(store: Store) -> None:
    visitor = an_admin(store)
    for path in (
        "/",
        "/app/customers",
        "/app/segments/everyone",
        "/app/flows",
        "/app/flows/abandoned_checkout",
    ):
        html = page(visitor, path, OTHER_SHOP)
        assert "lan@example.com" not in html
        assert f"/app/customers/{LAN}" not in html
    answer = visitor.get(f"/app/customers/{LAN}", headers=bearer(token_for(OTHER_SHOP)))
    assert answer.status_code == 404


def test_a_switch_turns_its_flow_for_its_own_shop(store: Store) -> None:
    visitor = an_admin(store)
    off = visitor.post("/app/flows/win_back/switch", headers=bearer())
    assert "Win back is off" in off.headers["hx-trigger"]
    assert "checked" not in off.text
    on = visitor.post("/app/flows/win_back/switch", headers=bearer(), data={"is_on": "on"})
    assert " checked " in on.text
    other = bearer(token_for(OTHER_SHOP))
    visitor.post("/app/flows/win_back/switch", headers=other, data={"is_on": "on"})
    visitor.post("/app/flows/win_back/switch", headers=other)
    with store.database.reading(SHOP_ID) as unit:
        assert flows.switches(unit)["win_back"].is_on is True
    assert visitor.post("/app/flows/unheard/switch", headers=bearer()).status_code == 404
    assert visitor.post("/app/flows/win_back/switch", headers={"Accept": "text/html"}).status_code == 401


def test_flows_show_their_reasons_for_not_sending(store: Store) -> None:
    words = words_of(page(an_admin(store), "/app/flows/abandoned_checkout"))
    assert "Entered 2 Under way 2 Messages sent 1" in words
    assert "1 time: The person never agreed to marketing mail." in words


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize(
    "step",
    ["abandoned_checkout/preview/reminder_1", "loyalty_reward/preview/reward", "win_back/preview/still_here"],
)
def test_previews_are_sandboxed_messages_in_the_chosen_language(
    tmp_path: Path, step: str, language: str
) -> None:
    html = page(an_admin(an_empty_store(tmp_path)), f"/app/flows/{step}?language={language}")
    assert polaris_faults(html) == []
    assert '<iframe class="mail" sandbox=""' in html
    assert f'<bdi lang="{language}">' in html
    assert "example.com/unsubscribe" in html


def test_settings_are_saved_and_shown_again(store: Store) -> None:
    visitor = an_admin(store)
    entered = {
        "language": "",
        "postal_address": "2 Lotus Road",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
    }
    answer = visitor.post("/app/settings", headers=bearer(), data=entered)
    assert "Settings saved" in answer.headers["hx-trigger"]
    assert polaris_faults(answer.text) == []
    assert 'value="2 Lotus Road"' in page(visitor, "/app/settings")
    assert '<s-option value="22:00" selected>' in page(visitor, "/app/settings")


def test_a_new_language_reloads_the_page(store: Store) -> None:
    visitor = an_admin(store)
    answer = visitor.post("/app/settings", headers=bearer(), data={"language": "fa", "postal_address": "x"})
    assert answer.headers["hx-refresh"] == "true"
    assert 'lang="fa" dir="rtl"' in page(visitor, "/app/settings")


@pytest.mark.parametrize(
    ("entered", "error"),
    [
        ({"quiet_from": "22:00"}, "Choose both times, or none."),
        ({"quiet_from": "25:99", "quiet_until": "07:00"}, "Choose a time of the list."),
        ({"postal_address": "x" * 301}, "Use at most 300 characters."),
        ({"language": "xx"}, "Choose one of the languages."),
    ],
)
def test_a_refused_entry_stays_and_says_what_is_wrong(
    store: Store, entered: dict[str, str], error: str
) -> None:
    answer = an_admin(store).post("/app/settings", headers=bearer(), data=entered)
    assert answer.status_code == 422
    assert f'error="{error}"' in answer.text
    assert all(value in answer.text for value in entered.values() if value not in {"xx", "25:99"})
    with store.database.reading(SHOP_ID) as unit:
        assert shops.get(unit).postal_address == "1 Lotus Road, Hanoi"


def test_a_data_request_can_be_copied(store: Store) -> None:
    asked = CustomerDataRequested(
        request_id="9", person=Person(shopify_id=LAN), order_ids=(), occurred_at=NOW
    )
    with store.database.unit(SHOP_ID) as unit:
        note_data_request(unit, asked, NOW)
    visitor = an_admin(store)
    html = page(visitor, "/app/settings/privacy")
    assert polaris_faults(html) == []
    assert "Ready for you Received Nov 21, 2026, 12:00 PM · to be done by Dec 21, 2026" in words_of(html)
    path = re.search(r'hx-get="(/app/settings/privacy/[^"]+/copy)"', html)
    assert path is not None
    assert "lan@example.com" in page(visitor, path[1])
    assert visitor.get(path[1], headers=bearer(token_for(OTHER_SHOP))).status_code == 404
    answered = path[1].replace("/copy", "/answered")
    assert visitor.post(answered, headers=bearer(token_for(OTHER_SHOP))).status_code == 404
    answer = visitor.post(answered, headers=bearer())
    assert "marked as answered" in answer.headers["hx-trigger"]
    assert "Done" in words_of("<main" + answer.text)
    assert "Show the copy" not in answer.text
    assert visitor.post(answered, headers=bearer()).status_code == 404


def test_an_unanswered_request_becomes_overdue_after_thirty_days(store: Store) -> None:
    asked = CustomerDataRequested(
        request_id="9", person=Person(shopify_id=LAN), order_ids=(), occurred_at=NOW
    )
    with store.database.unit(SHOP_ID) as unit:
        note_data_request(unit, asked, store.clock.now())
    store.clock.at += timedelta(days=30)
    assert "Overdue" not in page(an_admin(store), "/app/settings/privacy")
    store.clock.at += MINUTE
    assert "Overdue" in page(an_admin(store), "/app/settings/privacy")


def test_a_reward_is_shown_while_its_code_is_made(store: Store) -> None:
    store.hear(of(LAN, an_order(960, at=store.clock.now(), product_minor=70_000)))
    store.pass_time(HOUR)
    words = words_of(page(an_admin(store), f"/app/customers/{LAN}"))
    assert "Reward: €5.00 for 500 points REG-" in words
    assert "Create the discount code Waiting" in words
