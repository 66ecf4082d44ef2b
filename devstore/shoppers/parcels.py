"""What becomes of an order on its way: sent, delivered and, where cash was agreed on, paid for or refused."""

from dataclasses import replace

from devstore.act import Act
from devstore.model import Order
from devstore.shoppers.counter import Counter, ShopperError
from devstore.webhooks import order_bodies, parcel_bodies


class Parcels(Counter):
    def fulfil(self, order: int) -> Order:
        """Send the whole order as one parcel."""
        with self._act() as act:
            was = self._order(order)
            now = self._store.now_after(was.updated_at)
            number = was.fulfillment_id or self._store.next_id()
            changed = replace(was, fulfilled_at=now, fulfillment_id=number, updated_at=now)
            self._store.orders.put(changed)
            self._tell_parcel(act, "fulfillments/create", changed)
            act.send("orders/fulfilled", order_bodies.order(changed, self._store))
            act.send("orders/updated", order_bodies.order(changed, self._store))
            return changed

    def deliver(self, order: int) -> Order:
        """The parcel is taken; with cash on delivery it is paid for at the door."""
        with self._act() as act:
            delivered = self._report(act, order, "delivered")
            if not delivered.cash_on_delivery or delivered.paid_at is not None:
                return delivered
            paid = replace(delivered, paid_at=delivered.updated_at)
            self._store.orders.put(paid)
            number = self._store.next_id()
            body = parcel_bodies.transaction(number, paid, paid.updated_at, self._store)
            act.send("order_transactions/create", body)
            for topic in ("orders/paid", "orders/updated"):
                act.send(topic, order_bodies.order(paid, self._store))
            return paid

    def refuse(self, order: int) -> Order:
        """Nobody takes the parcel: it goes back, and what was to be paid at the door never is."""
        with self._act() as act:
            return self._report(act, order, "failure")

    def _report(self, act: Act, order: int, status: str) -> Order:
        was = self._order(order)
        if was.fulfillment_id is None:
            raise ShopperError("This order was not sent yet.")
        now = self._store.now_after(was.updated_at)
        changed = replace(was, shipment_status=status, updated_at=now)
        self._store.orders.put(changed)
        event = parcel_bodies.fulfillment_event(self._store.next_id(), changed, status, now, self._store)
        act.send("fulfillment_events/create", event)
        self._tell_parcel(act, "fulfillments/update", changed)
        act.send("orders/updated", order_bodies.order(changed, self._store))
        return changed

    def _tell_parcel(self, act: Act, topic: str, order: Order) -> None:
        (parcel,) = order_bodies.order(order, self._store)["fulfillments"]
        act.send(topic, parcel)
