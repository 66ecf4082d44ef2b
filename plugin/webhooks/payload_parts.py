"""What the payloads of several topics have in common: tolerant scalars, money in two currencies, a customer.

Tolerant of what Shopify really sends (missing keys, nulls, `[]` for no address, numbers as texts and the
reverse), never of what would change a meaning: an id that went through a float, a time without a zone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator

from plugin.core.events import ABSENT, Absent, ContactFacts, Person
from plugin.core.money import minor_units
from plugin.shopify.contact_points import email_of, phone_of

_NUMBER = re.compile(r"[0-9]{1,19}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST_ID = (1 << 63) - 1
_LARGEST_QUANTITY = 10**9
_YEARS = range(1970, 2200)  # outside of them, a time is a mistake and arithmetic on it may overflow


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFacts:
    """What a translation may know beside the payload."""

    shop: str
    currency: str
    """The shop's currency, for bodies that do not name one."""
    triggered_at: datetime
    """X-Shopify-Triggered-At, or when we received it where Shopify did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """By which top-level keys a body is known as this topic's and no other's."""

    required: frozenset[str]
    any_of: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    """Keys that only bodies of other topics have."""
    only: frozenset[str] | None = None
    """Set where the body does harm when misread: then no other key at all is tolerated."""

    def fits(self, body: Mapping[str, Any]) -> bool:
        keys = body.keys()
        if not self.required <= keys or not self.foreign.isdisjoint(keys):
            return False
        if self.any_of and self.any_of.isdisjoint(keys):
            return False
        return self.only is None or keys <= self.only


class Payload(BaseModel):
    """A body, or a part of one. Only the fields that we use; the rest is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class TopicPayload(Payload):
    shape: ClassVar[Shape]


def _as_id(value: object) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value)
    # A float has already lost the last digits of a 64-bit id: it may name somebody else.
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LARGEST_ID:
        raise ValueError("not an id")
    return value


def _as_text(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("not a text")  # noqa: TRY004  # pydantic collects ValueError only
    if "\x00" in value:
        raise ValueError("a NUL character")
    return value


def _as_amount(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not an amount")  # noqa: TRY004  # pydantic collects ValueError only
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("not an amount") from None
    if not amount.is_finite():
        raise ValueError("not an amount")
    return amount


def _as_quantity(value: object) -> int:
    amount = _as_amount(value)
    if amount != amount.to_integral_value() or not 0 <= amount <= _LARGEST_QUANTITY:
        raise ValueError("not a quantity")
    return int(amount)


def _as_instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not a time")  # noqa: TRY004  # pydantic collects ValueError only
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None or instant.year not in _YEARS:
        raise ValueError("not a time with a zone")
    return instant.astimezone(UTC)


def _as_flag(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueError("neither true nor false")


def _as_currency(value: object) -> str:
    text = _as_text(value).strip().upper()
    if _CURRENCY.fullmatch(text) is None:
        raise ValueError("not a currency code")
    return text


def _none_if_empty(value: object) -> object:
    return None if value in ([], {}, "") else value


def _empty_if_none(value: object) -> object:
    return () if value is None else value


Id = Annotated[int, PlainValidator(_as_id)]
Text = Annotated[str, PlainValidator(_as_text)]
Amount = Annotated[Decimal, PlainValidator(_as_amount)]
Quantity = Annotated[int, PlainValidator(_as_quantity)]
Instant = Annotated[datetime, PlainValidator(_as_instant)]
Flag = Annotated[bool, PlainValidator(_as_flag)]
Currency = Annotated[str, PlainValidator(_as_currency)]
NoneIfEmpty = BeforeValidator(_none_if_empty)
EmptyIfNone = BeforeValidator(_empty_if_none)


class Money(Payload):
    amount: Amount
    currency_code: Annotated[Currency | None, NoneIfEmpty] = None


class MoneySet(Payload):
    shop_money: Money
    presentment_money: Annotated[Money | None, NoneIfEmpty] = None


MaybeMoneySet = Annotated[MoneySet | None, NoneIfEmpty]
MaybeInstant = Annotated[Instant | None, NoneIfEmpty]
MaybeCurrency = Annotated[Currency | None, NoneIfEmpty]
MaybeAmount = Annotated[Amount | None, NoneIfEmpty]


class Address(Payload):
    country_code: Text | None = None


MaybeAddress = Annotated[Address | None, NoneIfEmpty]


class NestedCustomer(Payload):
    """The customer inside an order or checkout. It may be no more than an id, and its nulls mean nothing."""

    id: Id | None = None
    email: Text | None = None
    phone: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    default_address: MaybeAddress = None


MaybeCustomer = Annotated[NestedCustomer | None, NoneIfEmpty]


class Tax(Payload):
    price: MaybeAmount = None
    price_set: MaybeMoneySet = None


class Allocation(Payload):
    amount: MaybeAmount = None
    amount_set: MaybeMoneySet = None


def shop_amount(money: MoneySet | None, plain: Decimal | None) -> Decimal | None:
    """The amount in the shop's own currency; the plain field is what older versions send for it."""
    return money.shop_money.amount if money is not None else plain


def total_of(parts: Iterable[Decimal | None]) -> Decimal:
    return sum((part for part in parts if part is not None), Decimal(0))


def minor_or_none(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else minor_units(amount, currency)


def person_of(customer: NestedCustomer | None, *emails: str | None, phone: str | None = None) -> Person:
    """Whom a body names: Shopify's id, the address given for this purchase, else the customer's own."""
    candidates = (*emails, customer.email if customer else None)
    return Person(
        shopify_id=customer.id if customer else None,
        email=next((found for text in candidates if (found := email_of(text))), None),
        phone=phone_of(phone) or (phone_of(customer.phone) if customer else None),
    )


def nested_contact(
    customer: NestedCustomer | None,
    person: Person,
    *,
    locale: str | None,
    addresses: Iterable[Address | None],
) -> ContactFacts:
    """What an order or checkout tells of a person's contact details; it never says that there is none.

    A customer's own address comes before the one typed for this purchase: an order keeps the old address for
    ever, and it is updated long after the customer has moved on.
    """
    own = customer or NestedCustomer()
    countries = (address.country_code for address in (own.default_address, *addresses) if address)
    return ContactFacts(
        email=_stated(email_of(own.email) or person.email),
        phone=_stated(phone_of(own.phone) or person.phone),
        first_name=_stated(own.first_name),
        last_name=_stated(own.last_name),
        locale=_stated(locale),
        country=_stated(next((country for country in countries if country), None)),
    )


def _stated(value: str | None) -> str | Absent:
    return value or ABSENT
