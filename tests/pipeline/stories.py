"""What happens to people in these tests, in few words."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from plugin.core.events import ContactFacts, CustomerEvent, Event, Person
from plugin.core.keys import fingerprint
from tests.builders import A_CHECKOUT, MINA, MINA_ID, NOW, a_checkout, a_consent, a_record, an_order

E = TypeVar("E", bound=Event)


def of(
    event: E,
    *links: str,
    shopify_id: int | None = MINA_ID,
    email: str | None = MINA,
    phone: str | None = None,
) -> E:
    """`event` as a statement about Mina, or about whoever is named."""
    person = Person(shopify_id=shopify_id, email=email, phone=phone)
    mark = fingerprint(event.id, repr(person), *links)
    return replace(event, id=mark, person=person, links=links)


def mina(at: datetime = NOW - timedelta(days=30)) -> list[CustomerEvent]:
    """Mina is known, and has said yes to mail."""
    return [of(a_record(at=at, email=MINA, first_name="Mina")), of(a_consent(at=at))]


def abandons(
    token: str = A_CHECKOUT, *, at: datetime = NOW, created_at: datetime | None = None
) -> CustomerEvent:
    checkout = a_checkout(token, at=at, created_at=created_at, contact=ContactFacts(email=MINA))
    return of(checkout, f"checkout:{token}")


def orders(
    order_id: int = 1, *, at: datetime = NOW, product_minor: int = 5000, status: str = "paid"
) -> CustomerEvent:
    order = an_order(order_id, at=at, product_minor=product_minor, status=status)
    return of(order, f"order:{order_id}")
