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
