"""What the app does at Shopify, run twice: through the fake, and through the real client over HTTP against a
server that executes the operations on Shopify's own schema.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from graphql import GraphQLSchema

from plugin.core.keys import discount_code
from plugin.shopify import bulk
from plugin.shopify.api import AdminApi
from plugin.shopify.bulk import BulkStatus, Busy, DownloadExpiredError, Started
from plugin.shopify.consent import OptOutRefused, OptOutWritten, write_opt_out
from plugin.shopify.discounts import (
    AlreadyOurs,
    AmountOff,
    CodeRequest,
    Issued,
    PercentOff,
    Refused,
    TakenByOther,
    deactivate_code,
    issue_code,
)
from plugin.shopify.errors import RefusedError, UnauthorisedError, UserErrorsError
from plugin.shopify.fake import FakeAdmin, Misfortune
from plugin.shopify.fake_shop import ConsentWrite, FakeDiscount, FakeShop
from plugin.shopify.graphql import AdminClient
from plugin.shopify.operations import operation
from plugin.shopify.origin import ShopOrigin
from plugin.shopify.scopes import NEEDED, missing, read_granted
from plugin.shopify.shops import ShopDetails, read_shop
from tests.shopify.small_shopify import SmallShopify

SHOP, OTHER_SHOP = "tea-shop.myshopify.com", "coffee-shop.myshopify.com"
SHOP_ID, OTHER_ID = 1, 2
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
KEY = "1:loyalty_reward:1:77:reward"
REQUEST = CodeRequest(
    effect_key=KEY,
    code=discount_code(b"secret", KEY),
    title="Loyalty reward",
    value=AmountOff(amount_minor=500, currency="EUR"),
    customer_id=7,
    starts_at=NOW,
    ends_at=NOW + timedelta(days=60),
)


class _PlainTokens:
    def access_token(self, shop_id: int, shop: str, now: datetime) -> str:  # noqa: ARG002  # the protocol's
        return f"shpat_{shop_id}"

    def renew(self, shop_id: int, shop: str, rejected: str, now: datetime) -> str:  # noqa: ARG002
        return f"shpat_{shop_id}_renewed"

    def give_up(self, shop_id: int, rejected: str, reason: str, now: datetime) -> None:
        pass


@dataclass
class World:
    """One carrier of the Admin API, and the shops behind it."""

    api: AdminApi
    fake: FakeAdmin
    downloads: httpx.Client

    @property
    def shop(self) -> FakeShop:
        return self.fake.shops[SHOP_ID]

    @property
    def other(self) -> FakeShop:
        return self.fake.shops[OTHER_ID]


@pytest.fixture(params=["fake", "http"])
def world(
    request: pytest.FixtureRequest, http: httpx.Client, shopify: SmallShopify, admin_schema: GraphQLSchema
) -> Iterator[World]:
    fake = FakeAdmin({SHOP_ID: FakeShop(domain=SHOP), OTHER_ID: FakeShop(domain=OTHER_SHOP)})
    if request.param == "fake":
        with fake.downloads() as downloads:
            yield World(fake, fake, downloads)
    else:
        shopify.answer_like(fake, {"shpat_1": SHOP_ID, "shpat_2": OTHER_ID}, admin_schema, NOW)
        yield World(AdminClient(http, ShopOrigin(shopify.template), "2026-10", _PlainTokens()), fake, http)


def issue(world: World, request: CodeRequest = REQUEST, *, attempt: int = 1) -> object:
    return issue_code(world.api, SHOP_ID, SHOP, request, NOW, attempt=attempt)


def the_discount(world: World) -> FakeDiscount:
    (found,) = world.shop.discounts.values()
    return found


def test_a_reward_is_one_code_for_one_customer_usable_once(world: World) -> None:
    assert issue(world) == Issued(discount_gid=the_discount(world).gid)
    asked = the_discount(world).input
    assert the_discount(world).code == REQUEST.code
    assert the_discount(world).title == "Loyalty reward"
    assert (asked["usageLimit"], asked["appliesOncePerCustomer"]) == (1, True)
    assert asked["context"] == {"customers": {"add": ["gid://shopify/Customer/7"]}}
    assert asked["customerGets"]["items"] == {"all": True}
    assert asked["customerGets"]["value"]["discountAmount"]["amount"] == "5.00"
    assert (asked["startsAt"], asked["endsAt"]) == ("2026-11-21T12:00:00+00:00", "2027-01-20T12:00:00+00:00")
    assert world.other.discounts == {}


def test_percentages_and_currencies_without_cents_are_said_as_shopify_counts(world: World) -> None:
    issue(world, replace(REQUEST, value=PercentOff(basis_points=1500)))
    assert the_discount(world).input["customerGets"]["value"]["percentage"] == 0.15
    world.shop.discounts.clear()
    issue(world, replace(REQUEST, value=AmountOff(amount_minor=500, currency="JPY")))
    assert the_discount(world).input["customerGets"]["value"]["discountAmount"]["amount"] == "500"


@pytest.mark.parametrize("attempt", [1, 2, 9])
def test_issuing_again_finds_the_first_one_and_makes_no_second(world: World, attempt: int) -> None:
    issue(world)
    gid = the_discount(world).gid
    assert issue(world, attempt=attempt) == AlreadyOurs(discount_gid=gid)
    assert issue(world, replace(REQUEST, code=REQUEST.code.lower()), attempt=attempt) == AlreadyOurs(
        discount_gid=gid
    )


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_code_that_somebody_else_made_is_never_handed_out(world: World, attempt: int) -> None:
    issue(world, replace(REQUEST, effect_key="1:loyalty_reward:1:78:reward"))
    assert issue(world, attempt=attempt) == TakenByOther()
    assert the_discount(world).tags != (REQUEST.marker,)


def test_the_marker_names_the_effect_and_no_person(world: World) -> None:
    issue(world)
    assert the_discount(world).tags == (REQUEST.marker,)
    assert KEY not in REQUEST.marker


def test_input_that_shopify_refuses_is_refused_for_good(world: World) -> None:
    found = issue(world, replace(REQUEST, ends_at=NOW - timedelta(days=1)))
    assert found == Refused(reason="user_errors:END_DATE_BEFORE_START_DATE", permanent=True)
    assert world.shop.discounts == {}


def test_a_discount_can_be_ended(world: World) -> None:
    issue(world)
    deactivate_code(world.api, SHOP_ID, SHOP, the_discount(world).gid, NOW)
    assert not the_discount(world).is_active
    with pytest.raises(UserErrorsError, match="INVALID"):
        deactivate_code(world.api, SHOP_ID, SHOP, "gid://shopify/DiscountCodeNode/999", NOW)


def test_an_opt_out_reaches_the_shop_and_may_be_repeated(world: World) -> None:
    for _ in range(2):
        found = write_opt_out(world.api, SHOP_ID, SHOP, 7, at=NOW - timedelta(hours=1), now=NOW)
        assert found == OptOutWritten()
    written = ConsentWrite(
        customer_gid="gid://shopify/Customer/7", state="UNSUBSCRIBED", at="2026-11-21T11:00:00+00:00"
    )
    assert world.shop.consent_writes == [written, written]
    assert world.other.consent_writes == []


def test_an_opt_out_by_a_clock_ahead_of_shopifys_is_not_dated_in_the_future(world: World) -> None:
    assert (
        write_opt_out(world.api, SHOP_ID, SHOP, 7, at=NOW + timedelta(minutes=5), now=NOW) == OptOutWritten()
    )
    assert world.shop.consent_writes[0].at == "2026-11-21T12:00:00+00:00"


def test_an_opt_out_of_someone_shopify_does_not_know_is_final(world: World) -> None:
    world.shop.unknown_customers = frozenset({"gid://shopify/Customer/7"})
    found = write_opt_out(world.api, SHOP_ID, SHOP, 7, at=NOW, now=NOW)
    assert found == OptOutRefused(reason="user_errors:INVALID", permanent=True)


def test_a_guests_opt_out_needs_no_call(world: World) -> None:
    found = write_opt_out(world.api, SHOP_ID, SHOP, -7, at=NOW, now=NOW)
    assert found == OptOutRefused(reason="guest_unknown_to_shopify", permanent=True)
    assert world.fake.calls.total() == 0


def test_states_that_shopify_does_not_let_us_write_are_refused_at_top_level(world: World) -> None:
    update = {
        "customerId": "gid://shopify/Customer/7",
        "emailMarketingConsent": {"marketingState": "REDACTED"},
    }
    with pytest.raises(RefusedError, match="graphql:no_code"):
        world.api.execute(SHOP_ID, SHOP, operation("email_consent_update"), {"input": update}, NOW)


def test_a_shop_says_what_mail_from_it_must_carry(world: World) -> None:
    assert read_shop(world.api, SHOP_ID, SHOP, NOW) == ShopDetails(
        gid="gid://shopify/Shop/1",
        name="Tea Shop",
        owner_email=f"owner@{SHOP}",
        contact_email=f"hello@{SHOP}",
        currency="EUR",
        timezone="Europe/Berlin",
        url=f"https://{SHOP}",
        postal_address="Tea Shop, Leaf Street 1, 20095, Hamburg, Germany",
        country="DE",
    )


def test_granted_scopes_are_read_and_what_lacks_is_named(world: World) -> None:
    world.shop.scopes = ("read_all_orders", "read_orders", "write_customers", "customer_read_orders")
    granted = read_granted(world.api, SHOP_ID, SHOP, NOW)
    assert granted == set(world.shop.scopes)
    assert {"read_products", "write_discounts"} <= set(missing(granted))
    assert not set(missing(granted)) & {"read_orders", "read_customers", "write_customers"}


def test_a_bulk_query_starts_runs_and_leaves_rows(world: World) -> None:
    world.shop.bulk_rows["BulkCustomers"] = [
        {"id": "gid://shopify/Customer/1"},
        {"id": "gid://shopify/Customer/2"},
    ]
    started = bulk.start(world.api, SHOP_ID, SHOP, operation("bulk_customers"), NOW)
    assert isinstance(started, Started)
    running = bulk.poll(world.api, SHOP_ID, SHOP, started.gid, NOW)
    assert running
    assert running.status is BulkStatus.RUNNING
    assert not running.status.is_over
    world.fake.finish_bulk(SHOP_ID, started.gid, NOW)
    done = bulk.poll(world.api, SHOP_ID, SHOP, started.gid, NOW)
    assert done
    assert done.has_all_rows
    assert (done.object_count, done.root_count) == (2, 2)
    found = list(bulk.rows(world.downloads, done.url))
    assert found == [(0, {"id": "gid://shopify/Customer/1"}), (1, {"id": "gid://shopify/Customer/2"})]


def test_a_bulk_query_without_rows_has_no_file(world: World) -> None:
    started = bulk.start(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW)
    assert isinstance(started, Started)
    world.fake.finish_bulk(SHOP_ID, started.gid, NOW)
    done = bulk.poll(world.api, SHOP_ID, SHOP, started.gid, NOW)
    assert done
    assert done.has_all_rows
    assert done.url is None
    assert list(bulk.rows(world.downloads, done.url)) == []


def test_a_failed_bulk_query_tells_where_its_partial_rows_are(world: World) -> None:
    world.shop.bulk_rows["BulkOrders"] = [{"id": "gid://shopify/Order/1"}]
    started = bulk.start(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW)
    assert isinstance(started, Started)
    world.fake.finish_bulk(SHOP_ID, started.gid, NOW, error_code="TIMEOUT")
    failed = bulk.poll(world.api, SHOP_ID, SHOP, started.gid, NOW)
    assert failed
    assert (failed.status, failed.error_code, failed.url) == (BulkStatus.FAILED, "TIMEOUT", None)
    assert failed.status.is_over
    assert not failed.has_all_rows
    assert list(bulk.rows(world.downloads, failed.partial_url)) == [(0, {"id": "gid://shopify/Order/1"})]


def test_a_sixth_bulk_query_waits_its_turn(world: World) -> None:
    for _ in range(5):
        assert isinstance(bulk.start(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW), Started)
    sixth = bulk.start(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW)
    assert sixth == Busy(code="OPERATION_IN_PROGRESS")
    assert isinstance(bulk.start(world.api, OTHER_ID, OTHER_SHOP, operation("bulk_orders"), NOW), Started)


def test_after_a_crash_the_running_query_is_found_again(world: World) -> None:
    assert bulk.find_running(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW) is None
    bulk.start(world.api, SHOP_ID, SHOP, operation("bulk_customers"), NOW)
    started = bulk.start(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW)
    assert bulk.find_running(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW) == started
    assert isinstance(started, Started)
    world.fake.finish_bulk(SHOP_ID, started.gid, NOW)
    assert bulk.find_running(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW) is None


def test_an_unknown_bulk_query_is_none(world: World) -> None:
    assert bulk.poll(world.api, SHOP_ID, SHOP, "gid://shopify/BulkOperation/999", NOW) is None


def test_a_result_file_that_is_gone_says_start_again(world: World) -> None:
    world.shop.bulk_rows["BulkOrders"] = [{"id": "gid://shopify/Order/1"}]
    started = bulk.start(world.api, SHOP_ID, SHOP, operation("bulk_orders"), NOW)
    assert isinstance(started, Started)
    world.fake.finish_bulk(SHOP_ID, started.gid, NOW)
    done = bulk.poll(world.api, SHOP_ID, SHOP, started.gid, NOW)
    assert done
    assert done.url
    with pytest.raises(DownloadExpiredError, match="http_404"):
        list(bulk.rows(world.downloads, done.url.replace(".jsonl", "-old.jsonl")))


def test_a_shop_that_is_not_connected_is_refused(world: World) -> None:
    with pytest.raises(UnauthorisedError):
        read_shop(world.api, 3, "unknown.myshopify.com", NOW)


# What only the fake can let happen on demand.


def a_fake() -> tuple[FakeAdmin, World]:
    fake = FakeAdmin({SHOP_ID: FakeShop(domain=SHOP)})
    return fake, World(fake, fake, httpx.Client())


@pytest.mark.parametrize(
    ("misfortune", "expected"),
    [
        (Misfortune.THROTTLED, Refused(reason="throttled", permanent=False, retry_after=2.0)),
        (Misfortune.NEVER_ARRIVED, Refused(reason="ConnectError", permanent=False)),
        (Misfortune.ANSWER_LOST, Refused(reason="ReadError", permanent=False, in_doubt=True)),
        (Misfortune.UNAUTHORISED, Refused(reason="token_rejected", permanent=False, retry_after=3600.0)),
        (Misfortune.ACCESS_DENIED, Refused(reason="access_denied", permanent=True)),
    ],
)
def test_after_any_misfortune_a_second_attempt_leaves_exactly_one_code(
    misfortune: Misfortune, expected: Refused
) -> None:
    fake, world = a_fake()
    with world.downloads:
        fake.befall("discount_code_create", misfortune)
        assert issue(world) == expected
        second = issue(world, attempt=2)
    assert isinstance(second, AlreadyOurs if misfortune is Misfortune.ANSWER_LOST else Issued)
    assert len(fake.shops[SHOP_ID].discounts) == 1


def test_the_wanted_scopes_each_have_a_reason_and_cover_themselves() -> None:
    assert missing(NEEDED) == ()
    assert missing([]) == tuple(sorted(NEEDED))
    assert all(reason.endswith(".") and len(reason) > 30 for reason in NEEDED.values())


def test_permission_to_write_implies_permission_to_read() -> None:
    assert "read_customers" not in missing(["write_customers"])
    assert "write_customers" in missing(["read_customers"])
