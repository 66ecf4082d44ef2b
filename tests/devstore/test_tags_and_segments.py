"""Tags taken off, and segments, as Shopify answers about them."""

from typing import Any

import pytest

from devstore.model import gid
from plugin.shopify.operations import operation
from tests.devstore.world import World

pytestmark = pytest.mark.anyio


async def test_a_tag_is_put_on_and_taken_off_and_told_of_once(world: World) -> None:
    customer = world.devstore.shoppers().create_customer()
    for name in ("tags_add", "tags_add", "tags_remove", "tags_remove"):
        await world.data(operation(name).text, id=gid("Customer", customer.id), tags=["Regulars"])
    kept = world.devstore.store().customers.get(customer.id)
    assert kept is not None
    assert kept.tags == ()
    assert world.bodies("customer.tags_removed") == [
        {
            "customerId": gid("Customer", customer.id),
            "tags": ["Regulars"],
            "occurredAt": "2026-11-21T10:00:00+00:00",
        }
    ]


async def test_nobody_cannot_lose_a_tag(world: World) -> None:
    answer = await world.data(operation("tags_remove").text, id=gid("Customer", 1), tags=["x"])
    assert answer["tagsRemove"]["userErrors"] == [{"field": ["id"], "message": "Resource does not exist"}]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": " "}, "name", "Name can't be blank"),
        ({"name": "n" * 256}, "name", "Name is too long (maximum is 255 characters)"),
        ({"name": "tea LOVERS"}, "name", "Name has already been taken"),
        ({"query": "q" * 5001}, "query", "Query is too long (maximum is 5000 characters)"),
        ({"query": "= 1"}, "query", "Query Line 1 Column 1: '=' is unexpected."),
        ({"query": "number_of_orders ~ 1"}, "query", "Query Line 1 Column 18: '~' is unexpected."),
        ({"query": "(number_of_orders = 1"}, "query", "Query Line 1 Column 21: input ends too soon."),
    ],
)
async def test_what_shopify_does_not_take_it_says(
    world: World, changes: dict[str, Any], field: str, message: str
) -> None:
    good = {"name": "Tea lovers", "query": "number_of_orders = 1"}
    made = await world.data(operation("segment_create").text, **good)
    assert made["segmentCreate"]["userErrors"] == []
    wanted = good | {"name": "Other"} | changes
    refused = await world.data(operation("segment_create").text, **wanted)
    assert refused["segmentCreate"]["userErrors"] == [{"field": [field], "message": message}]


async def test_a_segment_is_written_over_by_its_id(world: World) -> None:
    made = await world.data(operation("segment_create").text, name="Tea", query="number_of_orders = 1")
    changed = await world.data(
        operation("segment_update").text,
        id=made["segmentCreate"]["segment"]["id"],
        name="Coffee",
        query="number_of_orders = 2",
    )
    assert changed["segmentUpdate"] == {"segment": made["segmentCreate"]["segment"], "userErrors": []}
    (kept,) = world.devstore.store().segments.where("1 = 1")
    assert (kept.name, kept.query) == ("Coffee", "number_of_orders = 2")
