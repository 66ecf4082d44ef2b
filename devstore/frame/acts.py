"""What the demo bar's shoppers do: somebody who speaks the admin's language comes by, another one at every click."""

from dataclasses import dataclass
from typing import Final

from devstore.database import micros
from devstore.frame.words import Words
from devstore.hashing import fraction, pick
from devstore.model import ConsentState, Customer
from devstore.seed.people import person
from devstore.shoppers import ShopperError, Shoppers
from devstore.store import Store

_RECENT: Final = 365 * 86_400 * 1_000_000  # microseconds in which a shopper of the demo has been seen
_BIG: Final = (50_100, 9_000)  # cents: a big basket is over 500.00, by at most this much
_TRIES: Final = 20  # looks for somebody who has left no checkout yet, before anybody will do


@dataclass(frozen=True, slots=True)
class DemoActs:
    """Each act returns the line that tells the newcomer of it. Customers who come by have agreed to marketing."""

    shoppers: Shoppers
    store: Store

    def abandon(self, words: Words) -> str:
        """Let a customer leave a checkout: a reminder may be sent."""
        shopper = self._shopper(words)
        checkout = self.shoppers.abandon_checkout(shopper.id, locale=words.language)
        return words.say("said_abandon", name=words.name(shopper.name), amount=words.money(checkout.total))

    def abandon_as_guest(self, words: Words) -> str:
        """Let somebody unknown leave a checkout without agreeing to marketing: no reminder may be sent."""
        email = person(str(self._turn()), locale=words.language).email
        checkout = self.shoppers.abandon_checkout(email=email, locale=words.language, accepts_marketing=False)
        return words.say("said_guest", name=words.name(email), amount=words.money(checkout.total))

    def order(self, words: Words) -> str:
        shopper = self._shopper(words)
        order = self.shoppers.place_order(shopper.id)
        return words.say("said_order", name=words.name(shopper.name), amount=words.money(order.total))

    def order_much(self, words: Words) -> str:
        """Let a customer buy a basket that earns a reward at once."""
        shopper = self._shopper(words)
        least, spread = _BIG
        cents = least + int(fraction("basket", str(self._turn())) * spread)
        order = self.shoppers.place_order(shopper.id, amount=cents)
        return words.say("said_big_order", name=words.name(shopper.name), amount=words.money(order.total))

    def _shopper(self, words: Words) -> Customer:
        since = micros(self.store.now()) - _RECENT
        recent = self.store.customers.where("updated_at > ?", since)
        subscribed = [customer for customer in recent if customer.consent.state is ConsentState.SUBSCRIBED]
        speaking = [customer for customer in subscribed if customer.locale == words.language] or subscribed
        if not speaking:
            raise ShopperError("The store has no subscribed customer yet. Reset the demo.")
        turn = str(self._turn())
        drawn = [pick(speaking, "shopper", turn, str(attempt)) for attempt in range(_TRIES)]
        return next((one for one in drawn if not self.store.checkouts.by_owner(one.id)), drawn[0])

    def _turn(self) -> int:
        """How often somebody came by: every click draws anew, and the same clicks draw the same people."""
        return self.store.checkouts.count() + self.store.orders.count()
