"""Segments to and from Shopify's language; what it has no words for is named, part by part."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.segments.conditions import Tree
from plugin.core.segments.errors import SegmentSyntaxError
from plugin.core.segments.parse import parse
from plugin.core.segments.print import to_text
from plugin.core.segments.shopify_query import NotExpressibleError, from_shopify, to_shopify
from tests.core.segments.strategies import open_trees

BOTH_WAYS = [
    ("number_of_orders >= 2", "orders >= 2"),
    ("number_of_orders BETWEEN 1 AND 5", "orders between 1 and 5"),
    ("amount_spent > 120.50", "spent > 120.50"),
    ("last_order_date >= -30d", "last_order within 30 days"),
    ("last_order_date < -60d", "last_order before 60 days ago"),
    ("first_order_date = 2026-01-31", "first_order on 2026-01-31"),
    ("first_order_date != 2026-01-31", "NOT first_order on 2026-01-31"),
    ("customer_added_date BETWEEN 2026-01-01 AND 2026-01-31", "created between 2026-01-01 and 2026-01-31"),
    ("abandoned_checkout_date IS NOT NULL", "checkout is known"),
    ("customer_countries CONTAINS 'US'", 'country = "US"'),
    ("customer_countries NOT CONTAINS 'US'", 'NOT country = "US"'),
    ("customer_countries IS NULL", "country is unknown"),
    ("customer_language = 'pt-BR'", 'language = "pt-BR"'),
    ("customer_language != 'en'", 'NOT language = "en"'),
    ("customer_tags CONTAINS 'vip'", 'tags has "vip"'),
    ("customer_tags NOT CONTAINS 'it\\'s'", 'NOT tags has "it\'s"'),
    ("customer_email_domain = 'example.com'", 'email ends with "@example.com"'),
    ("email_subscription_status = 'SUBSCRIBED'", "email_consent = subscribed"),
    ("sms_subscription_status != 'UNSUBSCRIBED'", "NOT sms_consent = unsubscribed"),
    ("rfm_group = 'AT_RISK'", "rfm_group = at_risk"),
    ("products_purchased MATCHES ()", "bought()"),
    ("products_purchased NOT MATCHES (id = 123)", "NOT bought(product = 123)"),
    ("products_purchased MATCHES (id IN (1, 2), date >= -90d)", "bought(product in (1, 2), within 90 days)"),
    ("products_purchased MATCHES (id NOT IN (1, 2))", "bought(product not in (1, 2))"),
    ("products_purchased MATCHES (count >= 2)", "bought() >= 2"),
    ("products_purchased MATCHES (id = 1, sum_quantity > 5)", "quantity(bought(product = 1)) > 5"),
    ("orders_placed MATCHES (amount >= 50, date > 2026-01-01)", "ordered(value >= 50, after 2026-01-01)"),
    (
        "orders_placed MATCHES (date < -90d, sum_amount >= 50.50)",
        "value(ordered(before 90 days ago)) >= 50.50",
    ),
    ("anniversary('metafields.facts.birth_date') = today", "birthday today"),
    ("anniversary('metafields.facts.birth_date') BETWEEN today AND +30d", "birthday within next 30 days"),
    (
        "number_of_orders = 1 AND (rfm_group = 'NEW' OR last_order_date < -30d)",
        "orders = 1 AND (rfm_group = new OR last_order before 30 days ago)",
    ),
    (
        "number_of_orders = 1 AND rfm_group = 'NEW' OR customer_tags IS NULL",
        "orders = 1 AND rfm_group = new OR tags is unknown",
    ),
]


@pytest.mark.parametrize(("theirs", "ours"), BOTH_WAYS)
def test_a_query_is_said_in_both_languages(theirs: str, ours: str) -> None:
    assert to_text(from_shopify(theirs, currency="EUR"), currency="EUR") == ours
    assert to_shopify(parse(ours, currency="EUR"), currency="EUR") == theirs


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("last_order_date > -30d", "last_order within 30 days"),
        ("last_order_date >= 30_days_ago", "last_order within 30 days"),
        ("last_order_date >= -12m", "last_order within 1 year"),
        ("last_order_date >= - 2 w", "last_order within 2 weeks"),
        ("last_order_date <= -8m", "last_order before 8 months ago"),
        ("last_order_date BETWEEN -30d AND today", "last_order within 30 days"),
        (
            "last_order_date BETWEEN -90d AND -30d",
            "last_order within 90 days AND last_order before 30 days ago",
        ),
        (
            "last_order_date BETWEEN 2026-01-01 AND -7d",
            "last_order since 2026-01-01 AND last_order before 7 days ago",
        ),
        ("last_order_date BETWEEN 2026-01-01 AND today", "last_order since 2026-01-01"),
        ("orders_placed MATCHES (date BETWEEN -90d AND -30d)", "ordered(within 90 days, before 30 days ago)"),
        ("products_purchased MATCHES (count != 2)", "bought() != 2"),
        ("products_purchased MATCHES (id != 2)", "bought(product != 2)"),
        ('customer_tags contains "vip" and number_of_orders>2', 'tags has "vip" AND orders > 2'),
        ("((number_of_orders > 2))", "orders > 2"),
    ],
)
def test_other_ways_to_say_it_in_shopify_are_understood(theirs: str, ours: str) -> None:
    assert to_text(from_shopify(theirs, currency="EUR"), currency="EUR") == ours


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # what is unknown is not another value for us, and is one for Shopify
        ('country != "US"', "customer_countries NOT CONTAINS 'US' AND customer_countries IS NOT NULL"),
        ('language != "en"', "customer_language != 'en' AND customer_language IS NOT NULL"),
        ('NOT language != "en"', "customer_language = 'en' OR customer_language IS NULL"),
        ("NOT last_order within 30 days", "last_order_date < -30d OR last_order_date IS NULL"),
        ("NOT orders between 2 and 5", "number_of_orders < 2 OR number_of_orders > 5"),
        ("orders != 2", "number_of_orders != 2"),
        ("orders in (1, 3)", "number_of_orders = 1 OR number_of_orders = 3"),
        ("orders not in (1, 3)", "number_of_orders != 1 AND number_of_orders != 3"),
        ('country in ("us", "CA")', "customer_countries CONTAINS 'US' OR customer_countries CONTAINS 'CA'"),
        ('tags has all of ("a", "b")', "customer_tags CONTAINS 'a' AND customer_tags CONTAINS 'b'"),
        (
            'NOT tags has any of ("a", "b")',
            "customer_tags NOT CONTAINS 'a' AND customer_tags NOT CONTAINS 'b'",
        ),
        ("NOT (orders = 1 OR rfm_group = new)", "number_of_orders != 1 AND rfm_group != 'NEW'"),
        (
            'can_email = yes AND NOT in segment "x" OR orders = 1',
            None,
        ),
        ("last_order within 2 weeks", "last_order_date >= -14d"),
        ("last_order within 48 hours", "last_order_date >= -2d"),
        ("bought() = 0", "products_purchased NOT MATCHES ()"),
        ("NOT bought() >= 2", "products_purchased NOT MATCHES (count >= 2)"),
        ("everyone", "customer_added_date IS NOT NULL"),
    ],
)
def test_what_differs_is_written_out(ours: str, theirs: str | None) -> None:
    tree = parse(ours, currency="EUR")
    if theirs is None:
        with pytest.raises(NotExpressibleError) as refused:
            to_shopify(tree, currency="EUR")
        assert len(refused.value.parts) == 2
    else:
        assert to_shopify(tree, currency="EUR") == theirs


@pytest.mark.parametrize(
    ("ours", "part"),
    [
        ("stage = lapsed", "stage = lapsed: Shopify does not know this of a customer"),
        ("can_email", "ask for email_consent = subscribed"),
        ("points >= 500", "points >= 500:"),
        ('in segment "vip"', "no segment inside another"),
        ('email contains "x"', "the domain of an address only"),
        ('language starts with "en"', "cannot be asked like this"),
        ("last_order within 5 hours", "whole days that have passed"),
        ("last_order before now", "whole days that have passed"),
        ('bought(title contains "tea")', "Shopify asks here for id, date, each once"),
        ("bought(within 30 days, before 7 days ago)", "each once"),
        ("bought() <= 2", "counts upwards only"),
        ("value(bought()) >= 5", "counts upwards only"),
        ("received(within 3 days)", "Shopify does not know this"),
        ("anniversary(created) today", "Shopify does not know this"),
        ("NOT birthday today", "Shopify does not know this"),
        (
            " OR ".join(f"orders = {number}" for number in range(11)),
            "this takes 11 clauses and Shopify allows 10",
        ),
    ],
)
def test_what_shopify_cannot_say_is_named(ours: str, part: str) -> None:
    with pytest.raises(NotExpressibleError) as refused:
        to_shopify(parse(ours, currency="EUR"), currency="EUR")
    assert len(refused.value.parts) == 1
    assert part in refused.value.parts[0]


def test_every_part_that_cannot_be_said_is_named_once() -> None:
    tree = parse("orders = 1 AND (points >= 5 OR stage = new) AND points >= 5", currency="EUR")
    with pytest.raises(NotExpressibleError) as refused:
        to_shopify(tree, currency="EUR")
    assert [part.partition(":")[0] for part in refused.value.parts] == ["points >= 5", "stage = new"]


@pytest.mark.parametrize(
    ("theirs", "parts"),
    [
        (
            "predicted_spend_tier = 'HIGH' OR customer_cities CONTAINS 'US-NY-NewYorkCity'",
            [
                "we do not know “predicted_spend_tier” of a customer",
                "we do not know “customer_cities” of a customer",
            ],
        ),
        (
            "shopify_email.opened MATCHES (activity_id = 5)",
            ["we do not know “shopify_email.opened” of a customer"],
        ),
        ("products_purchased MATCHES (tag = 'Sports')", ["we cannot ask products_purchased by tag"]),
        (
            "last_order_date = today",
            ["last_order_date cannot be asked for one day that moves, such as today"],
        ),
        ("last_order_date > 2026-01-01T10:00:00", ["last_order_date is asked by days; leave the time"]),
        ("rfm_group = 'WHALES'", ["rfm_group is never “whales”"]),
        ("customer_tags = 'vip'", ["customer_tags cannot be asked like this"]),
        ("number_of_orders CONTAINS 5", ["number_of_orders cannot be asked like this"]),
        ("number_of_orders >= 1.5", ["orders is a whole number"]),
        ("anniversary('metafields.custom.wedding') = today", ["is known of birthdays only"]),
        ("anniversary('metafields.facts.birth_date') = +3d", ["a birthday is asked for today, or BETWEEN"]),
        ("products_purchased MATCHES (count >= 2, sum_quantity >= 2)", ["in one way at a time"]),
        ("last_order_date > -99999999999999d", ["is out of range"]),
    ],
)
def test_what_we_cannot_say_is_named(theirs: str, parts: list[str]) -> None:
    with pytest.raises(NotExpressibleError) as refused:
        from_shopify(theirs, currency="EUR")
    assert len(refused.value.parts) == len(parts)
    for said, expected in zip(refused.value.parts, parts, strict=True):
        assert expected in said


@pytest.mark.parametrize(
    ("theirs", "column"),
    [
        ("", 1),
        ("number_of_orders >=", 20),
        ("number_of_orders = 'x", 20),
        ("number_of_orders = 1 XOR rfm_group = 'NEW'", 22),
        ("products_purchased(id: 1) = true", 22),
        ("(" * 15_000, 23),
    ],
)
def test_what_is_no_query_is_refused_with_its_place(theirs: str, column: int) -> None:
    with pytest.raises(SegmentSyntaxError) as refused:
        from_shopify(theirs, currency="EUR")
    assert (refused.value.line, refused.value.column) == (1, column)


@settings(deadline=None, derandomize=True, max_examples=400, database=None)
@given(tree=open_trees)
def test_whatever_is_written_for_shopify_is_read_back(tree: Tree) -> None:
    with suppress(NotExpressibleError):
        query = to_shopify(tree, currency="EUR")
        assert isinstance(from_shopify(query, currency="EUR"), Tree)


_PIECES = [
    *(
        "number_of_orders",
        "last_order_date",
        "customer_tags",
        "customer_email_domain",
        "rfm_group",
        "amount_spent",
    ),
    *(
        "=",
        "!=",
        ">=",
        "BETWEEN",
        "AND",
        "OR",
        "NOT",
        "CONTAINS",
        "IN",
        "IS",
        "NULL",
        "MATCHES",
        "(",
        ")",
        ",",
    ),
    *(
        "products_purchased",
        "orders_placed",
        "anniversary",
        "id",
        "date",
        "count",
        "today",
        "-30d",
        "+ 3 m",
        "-0d",
    ),
    *(
        "'SUBSCRIBED'",
        "'metafields.facts.birth_date'",
        "''",
        "5",
        "1.5",
        "2026-01-31",
        "2026-02-30",
        "30_days_ago",
    ),
]


def outcome(text: str) -> Tree | NotExpressibleError | SegmentSyntaxError:
    try:
        return from_shopify(text, currency="EUR")
    except (NotExpressibleError, SegmentSyntaxError) as error:
        return error


@settings(deadline=None, derandomize=True, max_examples=1500, database=None)
@given(text=st.text(max_size=40) | st.lists(st.sampled_from(_PIECES), min_size=3, max_size=9).map(" ".join))
def test_whatever_is_pasted_from_shopify_is_understood_or_refused_in_words(text: str) -> None:
    understood = outcome(text)
    if isinstance(understood, Tree):
        assert parse(to_text(understood, currency="EUR"), currency="EUR") == understood
    else:
        assert str(understood)


_CLAUSES = [
    f"{name} {question}"
    for name in ("number_of_orders", "last_order_date", "customer_tags", "customer_email_domain", "rfm_group")
    for question in (
        *(
            "= 5",
            "!= 'NEW'",
            ">= -0d",
            "< -30d",
            "<= today",
            ">= yesterday",
            "= +3d",
            "BETWEEN -9d AND 2026-01-31",
        ),
        *(
            "BETWEEN 5 AND 2",
            "BETWEEN today AND yesterday",
            "CONTAINS 'x'",
            "NOT CONTAINS ''",
            "IN (1, 2)",
            "= nothing",
        ),
        *("NOT IN ('NEW')", "IS NULL", "IS NOT NULL", "MATCHES ()", "NOT MATCHES (date = 5)", "= 2026-02-30"),
    )
] + [
    f"{name} MATCHES ({parameter})"
    for name in ("products_purchased", "orders_placed")
    for parameter in (
        *(
            "id = 'x'",
            "id CONTAINS 5",
            "id IS NULL",
            "date IS NULL",
            "date != 2026-01-01",
            "date IN (1, 2)",
            "count = x",
        ),
        *(
            "amount BETWEEN 5 AND 1",
            "amount >= 99999999999999999999",
            "sum_amount IN (5)",
            "count >= -5",
            "date = -1d",
        ),
    )
]


@pytest.mark.parametrize("text", _CLAUSES)
def test_every_odd_clause_has_an_answer_in_words(text: str) -> None:
    understood = outcome(text)
    if isinstance(understood, Tree):
        assert parse(to_text(understood, currency="EUR"), currency="EUR") == understood
    else:
        assert str(understood)
