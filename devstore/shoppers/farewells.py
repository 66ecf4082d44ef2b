"""The end of things: people who go or want to be forgotten, and a merchant who removes the app."""

from devstore import tokens
from devstore.shoppers.counter import Counter
from devstore.webhooks import customer_bodies, shop_bodies


class Farewells(Counter):
    def delete_customer(self, customer: int) -> None:
        with self._act() as act:
            gone = self._customer(customer)
            self._store.customers.delete(gone.id)
            act.send("customers/delete", customer_bodies.customer_deleted(gone))

    def data_request(self, customer: int) -> int:
        """A customer asks what is kept of them; returns the number of the request."""
        with self._act() as act:
            who = self._customer(customer)
            number = self._store.next_id()
            orders = self._store.orders.by_owner(customer)
            act.send("customers/data_request", customer_bodies.data_request(who, orders, number, self._store))
            return number

    def redact(self, customer: int) -> None:
        """Shopify's order to erase a person; the person is gone from the store as well."""
        with self._act() as act:
            who = self._customer(customer)
            orders = self._store.orders.by_owner(customer)
            act.send("customers/redact", customer_bodies.customer_redact(who, orders, self._store))
            self._store.customers.delete(customer)

    def uninstall(self) -> None:
        """The merchant removes the app: its tokens die at once, then `app/uninstalled` tells it."""
        with self._act() as act:
            tokens.revoke_all(self._store)
            self._store.mark_uninstalled()
            act.send("app/uninstalled", shop_bodies.shop(self._store))

    def redact_shop(self) -> None:
        """What follows 48 hours after an uninstall."""
        with self._act() as act:
            act.send("shop/redact", shop_bodies.shop_redact(self._store))
