"""What the demo bar's shoppers do: a subscribed customer who speaks the admin's language comes by."""

from dataclasses import dataclass
from typing import Final

from devstore.database import micros
from devstore.frame.words import Words
from devstore.hashing import fraction, pick
from devstore.model import ConsentState, Customer
from devstore.shoppers import ShopperError, Shoppers
from devstore.store import Store

_RECENT: Final = 365 * 86_400 * 1_000_000  # microseconds in which a shopper of the demo has been seen
_BIG: Final = (50_100, 9_000)  # cents: a big basket is over 500.00, by at most this much


@dataclass(frozen=True, slots=True)
class DemoActs:
    shoppers: Shoppers
    store: Store

    def abandon(self, words: Words) -> str:
        """Let somebody leave a checkout; returns a line that says who."""
        shopper = self._shopper(words)
        checkout = self.shoppers.abandon_checkout(shopper.id, locale=words.language)
        return words.say("said_abandon", name=shopper.name, amount=words.money(checkout.total))

    def order(self, words: Words, *, is_big: bool = False) -> str:
        """Let somebody order; `is_big` is a basket that earns a reward at once."""
        shopper = self._shopper(words)
        least, spread = _BIG
        cents = least + int(fraction("basket", self._turn()) * spread) if is_big else None
        order = self.shoppers.place_order(shopper.id, amount=cents)
        return words.say("said_order", name=shopper.name, amount=words.money(order.total))

    def _shopper(self, words: Words) -> Customer:
        since = micros(self.store.now()) - _RECENT
        recent = self.store.customers.where("updated_at > ?", since)
        subscribed = [customer for customer in recent if customer.consent.state is ConsentState.SUBSCRIBED]
        speaking = [customer for customer in subscribed if customer.locale == words.language]
        if not subscribed:
            raise ShopperError("The store has no subscribed customer yet. Reset the demo.")
        return pick(speaking or subscribed, "shopper", self._turn())

    def _turn(self) -> str:
        return f"{self.store.checkouts.count()}:{self.store.orders.count()}"
