"""The counter at which every act takes place: one shop, its courier, and what is looked up there."""

from contextlib import AbstractContextManager

from devstore.act import Act, act_in
from devstore.model import Checkout, Customer, Order
from devstore.store import Store
from devstore.webhooks.courier import Courier


class ShopperError(ValueError):
    """What the shopper was asked to do is not possible in this store; the text says why."""


class Counter:
    def __init__(self, store: Store, courier: Courier) -> None:
        self._store = store
        self._courier = courier

    def _act(self) -> AbstractContextManager[Act]:
        return act_in(self._store, self._courier)

    def _customer(self, customer: int) -> Customer:
        found = self._store.customers.get(customer)
        if found is None:
            raise ShopperError(f"There is no customer {customer} in {self._store.shop}.")
        return found

    def _order(self, order: int) -> Order:
        found = self._store.orders.get(order)
        if found is None:
            raise ShopperError(f"There is no order {order} in {self._store.shop}.")
        return found

    def _open_checkout(self, token: str) -> Checkout:
        found = self._store.checkouts.by_alias(token)
        if found is None or found.completed_at is not None:
            raise ShopperError("There is no open checkout with this token.")
        return found
