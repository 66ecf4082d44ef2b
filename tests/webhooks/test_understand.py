"""Whose body is it: shapes, shops, and that nothing destructive follows from a body that is not its own."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.events import (
    AppUninstalled,
    BulkOperationFinished,
    CustomerDeleted,
    CustomerErasureRequested,
    ShopErasureRequested,
)
from plugin.webhooks.parsing import UNKNOWN_TOPIC, UnintelligibleError
from plugin.webhooks.topics import TOPICS
from plugin.webhooks.understand import understand
from tests.webhooks.shopify_bodies import (
    BODY_OF,
    FACTS,
    OTHER_SHOP,
    RECEIVED,
    SHOP,
    TRIGGERED,
    Body,
    a_bulk_operation,
    a_consent,
    a_customer,
    a_customer_redact,
    a_data_request,
    a_deleted_customer,
    a_delivery,
    a_shop_redact,
    a_shop_resource,
    an_order,
    said,
    without,
)

DESTRUCTIVE = ("app/uninstalled", "customers/delete", "customers/redact", "shop/redact", "checkouts/delete")
FAMILY = {
    name: TOPICS[name].model.__name__ for name in TOPICS
}  # topics with one model share their bodies on purpose

# Bodies of topics that we do not subscribe to, which a replay could send under a name that we do.
STRANGERS: dict[str, Body] = {
    "locales/create": {"locale": "fa", "published": True},
    "draft_orders/create": {
        "id": 1,
        "status": "open",
        "line_items": [],
        "updated_at": "2026-11-20T10:00:00Z",
    },
    "customer.joined_segment": {"shop_id": "gid://shopify/Shop/1", "customer_id": "gid://shopify/Customer/1"},
    "app_subscriptions/update": {"app_subscription": {"status": "PENDING"}},
    "empty": {},
}


def reason_of(topic: str, body: Body | bytes) -> str:
    with pytest.raises(UnintelligibleError) as refusal:
        said(topic, body)
    return refusal.value.reason


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_each_topic_understands_its_own_body(topic: str) -> None:
    assert len(said(topic, BODY_OF[topic])) >= 1


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_each_topic_refuses_the_body_of_every_other(topic: str) -> None:
    others = {name: body for name, body in BODY_OF.items() if FAMILY[name] != FAMILY[topic]}
    for name, body in (others | STRANGERS).items():
        assert reason_of(topic, body) == f"wrong_shape:{topic}", name


@pytest.mark.parametrize("topic", DESTRUCTIVE)
def test_an_order_dressed_up_with_the_keys_of_a_destructive_topic_destroys_nothing(topic: str) -> None:
    assert reason_of(topic, an_order() | BODY_OF[topic]) == f"wrong_shape:{topic}"
    assert reason_of(topic, a_customer() | BODY_OF[topic]) == f"wrong_shape:{topic}"


def test_a_customer_redact_body_never_erases_the_shop() -> None:
    assert reason_of("shop/redact", a_customer_redact()) == "wrong_shape:shop/redact"
    assert reason_of("shop/redact", a_shop_redact(anything="else")) == "wrong_shape:shop/redact"
    assert reason_of("shop/redact", without(a_shop_redact(), "shop_id")) == "wrong_shape:shop/redact"


def test_a_data_request_is_not_an_erasure() -> None:
    assert reason_of("customers/redact", a_data_request()) == "wrong_shape:customers/redact"
    assert reason_of("customers/redact", a_data_request() | a_customer_redact()) == (
        "wrong_shape:customers/redact"
    )


@pytest.mark.parametrize(
    "gid",
    [
        "gid://shopify/Order/706405506930370084",
        "gid://shopify/Customer/1",
        "gid://shopify/Customer/",
        "gid://shopify/Customer/x",
        "gid://shopify/Customer/٧٠٦",
        "",
    ],
)
def test_a_customer_is_deleted_only_where_both_ids_agree(gid: str) -> None:
    assert reason_of("customers/delete", a_deleted_customer(admin_graphql_api_id=gid)) == (
        "wrong_shape:customers/delete"
    )


def test_the_destructive_topics_say_what_they_are_asked_to() -> None:
    assert said("app/uninstalled", a_shop_resource()) == (AppUninstalled(occurred_at=TRIGGERED),)
    assert said("shop/redact", a_shop_redact()) == (ShopErasureRequested(occurred_at=TRIGGERED),)
    (erasure,) = said("customers/redact", a_customer_redact())
    assert isinstance(erasure, CustomerErasureRequested)
    assert (erasure.person.shopify_id, erasure.person.email, erasure.order_ids) == (
        191167,
        "john@example.com",
        (299938,),
    )
    (deleted,) = said("customers/delete", a_deleted_customer())
    assert isinstance(deleted, CustomerDeleted)
    assert deleted.shopify_id == deleted.person.shopify_id == 706405506930370084


@pytest.mark.parametrize(
    "customer", [{"email": "John@Example.com"}, {"id": "191167"}, {"phone": "+44 20 7946 0000"}]
)
def test_an_erasure_may_name_its_person_in_one_way_only(customer: Body) -> None:
    (erasure,) = said("customers/redact", a_customer_redact(customer=customer, orders_to_redact=[]))
    assert isinstance(erasure, CustomerErasureRequested)
    assert any((erasure.person.shopify_id, erasure.person.email, erasure.person.phone))


def test_an_erasure_that_names_nobody_is_not_understood() -> None:
    body = a_customer_redact(customer={"email": "nobody"}, orders_to_redact=None)
    assert reason_of("customers/redact", body) == "names_nobody"


@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_a_body_captured_at_another_shop_does_nothing_here(topic: str) -> None:
    assert reason_of(topic, BODY_OF[topic] | {"shop_domain": OTHER_SHOP}) == "other_shop"
    assert reason_of(topic, BODY_OF[topic] | {"shop_domain": 7}) == "other_shop"
    assert len(said(topic, BODY_OF[topic] | {"shop_domain": SHOP.upper()})) == 1


def test_an_uninstall_that_names_another_shop_does_nothing_here() -> None:
    assert reason_of("app/uninstalled", a_shop_resource(myshopify_domain=OTHER_SHOP)) == "other_shop"
    assert len(said("app/uninstalled", a_shop_resource(myshopify_domain=SHOP))) == 1


def test_a_delivery_is_never_understood_for_another_shop() -> None:
    with pytest.raises(UnintelligibleError, match="other_shop"):
        understand(replace(a_delivery("orders/create", an_order()), shop=OTHER_SHOP), FACTS)


def test_a_topic_we_never_asked_for_has_a_reason_of_its_own() -> None:
    assert reason_of("locales/create", b"not even json") == UNKNOWN_TOPIC


def test_without_a_triggered_header_the_time_of_receipt_stands_in() -> None:
    assert said("shop/redact", a_shop_redact(), triggered_at=None) == (
        ShopErasureRequested(occurred_at=RECEIVED),
    )


def test_a_bulk_operation_is_known_by_its_id() -> None:
    (finished,) = said("bulk_operations/finish", a_bulk_operation())
    assert isinstance(finished, BulkOperationFinished)
    assert finished.operation_gid == "gid://shopify/BulkOperation/147595010"
    stranger = a_bulk_operation(admin_graphql_api_id="gid://shopify/Job/1")
    assert reason_of("bulk_operations/finish", stranger) == "wrong_shape:bulk_operations/finish"


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        ("orders/create", an_order(id=8.2e17), "wrong_value:orders/create:id"),
        ("orders/create", an_order(id=True), "wrong_value:orders/create:id"),
        ("orders/create", an_order(id=-5), "wrong_value:orders/create:id"),
        ("orders/create", an_order(id=2**63), "wrong_value:orders/create:id"),
        ("orders/create", an_order(id="12x"), "wrong_value:orders/create:id"),
        ("orders/create", an_order(updated_at="2026-11-20T11:00:00"), "wrong_value:orders/create:updated_at"),
        ("orders/create", an_order(updated_at=1795000000), "wrong_value:orders/create:updated_at"),
        ("orders/create", an_order(updated_at="9999-12-31T23:59:59-23:00"), "wrong_value:orders/create:updated_at"),
        ("orders/create", an_order(name="#1\x00"), "wrong_value:orders/create:name"),
        ("orders/create", an_order(currency="Euro"), "wrong_value:orders/create:currency"),
        ("orders/create", an_order(line_items={}), "wrong_value:orders/create:line_items"),
        ("orders/create", an_order(line_items=["tea"]), "wrong_value:orders/create:line_items.0"),
        ("orders/create", an_order(total_price_set=None, total_price="NaN"), "wrong_value:orders/create:total_price"),
        ("orders/create", an_order(total_price_set=None, total_price="1e16"), "wrong_amount:orders/create"),
        ("orders/create", an_order(total_price_set=None, total_price="1e999999"), "wrong_amount:orders/create"),
        ("customers/delete", a_deleted_customer(id=None), "wrong_value:customers/delete:id"),
        ("customers/redact", a_customer_redact(customer=[]), "wrong_value:customers/redact:customer"),
        ("customers_email_marketing_consent/update", a_consent("maybe"), "unknown_consent_state"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_meant_is_refused_by_the_name_of_its_field(
    topic: str, body: Body, reason: str
) -> None:
    assert reason_of(topic, body) == reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"shop_id":1,"shop_domain":"tea-house.myshopify.com","shop_domain":"x"}', "duplicate_key"),
        (b'\xef\xbb\xbf{"shop_id":1,"shop_domain":"tea-house.myshopify.com"}', "byte_order_mark"),
        (b'[{"shop_id":1,"shop_domain":"tea-house.myshopify.com"}]', "not_an_object"),
        (b'{"shop_id":NaN,"shop_domain":"tea-house.myshopify.com"}', "not_a_number"),
        (b'{"shop_id":' + b"9" * 5000 + b',"shop_domain":"tea-house.myshopify.com"}', "number_too_long"),
        (b'{"shop_id":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
        (b'{"shop_id":1,"shop_domain":"tea-house.myshopify.com\xff"}', "not_utf8"),
        (b'{"shop_id":1,"shop_domain":"\\ud800"}', "lone_surrogate"),
        (b'{"shop_id":1,"shop_domain":"tea-house.myshopify.com\\u0000"}', "other_shop"),
        (b"grant_type=x&subject_token=eyJhbGciOiJIUzI1NiJ9.e30.x", "not_json"),
        (b"shop=tea-house.myshopify.com&timestamp=1&hmac=00", "not_json"),
    ],
    ids=["twice", "bom", "array", "nan", "digits", "deep", "bytes", "surrogate", "nul", "form", "query"],
)
def test_hostile_bodies_that_passed_the_door_erase_no_shop(body: bytes, reason: str) -> None:
    assert reason_of("shop/redact", body) == reason


def test_no_reason_repeats_what_the_body_says() -> None:
    secret = "ada@example.com"
    for broken in (an_order(id=secret), an_order(line_items=[{secret: 1}]), an_order(email=[secret])):
        with pytest.raises(UnintelligibleError) as refusal:
            said("orders/create", broken)
        assert secret not in f"{refusal.value!r}{refusal.value.__cause__!r}"


_KEYS = st.sampled_from(sorted({key for body in BODY_OF.values() for key in body}))
_ODD: list[object] = [None, True, 0, -1, 3.5, "", "x", "1", [], {}, [None], [{}], {"id": {}}, "2026-01-01"]
_VALUES = st.sampled_from(_ODD)


@given(
    st.sampled_from(sorted(TOPICS)), st.dictionaries(_KEYS, _VALUES, max_size=4), st.sets(_KEYS, max_size=2)
)
def test_a_mutilated_body_is_understood_or_refused_but_never_breaks(
    topic: str, changes: Body, gone: set[str]
) -> None:
    body = {key: value for key, value in (BODY_OF[topic] | changes).items() if key not in gone}
    try:
        events = said(topic, json.dumps(body).encode())
    except UnintelligibleError:
        return
    assert isinstance(events, tuple)
