"""An order with a code: each line carries its share, in webhooks, in GraphQL and in bulk rows alike."""

import json
from decimal import Decimal
from typing import Any

import pytest

from devstore.allocation import allocated
from devstore.baskets import basket
from devstore.model import DiscountUse, Line
from devstore.shoppers import Item
from plugin.core.events import OrderChanged, RefundRecorded
from plugin.core.folding import replay
from plugin.core.loyalty.earning import earning_rule, points_due
from plugin.shopify.bulk_join import join_children
from plugin.shopify.import_rows import order_events
from plugin.shopify.operations import operation
from tests.devstore.hearing import heard
from tests.devstore.test_shoppers import a_discount
from tests.devstore.world import World

pytestmark = pytest.mark.anyio

ITEMS = [Item(product=0, quantity=2), Item(product=5)]  # 2 x 11.99 and 13.99
RUN = "mutation ($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id } } }"
POLL = "query ($i: ID!) { bulkOperation(id: $i) { status url } }"


def a_line(number: int, price: int, quantity: int = 1) -> Line:
    return Line(
        id=number,
        product_id=1,
        variant_id=1,
        title="CD",
        product_type="Jazz",
        vendor="Band",
        sku="CD",
        quantity=quantity,
        price=price,
    )


def a_use(cents: int) -> DiscountUse:
    return DiscountUse(code="TEN", kind="fixed_amount", cents=cents, value=cents / 100)


async def rows(world: World, name: str) -> list[dict[str, Any]]:
    """The rows of one of our own bulk queries."""
    started = await world.data(RUN, q=operation(name).text)
    for _ in range(2):
        done = (await world.data(POLL, i=started["bulkOperationRunQuery"]["bulkOperation"]["id"]))[
            "bulkOperation"
        ]
    answer = await world.http.get(done["url"].removeprefix("http://devstore.test/devstore"))
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_lines_of_a_webhook_carry_their_shares(world: World) -> None:
    shoppers = world.devstore.shoppers()
    a_discount(world)
    shoppers.place_order(shoppers.create_customer().id, items=ITEMS, discount_code="TEN")
    told = world.bodies("orders/create")[0]
    assert told["discount_applications"] == [
        {
            "target_type": "line_item",
            "type": "discount_code",
            "value": "10.0",
            "value_type": "percentage",
            "allocation_method": "across",
            "target_selection": "all",
            "code": "TEN",
        }
    ]
    shares = [line["discount_allocations"] for line in told["line_items"]]
    assert [(one["amount"], one["discount_application_index"]) for [one] in shares] == [
        ("2.40", 0),
        ("1.40", 0),
    ]
    assert told["line_items"][0]["discount_allocations"][0]["amount_set"]["shop_money"]["amount"] == "2.40"
    assert (told["total_discounts"], told["total_line_items_price"], told["total_price"]) == (
        "3.80",
        "37.97",
        "34.17",
    )
    assert [line["total_discount"] for line in told["line_items"]] == ["0.00", "0.00"]


def test_our_product_value_and_points_are_those_after_the_code(world: World) -> None:
    shoppers = world.devstore.shoppers()
    a_discount(world, percentage=None, cents=2_500)
    customer = shoppers.create_customer()
    order = shoppers.place_order(customer.id, amount=10_050, discount_code="TEN")
    world.clock.move(minutes=1)
    shoppers.refund(order.id, 1_000)
    placed = heard(world, OrderChanged)[0]
    assert (placed.product_minor, placed.total_minor, placed.discount_codes) == (7_550, 7_550, ("TEN",))
    assert sum(line.total_minor or 0 for line in placed.lines) == 7_550
    state = replay(customer.id, [*heard(world, OrderChanged), *heard(world, RefundRecorded)])
    assert points_due(state, state.orders[order.id], earning_rule("USD")) == 65


async def test_the_bulk_row_of_an_order_says_what_its_webhooks_say(world: World) -> None:
    shoppers = world.devstore.shoppers()
    a_discount(world)
    order = shoppers.place_order(shoppers.create_customer().id, items=ITEMS, discount_code="TEN")
    world.clock.move(minutes=1)
    shoppers.refund(order.id, 417)
    [joined] = join_children(await rows(world, "bulk_orders"))
    lines = joined.children["LineItem"]
    assert [line["priceAfterAllDiscountsBeforeTaxesSet"]["shopMoney"]["amount"] for line in lines] == [
        "21.58",
        "12.59",
    ]
    imported, refund = order_events(joined.row, lines)
    told = heard(world, OrderChanged)[-1]
    assert isinstance(imported, OrderChanged)
    assert isinstance(refund, RefundRecorded)
    assert (
        (imported.product_minor, imported.total_minor)
        == (told.product_minor, told.total_minor)
        == (3417, 3417)
    )
    assert [line.total_minor for line in imported.lines] == [line.total_minor for line in told.lines]
    assert refund.product_minor == heard(world, RefundRecorded)[0].product_minor == 417


async def test_graphql_tells_the_promise_and_the_shares(world: World) -> None:
    shoppers = world.devstore.shoppers()
    a_discount(world)
    order = shoppers.place_order(shoppers.create_customer().id, items=ITEMS, discount_code="TEN")
    data = await world.data(
        """query ($i: ID!) { order(id: $i) { totalDiscountsSet { shopMoney { amount } }
        discountApplications(first: 2) { nodes { index ... on DiscountCodeApplication { code }
          value { ... on PricingPercentageValue { percentage } } } }
        lineItems(first: 5) { nodes { discountAllocations { allocatedAmountSet { shopMoney { amount } } }
          plain: discountedTotalSet { shopMoney { amount } }
          coded: discountedTotalSet(withCodeDiscounts: true) { shopMoney { amount } } } } } }""",
        i=f"gid://shopify/Order/{order.id}",
    )
    told = data["order"]
    assert told["totalDiscountsSet"]["shopMoney"]["amount"] == "3.8"
    assert told["discountApplications"]["nodes"] == [
        {"index": 0, "code": "TEN", "value": {"percentage": 10.0}}
    ]
    first = told["lineItems"]["nodes"][0]
    assert first["discountAllocations"] == [{"allocatedAmountSet": {"shopMoney": {"amount": "2.4"}}}]
    assert (first["plain"], first["coded"]) == (
        {"shopMoney": {"amount": "23.98"}},
        {"shopMoney": {"amount": "21.58"}},
    )


@pytest.mark.parametrize("cents", [0, 1, 2, 333, 9_999, 12_345])
def test_shares_add_up_to_the_discount_and_never_exceed_a_line(cents: int) -> None:
    lines = basket(key="any", favourite="Jazz", records=9, cents=12_345, first_line_id=1)
    shared = allocated(lines, (a_use(cents),))
    assert sum(line.total - line.after_discounts for line in shared) == cents
    assert all(0 <= line.after_discounts <= line.total for line in shared)


def test_a_second_code_takes_from_what_the_first_left() -> None:
    shared = allocated((a_line(1, 1_000), a_line(2, 3_000)), (a_use(2_000), a_use(2_000)))
    assert [[one.cents for one in line.allocations] for line in shared] == [[500, 500], [1_500, 1_500]]
    assert [Decimal(line.after_discounts) for line in shared] == [0, 0]


def test_lines_that_cost_nothing_take_no_share() -> None:
    free = (a_line(1, 0), a_line(2, 0))
    assert allocated(free, (a_use(0),)) == free
