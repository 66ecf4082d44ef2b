"""Remind a person of the checkout they left; stop the moment they order anything."""

from datetime import datetime, timedelta

from plugin.core.consent import NO_ADDRESS
from plugin.core.customers import Checkout
from plugin.core.events import CheckoutChanged
from plugin.core.flows.base import MAX_LATENESS, Enrollment, Entry, Flow, Occasion, Refusal, Situation, Step

_STEPS = (
    Step(id="reminder_1", after=timedelta(hours=1)),
    Step(id="reminder_2", after=timedelta(hours=24)),
    Step(id="reminder_3", after=timedelta(hours=72)),
)


def _enters(situation: Situation, occasion: Occasion, now: datetime) -> Entry | Refusal | None:
    if not isinstance(occasion, CheckoutChanged):
        return None
    checkout = situation.customer.open_checkout()
    if checkout is None or checkout.token != occasion.token:
        return None
    key = f"checkout:{checkout.token}"
    last_touched = checkout.version.updated_at
    if now - last_touched > _STEPS[-1].after + MAX_LATENESS:
        return Refusal(trigger_key=key, reason="stale")
    if not situation.customer.email:
        return Refusal(trigger_key=key, reason=NO_ADDRESS)
    return Entry(
        trigger_key=key,
        entered_at=last_touched,
        context={"checkout": checkout.token},
        restarts_waiting=True,
    )


def _exits(situation: Situation, enrollment: Enrollment) -> str | None:
    customer = situation.customer
    checkout = customer.checkouts.get(enrollment.context["checkout"])
    last_order_at = customer.last_order_at()
    if last_order_at is not None and last_order_at >= _begun_at(checkout, enrollment):
        return "ordered"
    if checkout is not None and checkout.completed_at is not None:
        return "ordered"
    open_checkout = customer.open_checkout()
    if open_checkout is None or checkout is None:
        return "checkout_gone"
    return None if open_checkout.token == checkout.token else "replaced"


def _begun_at(checkout: Checkout | None, enrollment: Enrollment) -> datetime:
    return min(checkout.created_at, enrollment.entered_at) if checkout else enrollment.entered_at


ABANDONED_CHECKOUT = Flow(id="abandoned_checkout", version=1, steps=_STEPS, enters=_enters, exits=_exits)
