"""The default segments, each with somebody in it and somebody just outside."""

from datetime import date

import pytest

from plugin.core.events import ConsentState
from plugin.core.lifecycle.stages import Stage
from plugin.core.lifecycle.value import ValueClass
from plugin.core.loyalty.rewards import cheapest_reward
from plugin.core.segments.compile import compile_tree
from plugin.core.segments.defaults import POINTS_READY, SEGMENT_BY_ID, SEGMENTS
from plugin.core.segments.facts import NO_PAST, CustomerFacts
from plugin.core.segments.print import to_text
from plugin.core.segments.resolve import resolve
from tests.builders import DAY, MINUTE, NOW, UTC_ZONE, some_facts

MEMBERS: list[tuple[str, CustomerFacts, CustomerFacts]] = [
    ("new_this_week", some_facts(created_at=NOW - 7 * DAY), some_facts(created_at=NOW - 7 * DAY - MINUTE)),
    (
        "subscribers_never_bought",
        some_facts(consent_email=ConsentState.SUBSCRIBED),
        some_facts(consent_email=ConsentState.SUBSCRIBED, orders_count=1),
    ),
    ("subscribers_never_bought", some_facts(consent_email=ConsentState.SUBSCRIBED), some_facts()),
    ("bought_once", some_facts(orders_count=1), some_facts(orders_count=2)),
    ("active", some_facts(stage=Stage.ACTIVE), some_facts(stage=Stage.LOYAL)),
    ("loyal", some_facts(stage=Stage.LOYAL), some_facts(stage=Stage.ACTIVE)),
    ("at_risk", some_facts(stage=Stage.AT_RISK), some_facts(stage=Stage.LAPSED)),
    ("lapsed", some_facts(stage=Stage.LAPSED), some_facts(stage=Stage.AT_RISK)),
    ("won_back", some_facts(stage=Stage.WON_BACK), some_facts(stage=Stage.NEW)),
    (
        "abandoned_checkout",
        some_facts(open_checkout_at=NOW - 7 * DAY),
        some_facts(open_checkout_at=NOW - 7 * DAY - MINUTE),
    ),
    ("abandoned_checkout", some_facts(open_checkout_at=NOW), some_facts()),
    (
        "bought_once_overdue",
        some_facts(orders_count=1, next_order_until=NOW - MINUTE),
        some_facts(orders_count=1, next_order_until=NOW + MINUTE, last_order_at=NOW - 90 * DAY),
    ),
    (
        "bought_once_overdue",
        some_facts(orders_count=1, last_order_at=NOW - 46 * DAY),
        some_facts(orders_count=1, last_order_at=NOW - 44 * DAY),
    ),
    ("bought_once_overdue", some_facts(orders_count=1, last_order_at=NOW - 46 * DAY), some_facts()),
    (
        "most_valuable",
        some_facts(value_class=ValueClass.MOST_VALUABLE),
        some_facts(value_class=ValueClass.MAINTAIN),
    ),
    ("most_growable", some_facts(value_class=ValueClass.MOST_GROWABLE), some_facts()),
    (
        "below_zero",
        some_facts(value_class=ValueClass.BELOW_ZERO),
        some_facts(value_class=ValueClass.MAINTAIN),
    ),
    ("lost", some_facts(stage=Stage.LOST), some_facts(stage=Stage.LAPSED)),
    (
        "full_price",
        some_facts(orders_count=2),
        some_facts(orders_count=2, discounted_orders=1, discount_share=50),
    ),
    ("full_price", some_facts(orders_count=2), some_facts(orders_count=1)),
    (
        "discount_seekers",
        some_facts(orders_count=2, discounted_orders=1, discount_share=50),
        some_facts(orders_count=3, discounted_orders=1, discount_share=33),
    ),
    (
        "returners",
        some_facts(orders_count=1, refunded_orders=3, refund_share=80),
        some_facts(orders_count=2, refunded_orders=2, refund_share=80),
    ),
    ("returners", some_facts(orders_count=3, refund_share=50), some_facts(orders_count=3, refund_share=49)),
    (
        "refusal_risk",
        some_facts(cash_refusals=2, cash_refusal_share=10),
        some_facts(cash_refusals=1, cash_refusal_share=39),
    ),
    ("refusal_risk", some_facts(cash_refusals=1, cash_refusal_share=40), some_facts()),
    ("engaged_30", some_facts(last_seen_at=NOW - 30 * DAY), some_facts(last_seen_at=NOW - 31 * DAY)),
    ("engaged_90", some_facts(last_seen_at=NOW - 90 * DAY), some_facts()),
    ("unengaged_180", some_facts(last_seen_at=NOW - 181 * DAY), some_facts(last_seen_at=NOW - 180 * DAY)),
    ("unengaged_180", some_facts(created_at=NOW - 181 * DAY), some_facts(created_at=NOW - 180 * DAY)),
    ("points_ready", some_facts(points=500), some_facts(points=499)),
    ("birthday_soon", some_facts(birthday=date(1990, 12, 21)), some_facts(birthday=date(1990, 12, 22))),
    ("mailable", some_facts(is_mailable=True), some_facts(is_mailable=False)),
]


@pytest.mark.parametrize(("segment_id", "inside", "outside"), MEMBERS)
def test_a_default_segment_has_whom_it_names(
    segment_id: str, inside: CustomerFacts, outside: CustomerFacts
) -> None:
    asked = compile_tree(SEGMENT_BY_ID[segment_id].tree, UTC_ZONE)
    assert asked.holds(inside, NO_PAST, NOW) is True
    assert asked.holds(outside, NO_PAST, NOW) is False


def test_everyone_is_everyone() -> None:
    assert compile_tree(SEGMENT_BY_ID["everyone"].tree, UTC_ZONE).holds(some_facts(), NO_PAST, NOW) is True


def test_every_default_segment_is_specified_here_and_none_has_two_meanings() -> None:
    assert {segment.id for segment in SEGMENTS} == {segment_id for segment_id, _, _ in MEMBERS} | {"everyone"}
    assert len(SEGMENT_BY_ID) == len(SEGMENTS)


@pytest.mark.parametrize("currency", ["EUR", "USD", "JPY", "VND", "IRR", "KWD"])
def test_points_are_ready_when_the_cheapest_reward_can_be_had(currency: str) -> None:
    assert cheapest_reward(currency).points == POINTS_READY


def test_the_house_asks_in_the_best_form_and_names_no_segment_inside() -> None:
    for segment in SEGMENTS:
        assert to_text(segment.tree, currency="EUR") == segment.text
        assert resolve(segment.tree, {}) == segment.tree
