"""A person leaves: believed at once, suppressed at once, and told to Shopify as soon as it listens."""

from dataclasses import dataclass
from datetime import datetime

from plugin.core.events import ConsentChanged, ConsentState, Version
from plugin.core.identity import digest
from plugin.core.keys import fingerprint
from plugin.core.messages import Attempt, Outcome, Phase
from plugin.pipeline.advance import OUTBOX
from plugin.pipeline.follow import follow
from plugin.pipeline.ingest import UNSUBSCRIBED, ingest
from plugin.shopify.api import AdminApi
from plugin.shopify.consent import OptOutWritten, write_opt_out
from plugin.store import customers, outbox, queue
from plugin.store.outbox import Effect
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """One opt-out that Shopify has to hear of."""

    effect: Effect
    shop: Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutWriter:
    api: AdminApi

    def prepare(self, unit: Unit, shop: Shop, effect: Effect) -> WriteBack:  # noqa: ARG002  # as its siblings
        return WriteBack(effect=effect, shop=shop)

    def write(self, job: WriteBack, now: datetime) -> Attempt:
        effect, shop = job.effect, job.shop
        answer = write_opt_out(
            self.api, shop.shop_id, shop.domain, effect.customer_id, at=effect.created_at, now=now
        )
        if isinstance(answer, OptOutWritten):
            return Attempt(outcome=Outcome.SENT, phase=Phase.ANSWERED, reason="written_back")
        outcome = Outcome.HARD_FAILED if answer.permanent else Outcome.SOFT_FAILED
        return Attempt(outcome=outcome, phase=Phase.ANSWERED, reason=answer.reason)


def unsubscribe(unit: Unit, shop: Shop, customer_id: int, *, source: str, now: datetime) -> bool:
    """Take the person's word: no more marketing mail. Saying it again changes nothing. False: nobody by that id.

    Mail keeps the id of its day: a guest of then may be an account by now.
    """
    customers.lock_shop(unit)
    customer_id = customers.present_id(unit, customer_id)
    person = customers.load(unit, [customer_id]).get(customer_id)
    if person is None:
        return False
    if person.state.email:
        address = digest(shop.salt, f"email:{person.state.email}")
        customers.suppress(unit, channel="email", digest=address, reason=UNSUBSCRIBED, at=now)
    known = person.state.consent_for("email")
    if known is not None and known.state is ConsentState.UNSUBSCRIBED:
        follow(unit, shop, [customer_id], now)
        return True
    said = ConsentChanged(
        id=fingerprint("unsubscribed", str(customer_id), now.isoformat()),
        occurred_at=now,
        version=Version(updated_at=now, triggered_at=now),
        links=(f"customer:{customer_id}",),
        channel="email",
        state=ConsentState.UNSUBSCRIBED,
        source=source,
    )
    ingest(unit, shop, [said], now=now, origin="own")
    outbox.intend(
        unit,
        [
            {
                "effect_key": f"{shop.shop_id}:opt_out:{customer_id}:{now.isoformat()}",
                "kind": "consent_write_back",
                "channel": "shopify",
                "flow_id": "",
                "step_id": "opt_out",
                "customer_id": customer_id,
                "due": now,
                "created_at": now,
                "context": {},
            }
        ],
    )
    queue.wake(unit, OUTBOX, now)
    return True
