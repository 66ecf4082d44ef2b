"""What people do in the store: leave a checkout, order, send something back. Each act sends the webhooks Shopify would.

Every act happens at the devstore clock's time, in one transaction with the webhooks that tell of it.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from devstore import tokens
from devstore.act import Act, act_in
from devstore.baskets import basket, line_of
from devstore.catalogue import PRODUCT_TYPES, PRODUCTS
from devstore.hashing import pick
from devstore.model import (
    Checkout,
    Consent,
    ConsentState,
    Customer,
    DiscountUse,
    Line,
    Order,
    Refund,
)
from devstore.redemption import redeem
from devstore.seed.people import person
from devstore.store import Store
from devstore.webhooks import checkout_bodies, customer_bodies, order_bodies, shop_bodies
from devstore.webhooks.courier import Courier

_FIRST_LINE = 14_500_000_000_000


class ShopperError(ValueError):
    """What the shopper was asked to do is not possible in this store; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A product to put into a basket: `product` is its place in the catalogue, from 0."""

    product: int
    quantity: int = 1


class Shoppers:
    """The people of one shop. `customer` is always an id of `create_customer` or of the seeded ones."""

    def __init__(self, store: Store, courier: Courier) -> None:
        self._store = store
        self._courier = courier

    def create_customer(
        self,
        *,
        email: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        locale: str = "en",
        consent: ConsentState = ConsentState.NOT_SUBSCRIBED,
    ) -> Customer:
        """A new customer with an account but no order; what is not given is invented in the language of `locale`."""
        with self._act() as act:
            now = self._store.now()
            number = self._store.next_id()
            who = person(str(number), locale=locale)
            customer = Customer(
                id=number,
                created_at=now,
                updated_at=now,
                email=email or who.email,
                first_name=who.first_name if first_name is None else first_name,
                last_name=who.last_name if last_name is None else last_name,
                locale=locale,
                country=who.country,
                country_code=who.country_code,
                city=who.city,
                consent=_consent(consent, now),
            )
            self._store.customers.put(customer)
            act.send("customers/create", customer_bodies.customer(customer, self._store))
            if consent is not ConsentState.NOT_SUBSCRIBED:
                act.send(
                    "customers_email_marketing_consent/update",
                    customer_bodies.email_consent(customer, self._store),
                )
            return customer

    def set_consent(self, customer: int, state: ConsentState) -> Customer:
        with self._act() as act:
            now = self._store.now()
            changed = replace(self._customer(customer), consent=_consent(state, now), updated_at=now)
            self._store.customers.put(changed)
            act.send(
                "customers_email_marketing_consent/update",
                customer_bodies.email_consent(changed, self._store),
            )
            return changed

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
                lines=self._lines(items, key=str(number)),
                customer_id=buyer.id if buyer else None,
                locale=spoken,
                accepts_marketing=_is_subscribed(buyer) if accepts_marketing is None else accepts_marketing,
            )
            self._store.checkouts.put(begun)
            first = replace(begun, lines=begun.lines[:1])
            act.send("carts/create", checkout_bodies.cart(first))
            act.send("carts/update", checkout_bodies.cart(begun))
            act.send("checkouts/create", checkout_bodies.checkout(begun, self._store))
            act.send("checkouts/update", checkout_bodies.checkout(begun, self._store))
            return begun

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
    ) -> Order:
        """Buy and pay. `amount` is the wanted subtotal in cents; `from_checkout` is the token of a checkout to finish.

        A guest who finishes a checkout becomes a customer. Raises `ShopperError` for a code that does not apply.
        """
        with self._act() as act:
            checkout = self._open_checkout(from_checkout) if from_checkout else None
            buyer = self._buyer(customer, checkout, act)
            number = self._store.next_id()
            lines = checkout.lines if checkout else self._lines(items, key=str(number), cents=amount)
            now = self._store.now()
            discounts = (self._redeem(discount_code, buyer, lines),) if discount_code else ()
            order = Order(
                id=number,
                number=self._store.next_order_number(),
                customer_id=buyer.id,
                email=buyer.email,
                created_at=now,
                updated_at=now,
                lines=lines,
                locale=checkout.locale if checkout else buyer.locale,
                cart_token=checkout.cart_token if checkout else self._store.next_token("cart"),
                checkout_token=checkout.token if checkout else self._store.next_token("checkout"),
                landing_site=landing_site or "/",
                accepts_marketing=_is_subscribed(buyer),
                discounts=discounts,
                test=test,
            )
            self._store.orders.put(order)
            changed = self._store.note_order(order)
            for topic in ("orders/create", "orders/paid", "orders/updated"):
                act.send(topic, order_bodies.order(order, self._store))
            if checkout:
                done = replace(checkout, customer_id=buyer.id, completed_at=now, updated_at=now)
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
            now = self._store.now()
            given = Refund(id=self._next_ids(3), created_at=now, cents=amount, note=note)
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
            now = self._store.now()
            changed = replace(was, cancelled_at=now, cancel_reason=reason, updated_at=now)
            self._store.orders.put(changed)
            self._store.note_order(was, sign=-1)
            act.send("orders/cancelled", order_bodies.order(changed, self._store))
            act.send("orders/updated", order_bodies.order(changed, self._store))
            return changed

    def fulfil(self, order: int) -> Order:
        with self._act() as act:
            now = self._store.now()
            changed = replace(self._order(order), fulfilled_at=now, updated_at=now)
            self._store.orders.put(changed)
            act.send("orders/fulfilled", order_bodies.order(changed, self._store))
            act.send("orders/updated", order_bodies.order(changed, self._store))
            return changed

    def delete_customer(self, customer: int) -> None:
        with self._act() as act:
            gone = self._customer(customer)
            self._store.customers.delete(gone.id)
            act.send("customers/delete", customer_bodies.customer_deleted(gone))

    def delete_checkout(self, token: str) -> None:
        with self._act() as act:
            gone = self._open_checkout(token)
            self._store.checkouts.delete(gone.id)
            act.send("checkouts/delete", checkout_bodies.checkout_deleted(gone))

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

    def _buyer(self, customer: int | None, checkout: Checkout | None, act: Act) -> Customer:
        number = customer if customer is not None else checkout and checkout.customer_id
        if number:
            return self._customer(number)
        if checkout is None:
            raise ShopperError("An order needs a customer or a checkout.")
        known = self._store.customers.by_alias((checkout.email or "").lower())
        return known or self._guest(checkout, act)

    def _guest(self, checkout: Checkout, act: Act) -> Customer:
        now = self._store.now()
        who = person(str(checkout.id), locale=checkout.locale)
        state = ConsentState.SUBSCRIBED if checkout.accepts_marketing else ConsentState.NOT_SUBSCRIBED
        customer = Customer(
            id=self._store.next_id(),
            created_at=now,
            updated_at=now,
            email=checkout.email,
            first_name=who.first_name,
            last_name=who.last_name,
            locale=checkout.locale,
            country=who.country,
            country_code=who.country_code,
            city=who.city,
            consent=_consent(state, now),
        )
        self._store.customers.put(customer)
        act.send("customers/create", customer_bodies.customer(customer, self._store))
        if checkout.accepts_marketing:
            act.send(
                "customers_email_marketing_consent/update",
                customer_bodies.email_consent(customer, self._store),
            )
        return customer

    def _lines(self, items: Sequence[Item], *, key: str, cents: int | None = None) -> tuple[Line, ...]:
        first = _FIRST_LINE + self._next_ids(8) % 1_000_000_000
        if items:
            return tuple(
                line_of(PRODUCTS[item.product % len(PRODUCTS)], number=first + index, quantity=item.quantity)
                for index, item in enumerate(items)
            )
        if cents is not None:
            records = max(1, round(cents / 1400))
            favourite = pick(PRODUCT_TYPES, key, "favourite")
            return basket(key=key, favourite=favourite, records=records, cents=cents, first_line_id=first)
        chosen = [pick(PRODUCTS, key, str(place)) for place in range(3)]
        return tuple(
            line_of(product, number=first + index, quantity=1)
            for index, product in enumerate(dict.fromkeys(chosen))
        )

    def _redeem(self, code: str, buyer: Customer, lines: tuple[Line, ...]) -> DiscountUse:
        use = redeem(self._store, code, buyer, sum(line.total for line in lines))
        if use is None:
            raise ShopperError(f"The code {code} does not apply to this order.")
        return use

    def _next_ids(self, how_many: int) -> int:
        """The first of `how_many` numbers in a row that nothing else will get."""
        first, *_ = [self._store.next_id() for _ in range(how_many)]
        return first


def _consent(state: ConsentState, now: datetime) -> Consent:
    if state is ConsentState.NOT_SUBSCRIBED:
        return Consent()
    level = "CONFIRMED_OPT_IN" if state is ConsentState.PENDING else "SINGLE_OPT_IN"
    return Consent(state=state, opt_in_level=level, updated_at=now)


def _is_subscribed(customer: Customer | None) -> bool:
    return customer is not None and customer.consent.state is ConsentState.SUBSCRIBED
