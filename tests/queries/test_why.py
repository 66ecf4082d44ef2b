"""Why a person got, or did not get, each message."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.messages import Outcome
from plugin.pipeline.steer import turn_flow
from plugin.queries.why import Reasoned, find_customer, why
from tests.admin_ui.store import (
    GUEST_EMAIL,
    LAN,
    LATE,
    OMAR,
    OTHER_SHOP_ID,
    SARA,
    SHOP_ID,
    Store,
    a_store,
    an_empty_store,
    of,
)
from tests.builders import DAY, HOUR, a_checkout, a_consent, a_record, an_order


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path)


def reasons(store: Store, customer_id: int, flow_id: str | None = None) -> list[Reasoned]:
    with store.database.reading(SHOP_ID) as unit:
        return why(unit, customer_id, flow_id)


def only(store: Store, customer_id: int, flow_id: str) -> Reasoned:
    found = reasons(store, customer_id, flow_id)
    assert len(found) == 1
    return found[0]


def test_a_sent_message_says_when_and_the_next_one_until_when_it_waits(store: Store) -> None:
    reasoned = only(store, LAN, "abandoned_checkout")
    assert (reasoned.entered, reasoned.reason, reasoned.trigger_key) == (
        True,
        "trigger",
        "checkout:lan-checkout",
    )
    first, second, third = reasoned.steps
    assert (first.outcome, first.message and first.message.sent_at) == ("sent", store.clock.now())
    touched = store.clock.now() - HOUR
    assert (second.outcome, second.reason, second.until) == ("waiting", "scheduled", touched + DAY)
    assert (third.outcome, third.until) == ("waiting", touched + 3 * DAY)


def test_a_person_without_consent_is_not_sent_to_and_that_is_the_reason(store: Store) -> None:
    first = only(store, SARA, "abandoned_checkout").steps[0]
    assert (first.outcome, first.reason, first.message) == ("not_sent", "no_consent", None)


def test_flows_that_nothing_triggered_say_what_stands_in_the_way(store: Store) -> None:
    assert [(each.flow_id, each.reason, each.entered) for each in reasons(store, LATE)] == [
        ("abandoned_checkout", "no_trigger", False),
        ("loyalty_reward", "points_not_reached", False),
        ("win_back", "no_trigger", False),
    ]
    assert only(store, OMAR, "abandoned_checkout").reason == "unsubscribed"


def test_a_flow_that_is_off_is_the_first_reason(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        turn_flow(unit, "win_back", is_on=False, now=store.clock.now(), author="test")
    reasoned = only(store, SARA, "win_back")
    assert (reasoned.reason, reasoned.is_on) == ("flow_off", False)


def test_an_order_ends_the_waiting_steps_with_that_reason(store: Store) -> None:
    store.hear(of(LAN, an_order(950, at=store.clock.now())))
    reasoned = only(store, LAN, "abandoned_checkout")
    assert (reasoned.end_reason, reasoned.ended_at) == ("ordered", store.clock.now())
    assert [(step.outcome, step.reason) for step in reasoned.steps] == [
        ("sent", "kept"),
        ("not_sent", "ordered"),
        ("not_sent", "ordered"),
    ]


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [(Outcome.HARD_FAILED, "failed"), (Outcome.IN_DOUBT, "in_doubt"), (Outcome.SENT, "sent")],
)
def test_what_became_of_a_message_is_the_outcome_of_its_step(
    store: Store, outcome: Outcome, shown: str
) -> None:
    store.pass_time(timedelta(hours=23))
    assert store.settle(outcome, "smtp_550") == 1
    second = only(store, LAN, "abandoned_checkout").steps[1]
    assert second.message is not None
    assert (second.outcome, second.reason, second.message.attempts) == (shown, "smtp_550", 1)


def test_a_reward_message_waits_for_its_code(tmp_path: Path) -> None:
    store = an_empty_store(tmp_path)
    store.turn("loyalty_reward")
    store.hear(of(LAN, a_record(email="lan@example.com", shopify_id=LAN)), of(LAN, a_consent()))
    store.hear(of(LAN, an_order(1, at=store.clock.now(), product_minor=60_000)))
    store.pass_time(HOUR)
    issue, message = only(store, LAN, "loyalty_reward").steps
    assert (issue.kind, issue.outcome, issue.reason) == ("issue_reward", "waiting", "points_reached")
    assert (message.outcome, message.reason, message.until) == ("waiting", "awaiting_step", None)


def test_two_checkouts_are_two_answers_the_newest_first(store: Store) -> None:
    store.pass_time(2 * HOUR)
    store.hear(of(LAN, a_checkout("second", at=store.clock.now())))
    found = reasons(store, LAN, "abandoned_checkout")
    assert [each.trigger_key for each in found] == ["checkout:second", "checkout:lan-checkout"]
    assert found[1].end_reason == "replaced"


def test_the_answers_are_json(store: Store) -> None:
    document = json.loads(json.dumps([each.to_json() for each in reasons(store, LAN)]))
    assert document[0]["flow"] == "abandoned_checkout"
    assert document[0]["steps"][0]["message"]["state"] == "sent"
    assert document[0]["steps"][1]["message"] is None
    assert document[2]["reason"] == "no_trigger"


def test_an_order_without_points_says_why(tmp_path: Path) -> None:
    store = an_empty_store(tmp_path)
    store.hear(of(LAN, an_order(1, at=store.clock.now())))
    reasoned = only(store, LAN, "loyalty_reward")
    assert (reasoned.trigger_key, reasoned.entered, reasoned.reason) == ("order:1", False, "flow_off")


def test_a_customer_is_found_by_id_and_by_address_in_any_case(store: Store) -> None:
    with store.database.reading(SHOP_ID) as unit:
        assert find_customer(unit, str(LAN)) == LAN
        assert find_customer(unit, f"gid://shopify/Customer/{LAN}") == LAN
        assert find_customer(unit, " LAN@Example.com ") == LAN
        guest = find_customer(unit, GUEST_EMAIL)
        assert guest is not None
        assert guest < 0
        assert find_customer(unit, str(guest)) == guest
        for nobody in ("1", "nobody@example.com", "", "9" * 40, "\u0667\u0660\u0660\u0661"):
            assert find_customer(unit, nobody) is None


def test_the_other_shop_knows_nobody(store: Store) -> None:
    with store.database.reading(OTHER_SHOP_ID) as unit:
        assert find_customer(unit, "lan@example.com") is None
        with pytest.raises(LookupError, match="no such customer"):
            why(unit, LAN)
    with store.database.reading(SHOP_ID) as unit, pytest.raises(LookupError, match="no flow"):
        why(unit, LAN, "unheard")
