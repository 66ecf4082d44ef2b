"""Carry effects out: re-check at the wire, commit `wire`, act with no transaction open, record how it ended.

A crash between the first byte and the record leaves a row in `wire`. What that means depends on the effect: a
discount code has a natural key and is looked up before it is asked for again; a message is in doubt.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from plugin.channels.base import Channel
from plugin.core.consent import why_not_mailable
from plugin.core.flows import FLOW_BY_ID
from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.core.identity import digest
from plugin.core.messages import Attempt, Outcome, Phase
from plugin.core.retries import retry_at
from plugin.core.sending import Later, No, WireFacts, may_send
from plugin.pipeline.advance import OUTBOX
from plugin.pipeline.compose import Draft, NothingLeftError, Stationery
from plugin.pipeline.enroll import situation_of
from plugin.pipeline.follow import follow
from plugin.pipeline.rewards import CodeIssuer, CodeOrder, CodeWithdrawer, Withdrawal
from plugin.pipeline.unsubscribe import OptOutWriter, WriteBack
from plugin.rendering.errors import RenderError
from plugin.shopify.scopes import missing
from plugin.store import customers, doubts, flows, outbox, queue, shops
from plugin.store.outbox import Effect
from plugin.store.queue import Claim
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database, Unit

AT_ONCE = 8  # effects of one shop on the wire together; also how many a crash can leave in doubt
LEASE = timedelta(minutes=15)  # longer than the ten minutes a mail server may take for its last answer
DOUBT_WINDOW = timedelta(hours=24)
BATCHES_A_TURN = 4  # before the next shop has its turn
MAX_COPIES = 2
WEEK = timedelta(days=7)
_log = logging.getLogger(__name__)
_SHOPIFY_IS_AWAY = timedelta(minutes=15)
_MERCHANT_MAY_ALLOW_IT = timedelta(hours=1)
_SCOPE_OF = {
    "discount_code": "write_discounts",
    "code_withdrawal": "write_discounts",
    "consent_write_back": "write_customers",
}
"""Without which scope an effect waits for the merchant to allow it again."""

Job = Draft | CodeOrder | Withdrawal | WriteBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """Everything that effects are carried out with."""

    database: Database
    channel: Channel
    stationery: Stationery
    codes: CodeIssuer
    withdrawals: CodeWithdrawer
    opt_outs: OptOutWriter
    pool: ThreadPoolExecutor

    def deliver(self, now: datetime) -> int:
        """Carry out what is due, shop by shop, until nothing is; returns how many effects were tried."""
        turns = queue.turns(self.database, OUTBOX, now, lease=LEASE)
        return sum(self._serve(held, now) for held in turns)

    def _serve(self, held: Claim, now: datetime) -> int:
        """One turn of a shop: a bounded number of effects, because others are waiting."""
        tried = 0
        for _ in range(BATCHES_A_TURN):
            with self.database.unit(held.shop_id) as unit:
                _settle_the_past(unit, now)
                jobs = self._claim(unit, now)
                if not jobs:
                    queue.release(unit, held, outbox.next_due)
                    return tried
            tried += len(jobs)
            for job, attempt in zip(jobs, self.pool.map(self._act(now), jobs), strict=True):
                with self.database.unit(held.shop_id) as unit:
                    self._record(unit, job, attempt, now)
        with self.database.unit(held.shop_id) as unit:
            queue.release(unit, held, outbox.next_due)
        return tried

    def _claim(self, unit: Unit, now: datetime) -> list[Job]:
        """Re-check what is due and mark what may go as being on the wire."""
        shop = shops.get(unit)
        jobs: list[Job] = []
        while len(jobs) < AT_ONCE:
            due = outbox.due(unit, now, AT_ONCE - len(jobs))
            if not due:
                break
            for effect in due:
                job = self._prepare_or_fail(unit, shop, effect, now)
                if job is not None:
                    outbox.mark_wire(unit, effect, now=now, lease=LEASE)
                    jobs.append(job)
        return jobs

    def _prepare_or_fail(self, unit: Unit, shop: Shop, effect: Effect, now: datetime) -> Job | None:
        try:
            return self._prepare(unit, shop, effect, now)
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001  # one broken effect must not hold up the shop's others
            _log.error("an effect of kind %s cannot be prepared: %s", effect.kind, type(error).__name__)
            self._try_later(unit, effect, now)
            return None

    def _try_later(self, unit: Unit, effect: Effect, now: datetime) -> None:
        """A mistake of ours may be mended in a day; only then is what was promised given up, and given back."""
        again = retry_at(attempts=effect.attempts + 1, first_tried_at=effect.created_at, now=now)
        if again is not None:
            outbox.try_later(unit, effect, at=again, reason="internal_error")
            return
        outbox.fail(unit, effect.effect_key, reason="internal_error")
        if effect.kind == "discount_code":
            self.codes.give_up(unit, effect, now)

    def _prepare(self, unit: Unit, shop: Shop, effect: Effect, now: datetime) -> Job | None:
        if shop.state not in {shops.INSTALLED, shops.NEEDS_REAUTH}:
            outbox.skip(unit, effect.effect_key, reason="shop_uninstalled")
            return None
        if effect.kind == "message":
            return self._prepare_message(unit, shop, effect, now)
        if shop.state == shops.NEEDS_REAUTH:
            outbox.postpone(unit, effect, until=now + _SHOPIFY_IS_AWAY, reason="shop_needs_reauth")
            return None
        if _missing_scope(shop, effect):
            outbox.postpone(unit, effect, until=now + _MERCHANT_MAY_ALLOW_IT, reason="scope_missing")
            return None
        if effect.kind == "discount_code":
            return self.codes.prepare(unit, shop, effect)
        if effect.kind == "code_withdrawal":
            return self.withdrawals.prepare(unit, shop, effect)
        return self.opt_outs.prepare(unit, shop, effect)

    def _prepare_message(self, unit: Unit, shop: Shop, effect: Effect, now: datetime) -> Draft | None:
        person = customers.load(unit, [effect.customer_id]).get(effect.customer_id)
        if person is None:
            outbox.skip(unit, effect.effect_key, reason="customer_gone")
            return None
        enrollment = flows.find(unit, effect.enrollment_id)
        exit_reason = None
        if enrollment is not None:
            exit_reason = FLOW_BY_ID[effect.flow_id].exits(situation_of(person, shop.currency), enrollment)
        switch = flows.switches(unit).get(effect.flow_id)
        address = digest(shop.salt, f"email:{person.state.email}")
        facts = WireFacts(
            created_at=effect.created_at,
            is_shop_active=shop.state == shops.INSTALLED,
            has_postal_address=bool(shop.postal_address.strip()),
            is_flow_on=switch is not None and switch.is_on,
            exit_reason=exit_reason,
            unmailable=why_not_mailable(person.state, effect.channel),
            is_suppressed=customers.suppression_of(unit, channel=effect.channel, digest=address) is not None,
            sent_at=outbox.sent_since(unit, effect.customer_id, now - WEEK, now=now),
            zone=shop.zone,
        )
        match may_send(shop.policy, facts, now):
            case No(reason=reason):
                outbox.skip(unit, effect.effect_key, reason=reason)
                return None
            case Later(until=until, reason=reason):
                outbox.postpone(unit, effect, until=until, reason=reason)
                return None
        try:
            return self.stationery.draft(unit, shop, person, effect, now)
        except LookupError:
            outbox.skip(unit, effect.effect_key, reason="subject_gone")
            return None
        except NothingLeftError as nothing:
            outbox.skip(unit, effect.effect_key, reason=nothing.reason)
            return None

    def _act(self, now: datetime) -> Callable[[Job], Attempt]:
        def act(job: Job) -> Attempt:
            try:
                match job:
                    case Draft():
                        return self._send(job, now)
                    case CodeOrder():
                        return self.codes.issue(job, now)
                    case Withdrawal():
                        return self.withdrawals.withdraw(job, now)
                    case WriteBack():
                        return self.opt_outs.write(job, now)
            except Exception as error:  # noqa: BLE001  # the edge of an effect: its neighbours must not suffer
                return _unexpected(job, error)

        return act

    def _send(self, draft: Draft, now: datetime) -> Attempt:
        try:
            message = self.stationery.write(draft)
        except RenderError as error:
            reason = f"unrenderable:{type(error).__name__}"
            return Attempt(outcome=Outcome.HARD_FAILED, phase=Phase.CONNECT, reason=reason)
        return self.channel.send(message, now)

    def _record(self, unit: Unit, job: Job, attempt: Attempt, now: datetime) -> None:
        effect = job.effect
        if isinstance(job, CodeOrder | Draft):
            customers.lock_shop(unit)  # before the effect's own row, as whoever ingests does
        again = None
        if attempt.outcome is Outcome.SOFT_FAILED:
            tries = effect.attempts + 1
            again = retry_at(attempts=tries, first_tried_at=effect.created_at, now=now)
            if again is None:
                attempt = Attempt(outcome=Outcome.HARD_FAILED, phase=attempt.phase, reason="gave_up")
        if not outbox.record(unit, effect, attempt, now=now, retry_at=again):
            return
        match job:
            case Draft():
                if attempt.suppress_address and job.customer.email:
                    address = digest(job.shop.salt, f"email:{job.customer.email}")
                    customers.suppress(
                        unit, channel=effect.channel, digest=address, reason="mailbox_unknown", at=now
                    )
                follow(unit, job.shop, [effect.customer_id], now)
            case CodeOrder():
                self.codes.conclude(unit, job, attempt, now)
            case _:
                pass


def _unexpected(job: Job, error: Exception) -> Attempt:
    """A mistake of ours. Whether a message had left by then, nobody knows; the rest looks before it acts again."""
    _log.error("an effect of kind %s failed unexpectedly: %s", job.effect.kind, type(error).__name__)
    outcome = Outcome.IN_DOUBT if isinstance(job, Draft) else Outcome.SOFT_FAILED
    return Attempt(outcome=outcome, phase=Phase.BODY_SENT, reason="internal_error")


def _missing_scope(shop: Shop, effect: Effect) -> bool:
    """Whether the merchant has taken back what the effect needs. What we were never told of is not missing."""
    return shop.scopes is not None and _SCOPE_OF.get(effect.kind) in missing(shop.scopes)


def _settle_the_past(unit: Unit, now: datetime) -> None:
    """Rows that a crash left on the wire: whoever held them is gone, and nobody knows how it ended."""
    doubted: list[int] = []
    for effect in doubts.cut_off(unit, now):
        if effect.kind == "message":
            doubts.mark_in_doubt(unit, effect, now=now)
            doubted.append(effect.customer_id)
        else:
            doubts.try_again(unit, effect, at=now)
    if doubted:
        follow(unit, shops.get(unit), doubted, now)


def look_up_doubts(database: Database, channel: Channel, shop_id: int, now: datetime) -> int:
    """Ask the provider about the shop's doubts, where it can say; returns how many that settled."""
    with database.reading(shop_id) as unit:
        open_doubts = doubts.in_doubt_since(unit, now)
    answers = [(effect, channel.was_taken(effect.effect_key)) for effect in open_doubts]
    known = [(effect, was_taken) for effect, was_taken in answers if was_taken is not None]
    with database.unit(shop_id) as unit:
        customers.lock_shop(unit)
        for effect, was_taken in known:
            doubts.settle_by_look_up(unit, effect, was_taken=was_taken, now=now)
        if known:
            follow(unit, shops.get(unit), [effect.customer_id for effect, _ in known], now)
            queue.wake(unit, OUTBOX, now)
    return len(known)


def settle_doubts(unit: Unit, now: datetime) -> int:
    """End the doubts that have lasted their window; returns how many.

    A reward is worth one second copy under the same Message-ID; a reminder is not (design.md, law 2).
    """
    customers.lock_shop(unit)
    open_doubts = doubts.in_doubt_since(unit, now - DOUBT_WINDOW)
    for effect in open_doubts:
        is_worth_a_copy = (
            effect.flow_id == LOYALTY_REWARD.id and doubts.doubts_about(unit, effect) < MAX_COPIES
        )
        doubts.settle_doubt(unit, effect, retry_at=now if is_worth_a_copy else None)
        if is_worth_a_copy:
            queue.wake(unit, OUTBOX, now)
    if open_doubts:
        follow(unit, shops.get(unit), [effect.customer_id for effect in open_doubts], now)
    return len(open_doubts)
