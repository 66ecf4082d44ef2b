"""Writes, with Shopify's own refusals (reference/shopify.md 3.4)."""

import asyncio
from typing import Any

import httpx
import pytest

from devstore.model import ConsentState, gid
from tests.devstore.world import OTHER, SHOP, World

pytestmark = pytest.mark.anyio

CONSENT = """mutation ($input: CustomerEmailMarketingConsentUpdateInput!) {
  customerEmailMarketingConsentUpdate(input: $input) {
    customer { defaultEmailAddress { marketingState marketingOptInLevel marketingUpdatedAt } }
    userErrors { field message code } } }"""

CREATE = """mutation ($d: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $d) {
  codeDiscountNode { id codeDiscount { ... on DiscountCodeBasic { title status codes(first: 1) { nodes { code } }
    context { __typename ... on DiscountCustomers { customers { id } } }
    customerGets { value { __typename ... on DiscountPercentage { percentage }
      ... on DiscountAmount { amount { amount } } } } } } }
  userErrors { field code message } } }"""

FIND = """query ($c: String!) { codeDiscountNodeByCode(code: $c) { id codeDiscount {
  ... on DiscountCodeBasic { status endsAt } } } }"""


def a_code(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Reward",
        "code": "REG-ABC",
        "startsAt": "2026-11-21T00:00:00Z",
        "context": {"all": "ALL"},
        "customerGets": {"value": {"percentage": 0.1}, "items": {"all": True}},
    } | changes


async def _consent(world: World, customer: int, **consent: Any) -> dict[str, Any]:
    wanted = {"customerId": gid("Customer", customer), "emailMarketingConsent": consent}
    return await world.ask(CONSENT, input=wanted)


async def test_an_opt_out_is_written_and_told_by_webhook(world: World) -> None:
    customer = world.devstore.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    world.clock.move(hours=1)
    body = await _consent(world, customer.id, marketingState="UNSUBSCRIBED")
    payload = body["data"]["customerEmailMarketingConsentUpdate"]
    assert payload["userErrors"] == []
    assert payload["customer"]["defaultEmailAddress"] == {
        "marketingState": "UNSUBSCRIBED",
        "marketingOptInLevel": "SINGLE_OPT_IN",
        "marketingUpdatedAt": "2026-11-21T11:00:00Z",
    }
    told = world.bodies("customers_email_marketing_consent/update")[-1]
    assert told == {
        "customer_id": customer.id,
        "email_address": customer.email,
        "email_marketing_consent": {
            "state": "unsubscribed",
            "opt_in_level": "single_opt_in",
            "consent_updated_at": "2026-11-21T11:00:00+00:00",
        },
    }


@pytest.mark.parametrize("state", ["NOT_SUBSCRIBED", "REDACTED", "INVALID"])
async def test_a_state_that_nobody_may_write_is_a_top_level_error(world: World, state: str) -> None:
    customer = world.devstore.shoppers().create_customer()
    body = await _consent(world, customer.id, marketingState=state)
    assert body["errors"][0]["message"] == f"Cannot specify {state} as a marketing state input"


@pytest.mark.parametrize(
    ("consent", "code"),
    [
        ({"marketingState": "PENDING", "marketingOptInLevel": "SINGLE_OPT_IN"}, "INVALID"),
        ({"marketingState": "SUBSCRIBED"}, "MISSING_ARGUMENT"),
        ({"marketingState": "UNSUBSCRIBED", "consentUpdatedAt": "2026-11-22T00:00:00Z"}, "INVALID"),
    ],
)
async def test_a_consent_that_makes_no_sense_changes_nothing(
    world: World, consent: dict[str, str], code: str
) -> None:
    customer = world.devstore.shoppers().create_customer()
    body = await _consent(world, customer.id, **consent)
    payload = body["data"]["customerEmailMarketingConsentUpdate"]
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert world.devstore.store().customers.get(customer.id) == customer


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"code": None}, "code", "BLANK"),
        ({"code": "x" * 256}, "code", "TOO_LONG"),
        ({"code": "a\nb"}, "code", "INVALID"),
        ({"startsAt": None}, "startsAt", "BLANK"),
        ({"customerGets": None}, "customerGets", "BLANK"),
        ({"endsAt": "2026-11-20T00:00:00Z"}, "endsAt", "END_DATE_BEFORE_START_DATE"),
        (
            {"customerGets": {"value": {"percentage": 15.0}, "items": {"all": True}}},
            "percentage",
            "VALUE_OUTSIDE_RANGE",
        ),
        ({"customerSelection": {"all": True}}, "context", "TOO_MANY_ARGUMENTS"),
        ({"context": {"customers": {"add": ["gid://shopify/Customer/1"]}}}, "add", "INVALID"),
    ],
)
async def test_a_code_that_shopify_would_refuse_is_refused(
    world: World, changes: dict[str, Any], field: str, code: str
) -> None:
    payload = (await world.data(CREATE, d=a_code(**changes)))["discountCodeBasicCreate"]
    assert payload["codeDiscountNode"] is None
    assert [(error["field"][-1], error["code"]) for error in payload["userErrors"]] == [(field, code)]


async def test_a_code_for_one_customer_is_made_found_and_ended(world: World) -> None:
    customer = world.devstore.shoppers().create_customer()
    buyer = gid("Customer", customer.id)
    wanted = a_code(
        context={"customers": {"add": [buyer]}},
        customerGets={"value": {"discountAmount": {"amount": "5.00"}}, "items": {"all": True}},
    )
    made = (await world.data(CREATE, d=wanted))["discountCodeBasicCreate"]["codeDiscountNode"]
    discount = made["codeDiscount"]
    assert discount["codes"]["nodes"] == [{"code": "REG-ABC"}]
    assert discount["context"] == {"__typename": "DiscountCustomers", "customers": [{"id": buyer}]}
    assert discount["customerGets"]["value"] == {"__typename": "DiscountAmount", "amount": {"amount": "5.0"}}
    found = (await world.data(FIND, c="reg-abc"))["codeDiscountNodeByCode"]
    assert (found["id"], found["codeDiscount"]["status"]) == (made["id"], "ACTIVE")
    end = "mutation ($i: ID!) { discountCodeDeactivate(id: $i) { userErrors { code } } }"
    await world.data(end, i=made["id"])
    assert (await world.data(FIND, c="REG-ABC"))["codeDiscountNodeByCode"]["codeDiscount"][
        "status"
    ] == "EXPIRED"


async def test_a_code_is_taken_whatever_its_case_and_only_in_its_own_shop(world: World) -> None:
    await world.data(CREATE, d=a_code())
    payload = (await world.data(CREATE, d=a_code(code="reg-abc")))["discountCodeBasicCreate"]
    assert [error["code"] for error in payload["userErrors"]] == ["TAKEN"]
    other = (await world.data(CREATE, OTHER, d=a_code()))["discountCodeBasicCreate"]
    assert other["userErrors"] == []
    assert (await world.data(FIND, c="nothing"))["codeDiscountNodeByCode"] is None


async def test_of_many_requests_for_one_code_one_wins(world: World) -> None:
    token = await world.access()
    answers = await asyncio.gather(*(world.post(CREATE, token, d=a_code()) for _ in range(8)))
    made = [answer.json()["data"]["discountCodeBasicCreate"]["codeDiscountNode"] for answer in answers]
    assert sum(node is not None for node in made) == 1


async def test_a_lost_answer_has_made_the_code_all_the_same(world: World) -> None:
    token = await world.access()
    world.devstore.services.faults.of(SHOP).set({"lose_answer": 1})
    with pytest.raises((AssertionError, httpx.HTTPError)):
        await world.post(CREATE, token, d=a_code())
    assert (await world.data(FIND, c="REG-ABC"))["codeDiscountNodeByCode"] is not None


async def test_tags_are_added_once_and_told_by_webhook(world: World) -> None:
    customer = world.devstore.shoppers().create_customer()
    add = """mutation ($i: ID!, $t: [String!]!) { tagsAdd(id: $i, tags: $t) {
      node { ... on Customer { tags } } userErrors { message } } }"""
    for _ in range(2):
        payload = (await world.data(add, i=gid("Customer", customer.id), t=["vip", "jazz"]))["tagsAdd"]
    assert payload == {"node": {"tags": ["jazz", "vip"]}, "userErrors": []}
    too_many = [f"t{number}" for number in range(250)]
    payload = (await world.data(add, i=gid("Customer", customer.id), t=too_many))["tagsAdd"]
    assert payload["userErrors"] == [{"message": "Tags cannot be more than 250"}]
    assert world.bodies("customer.tags_added")[0]["tags"] == ["vip", "jazz"]
