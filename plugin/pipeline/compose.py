"""From an intended message to the words and addresses of it. Reads; decides nothing, sends nothing."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, parseaddr

from plugin.core.customers import CustomerState
from plugin.core.flows.abandoned_checkout import ABANDONED_CHECKOUT
from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.core.flows.win_back import WIN_BACK
from plugin.core.keys import fingerprint
from plugin.core.links import LinkSigner
from plugin.core.messages import Message
from plugin.rendering.context import (
    CheckoutContext,
    CheckoutLine,
    CustomerContext,
    MessageContext,
    Reason,
    RewardContext,
    ShopContext,
    WinBackContext,
)
from plugin.rendering.render import Renderer
from plugin.store import catalogue, redemptions
from plugin.store.customers import KnownCustomer
from plugin.store.outbox import Effect
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

UNSUBSCRIBE = "unsubscribe"
"""The purpose of unsubscribe links."""

_REASONS = {
    ABANDONED_CHECKOUT.id: Reason.STARTED_CHECKOUT,
    LOYALTY_REWARD.id: Reason.COLLECTS_POINTS,
    WIN_BACK.id: Reason.PAST_CUSTOMER,
}


class NothingLeftError(Exception):
    """What the message was to be about is still known, but there is nothing in it for the person any more."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it is rendered: everything read from the database, so that no unit stays open for it."""

    effect: Effect
    shop: Shop
    customer: CustomerState
    context: MessageContext
    unsubscribe_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stationery:
    """What every message of this installation is written on."""

    renderer: Renderer
    signer: LinkSigner
    app_url: str
    mail_from: str

    def draft(self, unit: Unit, shop: Shop, person: KnownCustomer, effect: Effect, now: datetime) -> Draft:
        """Read what the message will say.

        Raises `LookupError` when what it is about is gone, `NothingLeftError` when it is worth nothing any more.
        """
        token = self.signer.sign(UNSUBSCRIBE, (shop.shop_id, person.state.id))
        url = f"{self.app_url}/u/{token}"
        context = MessageContext(
            shop=ShopContext(
                name=shop.name,
                url=shop.url,
                address=shop.postal_address,
                currency=shop.currency,
                timezone=shop.timezone,
            ),
            customer=CustomerContext(first_name=person.state.contact_value("first_name")),
            unsubscribe_url=url,
            reason=_REASONS[effect.flow_id],
            now=now,
            checkout=_checkout(unit, person.state, effect),
            reward=_reward(unit, person, effect),
            win_back=_win_back(person.state, shop, effect),
        )
        return Draft(effect=effect, shop=shop, customer=person.state, context=context, unsubscribe_url=url)

    def write(self, draft: Draft) -> Message:
        """Render the draft. Raises `plugin.rendering.errors.RenderError`."""
        effect, customer = draft.effect, draft.customer
        locale = customer.contact_value("locale") or draft.shop.locale
        rendered = self.renderer.render(effect.flow_id, effect.step_id, draft.context, locale)
        sender = parseaddr(self.mail_from)[1]
        names = (customer.contact_value("first_name"), customer.contact_value("last_name"))
        return Message(
            effect_key=effect.effect_key,
            channel=effect.channel,
            to=customer.email or "",
            to_name=" ".join(name for name in names if name) or None,
            sender=formataddr((draft.shop.name, sender)),
            reply_to=draft.shop.email or None,
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            locale=rendered.locale,
            message_id=f"<{fingerprint('message', effect.effect_key)}@{sender.rpartition('@')[2]}>",
            unsubscribe_url=draft.unsubscribe_url,
            feedback_id=f"{effect.step_id}:{effect.flow_id}:flow:regulars",
        )


def _checkout(unit: Unit, customer: CustomerState, effect: Effect) -> CheckoutContext | None:
    token = effect.context.get("checkout")
    if token is None:
        return None
    checkout = customer.checkouts.get(token)
    if checkout is None or checkout.url is None:
        raise LookupError("the checkout is gone")
    gone = catalogue.unbuyable(unit, checkout.lines)
    lines = [line for line in checkout.lines if line not in gone]
    if not lines:
        raise NothingLeftError("not_buyable")
    missed_minor = sum(line.total_minor or 0 for line in checkout.lines if line in gone)
    return CheckoutContext(
        url=checkout.url,
        lines=tuple(
            CheckoutLine(title=line.title, quantity=line.quantity, price_minor=line.total_minor)
            for line in lines
        ),
        total_minor=max(0, checkout.total_minor - missed_minor),
        currency=checkout.currency,
    )


def _reward(unit: Unit, person: KnownCustomer, effect: Effect) -> RewardContext | None:
    redemption_id = effect.context.get("redemption")
    if redemption_id is None:
        return None
    redemption = redemptions.get(unit, redemption_id)
    if redemption.why_worthless is not None:
        raise NothingLeftError(redemption.why_worthless)
    return RewardContext(
        code=redemption.code,
        value_minor=redemption.value_minor,
        currency=redemption.currency,
        expires_at=redemption.expires_at,
        points_spent=redemption.points,
        points_left=max(0, person.points),
    )


def _win_back(customer: CustomerState, shop: Shop, effect: Effect) -> WinBackContext | None:
    if effect.flow_id != WIN_BACK.id:
        return None
    last_order_at = customer.last_order_at()
    if last_order_at is None:
        raise LookupError("there is no order to look back on")
    return WinBackContext(last_order_at=last_order_at, url=shop.url)
