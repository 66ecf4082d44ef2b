"""Carts and checkouts: what people begin and do not finish."""

from collections.abc import Sequence
from dataclasses import replace

from devstore.model import Checkout
from devstore.seed.people import person
from devstore.shoppers.counter import Counter
from devstore.shoppers.items import Item, lines_of
from devstore.shoppers.people import is_subscribed
from devstore.webhooks import checkout_bodies


class Checkouts(Counter):
    def abandon_checkout(
        self,
        customer: int | None = None,
        *,
        email: str | None = None,
        locale: str | None = None,
        items: Sequence[Item] = (),
        accepts_marketing: bool | None = None,
    ) -> Checkout:
        """Fill a cart, begin to check out, leave. Without `customer` it is a guest, by `email` or an invented one."""
        with self._act() as act:
            now = self._store.now()
            buyer = self._customer(customer) if customer is not None else None
            spoken = locale or (buyer.locale if buyer else "en")
            number = self._store.next_id()
            begun = Checkout(
                id=number,
                token=self._store.next_token("checkout"),
                cart_token=self._store.next_token("cart"),
                email=buyer.email if buyer else email or person(str(number), locale=spoken).email,
                created_at=now,
                updated_at=now,
                lines=lines_of(items, self._store, key=str(number)),
                customer_id=buyer.id if buyer else None,
                locale=spoken,
                accepts_marketing=is_subscribed(buyer) if accepts_marketing is None else accepts_marketing,
            )
            self._store.checkouts.put(begun)
            first = replace(begun, lines=begun.lines[:1])
            act.send("carts/create", checkout_bodies.cart(first))
            act.send("carts/update", checkout_bodies.cart(begun))
            act.send("checkouts/create", checkout_bodies.checkout(begun, self._store))
            act.send("checkouts/update", checkout_bodies.checkout(begun, self._store))
            return begun

    def delete_checkout(self, token: str) -> None:
        with self._act() as act:
            gone = self._open_checkout(token)
            self._store.checkouts.delete(gone.id)
            act.send("checkouts/delete", checkout_bodies.checkout_deleted(gone))
