"""A person's timeline: everything once, newest first, however it is cut into pages."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.queries.happenings import View
from plugin.queries.timeline import Cursor, Happening, InvalidCursorError, timeline
from plugin.store.unit_of_work import Unit
from tests.admin_ui.store import LAN, OMAR, OTHER_SHOP_ID, SHOP_ID, Store, a_store, of
from tests.builders import MINUTE, NOW, a_cart, a_checkout, an_order


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return a_store(tmp_path_factory.mktemp("store"))


def pages(unit: Unit, customer_id: int, limit: int, view: View = View.ALL) -> list[Happening]:
    found, cursor = timeline(unit, customer_id, limit=limit, view=view)
    while cursor is not None:
        page, cursor = timeline(unit, customer_id, Cursor.parse(str(cursor)), limit, view=view)
        found += page
    return found


def test_it_tells_a_story_backwards(store: Store) -> None:
    with store.database.reading(SHOP_ID) as unit:
        entries, more = timeline(unit, LAN)
    assert more is None
    assert [(each.kind, each.state) for each in entries] == [
        ("message", "sent"),
        ("flow", "entered"),
        ("checkout", "open"),
        ("stage", "new"),
        ("order", "paid"),
        ("consent", "subscribed"),
    ]
    assert (entries[4].subject, entries[4].amount_minor, entries[4].currency) == ("#901", 5000, "EUR")


def test_a_view_shows_its_own_and_every_page_of_it(store: Store) -> None:
    with store.database.reading(SHOP_ID) as unit:
        found = {
            (customer_id, view): [(each.kind, each.state) for each in pages(unit, customer_id, 1, view)]
            for customer_id in (LAN, OMAR)
            for view in View
        }
    assert found[LAN, View.ORDERS] == [("checkout", "open"), ("order", "paid")]
    assert found[LAN, View.MESSAGES] == [("message", "sent"), ("flow", "entered")]
    assert found[LAN, View.CONSENT] == [("consent", "subscribed")]
    assert found[LAN, View.LOYALTY] == []
    assert [kind for kind, _ in found[OMAR, View.LOYALTY]] == ["points", "points"]
    assert found[OMAR, View.CONSENT] == [("consent", "unsubscribed"), ("consent", "subscribed")]


def test_points_that_came_and_went_are_told_with_their_reason(store: Store) -> None:
    with store.database.reading(SHOP_ID) as unit:
        entries, _ = timeline(unit, OMAR)
    points = [(each.count, each.reason, each.subject) for each in entries if each.kind == "points"]
    assert points == [(-100, "order_reduced", "order:902"), (400, "order_paid", "order:902")]
    assert [each.amount_minor for each in entries if each.kind == "refund"] == [10_000]


def test_pages_of_any_size_show_the_same_entries(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    same_instant = store.clock.now()
    store.hear(*(of(LAN, an_order(2000 + number, at=same_instant)) for number in range(12)))
    with store.database.reading(SHOP_ID) as unit:
        whole, _ = timeline(unit, LAN, limit=200)
        assert len({str(each.cursor) for each in whole}) == len(whole)
        assert len(whole) > 18
        for limit in (1, 2, 3, 7):
            assert pages(unit, LAN, limit) == whole


def test_news_that_change_nothing_shown_are_one_entry(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    for number in range(5):
        store.hear(of(LAN, a_checkout("again", at=NOW + number * MINUTE)))
        store.hear(of(LAN, a_cart("basket", at=NOW + number * MINUTE)))
    with store.database.reading(SHOP_ID) as unit:
        entries, _ = timeline(unit, LAN, limit=100)
    assert [each.subject for each in entries if each.kind == "checkout"] == ["again", "lan-checkout"]
    assert [each.count for each in entries if each.kind == "cart"] == [1]


def test_the_other_shop_has_no_story(store: Store) -> None:
    with store.database.reading(OTHER_SHOP_ID) as unit:
        assert timeline(unit, LAN) == ([], None)


@given(st.text() | st.from_regex(r"2026-11-2\dT00:00:00[+]00:00~[0-9]~.*", fullmatch=True))
def test_a_cursor_from_anywhere_is_a_cursor_or_refused(text: str) -> None:
    try:
        cursor = Cursor.parse(text)
    except InvalidCursorError:
        return
    assert Cursor.parse(str(cursor)) == cursor
