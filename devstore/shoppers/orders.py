"""Orders: buying and paying, and what becomes of an order afterwards."""

from collections.abc import Sequence
from dataclasses import replace

from devstore.act import Act
from devstore.allocation import allocated
from devstore.model import Checkout, Customer, DiscountUse, Line, Order, Refund
from devstore.redemption import redeem
from devstore.shoppers.counter import Counter, ShopperError
from devstore.shoppers.items import Item, lines_of
from devstore.shoppers.people import guest, is_subscribed
from devstore.webhooks import checkout_bodies, customer_bodies, order_bodies, parcel_bodies


class Orders(Counter):
    def place_order(
        self,
        customer: int | None = None,
        *,
        from_checkout: str | None = None,
        amount: int | None = None,
        items: Sequence[Item] = (),
        discount_code: str | None = None,
        landing_site: str | None = None,
        test: bool = False,
        cash_on_delivery: bool = False,
    ) -> Order:
        """Buy and pay, or with `cash_on_delivery` promise to pay at the door.

        `amount` is the wanted subtotal in cents; `from_checkout` is the token of a checkout to finish. A guest who
        finishes a checkout becomes a customer. Raises `ShopperError` for a code that does not apply.
        """
        with self._act() as act:
            checkout = self._open_checkout(from_checkout) if from_checkout else None
            buyer = self._buyer(customer, checkout, act)
            number = self._store.next_id()
            lines = (
                checkout.lines if checkout else lines_of(items, self._store, key=str(number), cents=amount)
            )
            now = self._store.now()
            discounts = (self._redeem(discount_code, buyer, lines),) if discount_code else ()
            order = Order(
                id=number,
                number=self._store.next_order_number(),
                customer_id=buyer.id,
                email=buyer.email,
                created_at=now,
                updated_at=now,
                lines=allocated(lines, discounts),
                locale=checkout.locale if checkout else buyer.locale,
                cart_token=checkout.cart_token if checkout else self._store.next_token("cart"),
                checkout_token=checkout.token if checkout else self._store.next_token("checkout"),
                landing_site=landing_site or "/",
                accepts_marketing=is_subscribed(buyer),
                discounts=discounts,
                test=test,
                cash_on_delivery=cash_on_delivery,
            )
            self._store.orders.put(order)
            changed = self._store.note_order(order)
            paid = () if cash_on_delivery else ("orders/paid",)
            for topic in ("orders/create", *paid, "orders/updated"):
                act.send(topic, order_bodies.order(order, self._store))
            if not cash_on_delivery:
                body = parcel_bodies.transaction(self._store.next_id(), order, now, self._store)
                act.send("order_transactions/create", body)
            if checkout:
                at = self._store.now_after(checkout.updated_at)
                done = replace(checkout, customer_id=buyer.id, completed_at=at, updated_at=at)
                self._store.checkouts.put(done)
                act.send("checkouts/update", checkout_bodies.checkout(done, self._store))
            if changed:
                act.send("customers/update", customer_bodies.customer(changed, self._store))
            return order

    def refund(self, order: int, amount: int, *, note: str | None = None) -> Refund:
        """Give `amount` cents back."""
        with self._act() as act:
            was = self._order(order)
            if not 0 < amount <= was.total - was.refunded:
                raise ShopperError("A refund is more than nothing and at most what is left of the order.")
            now = self._store.now_after(was.updated_at)
            given = Refund(id=self._store.next_ids(3), created_at=now, cents=amount, note=note)
            changed = replace(was, refunds=(*was.refunds, given), updated_at=now)
            self._store.orders.put(changed)
            act.send("refunds/create", order_bodies.refund(given, changed, self._store))
            act.send("orders/updated", order_bodies.order(changed, self._store))
            return given

    def cancel(self, order: int, *, reason: str = "customer") -> Order:
        with self._act() as act:
            was = self._order(order)
            if was.cancelled_at is not None:
                raise ShopperError("This order is cancelled already.")
            now = self._store.now_after(was.updated_at)
            changed = replace(was, cancelled_at=now, cancel_reason=reason, updated_at=now)
            self._store.orders.put(changed)
            self._store.note_order(was, sign=-1)
            act.send("orders/cancelled", order_bodies.order(changed, self._store))
            act.send("orders/updated", order_bodies.order(changed, self._store))
            return changed

    def delete_order(self, order: int) -> None:
        """The merchant deletes an order for good; Shopify tells no more than its number."""
        with self._act() as act:
            gone = self._order(order)
            self._store.orders.delete(gone.id)
            if gone.cancelled_at is None:
                self._store.note_order(gone, sign=-1)
            act.send("orders/delete", {"id": gone.id})

    def _buyer(self, customer: int | None, checkout: Checkout | None, act: Act) -> Customer:
        number = customer if customer is not None else checkout and checkout.customer_id
        if number:
            return self._customer(number)
        if checkout is None:
            raise ShopperError("An order needs a customer or a checkout.")
        known = self._store.customers.by_alias((checkout.email or "").lower())
        return known or guest(
            act,
            key=str(checkout.id),
            email=checkout.email,
            locale=checkout.locale,
            accepts_marketing=checkout.accepts_marketing,
        )

    def _redeem(self, code: str, buyer: Customer, lines: tuple[Line, ...]) -> DiscountUse:
        use = redeem(self._store, code, buyer, sum(line.total for line in lines))
        if use is None:
            raise ShopperError(f"The code {code} does not apply to this order.")
        return use
