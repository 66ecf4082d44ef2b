"""Every operation the app sends gets facts for an answer; what the devstore does not know it says."""

from typing import Any

import pytest
from graphql import GraphQLError

from devstore.admin import values
from devstore.model import ConsentState, Segment, gid
from plugin.shopify.operations import NAMES, operation
from tests.devstore.test_discounted_orders import rows
from tests.devstore.test_shoppers import a_discount
from tests.devstore.world import World

pytestmark = pytest.mark.anyio

BULK = ("bulk_customers", "bulk_orders")
BULK_START = operation("bulk_start").text


@pytest.fixture
def _nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_kind: object, field: tuple[str, str]) -> None:
        raise GraphQLError(f"no value for {'.'.join(field)}")

    monkeypatch.setattr(values, "_nothing", refuse)


def a_lived_in_store(world: World) -> dict[str, dict[str, Any]]:
    """One of everything that our operations ask for; returns the variables of those that take some."""
    shoppers = world.devstore.shoppers()
    discount = a_discount(world)
    customer = shoppers.create_customer(consent=ConsentState.SUBSCRIBED)
    order = shoppers.place_order(customer.id, amount=5_000, discount_code="TEN")
    shoppers.refund(order.id, 100)
    now = world.clock()
    segment = Segment(id=5, name="Old", query="number_of_orders > 0", created_at=now, updated_at=now)
    world.devstore.store().segments.put(segment)
    return {
        "bulk_start": {"query": operation("bulk_customers").text},
        "bulk_poll": {"id": "gid://shopify/BulkOperation/1"},
        "bulk_recent": {"first": 10},
        "customers_changed": {"query": "updated_at:>='2026-01-01T00:00:00Z'", "first": 5},
        "orders_changed": {"query": "updated_at:>='2026-01-01T00:00:00Z'", "first": 5},
        "order_lines": {"id": gid("Order", order.id)},
        "discount_by_code": {"code": "TEN"},
        "discount_code_create": {
            "basicCodeDiscount": {
                "code": "NEW",
                "title": "New",
                "startsAt": "2026-11-21T10:00:00Z",
                "customerGets": {"value": {"percentage": 0.1}, "items": {"all": True}},
                "context": {"customers": {"add": [gid("Customer", customer.id)]}},
            }
        },
        "discount_deactivate": {"id": gid("DiscountCodeNode", discount.id)},
        "segment_create": {
            "name": "Tea lovers",
            "query": "number_of_orders >= 2 AND customer_countries CONTAINS 'DE'",
        },
        "segment_update": {
            "id": gid("Segment", segment.id),
            "name": "Regulars",
            "query": "number_of_orders > 1",
        },
        "tags_add": {"id": gid("Customer", customer.id), "tags": ["Regulars"]},
        "tags_remove": {"id": gid("Customer", customer.id), "tags": ["Regulars"]},
        "email_consent_update": {
            "input": {
                "customerId": gid("Customer", customer.id),
                "emailMarketingConsent": {
                    "marketingState": "UNSUBSCRIBED",
                    "consentUpdatedAt": "2026-11-21T10:00:00Z",
                },
            }
        },
    }


@pytest.mark.usefixtures("_nothing_is_left_open")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in BULK])
async def test_every_field_we_select_has_a_value(world: World, name: str) -> None:
    variables = a_lived_in_store(world)
    started = await world.data(BULK_START, query=operation("bulk_customers").text)
    variables["bulk_poll"] = {"id": started["bulkOperationRunQuery"]["bulkOperation"]["id"]}
    body = await world.ask(operation(name).text, **variables.get(name, {}))
    assert "errors" not in body
    assert None not in body["data"].values()


@pytest.mark.usefixtures("_nothing_is_left_open")
@pytest.mark.parametrize(("name", "lines"), [("bulk_customers", 1), ("bulk_orders", 3)])
async def test_every_field_of_our_bulk_rows_has_a_value(world: World, name: str, lines: int) -> None:
    a_lived_in_store(world)
    assert len(await rows(world, name)) == lines


async def test_a_value_that_would_have_to_be_invented_is_refused_by_name(world: World) -> None:
    world.devstore.shoppers().create_customer()
    body = await world.ask("{ customers(first: 1) { nodes { lifetimeDuration } } }")
    assert body["data"] is None
    assert body["errors"][0]["message"] == (
        "The devstore has no value for Customer.lifetimeDuration. Add it to devstore/admin/fields.py."
    )


async def test_a_bulk_query_over_it_does_not_start(world: World) -> None:
    world.devstore.shoppers().create_customer()
    query = "{ customers { edges { node { id lifetimeDuration } } } }"
    body = await world.ask(BULK_START, query=query)
    assert "no value for Customer.lifetimeDuration" in body["errors"][0]["message"]
    recent = await world.data(operation("bulk_recent").text, first=10)
    assert recent["bulkOperations"]["nodes"] == []


async def test_bulk_operations_are_listed_newest_first_and_by_status(world: World) -> None:
    query = "{ customers { edges { node { id } } } }"
    ids = []
    for _ in range(3):
        started = await world.data(BULK_START, query=query)
        ids.append(started["bulkOperationRunQuery"]["bulkOperation"]["id"])
        world.clock.move(seconds=1)
    recent = (await world.data(operation("bulk_recent").text, first=2))["bulkOperations"]["nodes"]
    assert [(node["id"], node["status"], node["query"]) for node in recent] == [
        (ids[2], "CREATED", query),
        (ids[1], "CREATED", query),
    ]
    for _ in range(2):
        await world.data(operation("bulk_poll").text, id=ids[1])
    text = '{ bulkOperations(first: 5, reverse: true, query: "status:%s") { nodes { id } } }'
    unfinished = await world.data(text % "created")
    completed = await world.data(text % "completed")
    assert [node["id"] for node in unfinished["bulkOperations"]["nodes"]] == [ids[0], ids[2]]
    assert [node["id"] for node in completed["bulkOperations"]["nodes"]] == [ids[1]]
