"""Nothing that is sent to the builder, and no shop however empty or oddly placed, breaks a page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from plugin.clock import FixedClock
from plugin.core.segments.fields import FIELDS
from plugin.core.segments.operators import Operator
from plugin.pipeline.score import score_shop
from plugin.store import shops
from tests.admin_ui.store import SHOP_ID, Store, a_store, an_admin, an_empty_store
from tests.admin_ui.world import Visitor, bearer

LONG = "9" * 5000  # digits; Python reads no such number
ODD = (
    "", "-5", "1e5", "NaN", "-inf", "99999999999999999999", LONG, "a\rb", "a\nb", "a\r\x00\n\rb", 'a"b', '"a', 'a,"b',
    "\x00", "2026-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "1405-13-40", "1599-12-29", "²", "1.5", "=1+1",
    "🜚" * 200,
)  # fmt: skip
PATHS = ("rows", "preview", "count", "save")
PAGES = (
    "/", "/app/segments", "/app/segments?tab=yours", "/app/segments/everyone", "/app/segments/new?query=birthday today",
    "/app/segments/new?query=last_order on 2026-04-24", "/app/insights/lifecycle/numbers", "/app/insights/rfm/numbers",
    "/app/insights/retention/numbers", "/app/insights/forecast/numbers",
    "/app/customers",
)  # fmt: skip


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    return an_admin(a_store(tmp_path_factory.mktemp("store")))


def sent(visitor: Visitor, path: str, fields: dict[str, list[str]]) -> tuple[int, str]:
    answer = visitor.post(f"/app/segments/builder/{path}", headers=bearer(), data=fields)
    return answer.status_code, unescape(answer.text)


def rows() -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Every field once with every odd value; operators and inputs take turns."""
    operators = [*map(str, Operator), "unheard"]
    fields = [*FIELDS, "bought", "ordered", "received", "anniversary", "segment", "unheard", "\x00"]
    for first, field in enumerate(fields):
        for turn, value in enumerate(ODD, first):
            yield (
                field,
                {
                    "name": ["Odd"],
                    "row": ["0.r1"],
                    "r1.field": [field],
                    "r1.operator": [operators[turn % len(operators)]],
                    **{
                        f"r1.{name}": [value]
                        for name in ("value", "low", "high", "count", "unit", "several", "segment", "number")
                    },
                    "r1.measure": [value if turn % 3 == 0 else ""],
                    "r1.of": [value if turn % 2 else "created"],
                    "r1.start": [value],
                    "r1.end": [value],
                    "r1.f": ["f1"],
                    "r1.f1.field": ["title" if turn % 2 else "at"],
                    "r1.f1.operator": ["eq"],
                    "r1.f1.value": [value],
                },
            )


def test_whatever_is_typed_into_a_row_is_counted_or_said_to_be_wrong(visitor: Visitor) -> None:
    seen = set()
    for number, (field, form) in enumerate(rows()):
        if number % 3 == 0:
            status, html = sent(visitor, "preview", form)
            assert status == 200, form
            seen.add(("Condition 1 is not complete." in html, field in FIELDS))
    assert seen == {(True, True), (False, True), (True, False), (False, False)}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "form",
    [
        {"row": ["0.r1"], "r1.field": ["bought"], "r1.number": ["1"], "r1.measure": ["unheard"]},
        {"row": ["0.r1"], "r1.field": ["country"], "r1.operator": ["one_of"], "r1.value": ["a\rb\nc"]},
        {"row": [f"0.r{LONG}"], "do": ["add"]},
        {"row": ["0.r1"], "r1.field": ["bought"], "r1.f": [f"f{LONG}"], "do": ["filter"], "at": ["r1"]},
        {"row": ["0.", "..", "x.", f"{LONG}.text"], "do": ["remove"], "at": [""]},
        {"mode": ["text"], "text": ["ordrs = 1"], "do": ["take"], "at": [f"{LONG}:{LONG}"]},
        {"mode": ["text"], "text": ["orders = 1 OR " * 10_000 + "orders = 1"]},
        {"do": ["import"], "shopify": [f"number_of_orders >= {LONG}"]},
        {"version": [LONG], "segment_id": ["\x00"], "name": ["\x00"]},
        {"name": ["a\nb"], "mode": ["text"], "text": ["orders = 1"]},
    ],
)
def test_a_form_that_no_browser_sends_is_answered(
    tmp_path: Path, path: str, form: dict[str, list[str]]
) -> None:
    status, html = sent(an_admin(an_empty_store(tmp_path)), path, {"name": ["Odd"], **form})
    assert status in ({200, 422} if path == "save" else {200})
    assert "Something went wrong" not in html


def test_values_on_several_lines_are_one_list(visitor: Visitor) -> None:
    form = {"row": ["0.r1"], "r1.field": ["country"], "r1.operator": ["one_of"], "r1.value": ["DE,\r\nAT"]}
    _, html = sent(visitor, "preview", form)
    assert 'country in ("DE", "AT")' in html


def in_zone(store: Store, zone: str, now: datetime) -> Store:
    with store.database.unit(SHOP_ID) as unit:
        shops.describe(unit, timezone=zone)
    return Store(database=store.database, inbox=store.inbox, clock=FixedClock(now), url=store.url)


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("UTC", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 4, 23, 22, 30, tzinfo=UTC)),  # midnight does not exist on the 24th
        ("Asia/Beirut", datetime(2026, 3, 28, 22, 30, tzinfo=UTC)),  # nor here on the 29th
        ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        ("Asia/Tehran", datetime(2022, 3, 21, 20, 31, tzinfo=UTC)),  # on the first day of a Jalali year
        ("America/Havana", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # midnight comes twice
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # the 30th does not exist
        ("Nowhere/Unheard", datetime(2026, 11, 21, 9, tzinfo=UTC)),  # newer than this machine's zones
    ],
)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_an_empty_shop_has_every_page_at_any_midnight(
    tmp_path: Path, zone: str, now: datetime, language: str
) -> None:
    store = in_zone(an_empty_store(tmp_path), zone, now)
    assert score_shop(store.database, SHOP_ID, now).walked == 0
    visitor = an_admin(store, language=language)
    for page in PAGES:
        answer = visitor.get(page, headers=bearer())
        assert answer.status_code == 200, page
        assert "nan" not in answer.text.lower().replace("finance", ""), page


def test_a_shop_in_a_zone_that_is_unknown_here_has_its_pages_in_utc(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    visitor = an_admin(in_zone(store, "Nowhere/Unheard", store.clock.at))
    for page in PAGES:
        assert visitor.get(page, headers=bearer()).status_code == 200, page
