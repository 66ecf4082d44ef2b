"""Whose fact is it? The names a fact carries, and the person they lead to.

Shopify's own id decides; then the e-mail address, then the phone, then what the fact belongs to (a refund
names only its order, a cart only itself). Two Shopify customers are never taken for one: only Shopify merges
customers. A guest is, when an account with the same address appears.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from plugin.core.events import CheckoutChanged, CustomerChanged, CustomerEvent, OrderChanged, Person
from plugin.core.keys import fingerprint, guest_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A name belongs to a customer, says a statement of `as_of`."""

    customer_id: int
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """To whom a fact belongs, and which guests turned out to be that person."""

    customer_id: int
    absorbs: tuple[int, ...] = ()


def person_names(person: Person) -> tuple[str, ...]:
    """The person's own names, strongest first."""
    names = []
    if person.shopify_id is not None:
        names.append(f"shopify:{person.shopify_id}")
    if person.email:
        names.append(f"email:{person.email}")
    if person.phone:
        names.append(f"phone:{person.phone}")
    return tuple(names)


def subject_of(event: CustomerEvent) -> str:
    """What the fact is about when nobody is known: its strongest link, or itself."""
    return event.links[0] if event.links else event.id


def own_customer(event: CustomerEvent) -> int | None:
    """The customer whom one of our own facts names outright (`customer:12`), such as a click on our link."""
    named = (link.removeprefix("customer:") for link in event.links if link.startswith("customer:"))
    return next((int(customer_id) for customer_id in named), None)


def begun_at(event: CustomerEvent) -> datetime:
    """When the thing began that the fact is about: late news of an old order is still about an old order."""
    if isinstance(event, OrderChanged):
        return event.placed_at
    if isinstance(event, CheckoutChanged):
        return event.created_at
    return event.occurred_at


def first_heard(event: CustomerEvent) -> datetime:
    """Since when the person is a customer at the latest, by what this fact says."""
    if isinstance(event, CustomerChanged) and event.created_at is not None:
        return event.created_at
    return begun_at(event)


def owner_of(shop_id: int, event: CustomerEvent, ties: Mapping[str, Tie]) -> Owner | None:
    """The owner of `event`, given the ties of its names; None when nobody is known yet."""
    person = event.person
    by_email = ties.get(f"email:{person.email}") if person.email else None
    by_phone = ties.get(f"phone:{person.phone}") if person.phone else None
    if person.shopify_id is not None:
        merged = ties.get(f"shopify:{person.shopify_id}")
        customer_id = merged.customer_id if merged else person.shopify_id
        guests = {tie.customer_id for tie in (by_email, by_phone) if tie and tie.customer_id < 0}
        return Owner(customer_id=customer_id, absorbs=tuple(sorted(guests)))
    if by_email:
        return Owner(customer_id=by_email.customer_id)
    if by_phone:
        return Owner(customer_id=by_phone.customer_id)
    if person.email or person.phone:
        return Owner(customer_id=guest_id(shop_id, person_names(person)[0]))
    own = own_customer(event)
    if own is not None:
        return Owner(customer_id=own)
    known = [ties[link] for link in event.links if link in ties]
    return Owner(customer_id=known[0].customer_id) if known else None


def digest(salt: str, name: str) -> str:
    """What remains of a name when the person is erased: enough to recognise it, too little to read it."""
    return fingerprint("name", salt, name)
