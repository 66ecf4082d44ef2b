"""Who the people are and what they consent to."""

from dataclasses import replace
from datetime import datetime

from devstore.act import Act
from devstore.model import Consent, ConsentState, Customer
from devstore.seed.people import person
from devstore.shoppers.counter import Counter
from devstore.store import Store
from devstore.webhooks import customer_bodies


class People(Counter):
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
            number = self._store.next_id()
            invented = _customer(number, self._store, key=str(number), locale=locale, consent=consent)
            customer = replace(
                invented,
                email=email or invented.email,
                first_name=invented.first_name if first_name is None else first_name,
                last_name=invented.last_name if last_name is None else last_name,
            )
            return _welcomed(customer, act)

    def set_consent(self, customer: int, state: ConsentState) -> Customer:
        with self._act() as act:
            was = self._customer(customer)
            now = self._store.now_after(was.updated_at)
            changed = replace(was, consent=_consent(state, now), updated_at=now)
            self._store.customers.put(changed)
            act.send(
                "customers_email_marketing_consent/update",
                customer_bodies.email_consent(changed, self._store),
            )
            return changed

    def tag(self, customer: int, *tags: str) -> Customer:
        """The merchant puts tags on a customer."""
        return self._tagged(customer, tags, is_on=True)

    def untag(self, customer: int, *tags: str) -> Customer:
        return self._tagged(customer, tags, is_on=False)

    def merge_customers(self, kept: int, deleted: int) -> Customer:
        """The merchant makes one customer of two; what the deleted one ordered is the kept one's."""
        with self._act() as act:
            survivor, gone = self._customer(kept), self._customer(deleted)
            now = self._store.now_after(max(survivor.updated_at, gone.updated_at))
            for order in self._store.orders.by_owner(gone.id):
                self._store.orders.put(replace(order, customer_id=survivor.id))
            last_order = max((survivor.last_order_id, gone.last_order_id), key=lambda number: number or 0)
            changed = replace(
                survivor,
                tags=tuple(sorted({*survivor.tags, *gone.tags})),
                orders=survivor.orders + gone.orders,
                spent=survivor.spent + gone.spent,
                last_order_id=last_order,
                updated_at=now,
            )
            self._store.customers.put(changed)
            self._store.customers.delete(gone.id)
            act.send("customers/merge", customer_bodies.merged(changed, gone))
            act.send("customers/update", customer_bodies.customer(changed, self._store))
            act.send("customers/purchasing_summary", customer_bodies.purchases(changed, self._store))
            act.send("customers/delete", customer_bodies.customer_deleted(gone))
            return changed

    def _tagged(self, customer: int, tags: tuple[str, ...], *, is_on: bool) -> Customer:
        with self._act() as act:
            was = self._customer(customer)
            moved = sorted(set(tags) - set(was.tags) if is_on else set(tags) & set(was.tags))
            left = {*was.tags, *moved} if is_on else set(was.tags) - set(moved)
            now = self._store.now_after(was.updated_at)
            changed = replace(was, tags=tuple(sorted(left)), updated_at=now)
            self._store.customers.put(changed)
            if moved:
                topic = "customer.tags_added" if is_on else "customer.tags_removed"
                act.send(topic, customer_bodies.tags_added(changed, moved, self._store))
            return changed


def guest(act: Act, *, key: str, email: str | None, locale: str, accepts_marketing: bool) -> Customer:
    """The customer that a guest becomes by paying; `key` invents the same name for the same checkout."""
    consent = ConsentState.SUBSCRIBED if accepts_marketing else ConsentState.NOT_SUBSCRIBED
    number = act.store.next_id()
    invented = _customer(number, act.store, key=key, locale=locale, consent=consent)
    return _welcomed(replace(invented, email=email), act)


def is_subscribed(customer: Customer | None) -> bool:
    return customer is not None and customer.consent.state is ConsentState.SUBSCRIBED


def _customer(number: int, store: Store, *, key: str, locale: str, consent: ConsentState) -> Customer:
    now = store.now()
    who = person(key, locale=locale)
    return Customer(
        id=number,
        created_at=now,
        updated_at=now,
        email=who.email,
        first_name=who.first_name,
        last_name=who.last_name,
        locale=locale,
        country=who.country,
        country_code=who.country_code,
        city=who.city,
        consent=_consent(consent, now),
    )


def _welcomed(customer: Customer, act: Act) -> Customer:
    act.store.customers.put(customer)
    act.send("customers/create", customer_bodies.customer(customer, act.store))
    if customer.consent.state is not ConsentState.NOT_SUBSCRIBED:
        act.send(
            "customers_email_marketing_consent/update", customer_bodies.email_consent(customer, act.store)
        )
    return customer


def _consent(state: ConsentState, now: datetime) -> Consent:
    if state is ConsentState.NOT_SUBSCRIBED:
        return Consent()
    level = "CONFIRMED_OPT_IN" if state is ConsentState.PENDING else "SINGLE_OPT_IN"
    return Consent(state=state, opt_in_level=level, updated_at=now)
