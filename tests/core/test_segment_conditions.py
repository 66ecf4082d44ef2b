"""What a segment asks: two-valued logic over what is known, and the reason for every answer."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.events import ConsentState
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.conditions import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    All,
    Any_,
    Condition,
    Not,
    Tree,
    Why,
    explain,
    matches,
    validate,
)
from plugin.core.segments.facts import CustomerFacts
from plugin.core.segments.fields import FIELDS
from plugin.core.segments.operators import InvalidConditionError, Operator, Wanted
from tests.builders import DAY, NOW, some_facts


def asks(field: str, operator: Operator, value: Wanted = None) -> Condition:
    return Condition(field=field, operator=operator, value=value)


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (asks("orders_count", Operator.EQ, 3), True),
        (asks("orders_count", Operator.EQ, 2), False),
        (asks("orders_count", Operator.NE, 2), True),
        (asks("orders_count", Operator.ONE_OF, (1, 3)), True),
        (asks("orders_count", Operator.ONE_OF, (1, 2)), False),
        (asks("net_minor", Operator.AT_LEAST, 9000), True),
        (asks("net_minor", Operator.AT_LEAST, 9001), False),
        (asks("net_minor", Operator.AT_MOST, 9000), True),
        (asks("net_minor", Operator.AT_MOST, 8999), False),
        (asks("last_order_at", Operator.AT_LEAST, NOW - 7 * DAY), True),
        (asks("last_order_at", Operator.AT_MOST, NOW - 8 * DAY), False),
        (asks("last_order_at", Operator.WITHIN_DAYS, 7), True),
        (asks("last_order_at", Operator.WITHIN_DAYS, 6), False),
        (asks("last_order_at", Operator.BEFORE_DAYS_AGO, 6), True),
        (asks("last_order_at", Operator.BEFORE_DAYS_AGO, 7), False),
        (asks("stage", Operator.EQ, "loyal"), True),
        (asks("stage", Operator.ONE_OF, (Stage.NEW, Stage.ACTIVE)), False),
        (asks("is_mailable", Operator.EQ, True), True),
        (asks("is_mailable", Operator.NE, True), False),
        (asks("country", Operator.IS_KNOWN), False),
        (asks("country", Operator.IS_UNKNOWN), True),
        (asks("points", Operator.IS_UNKNOWN), False),
    ],
)
def test_a_question_is_answered_from_the_facts(condition: Condition, *, answer: bool) -> None:
    facts = some_facts(
        orders_count=3, spent_minor=9000, last_order_at=NOW - 7 * DAY, stage=Stage.LOYAL, is_mailable=True
    )
    assert matches(condition, facts, NOW) is answer


@pytest.mark.parametrize(
    "condition",
    [
        asks("country", Operator.EQ, "FR"),
        asks("country", Operator.NE, "FR"),
        asks("country", Operator.ONE_OF, ("FR", "DE")),
        asks("last_order_at", Operator.WITHIN_DAYS, 3650),
        asks("last_order_at", Operator.BEFORE_DAYS_AGO, 1),
        asks("last_order_at", Operator.AT_MOST, NOW),
        asks("last_order_at", Operator.AT_LEAST, NOW - 3650 * DAY),
        asks("consent_email", Operator.NE, ConsentState.SUBSCRIBED),
    ],
)
def test_what_is_unknown_matches_nothing_and_its_negation_everything(condition: Condition) -> None:
    nobody_knows = some_facts()
    assert matches(condition, nobody_knows, NOW) is False
    assert matches(Not(part=condition), nobody_knows, NOW) is True


def test_a_moment_in_the_future_is_in_no_window() -> None:
    ahead = some_facts(last_order_at=NOW + timedelta(microseconds=1))
    assert not matches(asks("last_order_at", Operator.WITHIN_DAYS, 7), ahead, NOW)
    assert not matches(asks("last_order_at", Operator.BEFORE_DAYS_AGO, 7), ahead, NOW)


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_every_past_moment_is_either_within_the_window_or_before_it(days: int) -> None:
    for shift in (-1, 0, 1):
        facts = some_facts(last_order_at=NOW - days * DAY + timedelta(microseconds=shift))
        within = matches(asks("last_order_at", Operator.WITHIN_DAYS, days), facts, NOW)
        before = matches(asks("last_order_at", Operator.BEFORE_DAYS_AGO, days), facts, NOW)
        assert within is not before
        assert within is (shift >= 0)


def test_all_of_nothing_is_everyone_and_any_of_nothing_is_nobody() -> None:
    assert matches(All(parts=()), some_facts(), NOW) is True
    assert matches(Any_(parts=()), some_facts(), NOW) is False


def test_why_keeps_every_answer_with_the_value_of_the_time() -> None:
    bought_twice = asks("orders_count", Operator.AT_LEAST, 2)
    from_france = asks("country", Operator.EQ, "FR")
    tree = All(parts=(bought_twice, Not(part=from_france)))
    why = explain(tree, some_facts(orders_count=1), NOW)
    assert why == Why(
        tree=tree,
        held=False,
        parts=(
            Why(tree=bought_twice, held=False, value=1),
            Why(
                tree=Not(part=from_france),
                held=True,
                parts=(Why(tree=from_france, held=False, value=None),),
            ),
        ),
    )
    assert [finding.tree for finding in why.findings()] == [bought_twice, from_france]


@pytest.mark.parametrize(
    ("field", "operator", "value", "words"),
    [
        ("orders", Operator.EQ, 1, "there is no field 'orders'; fields are: orders_count"),
        ("x" * 5000, Operator.EQ, 1, "there is no field"),
        ("stage", Operator.AT_LEAST, "new", "stage is a choice and cannot be asked at_least; ask one of: eq"),
        ("last_order_at", Operator.EQ, NOW, "last_order_at is a moment and cannot be asked eq"),
        ("orders_count", Operator.EQ, "1", "orders_count is compared with a whole number"),
        ("orders_count", Operator.EQ, True, "orders_count is compared with a whole number"),
        ("orders_count", Operator.EQ, 2**63, "orders_count is compared with a whole number"),
        ("orders_count", Operator.EQ, None, "orders_count is compared with a whole number"),
        ("net_minor", Operator.AT_LEAST, NOW, "a whole number of minor units"),
        ("is_mailable", Operator.EQ, 1, "is_mailable is compared with true or false"),
        ("stage", Operator.EQ, "sleepy", "stage is compared with one of: prospect, new"),
        ("country", Operator.EQ, 5, "country is compared with a text"),
        ("country", Operator.ONE_OF, (), "takes a tuple of at least one value"),
        ("country", Operator.ONE_OF, "FR", "takes a tuple of at least one value"),
        ("country", Operator.IS_KNOWN, "FR", "country is_known takes no value"),
        ("last_order_at", Operator.WITHIN_DAYS, 0, "whole number of days from 1 to 3650"),
        ("last_order_at", Operator.WITHIN_DAYS, 3651, "whole number of days from 1 to 3650"),
        ("last_order_at", Operator.BEFORE_DAYS_AGO, True, "whole number of days from 1 to 3650"),
        ("last_order_at", Operator.AT_LEAST, NOW.replace(tzinfo=None), "an instant with its time zone"),
        ("last_order_at", Operator.AT_LEAST, 5, "an instant with its time zone"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_words(
    field: str, operator: Operator, value: Wanted, words: str
) -> None:
    with pytest.raises(InvalidConditionError) as refused:
        asks(field, operator, value)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 400


def test_a_segment_too_deep_or_too_long_is_refused_without_exhausting_the_stack() -> None:
    leaf = asks("orders_count", Operator.EQ, 1)
    deep: Tree = leaf
    for _ in range(50_000):
        deep = Not(part=deep)
    with pytest.raises(InvalidConditionError, match="levels deep"):
        validate(deep)
    with pytest.raises(InvalidConditionError, match="conditions"):
        validate(All(parts=(leaf,) * (MAX_CONDITIONS + 1)))
    just_right: Tree = All(parts=(leaf,) * MAX_CONDITIONS)
    for _ in range(MAX_DEPTH - 2):
        just_right = Not(part=just_right)
    validate(just_right)


def test_every_field_reads_the_fact_of_its_name() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    facts = CustomerFacts(
        customer_id=1,
        email="mina@example.com",
        locale="vi",
        country="VN",
        created_at=moment,
        orders_count=2,
        spent_minor=3,
        first_order_at=moment + DAY,
        last_order_at=moment + 2 * DAY,
        stage=Stage.NEW,
        stage_since=moment + 3 * DAY,
        consent_email=ConsentState.PENDING,
        is_mailable=True,
        open_checkout_at=moment + 4 * DAY,
        open_cart_at=moment + 5 * DAY,
        points=6,
    )
    for name, field in FIELDS.items():
        assert field.id == field.column == name
        assert field.read(facts) == getattr(facts, {"net_minor": "spent_minor"}.get(name, name))
