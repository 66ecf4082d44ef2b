"""Histories that collide on purpose: few ids, few instants, every kind of event."""

from datetime import datetime

from hypothesis import strategies as st

from plugin.core.events import ABSENT, ConsentState, ContactFacts, CustomerEvent
from tests.builders import (
    A_URL,
    HOUR,
    NOW,
    a_cart,
    a_checkout,
    a_consent,
    a_deleted_checkout,
    a_deleted_order,
    a_line,
    a_merge,
    a_payment,
    a_purchase_sum,
    a_record,
    a_refund,
    a_report,
    a_shipment,
    a_tagging,
    an_order,
)

instants: st.SearchStrategy[datetime] = st.integers(0, 5).map(lambda hours: NOW - hours * HOUR)
_tokens = st.sampled_from(["a", "b", "c"])
_maybe_token = st.none() | _tokens
_words = st.none() | st.just(ABSENT) | st.sampled_from(["", "mina@example.com", "omid@example.com"])
_contacts = st.builds(ContactFacts, email=_words, first_name=_words)
_lines = st.sampled_from([(), (a_line(),)])
_minor = st.sampled_from([0, 1, 1000, 4999, 5000])

orders = st.builds(
    an_order,
    st.integers(1, 3),
    at=instants,
    updated_at=instants,
    product_minor=_minor,
    status=st.sampled_from(["pending", "authorized", "paid", "partially_refunded", "refunded", "voided"]),
    cancelled_at=st.none() | instants,
    is_test=st.booleans(),
    checkout_token=_maybe_token,
    cart_token=_maybe_token,
    contact=_contacts,
    gateways=st.sampled_from([(), ("Cash on Delivery (COD)",)]),
)
refunds = st.builds(
    a_refund, st.integers(1, 3), order_id=st.integers(1, 3), at=instants, product_minor=_minor
)
checkouts = st.builds(
    a_checkout,
    _tokens,
    at=instants,
    created_at=instants,
    completed_at=st.none() | instants,
    lines=_lines,
    url=st.sampled_from([None, A_URL]),
    cart_token=_maybe_token,
    contact=_contacts,
)
deleted_checkouts = st.builds(a_deleted_checkout, token=_maybe_token, cart_token=_maybe_token, at=instants)
carts = st.builds(a_cart, _tokens, at=instants, lines=_lines)
consents = st.builds(
    a_consent,
    st.sampled_from(ConsentState),
    at=instants,
    channel=st.sampled_from(["email", "sms"]),
    source=st.sampled_from(["shopify", "one_click"]),
)
records = st.builds(a_record, at=instants, email=_words, first_name=_words)

_order_ids = st.integers(1, 3)
deleted_orders = st.builds(a_deleted_order, _order_ids, at=instants)
payments = st.builds(
    a_payment,
    st.integers(1, 3),
    order_id=_order_ids,
    at=instants,
    kind=st.sampled_from(["authorization", "sale", "capture", "void"]),
    status=st.sampled_from(["success", "failure"]),
)
shipments = st.builds(
    a_shipment,
    st.integers(1, 3),
    order_id=_order_ids,
    at=instants,
    status=st.sampled_from(["success", "pending", "cancelled"]),
    shipment_status=st.sampled_from([None, "in_transit", "delivered", "failure"]),
)
reports = st.builds(
    a_report,
    st.integers(1, 3),
    order_id=_order_ids,
    fulfillment_id=st.integers(1, 3),
    at=instants,
    status=st.sampled_from(["in_transit", "delivered", "failure"]),
    is_withdrawn=st.booleans(),
)
taggings = st.builds(
    lambda tag, is_on, at: a_tagging(tag, is_on=is_on, at=at),
    st.sampled_from(["vip", "wholesale"]),
    st.booleans(),
    instants,
)
sums = st.builds(a_purchase_sum, st.integers(0, 3), at=instants)
merges = st.builds(a_merge, st.just(7001), st.sampled_from([7002, 7003]), at=instants)
fates: st.SearchStrategy[CustomerEvent] = st.one_of(
    deleted_orders, payments, shipments, reports, taggings, sums, merges
)
"""What becomes of orders and records after they were made."""

living_events: st.SearchStrategy[CustomerEvent] = st.one_of(
    orders, refunds, checkouts, deleted_checkouts, carts, consents, records
)
histories: st.SearchStrategy[list[CustomerEvent]] = st.lists(living_events | fates, max_size=14)
