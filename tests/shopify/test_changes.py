"""What changed in a window: the same facts as the import's, in pages that Shopify can afford."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from plugin.core.keys import shop_id_of
from plugin.shopify.api import Answer, GraphError
from plugin.shopify.changes import FIRST_SIZE, ChangedPage, Window, changed_page
from plugin.shopify.errors import AccessDeniedError, UnreachableError
from plugin.store import events
from tests.builders import NOW
from tests.street import SHOP, Street, a_street

SHOP_ID = shop_id_of(SHOP)
EVER = Window(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))


@pytest.fixture
def street(sqlite_url: str) -> Iterator[Street]:
    with a_street(sqlite_url) as made:
        yield made


def page(street: Street, kind: str, *, size: int) -> ChangedPage:
    api = street.house.tools.reconciler.api
    return changed_page(api, SHOP_ID, SHOP, street.now, kind=kind, window=EVER, size=size)


def test_the_facts_are_the_very_facts_of_the_import(street: Street) -> None:
    shoppers = street.shoppers()
    for _ in range(5):
        customer = shoppers.create_customer()
        order = shoppers.place_order(customer.id)
    shoppers.refund(order.id, 300)
    shoppers.cancel(order.id)
    street.lose_webhooks()
    street.move_in()
    for kind, count in (("customers", 5), ("orders", 5)):
        ids = [fact.id for fact in page(street, kind, size=FIRST_SIZE[kind]).facts]
        assert len(ids) >= count
        with street.house.database.reading(SHOP_ID) as unit:
            assert events.known_ids(unit, ids) == set(ids)


def test_a_page_that_is_too_dear_is_asked_for_again_smaller(street: Street) -> None:
    customer = street.shoppers().create_customer()
    for _ in range(30):
        street.shoppers().place_order(customer.id)
    street.lose_webhooks()
    street.move_in()
    found = page(street, "orders", size=250)
    assert 0 < found.rows < 30
    assert found.next_cursor is not None
    assert found.rows <= found.next_size < 30


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GraphError(code="ACCESS_DENIED", path="orders.nodes.0.email", message=""), AccessDeniedError),
        (GraphError(code="", path="orders.nodes.0.email", message="Something"), UnreachableError),
    ],
)
def test_an_answer_with_holes_in_it_moves_nothing(error: GraphError, expected: type[Exception]) -> None:
    class Holes:
        def execute(self, *_: object) -> Answer:
            empty = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
            return Answer(data={"orders": empty}, errors=(error,))

    with pytest.raises(expected):
        changed_page(Holes(), SHOP_ID, SHOP, NOW, kind="orders", window=EVER, size=5)


def test_a_window_is_said_in_whole_seconds_of_utc() -> None:
    window = Window(since=NOW.replace(microsecond=5), until=NOW + timedelta(seconds=1))
    assert window.query == "updated_at:>='2026-11-21T12:00:00Z' AND updated_at:<'2026-11-21T12:00:01Z'"
