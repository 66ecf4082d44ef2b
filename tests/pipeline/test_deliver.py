"""What becomes of an effect: on its way to the wire, on it, and when nobody knows how it ended."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any

import pytest

from plugin.core.events import ConsentState, ContactFacts
from plugin.core.keys import shop_id_of
from plugin.core.messages import Attempt, Outcome, Phase
from plugin.jobs.abandoned_cart import abandoned_cart
from plugin.jobs.loyalty_rewards import loyalty_rewards
from plugin.jobs.upkeep import deliver_messages, resolve_doubts
from plugin.pipeline import forget
from plugin.pipeline.deliver import AT_ONCE, DOUBT_WINDOW, LEASE
from plugin.pipeline.rewards import CodeIssuer, CodeOrder, CodeWithdrawer
from plugin.pipeline.steer import SettingValues, change_settings
from plugin.pipeline.unsubscribe import unsubscribe
from plugin.shopify.fake import Misfortune
from plugin.store import doubts, flows, outbox, queue, shops
from plugin.store.outbox import Effect
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit
from tests.builders import DAY, HOUR, MINA, MINA_ID, MINUTE, NOW, a_checkout, a_consent, a_record
from tests.pipeline.crashes import DyingAdmin, SimulatedCrash, another_house, restarted
from tests.pipeline.stories import abandons, mina, of, orders
from tests.world import OTHER_SHOP, SHOP, World

SOFT = Attempt(outcome=Outcome.SOFT_FAILED, phase=Phase.ENVELOPE, reason="smtp_451")
HARD = Attempt(outcome=Outcome.HARD_FAILED, phase=Phase.ANSWERED, reason="smtp_554")
NO_SUCH_MAILBOX = Attempt(
    outcome=Outcome.HARD_FAILED, phase=Phase.ENVELOPE, reason="mailbox_unknown", suppress_address=True
)
IN_DOUBT = Attempt(outcome=Outcome.IN_DOUBT, phase=Phase.BODY_SENT, reason="link_lost")


def messages(world: World) -> Sequence[Any]:
    return world.rows(
        "SELECT * FROM outbox WHERE shop_id = :shop_id AND kind = 'message' ORDER BY created_at, effect_key"
    )


def attempts(world: World) -> list[tuple[str, str]]:
    rows = world.rows(
        "SELECT a.* FROM attempts a JOIN outbox o ON o.shop_id = a.shop_id AND o.effect_key = a.effect_key "
        "WHERE a.shop_id = :shop_id AND o.kind = 'message' ORDER BY a.effect_key, a.number"
    )
    return [(row.outcome, row.reason) for row in rows]


def a_reminder_is_queued(world: World) -> None:
    """Decided and due, but not yet on the wire."""
    world.hear(*mina(), abandons())
    world.clock.at += HOUR
    assert abandoned_cart(world.house.tools, world.clock.at) == 1


def deliver(world: World) -> int:
    return deliver_messages(world.house.tools, world.clock.at)


def test_what_was_accepted_is_sent_and_never_again(world: World) -> None:
    a_reminder_is_queued(world)
    assert deliver(world) == 1
    assert deliver(world) == 0
    (row,) = messages(world)
    assert (row.state, row.reason, row.attempts, row.lease_until) == ("sent", "smtp_250", 1, None)
    assert attempts(world) == [("sent", "smtp_250")]
    assert len(world.mail.sent) == 1


def test_a_soft_failure_is_tried_again_after_1_5_15_and_60_minutes(world: World) -> None:
    a_reminder_is_queued(world)
    world.mail.answers = [SOFT] * 4
    for wait in (0, 1, 5, 15, 60):
        if wait:
            world.clock.at += wait * MINUTE - timedelta(seconds=1)
            assert deliver(world) == 0
            world.clock.at += timedelta(seconds=1)
        assert deliver(world) == 1
    (row,) = messages(world)
    assert (row.state, row.attempts) == ("sent", 5)
    assert attempts(world) == [("soft_failed", "smtp_451")] * 4 + [("sent", "smtp_250")]
    assert len({message.message_id for message in world.mail.sent}) == 1


def test_after_three_days_of_soft_failures_it_is_given_up(world: World) -> None:
    a_reminder_is_queued(world)
    world.mail.answers = [SOFT] * 1000
    begun = world.clock.at
    while messages(world)[0].state != "hard_failed":
        world.clock.at += HOUR
        deliver(world)
        assert world.clock.at <= begun + 72 * HOUR
    assert messages(world)[0].reason == "gave_up"
    assert world.clock.at > begun + 67 * HOUR
    tried = len(world.mail.sent)
    world.clock.at += 30 * DAY
    assert deliver(world) == 0
    assert len(world.mail.sent) == tried


def test_a_hard_failure_ends_the_message_and_spares_the_address(world: World) -> None:
    a_reminder_is_queued(world)
    world.mail.answers = [HARD]
    deliver(world)
    assert [(row.state, row.reason, row.due) for row in messages(world)] == [
        ("hard_failed", "smtp_554", None)
    ]
    assert world.rows("SELECT * FROM suppressions WHERE shop_id = :shop_id") == []


def test_who_does_not_exist_is_never_written_to_again(world: World) -> None:
    a_reminder_is_queued(world)
    world.mail.answers = [NO_SUCH_MAILBOX]
    world.pass_time(timedelta(0))
    world.pass_time(24 * HOUR)
    assert [(row.state, row.reason) for row in messages(world)] == [
        ("hard_failed", "mailbox_unknown"),
        ("skipped", "suppressed"),
    ]
    assert len(world.mail.sent) == 1
    (found,) = world.rows("SELECT * FROM suppressions WHERE shop_id = :shop_id")
    assert (found.reason, MINA in found.digest) == ("mailbox_unknown", False)


@dataclass(frozen=True)
class Change:
    """Something that happens between the decision and the wire."""

    name: str
    happen: Callable[[World], object]
    reason: str


def _turn_off(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        flows.turn(unit, "abandoned_checkout", is_on=False, at=world.clock.at, author="merchant")


def _unsubscribe(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        unsubscribe(unit, world.shop(), MINA_ID, source="one_click", now=world.clock.at)


def _withdraw(world: World) -> None:
    world.hear(of(a_consent(ConsentState.UNSUBSCRIBED, at=world.clock.at)))


def _uninstall(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        forget.uninstall(unit, world.clock.at, world.clock.at)


def _bring_in_line(world: World, **values: Any) -> None:
    with world.database.unit(world.shop_id) as unit:
        shops.describe(unit, **values)


def _three_days_pass(world: World) -> None:
    world.clock.at += 73 * HOUR


REFUSALS = [
    Change("consent is withdrawn", _withdraw, "unsubscribed"),
    Change("the person unsubscribes", _unsubscribe, "suppressed"),
    Change("an order is placed", lambda world: world.hear(orders(at=world.clock.at)), "ordered"),
    Change("the flow is turned off", _turn_off, "flow_off"),
    Change("the shop leaves", _uninstall, "shop_uninstalled"),
    Change("three days pass", _three_days_pass, "missed"),
]


@pytest.mark.parametrize("change", REFUSALS, ids=lambda change: change.name)
def test_it_is_not_sent_if_meanwhile(world: World, change: Change) -> None:
    a_reminder_is_queued(world)
    change.happen(world)
    deliver(world)
    assert [(row.state, row.reason, row.due) for row in messages(world)] == [("skipped", change.reason, None)]
    assert world.mail.sent == []
    assert attempts(world) == []


def test_an_effect_that_appears_for_a_shop_that_has_left_is_skipped(world: World) -> None:
    _uninstall(world)
    intend(world, 1)
    deliver(world)
    assert [(row.state, row.reason) for row in messages(world)] == [("skipped", "shop_uninstalled")]


POSTPONEMENTS = [
    ("shop_needs_reauth", 15 * MINUTE, {"state": "needs_reauth"}, {"state": "installed"}),
    ("no_postal_address", HOUR, {"postal_address": "  "}, {"postal_address": "1 Main Street"}),
]


@pytest.mark.parametrize(("reason", "wait", "before", "after"), POSTPONEMENTS)
def test_it_waits_until_it_may_go(
    world: World, reason: str, wait: timedelta, before: dict[str, str], after: dict[str, str]
) -> None:
    a_reminder_is_queued(world)
    _bring_in_line(world, **before)
    deliver(world)
    assert [(row.state, row.reason, row.attempts) for row in messages(world)] == [("ready", reason, 0)]

    _bring_in_line(world, **after)
    world.clock.at += wait
    deliver(world)
    assert [row.state for row in messages(world)] == ["sent"]


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ({"postal_address": "  "}, SettingValues(postal_address="1 Main Street")),
        (
            {"quiet_from": time(0), "quiet_until": time(23, 30)},
            SettingValues(quiet_from=None, quiet_until=None),
        ),
    ],
    ids=["postal address", "quiet hours"],
)
def test_what_waited_for_a_setting_goes_as_soon_as_it_is_set(
    world: World, before: dict[str, Any], values: SettingValues
) -> None:
    a_reminder_is_queued(world)
    _bring_in_line(world, **before)
    deliver(world)
    assert [row.state for row in messages(world)] == ["ready"]
    with world.database.unit(world.shop_id) as unit:
        change_settings(unit, values, now=world.clock.at, author="merchant:7")
    deliver(world)
    assert [row.state for row in messages(world)] == ["sent"]


def intend(world: World, number: int, *, flow: str = "abandoned_checkout", step: str = "reminder_1") -> None:
    """Messages to Mina that are due at once."""
    at = world.clock.at
    with world.database.unit(world.shop_id) as unit:
        rows = [
            {
                "effect_key": f"{world.shop_id}:{flow}:1:{n}:{step}",
                "kind": "message",
                "channel": "email",
                "flow_id": flow,
                "step_id": step,
                "customer_id": MINA_ID,
                "due": at,
                "created_at": at,
                "context": {"checkout": "c1"},
            }
            for n in range(number)
        ]
        outbox.intend(unit, rows)
        queue.wake(unit, "outbox", at)


def test_nobody_gets_more_than_three_a_day_even_if_ten_are_due_at_once(world: World) -> None:
    world.hear(*mina(), abandons())
    intend(world, 10)
    deliver(world)
    assert len(world.mail.sent) == 3
    waiting = [row for row in messages(world) if row.state == "ready"]
    assert {row.reason for row in waiting} == {"frequency_cap"}
    assert len(waiting) == 7
    world.clock.at += DAY
    deliver(world)
    assert len(world.mail.sent) == 6


def test_a_message_whose_channel_breaks_is_in_doubt_and_harms_no_other(world: World) -> None:
    world.hear(*mina(), abandons())
    intend(world, 3)
    world.mail.answers = [RuntimeError("a mistake of ours")]
    assert deliver(world) == 3
    assert sorted(row.state for row in messages(world)) == ["in_doubt", "sent", "sent"]
    assert deliver(world) == 0


def test_an_effect_that_cannot_be_prepared_harms_no_other(world: World) -> None:
    world.hear(*mina(), abandons())
    with world.database.unit(world.shop_id) as unit:
        flows.turn(unit, "a_flow_of_the_past", is_on=True, at=NOW, author="merchant")
    intend(world, 1, flow="a_flow_of_the_past")
    with world.database.unit(world.shop_id) as unit:
        unit.connection.exec_driver_sql(
            "UPDATE outbox SET enrollment_id = (SELECT max(enrollment_id) FROM enrollments) "
            "WHERE flow_id = 'a_flow_of_the_past'"
        )
    intend(world, 1)
    deliver(world)
    assert {row.flow_id: (row.state, row.reason) for row in messages(world)} == {
        "a_flow_of_the_past": ("soft_failed", "internal_error"),
        "abandoned_checkout": ("sent", "smtp_250"),
    }
    with world.database.unit(world.shop_id) as unit:
        unit.connection.exec_driver_sql("UPDATE enrollments SET due = NULL, ended_at = entered_at")
    _let_three_days_pass(world)
    assert {row.flow_id: row.state for row in messages(world)}["a_flow_of_the_past"] == "hard_failed"


def _let_three_days_pass(world: World) -> None:
    """Whatever is due is tried, every quarter of an hour for the three days that anything is tried."""
    for _ in range(4 * 73):
        world.clock.at += 15 * MINUTE
        deliver(world)


def test_one_shops_many_messages_leave_turns_to_the_other(world: World) -> None:
    many = 10 * AT_ONCE
    _abandoned_by_many(world, many)
    world.hear(*mina(), abandons(), domain=OTHER_SHOP)
    world.clock.at += HOUR
    abandoned_cart(world.house.tools, world.clock.at)
    deliver(world)
    assert len(world.mail.sent) == many + 1
    turn = [message.effect_key.partition(":")[0] for message in world.mail.sent].index(
        str(shop_id_of(OTHER_SHOP))
    )
    assert turn <= many / 2


def _abandoned_by_many(world: World, number: int) -> None:
    for n in range(number):
        customer, email = 8000 + n, f"shopper{n}@example.com"
        checkout = a_checkout(f"c{n}", contact=ContactFacts(email=email))
        world.hear(
            of(a_record(email=email, shopify_id=customer), shopify_id=customer, email=email),
            of(a_consent(), shopify_id=customer, email=email),
            of(checkout, f"checkout:c{n}", shopify_id=customer, email=email),
        )


# Cut off


def test_cut_off_on_the_wire_is_in_doubt_and_is_never_sent_blindly(world: World) -> None:
    a_reminder_is_queued(world)
    world.mail.answers = [SimulatedCrash()]
    with pytest.raises(SimulatedCrash):
        deliver(world)

    world = restarted(world)
    assert [row.state for row in messages(world)] == ["wire"]
    world.clock.at += LEASE - MINUTE
    deliver(world)
    assert [row.state for row in messages(world)] == ["wire"]
    world.clock.at += MINUTE
    deliver(world)
    (row,) = messages(world)
    assert (row.state, row.reason) == ("in_doubt", "cut_off_on_the_wire")

    world.clock.at += DOUBT_WINDOW - MINUTE
    assert resolve_doubts(world.house.tools, world.clock.at) == 0
    world.clock.at += MINUTE
    assert resolve_doubts(world.house.tools, world.clock.at) == 1
    assert resolve_doubts(world.house.tools, world.clock.at) == 0
    deliver(world)
    (row,) = messages(world)
    assert (row.state, row.provider_ref) == ("in_doubt", "treated_as_sent")
    assert len(world.mail.sent) == 1
    world.house.close()


def a_reward_is_reached(world: World) -> None:
    world.hear(*mina(), orders(1, product_minor=60_000))
    assert loyalty_rewards(world.house.tools, world.clock.at) == 1


@pytest.fixture
def rewarded(world: World) -> World:
    """The code exists, the mail about it is queued."""
    a_reward_is_reached(world)
    assert deliver(world) == 1
    loyalty_rewards(world.house.tools, world.clock.at)
    return world


@pytest.mark.parametrize(("was_taken", "copies"), [(True, 1), (False, 2)])
def test_a_provider_that_knows_ends_the_doubt_at_once(world: World, was_taken: bool, copies: int) -> None:  # noqa: FBT001  # a case
    world.mail.answers = [Attempt(outcome=Outcome.IN_DOUBT, phase=Phase.BODY_SENT, reason="connection_lost")]
    world.hear(*mina(), abandons())
    world.pass_time(HOUR)
    world.mail.taken[world.mail.sent[0].effect_key] = was_taken

    assert resolve_doubts(world.house.tools, world.clock.at) == 1
    deliver_messages(world.house.tools, world.clock.at)
    assert [row.state for row in messages(world)] == ["sent"]
    assert len(world.mail.sent) == copies
    assert len({message.message_id for message in world.mail.sent}) == 1


def test_a_reward_in_doubt_is_mailed_once_more_and_never_a_third_time(rewarded: World) -> None:
    world = rewarded
    world.mail.answers = [SOFT, SOFT, IN_DOUBT, IN_DOUBT]
    for wait in (timedelta(0), MINUTE, 5 * MINUTE):
        world.clock.at += wait
        assert deliver(world) == 1
    assert [row.state for row in messages(world)] == ["in_doubt"]

    world.pass_time(DOUBT_WINDOW)
    assert len(world.mail.sent) == 4
    world.pass_time(DOUBT_WINDOW)
    world.pass_time(30 * DAY)
    assert len(world.mail.sent) == 4
    assert len({message.message_id for message in world.mail.sent}) == 1
    (row,) = messages(world)
    assert (row.state, row.provider_ref) == ("in_doubt", "treated_as_sent")


def test_a_reward_cut_off_twice_is_not_mailed_a_third_time(rewarded: World) -> None:
    world = rewarded
    for _ in range(2):
        world.mail.answers = [SimulatedCrash()]
        with pytest.raises(SimulatedCrash):
            deliver(world)
        world = restarted(world)
        world.clock.at += LEASE
        deliver(world)
        world.clock.at += DOUBT_WINDOW
        resolve_doubts(world.house.tools, world.clock.at)
    world.pass_time(30 * DAY)
    assert len(world.mail.sent) == 2
    assert [row.provider_ref for row in messages(world)] == ["treated_as_sent"]
    world.house.close()


# Codes


def codes(world: World) -> list[str]:
    return [discount.code for discount in world.admin.shops[world.shop_id].discounts.values()]


def the_reward_arrived_once(world: World) -> None:
    (redemption,) = world.rows("SELECT * FROM redemptions WHERE shop_id = :shop_id")
    assert redemption.state == "issued"
    assert codes(world) == [redemption.code]
    assert [redemption.code in message.text for message in world.mail.sent] == [True]
    (person,) = world.rows("SELECT points FROM customers WHERE shop_id = :shop_id")
    assert person.points == 100


def test_a_code_whose_answer_was_lost_is_found_again_not_made_again(world: World) -> None:
    a_reward_is_reached(world)
    world.admin.befall("discount_code_create", Misfortune.ANSWER_LOST)
    deliver(world)
    assert len(codes(world)) == 1
    world.pass_time(MINUTE)
    the_reward_arrived_once(world)
    assert world.admin.calls[world.shop_id, "discount_code_create"] == 1


def test_a_code_cut_off_on_the_wire_is_looked_up_before_it_is_asked_for_again(world: World) -> None:
    a_reward_is_reached(world)
    dying = replace(world.house.tools.deliverer, codes=CodeIssuer(api=DyingAdmin(world.admin)))
    with pytest.raises(SimulatedCrash):
        dying.deliver(world.clock.at)

    world = restarted(world)
    world.pass_time(LEASE)
    the_reward_arrived_once(world)
    assert world.admin.calls[world.shop_id, "discount_code_create"] == 1
    world.house.close()


def test_a_code_that_shopify_refuses_gives_the_points_back(world: World) -> None:
    a_reward_is_reached(world)
    world.admin.befall("discount_code_create", Misfortune.ACCESS_DENIED)
    world.pass_time(MINUTE)
    assert world.mail.sent == []
    (redemption,) = world.rows("SELECT state, points FROM redemptions WHERE shop_id = :shop_id")
    assert (redemption.state, redemption.points) == ("failed", 500)
    assert world.rows("SELECT points FROM customers WHERE shop_id = :shop_id")[0].points == 600
    (enrollment,) = world.rows("SELECT end_reason FROM enrollments WHERE shop_id = :shop_id")
    assert enrollment.end_reason == "reward_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenIssuer(CodeIssuer):
    """A mistake of ours in putting the order together, mended after `failures`."""

    failures: list[Exception]

    def prepare(self, unit: Unit, shop: Shop, effect: Effect) -> CodeOrder:
        if self.failures:
            raise self.failures.pop()
        return CodeIssuer.prepare(self, unit, shop, effect)


def _broken(world: World, failures: int) -> World:
    issuer = BrokenIssuer(api=world.admin, failures=[ZeroDivisionError() for _ in range(failures)])
    deliverer = replace(world.house.tools.deliverer, codes=issuer)
    return replace(world, house=replace(world.house, tools=replace(world.house.tools, deliverer=deliverer)))


def the_points_are_back(world: World, reason: str) -> None:
    (redemption,) = world.rows("SELECT state FROM redemptions WHERE shop_id = :shop_id")
    (effect,) = world.rows(
        "SELECT state, reason FROM outbox WHERE shop_id = :shop_id AND kind = 'discount_code'"
    )
    (enrollment,) = world.rows("SELECT end_reason FROM enrollments WHERE shop_id = :shop_id")
    (person,) = world.rows("SELECT points FROM customers WHERE shop_id = :shop_id")
    assert (redemption.state, effect.state, effect.reason) == ("failed", "hard_failed", reason)
    assert (enrollment.end_reason, person.points) == ("reward_failed", 600)


def withdrawals(world: World) -> list[tuple[str, str]]:
    rows = world.rows("SELECT * FROM outbox WHERE shop_id = :shop_id AND kind = 'code_withdrawal'")
    return [(row.state, row.reason) for row in rows]


def test_a_mistake_of_ours_that_is_mended_costs_nobody_a_reward(world: World) -> None:
    a_reward_is_reached(world)
    broken = _broken(world, failures=2)
    deliver(broken)
    assert world.rows("SELECT points FROM customers WHERE shop_id = :shop_id") == [(100,)]
    broken.pass_time(MINUTE)
    broken.pass_time(HOUR)
    the_reward_arrived_once(world)
    assert withdrawals(world) == []


def test_a_mistake_of_ours_that_stays_gives_the_points_back(world: World) -> None:
    a_reward_is_reached(world)
    _let_three_days_pass(_broken(world, failures=1000))
    the_points_are_back(world, "internal_error")
    deliver(world)
    assert codes(world) == []
    assert withdrawals(world) == [("sent", "never_made")]


def a_code_is_made_and_nobody_learns_of_it(world: World, deliver: Callable[[World], int] = deliver) -> None:
    """For three days Shopify answers neither whether it made the code nor whether there is one."""
    a_reward_is_reached(world)
    world.admin.befall("discount_code_create", Misfortune.ANSWER_LOST)
    deliver(world)
    tries = 0
    while world.rows("SELECT state FROM redemptions WHERE shop_id = :shop_id") == [("requested",)]:
        tries += 1
        assert tries < 100
        world.admin.befall("discount_by_code", Misfortune.NEVER_ARRIVED)
        with world.database.reading(world.shop_id) as unit:
            world.clock.at = outbox.next_due(unit) or world.clock.at
        deliver(world)


def test_a_code_that_was_given_up_buys_nothing_once_the_points_are_back(world: World) -> None:
    a_code_is_made_and_nobody_learns_of_it(world)
    the_points_are_back(world, "gave_up")
    deliver(world)
    assert withdrawals(world) == [("sent", "withdrawn")]
    (discount,) = world.admin.shops[world.shop_id].discounts.values()
    assert not discount.is_active
    assert world.mail.sent == []


def test_a_withdrawal_cut_off_on_the_wire_is_done_again(world: World) -> None:
    dying_admin = DyingAdmin(world.admin, at="discount_deactivate")
    dying = replace(world.house.tools.deliverer, withdrawals=CodeWithdrawer(api=dying_admin))
    with pytest.raises(SimulatedCrash):
        a_code_is_made_and_nobody_learns_of_it(world, lambda world: dying.deliver(world.clock.at))
    world = restarted(world)
    world.clock.at += LEASE
    deliver(world)
    assert withdrawals(world) == [("sent", "withdrawn")]
    (discount,) = world.admin.shops[world.shop_id].discounts.values()
    assert not discount.is_active
    the_points_are_back(world, "gave_up")
    world.house.close()


def test_a_code_whose_person_was_erased_meanwhile_concludes_nothing(world: World) -> None:
    """The row is gone when the answer comes: nothing fails, nothing of the person comes back."""
    a_reward_is_reached(world)
    with world.database.unit(world.shop_id) as unit:
        jobs = world.house.tools.deliverer._claim(unit, world.clock.at)
    with world.database.unit(world.shop_id) as unit:
        unit.connection.exec_driver_sql("DELETE FROM outbox")
        unit.connection.exec_driver_sql("DELETE FROM redemptions")
    attempt = Attempt(outcome=Outcome.SENT, phase=Phase.ANSWERED, reason="issued", provider_ref="gid")
    with world.database.unit(world.shop_id) as unit:
        world.house.tools.deliverer._record(unit, jobs[0], attempt, world.clock.at)
    assert world.rows("SELECT * FROM redemptions WHERE shop_id = :shop_id") == []


def test_a_late_record_does_not_end_a_later_attempt(world: World) -> None:
    """A worker that slept past its lease wakes up while another is on the wire with the same effect."""
    a_reward_is_reached(world)
    deliverer = world.house.tools.deliverer
    with world.database.unit(world.shop_id) as unit:
        (late,) = deliverer._claim(unit, world.clock.at)
    world.clock.at += LEASE
    with world.database.unit(world.shop_id) as unit:
        (effect,) = doubts.cut_off(unit, world.clock.at)
        doubts.try_again(unit, effect, at=world.clock.at)
        deliverer._claim(unit, world.clock.at)
    failed = Attempt(outcome=Outcome.HARD_FAILED, phase=Phase.ANSWERED, reason="too_late")
    with world.database.unit(world.shop_id) as unit:
        deliverer._record(unit, late, failed, world.clock.at)
    (row,) = world.rows("SELECT state, attempts FROM outbox WHERE shop_id = :shop_id")
    assert (row.state, row.attempts) == ("wire", 2)
    assert world.rows("SELECT state FROM redemptions WHERE shop_id = :shop_id")[0].state == "requested"


# Many hands


def test_two_deliverers_at_once_send_each_message_once(world: World) -> None:
    number = 3 * AT_ONCE
    _abandoned_by_many(world, number)
    world.clock.at += HOUR
    abandoned_cart(world.house.tools, world.clock.at)
    second = replace(world, house=another_house(world))
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(deliver, each) for each in (world, second)]
        tried = sum(run.result(60) for run in runs)
    tried += deliver(world)
    assert tried == number
    assert len({message.effect_key for message in world.mail.sent}) == number
    assert len(world.mail.sent) == number
    assert {row.state for row in messages(world)} == {"sent"}
    second.house.close()


def test_a_crash_in_one_message_of_many_loses_none_of_the_others(world: World) -> None:
    _abandoned_by_many(world, 3)
    world.clock.at += HOUR
    abandoned_cart(world.house.tools, world.clock.at)
    world.mail.answers = [SimulatedCrash()]
    with pytest.raises(SimulatedCrash):
        deliver(world)
    world = restarted(world)
    world.clock.at += LEASE
    deliver(world)
    # Those that had not reached their thread when the process died are in doubt like the one that had.
    assert [row.state for row in messages(world) if row.state not in {"sent", "in_doubt"}] == []
    assert len(messages(world)) == 3
    assert len({message.effect_key for message in world.mail.sent}) == len(world.mail.sent)
    world.house.close()


def test_the_other_shop_is_untouched(world: World) -> None:
    a_reminder_is_queued(world)
    deliver(world)
    query = f"SELECT count(*) FROM outbox WHERE shop_id = {shop_id_of(OTHER_SHOP)}"  # noqa: S608  # our own number
    assert world.rows(query)[0][0] == 0
    assert world.mail.sent[0].effect_key.startswith(f"{shop_id_of(SHOP)}:")


def test_quiet_hours_are_kept_in_the_shops_own_time(world: World) -> None:
    a_reminder_is_queued(world)  # at 13:00 UTC, 22:00 in Tokyo
    assert world.clock.at == NOW + HOUR
    _bring_in_line(world, timezone="Asia/Tokyo", quiet_from=time(21), quiet_until=time(8))
    deliver(world)
    (row,) = messages(world)
    assert (row.state, row.reason) == ("ready", "quiet_hours")
    world.clock.at += 10 * HOUR
    deliver(world)
    assert len(world.mail.sent) == 1
