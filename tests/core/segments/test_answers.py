"""What a segment answers: two-valued logic over what is known, windows to the tick, and the reason for every answer."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from plugin.core.events import ConsentState
from plugin.core.lifecycle.stages import Stage
from plugin.core.segments.compile import compile_tree
from plugin.core.segments.conditions import All, Any_, Condition, InSegment, Not, Tree
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.explain import Why, explain
from plugin.core.segments.facts import (
    BUCKETS,
    NO_PAST,
    CustomerFacts,
    LineFact,
    MessageFact,
    OrderFact,
    Past,
    bucket_of,
)
from plugin.core.segments.operators import Operator
from plugin.core.segments.parse import parse
from tests.builders import DAY, HOUR, NOW, UTC_ZONE, some_facts
from tests.core.segments.strategies import TICK, customers, pasts, trees

SOMEBODY = some_facts(
    orders_count=3,
    spent_minor=9000,
    last_order_at=NOW - 7 * DAY,
    next_order_from=NOW + 3 * DAY,
    stage=Stage.LOYAL,
    is_mailable=True,
    email="Mina.Rad@example.com",
    channel="POS",
    tags=frozenset({"vip", "early bird"}),
    birthday=date(1990, 5, 17),
    expected_orders=1.5,
    order_chance=40,
)


def answer(
    text: str, facts: CustomerFacts, past: Past = NO_PAST, now: datetime = NOW, zone: ZoneInfo = UTC_ZONE
) -> bool:
    return compile_tree(parse(text, currency="EUR"), zone).holds(facts, past, now)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders = 3", True),
        ("orders = 2", False),
        ("orders != 2", True),
        ("orders < 3", False),
        ("orders <= 3", True),
        ("orders > 3", False),
        ("orders between 3 and 5", True),
        ("orders between 4 and 5", False),
        ("orders in (1, 3)", True),
        ("orders not in (1, 3)", False),
        ("spent >= 90", True),
        ("spent >= 90.01", False),
        ("expected_orders > 1.25", True),
        ("order_chance < 40%", False),
        ("last_order within 7 days", True),
        ("last_order within 6 days", False),
        ("last_order before 6 days ago", True),
        ("last_order before 7 days ago", False),
        ("last_order within next 7 days", False),
        ("last_order on 2026-11-14", True),
        ("last_order after 2026-11-14", False),
        ("last_order since 2026-11-14", True),
        ("last_order before 2026-11-14", False),
        ("last_order until 2026-11-14", True),
        ("last_order between 2026-11-01 and 2026-11-14", True),
        ("last_order between 2026-11-15 and 2026-11-30", False),
        ("next_order_from within next 3 days", True),
        ("next_order_from within next 2 days", False),
        ("next_order_from after 2 days from now", True),
        ("next_order_from after 3 days from now", False),
        ("next_order_from before now", False),
        ("next_order_from after now", True),
        ("next_order_from within 365 days", False),
        ("stage = loyal", True),
        ("stage in (new, active)", False),
        ("stage not in (new, active)", True),
        ("can_email", True),
        ("can_email = no", False),
        ('email ends with "@EXAMPLE.com"', True),
        ('email starts with "mina"', True),
        ('email contains ".rad@"', True),
        ('email contains "%"', False),
        ('channel = "pos"', True),
        ('channel in ("pos", "web")', True),
        ('channel != "pos"', False),
        ('tags has "VIP"', True),
        ('tags has any of ("press", "Early  Bird")', True),
        ('tags has all of ("vip", "press")', False),
        ('tags has "early"', False),
        ("tags is known", True),
        ("country is known", False),
        ("country is unknown", True),
        ("points is unknown", False),
        ("birthday before 1991-01-01", True),
        ("birthday = 1990-05-17", True),
        ("everyone", True),
        ("nobody", False),
        ("orders = 3 AND stage = new OR can_email", True),
        ("orders = 3 AND (stage = new OR country is known)", False),
    ],
)
def test_a_question_is_answered_from_the_facts(text: str, *, expected: bool) -> None:
    assert answer(text, SOMEBODY) is expected


@pytest.mark.parametrize(
    "text",
    [
        'country = "FR"',
        'country != "FR"',
        'country in ("FR", "DE")',
        'country not in ("FR", "DE")',
        'country contains "F"',
        "last_order within 3650 days",
        "last_order before 1 day ago",
        "last_order until 2100-01-01",
        "next_order_from after now",
        "email_consent != subscribed",
        "birthday within next 366 days",
        "birthday after 1900-01-01",
        "average_order >= 0",
        "average_order != 5",
        "expected_orders < 100",
        'tags has "vip"',
        "bought()",
    ],
)
def test_what_is_unknown_matches_nothing_and_its_negation_everything(text: str) -> None:
    nobody_knows = some_facts()
    assert answer(text, nobody_knows) is False
    assert answer(f"NOT ({text})", nobody_knows) is True


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_every_past_moment_is_either_within_the_window_or_before_it(days: int) -> None:
    for shift in (-1, 0, 1):
        facts = some_facts(last_order_at=NOW - days * DAY + shift * TICK)
        within = answer(f"last_order within {days} days", facts)
        assert within is not answer(f"last_order before {days} days ago", facts)
        assert within is (shift >= 0)


def test_days_are_those_of_the_shop() -> None:
    late = some_facts(last_order_at=datetime.fromisoformat("2026-11-14T22:30:00+00:00"))
    assert answer("last_order on 2026-11-14", late, zone=UTC_ZONE)
    assert answer("last_order on 2026-11-15", late, zone=ZoneInfo("Asia/Tehran"))
    assert not answer("last_order on 2026-11-14", late, zone=ZoneInfo("Asia/Tehran"))


def a_line(order_id: int, ago: timedelta, title: str = "Green tea", **others: int) -> LineFact:
    values = {"product_id": 5, "variant_id": 6, "quantity": 1, "total_minor": 2000, **others}
    return LineFact(at=NOW - ago, order_id=order_id, product_type="Tea", title=title, **values)


A_PAST = Past(
    lines=(
        a_line(1, 400 * DAY, quantity=5),
        a_line(2, 30 * DAY),
        a_line(2, 30 * DAY, "Tea pot", product_id=9, quantity=2, total_minor=3000),
        a_line(3, 7 * DAY),
    ),
    orders=(
        OrderFact(at=NOW - 400 * DAY, order_id=1, net_minor=2000, channel="web", is_first=True, hour=9),
        OrderFact(
            at=NOW - 30 * DAY,
            order_id=2,
            net_minor=5000,
            channel="pos",
            codes=("Spring20",),
            is_first=False,
            hour=20,
        ),
        OrderFact(at=NOW - 7 * DAY, order_id=3, net_minor=2000, channel="web", is_first=False, hour=21),
    ),
    messages=(MessageFact(at=NOW - 8 * DAY, flow_id="win_back", channel="email"),),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bought()", True),
        ("bought() = 3", True),
        ("bought() >= 4", False),
        ("bought(within 30 days) = 2", True),
        ("bought(within 29 days) = 1", True),
        ("bought(before 30 days ago) = 1", True),
        ("bought(before 20 days ago, within 60 days) = 1", True),
        ("bought(between 2026-10-01 and 2026-10-31) = 1", True),
        ('bought(product_type = "tea", title contains "POT")', True),
        ('bought(product_type = "coffee")', False),
        ('NOT bought(product_type = "coffee")', True),
        ("bought(product = 9)", True),
        ("bought(product = 9, within 29 days)", False),
        ("bought(variant in (1, 6)) = 3", True),
        ("bought(quantity >= 2) = 2", True),
        ("bought(value >= 30)", True),
        ("quantity(bought()) = 9", True),
        ("quantity(bought(within 1 year)) = 4", True),
        ("value(bought(within 1 year)) >= 70", True),
        ("value(bought(within 1 year)) >= 70.01", False),
        ("ordered(hour between 18 and 22) = 2", True),
        ("ordered(first, within 1 year)", False),
        ("ordered(first)", True),
        ("ordered(first = no) = 2", True),
        ('ordered(code has "SPRING20")', True),
        ("ordered(code is unknown) = 2", True),
        ('value(ordered(channel = "pos")) = 50', True),
        ("ordered(value < 30) = 2", True),
        ("received(flow = win_back, within 8 days)", True),
        ("received(flow = win_back, within 7 days) = 0", True),
    ],
)
def test_acts_are_counted_from_the_past(text: str, *, expected: bool) -> None:
    assert answer(text, SOMEBODY, A_PAST) is expected


def test_a_predicate_names_the_acts_it_has_to_be_given() -> None:
    tree = parse("bought() OR orders = 1 AND NOT received(within 3 days)", currency="EUR")
    assert compile_tree(tree, UTC_ZONE).families == {"bought", "received"}
    assert compile_tree(parse("orders = 1", currency="EUR"), UTC_ZONE).families == frozenset()


def test_all_of_nothing_is_everyone_and_any_of_nothing_is_nobody() -> None:
    assert compile_tree(All(parts=()), UTC_ZONE).holds(some_facts(), NO_PAST, NOW) is True
    assert compile_tree(Any_(parts=()), UTC_ZONE).holds(some_facts(), NO_PAST, NOW) is False


def test_why_keeps_every_answer_with_the_value_of_the_time() -> None:
    bought_twice = Condition(field="orders", operator=Operator.AT_LEAST, value=2)
    from_france = Condition(field="country", operator=Operator.EQ, value="FR")
    tree = All(parts=(bought_twice, Not(part=from_france)))
    why = explain(tree, some_facts(orders_count=1), NO_PAST, NOW, zone=UTC_ZONE)
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
    ("text", "value"),
    [
        ("bought(within 30 days) >= 3", 2),
        ("value(bought(within 30 days)) >= 100", 7000),
        ("birthday within next 30 days", date(1990, 5, 17)),
        ("tags has vip", frozenset({"vip", "early bird"})),
        ("email_consent = subscribed", None),
    ],
)
def test_why_says_what_was_counted_and_which_day_comes_round(text: str, value: object) -> None:
    why = explain(parse(text, currency="EUR"), SOMEBODY, A_PAST, NOW, zone=UTC_ZONE)
    assert why.value == value
    assert list(why.findings()) == [why]


@settings(deadline=None, derandomize=True, max_examples=300, database=None)
@given(tree=trees, facts=customers, past=pasts)
def test_the_explanation_and_the_predicate_agree(tree: Tree, facts: CustomerFacts, past: Past) -> None:
    asked = compile_tree(tree, UTC_ZONE)
    assert explain(tree, facts, past, NOW, zone=UTC_ZONE).held is asked.holds(facts, past, NOW)
    assert compile_tree(Not(part=tree), UTC_ZONE).holds(facts, past, NOW) is not asked.holds(facts, past, NOW)


def test_a_segment_that_names_another_has_to_be_resolved_first() -> None:
    tree = InSegment(segment_id="vip")
    with pytest.raises(InvalidConditionError, match="has to be resolved"):
        compile_tree(tree, UTC_ZONE)
    with pytest.raises(InvalidConditionError, match="has to be resolved"):
        explain(tree, SOMEBODY, NO_PAST, NOW, zone=UTC_ZONE)


def test_somebody_with_fifty_thousand_orders_is_answered() -> None:
    many = Past(lines=tuple(a_line(number, number * HOUR) for number in range(50_000)))
    asked = compile_tree(parse("bought(within 30 days) >= 700", currency="EUR"), UTC_ZONE)
    assert asked.holds(SOMEBODY, many, NOW) is True
    flip = asked.next_flip(SOMEBODY, many, NOW)
    assert flip is not None
    assert NOW < flip <= NOW + 30 * DAY


def test_consent_is_compared_by_its_word() -> None:
    assert answer("email_consent = subscribed", some_facts(consent_email=ConsentState.SUBSCRIBED))


def test_buckets_are_stable_and_even() -> None:
    assert [bucket_of(7, customer) for customer in (1, 2, -3)] == [bucket_of(7, each) for each in (1, 2, -3)]
    sizes = [0] * 10
    for customer in range(20_000):
        sizes[bucket_of(7, customer) * 10 // BUCKETS] += 1
    assert max(sizes) - min(sizes) < 300
    assert {bucket_of(7, customer) for customer in range(200)} != {bucket_of(8, each) for each in range(200)}
