"""Bulk operations: the file, the states and the refusals (reference/shopify.md 3.2)."""

import json
from typing import Any

import pytest

from tests.devstore.world import OTHER, World

pytestmark = pytest.mark.anyio

RUN = """mutation ($q: String!) { bulkOperationRunQuery(query: $q) {
  bulkOperation { id status } userErrors { field message code } } }"""
POLL = """query ($i: ID!) { bulkOperation(id: $i) {
  status objectCount rootObjectCount fileSize url errorCode completedAt } }"""
ORDERS = """{ orders { edges { node { id name customer { id }
  currentTotalPriceSet { shopMoney { amount } }
  lineItems { edges { node { id quantity originalUnitPriceSet { shopMoney { amount } } } } } } } } }"""


async def _run(world: World, query: str, shop: str | None = None) -> dict[str, Any]:
    shops = {"shop": shop} if shop else {}
    payload: dict[str, Any] = (await world.data(RUN, q=query, **shops))["bulkOperationRunQuery"]
    return payload


async def test_the_file_holds_every_order_and_line_joined_by_parent(full: World) -> None:
    started = await _run(full, ORDERS)
    assert started["bulkOperation"]["status"] == "CREATED"
    number = started["bulkOperation"]["id"]
    running = (await full.data(POLL, i=number))["bulkOperation"]
    assert (running["status"], running["url"]) == ("RUNNING", None)
    done = (await full.data(POLL, i=number))["bulkOperation"]
    assert (done["status"], done["rootObjectCount"]) == ("COMPLETED", "6919")
    answer = await full.http.get(done["url"].removeprefix("http://devstore.test/devstore"))
    assert answer.headers["content-type"] == "application/jsonl"
    assert str(len(answer.content)) == done["fileSize"]
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert str(len(rows)) == done["objectCount"]
    orders = {row["id"]: row for row in rows if "__parentId" not in row}
    cents = dict.fromkeys(orders, 0)
    for row in rows:
        if "__parentId" in row:
            price = round(float(row["originalUnitPriceSet"]["shopMoney"]["amount"]) * 100)
            cents[row["__parentId"]] += price * row["quantity"]
    totals = {
        number: round(float(order["currentTotalPriceSet"]["shopMoney"]["amount"]) * 100)
        for number, order in orders.items()
    }
    assert cents == totals
    assert sum(totals.values()) == 24_409_194
    assert full.bodies("bulk_operations/finish")[-1]["admin_graphql_api_id"] == number


async def test_a_fragment_and_an_alias_read_the_same_as_in_a_plain_query(full: World) -> None:
    query = """fragment who on Customer { id mail: email ... on Customer { tags } }
      { customers { edges { node { __typename ...who } } } }"""
    number = (await _run(full, query))["bulkOperation"]["id"]
    for _ in range(2):
        done = (await full.data(POLL, i=number))["bulkOperation"]
    answer = await full.http.get(done["url"].removeprefix("http://devstore.test/devstore"))
    first = json.loads(answer.text.splitlines()[0])
    assert set(first) == {"__typename", "id", "mail", "tags"}
    assert first["__typename"] == "Customer"
    assert "@example." in first["mail"]


async def test_no_rows_mean_no_file(world: World) -> None:
    number = (await _run(world, "{ customers { edges { node { id } } } }"))["bulkOperation"]["id"]
    for _ in range(2):
        done = (await world.data(POLL, i=number))["bulkOperation"]
    assert (done["status"], done["url"], done["fileSize"], done["objectCount"]) == (
        "COMPLETED",
        None,
        None,
        "0",
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("{ shop { name } }", "must contain at least one connection"),
        ("{ customers { nodes { id } } }", "Selecting via 'nodes' is not supported"),
        ('{ node(id: "gid://shopify/Customer/1") { id } }', "top level `node`"),
        ("{ orders { edges { node { name lineItems { edges { node { id } } } } } } }", "must select the 'id' field"),
        ("{ customers { edges { node { id orders { edges { node { id lineItems { edges { node { id } } } } } } } } } }",
         "nesting depth greater than 2"),
        ("{ orders { edges { node { id refunds { refundLineItems { edges { node { quantity } } } } } } } }",
         "a connection field within a list field"),
        ("{ " + " ".join(f"c{n}: customers {{ edges {{ node {{ id }} }} }}" for n in range(6)) + " }",
         "more than 5 connections"),
        ("{ customers { edges { node { nonsense } } } }", "nonsense"),
        ("{ customers", "Syntax Error"),
    ],
)  # fmt: skip
async def test_a_query_that_shopify_would_refuse_is_refused(world: World, query: str, text: str) -> None:
    payload = await _run(world, query)
    assert payload["bulkOperation"] is None
    assert text in payload["userErrors"][0]["message"]
    assert payload["userErrors"][0]["code"] == "INVALID"


async def test_five_operations_run_at_once_and_the_sixth_waits(world: World) -> None:
    query = "{ customers { edges { node { id } } } }"
    started = [await _run(world, query) for _ in range(5)]
    sixth = await _run(world, query)
    error = sixth["userErrors"][0]
    assert error["code"] == "OPERATION_IN_PROGRESS"
    assert all(one["bulkOperation"]["id"] in error["message"] for one in started)
    assert (await _run(world, query, OTHER))["userErrors"] == []
    for _ in range(2):
        await world.data(POLL, i=started[0]["bulkOperation"]["id"])
    assert (await _run(world, query))["userErrors"] == []


async def test_an_operation_that_nobody_looks_at_completes_by_itself(world: World) -> None:
    await _run(world, "{ customers { edges { node { id } } } }")
    world.clock.move(seconds=3)
    world.devstore.do_chores()
    assert world.bodies("bulk_operations/finish")[0]["status"] == "completed"
