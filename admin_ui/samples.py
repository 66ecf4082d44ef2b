"""What previews of messages are filled with: the shop's own name and address, and an invented person and order.

Invented on purpose: a preview shows how a message reads, and nobody's checkout or code is anyone else's business.
"""

from datetime import datetime, timedelta
from gettext import NullTranslations

from plugin.core.flows.abandoned_checkout import ABANDONED_CHECKOUT
from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.core.flows.win_back import WIN_BACK
from plugin.core.loyalty.rewards import cheapest_reward
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
from plugin.store.shops import Shop

_REASONS = {
    ABANDONED_CHECKOUT.id: Reason.STARTED_CHECKOUT,
    LOYALTY_REWARD.id: Reason.COLLECTS_POINTS,
    WIN_BACK.id: Reason.PAST_CUSTOMER,
}
_CODE = "REG-SAMP-LECO-DEXX"
_UNSUBSCRIBE = "https://example.com/unsubscribe"
_AGO = timedelta(days=120)


def context(shop: Shop, flow_id: str, words: NullTranslations, now: datetime) -> MessageContext:
    """The facts of a sample message of `flow_id`, in the language of `words`."""
    reward = cheapest_reward(shop.currency)
    unit = reward.value_minor
    return MessageContext(
        shop=ShopContext(
            name=shop.name,
            url=shop.url,
            address=shop.postal_address.strip() or words.gettext("Your postal address"),
            currency=shop.currency,
            timezone=shop.timezone,
        ),
        customer=CustomerContext(first_name=words.gettext("Sam")),
        unsubscribe_url=_UNSUBSCRIBE,
        reason=_REASONS[flow_id],
        now=now,
        checkout=CheckoutContext(
            url=shop.url,
            lines=(
                CheckoutLine(title=words.gettext("Sample product"), quantity=1, price_minor=4 * unit),
                CheckoutLine(title=words.gettext("Another product"), quantity=2, price_minor=6 * unit),
            ),
            total_minor=10 * unit,
            currency=shop.currency,
        ),
        reward=RewardContext(
            code=_CODE,
            value_minor=reward.value_minor,
            currency=shop.currency,
            expires_at=now + timedelta(days=reward.valid_days),
            points_spent=reward.points,
            points_left=reward.points // 10,
        ),
        win_back=WinBackContext(last_order_at=now - _AGO, url=shop.url),
    )
