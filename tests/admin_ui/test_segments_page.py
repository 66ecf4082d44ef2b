# ruff: noqa: RUF001  (Persian digits are what is tested)
"""The segments of a shop, as its merchant sees them."""

from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from plugin.clock import FixedClock
from plugin.core.segments.defaults import SEGMENTS
from plugin.pipeline import sync
from plugin.pipeline.define import create
from plugin.store import segments, shops
from plugin.store.segments import Definition
from tests.admin_ui.markup import polaris_faults
from tests.admin_ui.store import LAN, SHOP_ID, Store, a_store, an_admin, an_empty_store
from tests.admin_ui.world import OTHER_SHOP, Visitor, bearer, token_for


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path)


def text_of(visitor: Visitor, path: str, **headers: str) -> str:
    answer = visitor.get(path, headers=headers or bearer())
    assert answer.status_code == 200
    assert polaris_faults(answer.text) == []
    return unescape(answer.text)


def row_of(html: str, segment_id: str) -> str:
    return html.partition(f'id="segment-{segment_id}"')[2].partition("</s-table-row>")[0]


def a_segment(store: Store, name: str, query: str) -> Definition:
    with store.database.unit(SHOP_ID) as unit:
        made = create(unit, shops.get(unit), name=name, query=query, now=store.clock.now(), author="test")
    assert isinstance(made, Definition)
    return made


def a_row(field: str, operator: str = "", **typed: str) -> list[tuple[str, str]]:
    return [
        ("row", "0.r1"),
        ("r1.field", field),
        ("r1.operator", operator),
        *((f"r1.{name}", value) for name, value in typed.items()),
    ]


def post(visitor: Visitor, path: str, *pairs: tuple[str, str]) -> Any:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return visitor.post(f"/app/segments/{path}", headers=bearer(), data=fields)


def test_every_segment_of_the_house_is_listed_with_its_numbers(store: Store) -> None:
    html = text_of(an_admin(store), "/app/segments")
    assert html.count('id="segment-') == len(SEGMENTS)
    row = row_of(html, "everyone")
    assert "<s-table-cell>5</s-table-cell>" in row
    assert "<s-table-cell>100.0%</s-table-cell>" in row
    assert "<s-table-cell>2</s-table-cell>" in row
    assert "Up to date" not in row_of(html, "everyone")


def test_the_tabs_divide_and_the_search_knows_no_accents(store: Store) -> None:
    a_segment(store, "Khách hàng Đà Nẵng", "orders >= 1")
    visitor = an_admin(store)
    yours = text_of(visitor, "/app/segments?tab=yours")
    assert yours.count('id="segment-') == 1
    assert "Khách hàng Đà Nẵng" in yours
    assert text_of(visitor, "/app/segments?tab=all").count('id="segment-') == len(SEGMENTS) + 1
    assert "Khách hàng Đà Nẵng" in text_of(visitor, "/app/segments?tab=yours&q=da nang")
    assert "No segment found" in text_of(visitor, "/app/segments?tab=yours&q=hue")


def test_without_a_segment_of_their_own_a_merchant_gets_templates_with_live_numbers(store: Store) -> None:
    html = text_of(an_admin(store), "/app/segments?tab=yours")
    card = html.partition("Left something behind")[2].partition("</s-box>")[0]
    assert "2 people" in card
    assert "/app/segments/new?template=left_something" in card
    assert html.count("Use template") == 6


def test_a_segment_says_its_definition_and_lists_its_customers(store: Store) -> None:
    html = text_of(an_admin(store), "/app/segments/abandoned_checkout")
    assert "Open checkout: in the last 7 days" in html
    assert "checkout within 7 days" in html
    assert f'href="/app/customers/{LAN}"' in html
    assert "lan@example.com" in html
    assert "omar@example.com" not in html
    assert "Edit segment" not in html


def test_the_other_shop_sees_none_of_it(store: Store) -> None:
    a_segment(store, "Secret", "orders >= 1")
    visitor = an_admin(store)
    headers = bearer(token_for(OTHER_SHOP))
    assert "No customers yet" in visitor.get("/app/segments", headers=headers).text
    assert "Secret" not in visitor.get("/app/segments?tab=all", headers=headers).text
    assert visitor.get("/app/segments/secret", headers=headers).status_code == 404
    assert visitor.get("/app/segments/secret/edit", headers=headers).status_code == 404
    assert visitor.post("/app/segments/secret/delete", headers=headers).status_code == 409
    html = visitor.get("/app/segments/everyone", headers=headers).text
    assert "Nobody is in this segment now" in html
    assert "example.com" not in html.replace("app.example", "")
    found = visitor.get("/app/segments/everyone/why?q=lan", headers=headers).text
    assert "example.com" not in found
    assert "Lan" not in found


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/app/segments/unheard", 404),
        ("/app/segments/everyone?after=x", 400),
        ("/app/segments/everyone?after=-99999999999999999999", 422),
        ("/app/segments/everyone?after=-5", 200),
        ("/app/segments?tab=shopify", 422),
        ("/app/segments/everyone/edit", 404),
        ("/app/segments/unheard/why?q=x", 404),
        ("/app/segments/new?template=unheard", 200),
        ("/app/segments/new?like=unheard", 200),
        ("/app/segments/new?query=ordrs", 200),
        ("/app/segments/new?query=everyone", 200),
        ("/app/segments/new?query=(orders=1 OR points=2) AND can_email", 200),
    ],
)
def test_odd_addresses_are_answered_with_their_status(tmp_path: Path, path: str, status: int) -> None:
    assert an_admin(an_empty_store(tmp_path)).get(path, headers=bearer()).status_code == status


def test_a_form_is_counted_with_people_and_their_reasons(store: Store) -> None:
    sent = a_row("orders", "at_least", value="1")
    html = unescape(post(an_admin(store), "builder/preview", *sent, ("name", "Buyers")).text)
    assert '<p class="figure">4</p>' in html
    assert "80.0%" in html
    assert "Number of orders: 1" in html
    assert '<code id="said" hx-swap-oob="innerHTML">orders >= 1</code>' in html
    assert "disabled" not in html


def test_a_form_that_asks_nothing_yet_says_which_row_and_cannot_be_saved(store: Store) -> None:
    visitor = an_admin(store)
    sent = [*a_row("orders", "at_least", value="many"), ("name", "Buyers")]
    html = unescape(post(visitor, "builder/preview", *sent).text)
    fault = html.partition('id="fault-r1"')[2].partition("</div>")[0]
    assert "This value does not fit the field. For example" in fault or "does not fit the field" in fault
    assert "Condition 1 is not complete." in html
    assert "disabled" in html
    answer = post(visitor, "builder/save", *sent)
    assert answer.status_code == 422
    with store.database.reading(SHOP_ID) as unit:
        assert segments.in_force(unit) == []


def test_a_segment_may_not_ask_for_itself(store: Store) -> None:
    made = a_segment(store, "Round", "orders >= 1")
    html = post(
        an_admin(store),
        "builder/preview",
        *a_row("segment", "in", segment=made.segment_id),
        ("segment_id", made.segment_id),
        ("name", "Round"),
    ).text
    assert "The segment would ask for itself" in unescape(html)


def test_a_name_may_not_be_given_twice_nor_an_older_version_win(store: Store) -> None:
    made = a_segment(store, "Buyers", "orders >= 1")
    visitor = an_admin(store)
    row = a_row("points", "at_least", value="5")
    taken = post(visitor, "builder/save", *row, ("name", "buyers"))
    assert taken.status_code == 422
    assert "Another segment has this name." in taken.text
    assert unescape(taken.text).count("hx-swap-oob") >= 4
    stale = post(
        visitor, "builder/save", *row, ("name", "Buyers"), ("segment_id", made.segment_id), ("version", "7")
    )
    assert stale.status_code == 422
    assert "Somebody changed this segment meanwhile" in stale.text


def test_a_saved_form_leads_to_the_page_of_its_segment(store: Store) -> None:
    visitor = an_admin(store)
    answer = post(visitor, "builder/save", *a_row("orders", "at_least", value="1"), ("name", "Buyers"))
    assert answer.status_code == 200
    assert '"/app/segments/buyers"' in answer.headers["hx-location"]
    html = text_of(visitor, "/app/segments/buyers")
    assert "Counting since" in html
    while sync.sync(store.database, store.clock.now()):
        pass
    settled = text_of(visitor, "/app/segments/buyers")
    assert "Counting since" not in settled
    assert '<span class="figure">4</span>' in settled


def test_what_is_in_use_cannot_be_deleted_and_says_by_whom(store: Store) -> None:
    a_segment(store, "Buyers", "orders >= 1")
    a_segment(store, "Best", 'in segment "buyers" AND points >= 5')
    visitor = an_admin(store)
    html = text_of(visitor, "/app/segments/buyers")
    assert 'href="/app/segments/best"' in html
    assert "It cannot be deleted while something uses it." in html
    assert "In the segment “Buyers”" in text_of(visitor, "/app/segments/best")
    refused = post(visitor, "buyers/delete")
    assert refused.status_code == 409
    assert "It is used elsewhere" in refused.headers["hx-trigger"]
    assert post(visitor, "best/delete").status_code == 200
    assert post(visitor, "buyers/delete").status_code == 200
    assert visitor.get("/app/segments/buyers", headers=bearer()).status_code == 404


def test_a_person_is_in_or_out_with_every_value(store: Store) -> None:
    a_segment(store, "Reachable buyers", "orders >= 1 AND can_email")
    html = unescape(an_admin(store).get("/app/segments/reachable_buyers/why?q=omar", headers=bearer()).text)
    assert "Not in the segment" in html
    assert "Number of orders: at least 1" in html
    assert "Number of orders: 1" in html
    assert "Can be mailed: no" in html
    assert "Values as of <bdi>Nov 21, 2026" in html


def test_rows_and_text_are_changed_by_the_server(store: Store) -> None:
    visitor = an_admin(store)

    def edit(*pairs: tuple[str, str]) -> str:
        answer = post(visitor, "builder/rows", *pairs)
        assert answer.status_code == 200
        assert polaris_faults(answer.text) == []
        return unescape(answer.text)

    assert 'id="row-r1"' in edit(("do", "add"), ("at", "new"))
    html = edit(*a_row("last_order"), ("do", "field"), ("at", "r1"))
    assert 'name="r1.count"' in html
    assert 'value="30"' in html
    html = edit(*a_row("bought", number="2"), ("do", "filter"), ("at", "r1"))
    assert 'name="r1.f1.field"' in html
    html = edit(*a_row("orders", "eq", value="1"), ("do", "text"))
    assert 'value="orders = 1"' in html
    html = edit(
        ("mode", "text"), ("text", "(orders = 1 OR points = 2 AND stage = new) AND can_email"), ("do", "rows")
    )
    assert "nested more deeply" in html
    html = edit(("mode", "text"), ("text", "ordrs = 1"), ("do", "take"), ("at", "1:1"), ("instead", "orders"))
    assert 'value="orders = 1"' in html
    assert 'id="row-' not in edit(*a_row("orders"), ("do", "remove"), ("at", "r1"))
    assert 'id="row-r1"' in edit(*a_row("orders"), ("do", "unheard"))


def test_a_builder_is_refused_without_a_token(store: Store) -> None:
    for path in ("preview", "rows", "count", "save"):
        assert an_admin(store).post(f"/app/segments/builder/{path}").status_code == 401


def test_persian_has_its_calendar_and_digits(store: Store) -> None:
    visitor = an_admin(store, language="fa")
    html = text_of(visitor, "/app/segments/new?query=created since 2026-11-21")
    assert 'value="1405-08-30"' in html
    assert "۵" in text_of(visitor, "/app/segments/everyone")


class TickingClock(FixedClock):
    """Every look at it takes a second: no count has time for a whole shop."""

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def test_what_cannot_be_counted_in_time_is_an_estimate_that_is_made_exact_afterwards(store: Store) -> None:
    visitor = an_admin(replace(store, clock=TickingClock(store.clock.at)))
    sent = [*a_row("orders", "at_least", value="0"), ("name", "All")]
    html = post(visitor, "builder/preview", *sent).text
    assert "about" in html
    assert "the exact number follows" in html
    assert 'hx-post="/app/segments/builder/count"' in html
    exact = post(an_admin(store), "builder/count", *sent).text
    assert '<p class="figure">5</p>' in exact
    assert "about" not in exact


def test_a_query_of_shopify_becomes_rows_or_says_what_has_no_words(store: Store) -> None:
    visitor = an_admin(store)
    html = post(
        visitor, "builder/rows", ("do", "import"), ("shopify", "number_of_orders >= 2 AND amount_spent > 50")
    ).text
    assert 'value="orders"' in html
    assert "orders >= 2 AND spent > 50" in unescape(html)
    wrong = unescape(post(visitor, "builder/rows", ("do", "import"), ("shopify", "number_of_orders >=")).text)
    assert "Something is missing here. Line 1, character 20" in wrong
    foreign = unescape(
        post(
            visitor, "builder/rows", ("do", "import"), ("shopify", "customer_cities CONTAINS 'VN-HN-Hanoi'")
        ).text
    )
    assert "Our language has no words for:" in foreign


def test_groups_are_joined_by_or_and_their_rows_by_and_or_the_other_way_round(store: Store) -> None:
    visitor = an_admin(store)
    rows = [
        ("row", "0.r1"),
        ("r1.field", "orders"),
        ("r1.value", "1"),
        ("row", "0.r2"),
        ("r2.field", "points"),
        ("r2.value", "2"),
        ("row", "1.r3"),
        ("r3.field", "can_email"),
        ("r3.value", "yes"),
        ("name", "Shaped"),
    ]
    either = unescape(post(visitor, "builder/preview", *rows).text)
    assert ">orders >= 1 AND points >= 2 OR can_email</code>" in either
    every = unescape(post(visitor, "builder/preview", *rows, ("shape", "all")).text)
    assert ">(orders >= 1 OR points >= 2) AND can_email</code>" in every


def test_a_segment_can_be_copied_and_an_estimate_asked_for_by_a_link(store: Store) -> None:
    a_segment(store, "Buyers", "orders >= 1")
    visitor = an_admin(store)
    copied = text_of(visitor, "/app/segments/new?like=buyers")
    assert 'value="Copy of Buyers"' in copied
    assert ">orders >= 1</code>" in copied
    assert "What can be asked" in text_of(visitor, "/app/segments/new?query=ordrs = 1")


def test_taking_back_leads_to_the_version_before_and_only_once_there_is_one(store: Store) -> None:
    made = a_segment(store, "Buyers", "orders >= 1")
    visitor = an_admin(store)
    assert post(visitor, "buyers/undo").status_code == 409
    changed = post(
        visitor,
        "builder/save",
        *a_row("orders", "at_least", value="3"),
        ("name", "Buyers"),
        ("segment_id", made.segment_id),
        ("version", "1"),
    )
    assert changed.status_code == 200
    assert "Number of orders: at least 3" in text_of(visitor, "/app/segments/buyers")
    assert post(visitor, "buyers/undo").status_code == 200
    html = text_of(visitor, "/app/segments/buyers")
    assert "Number of orders: at least 1" in html
    assert "This is version 3." in html
