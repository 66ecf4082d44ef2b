"""The Admin API: reads, costs and faults."""

import pytest

from tests.devstore.world import OTHER, SHOP, World

pytestmark = pytest.mark.anyio

PAGE = """query ($after: String) { customers(first: 250, after: $after, sortKey: UPDATED_AT) {
  edges { node { id } } pageInfo { hasNextPage endCursor } } }"""


async def test_the_shop_tells_who_it_is(full: World) -> None:
    data = await full.data(
        "{ shop { name myshopifyDomain currencyCode ianaTimezone shopAddress { formatted } }"
        " currentAppInstallation { accessScopes { handle } } }"
    )
    assert data["shop"]["name"] == "Vinyl & Verse"
    assert data["shop"]["myshopifyDomain"] == SHOP
    assert data["shop"]["shopAddress"]["formatted"][0] == "12 Harbour Street"
    assert {"handle": "write_discounts"} in data["currentAppInstallation"]["accessScopes"]


async def test_paging_meets_every_customer_once(full: World) -> None:
    seen: list[str] = []
    after = None
    token = await full.access()
    while True:
        page = (await full.post(PAGE, token, after=after)).json()["data"]["customers"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        full.clock.move(seconds=5)
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 2357


async def test_paging_backwards_meets_the_same_page(full: World) -> None:
    token = await full.access()
    forward = (await full.post("{ orders(first: 3) { edges { cursor node { name } } } }", token)).json()
    edges = forward["data"]["orders"]["edges"]
    query = (
        "query ($c: String) { orders(last: 2, before: $c) { nodes { name } pageInfo { hasPreviousPage } } }"
    )
    back = (await full.post(query, token, c=edges[2]["cursor"])).json()["data"]["orders"]
    assert [node["name"] for node in back["nodes"]] == [edge["node"]["name"] for edge in edges[:2]]
    assert back["pageInfo"]["hasPreviousPage"] is False


async def test_a_search_finds_by_time_id_address_and_order_facts(full: World) -> None:
    data = await full.data(
        "{ orders(first: 1, reverse: true) { nodes { id name updatedAt customer { id email } } } }"
    )
    newest = data["orders"]["nodes"][0]
    for query, connection in [
        (f"id:{newest['id'].rpartition('/')[2]}", "orders"),
        (f"updated_at:>='{newest['updatedAt']}' AND financial_status:paid", "orders"),
        (f"name:{newest['name']}", "orders"),
        (f"email:{newest['customer']['email'].upper()}", "customers"),
    ]:
        text = "query ($q: String) { %s(first: 5, query: $q) { nodes { id } } }" % connection  # noqa: UP031
        found = (await full.data(text, q=query))[connection]["nodes"]
        wanted = newest["id"] if connection == "orders" else newest["customer"]["id"]
        assert [node["id"] for node in found] == [wanted], query
    none = await full.data('{ orders(first: 5, query: "updated_at:>2099-01-01") { nodes { id } } }')
    assert none["orders"]["nodes"] == []


async def test_an_order_tells_its_money_and_lines(full: World) -> None:
    data = await full.data(
        """{ orders(first: 5) { nodes { totalPriceSet { shopMoney { amount currencyCode } } displayFinancialStatus
        refunds { id } lineItems(first: 10) { nodes { quantity originalUnitPriceSet { shopMoney { amount } }
        product { productType } } } } } }"""
    )
    for order in data["orders"]["nodes"]:
        lines = order["lineItems"]["nodes"]
        cents = [round(float(line["originalUnitPriceSet"]["shopMoney"]["amount"]) * 100) for line in lines]
        total = sum(line["quantity"] * price for line, price in zip(lines, cents, strict=True))
        assert total == round(float(order["totalPriceSet"]["shopMoney"]["amount"]) * 100)
        assert order["displayFinancialStatus"] == "PAID"
        assert all(line["product"]["productType"] for line in lines)


async def test_a_valid_field_that_the_devstore_does_not_know_is_empty(full: World) -> None:
    data = await full.data(
        "{ customers(first: 1) { nodes { note statistics { rfmGroup } dataSaleOptOut metafields(first: 2)"
        " { nodes { id } } } } segments(first: 1) { nodes { id } pageInfo { hasNextPage } } }"
    )
    node = data["customers"]["nodes"][0]
    assert node == {
        "note": None,
        "statistics": {"rfmGroup": None},
        "dataSaleOptOut": False,
        "metafields": {"nodes": []},
    }
    assert data["segments"] == {"nodes": [], "pageInfo": {"hasNextPage": False}}


async def test_a_field_that_shopify_does_not_have_is_refused(full: World) -> None:
    body = await full.ask("{ shop { favouriteColour } }")
    assert "data" not in body
    assert "favouriteColour" in body["errors"][0]["message"]


async def test_a_mutation_that_the_devstore_does_not_do_is_refused(full: World) -> None:
    body = await full.ask(
        'mutation { customerDelete(input: {id: "gid://shopify/Customer/1"}) { userErrors { message } } }'
    )
    assert body["data"] == {"customerDelete": None}
    assert "does not do customerDelete" in body["errors"][0]["message"]


async def test_the_other_shop_sees_nothing(full: World) -> None:
    data = await full.data(
        "{ customers(first: 1) { nodes { id } } orders(first: 1) { nodes { id } } }", OTHER
    )
    assert data == {"customers": {"nodes": []}, "orders": {"nodes": []}}
    ours = await full.data("{ customers(first: 1) { nodes { id } } }")
    customer = ours["customers"]["nodes"][0]["id"]
    assert (await full.data("query ($i: ID!) { customer(id: $i) { id } }", OTHER, i=customer))[
        "customer"
    ] is None


async def test_every_answer_tells_its_cost_and_the_bucket_refills_with_time(world: World) -> None:
    token = await world.access()
    query = "{ customers(first: 250) { nodes { defaultEmailAddress { emailAddress } } } }"
    costs = [(await world.post(query, token)).json()["extensions"]["cost"] for _ in range(3)]
    assert costs[0]["throttleStatus"]["maximumAvailable"] == 2000
    assert costs[0]["throttleStatus"]["restoreRate"] == 100
    assert costs[0]["requestedQueryCost"] == 252
    assert costs[0]["actualQueryCost"] == 1
    assert costs[0]["throttleStatus"]["currentlyAvailable"] == 1999
    world.clock.move(seconds=1)
    assert (await world.post(query, token)).json()["extensions"]["cost"]["throttleStatus"][
        "currentlyAvailable"
    ] == 1999


async def test_an_empty_bucket_throttles_with_http_200(world: World) -> None:
    token = await world.access()
    world.devstore.services.buckets.of(world.devstore.store()).drain(world.clock())
    throttled = await world.post("{ shop { name } }", token)
    assert throttled.status_code == 200
    assert throttled.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in throttled.json()
    world.clock.move(seconds=1)
    assert (await world.post("{ shop { name } }", token)).json()["data"]["shop"]["name"] == "Vinyl & Verse"


async def test_a_query_over_a_thousand_points_is_refused(world: World) -> None:
    body = await world.ask("{ orders(first: 250) { nodes { lineItems(first: 50) { nodes { id } } } } }")
    assert body["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


@pytest.mark.parametrize(
    ("fault", "status"), [("server_errors", 502), ("refuse_tokens", 401), ("throttle", 200)]
)
async def test_a_fault_happens_as_often_as_asked(world: World, fault: str, status: int) -> None:
    token = await world.access()
    asked = await world.http.post(f"/{SHOP}/__devstore/faults", json={fault: 1})
    assert asked.status_code == 204
    first = await world.post("{ shop { name } }", token)
    assert first.status_code == status
    assert "Vinyl" not in first.text
    assert (await world.post("{ shop { name } }", token)).json()["data"]["shop"]["name"] == "Vinyl & Verse"


async def test_an_unknown_fault_is_refused(world: World) -> None:
    assert (await world.http.post(f"/{SHOP}/__devstore/faults", json={"meteor": 1})).status_code == 400


@pytest.mark.parametrize(
    "shop", ["evil.com", "UPPER.myshopify.com", "-.myshopify.com", "a.myshopify.com.evil.com"]
)
async def test_a_name_that_is_no_shop_does_not_exist(world: World, shop: str) -> None:
    assert (await world.post("{ shop { name } }", "any", shop)).status_code == 404
