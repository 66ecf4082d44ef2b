"""Somebody with tens of thousands of orders is one customer like any other: folded, scored, counted and shown."""

from pathlib import Path

import pytest

from plugin.core.segments.events import FAMILIES
from plugin.core.segments.parse import parse
from plugin.pipeline.score import score_shop
from plugin.queries.customer import customer_page
from plugin.queries.segments_people import why
from plugin.store import facts, models, shops
from plugin.store.live_segments import families_of
from tests.admin_ui.store import SHOP_ID, an_admin, an_empty_store, of
from tests.admin_ui.world import bearer
from tests.builders import DAY, HOUR, MINUTE, NOW, a_consent, a_record, an_order

TRADER = 8001
ORDERS = 6000  # one an hour, from noon
LONG_AGO = NOW - 1500 * DAY


def test_a_person_with_thousands_of_orders_is_scored_counted_and_shown(tmp_path: Path) -> None:
    store = an_empty_store(tmp_path)
    orders = [of(TRADER, an_order(10_000 + n, at=LONG_AGO + n * HOUR)) for n in range(ORDERS)]
    known = (
        of(TRADER, a_record(at=LONG_AGO, email="trader@example.com", shopify_id=TRADER)),
        of(TRADER, a_consent(at=LONG_AGO, source="import")),
    )
    store.hear(*known, *orders, origin="import")
    score_shop(store.database, SHOP_ID, NOW)
    store.clock.at += MINUTE
    store.hear(of(TRADER, an_order(900_000, at=store.clock.at)))
    now = store.clock.at
    with store.database.reading(SHOP_ID) as unit:
        shop = shops.get(unit)
        trader = facts.load(unit, [TRADER])[TRADER]
        assert (trader.orders_count, trader.purchase_days) == (ORDERS + 1, ORDERS // 24 + 2)
        (foretold, *_) = models.forecasts(unit)
        assert foretold.forecast.low <= foretold.forecast.expected <= max(foretold.forecast.high, 1e-9)
        asked = parse(f"bought() = {ORDERS + 1} AND ordered(within 1 day) = 1", currency="EUR")
        assert why(unit, shop, asked, [TRADER], now)[TRADER].held
        page = customer_page(unit, TRADER, now)
        assert page.orders_count == ORDERS + 1
        assert {each.segment_id for each in page.segments} >= {"everyone", "mailable"}
        assert all(each.why is not None and each.why.held for each in page.segments)
    visitor = an_admin(store)
    for path in (f"/app/customers/{TRADER}", "/app/segments/everyone/why?q=trader"):
        assert visitor.get(path, headers=bearer()).status_code == 200


@pytest.mark.parametrize(
    ("query", "acts"),
    [
        ("orders >= 2", set()),
        ("orders >= 2 AND NOT bought(within 1 year)", {"lines"}),
        ("ordered() >= 2 OR received() >= 1", {"orders", "messages"}),
    ],
)
def test_of_a_long_past_only_what_is_asked_for_is_read(query: str, acts: set[str]) -> None:
    assert families_of([parse(query, currency="EUR")]) == acts


def test_every_family_can_be_read() -> None:
    trees = [parse(f"{family}() >= 1", currency="EUR") for family in FAMILIES]
    assert len(families_of(trees)) == len(FAMILIES)
