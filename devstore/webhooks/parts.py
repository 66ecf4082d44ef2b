"""What the bodies of several topics share: money, times, addresses, and the customer inside an order."""

from datetime import UTC, datetime
from typing import Any

from devstore.model import CURRENCY, Customer, Line, amount, gid
from devstore.store import Store

Body = dict[str, Any]


def embedded_customer(value: Customer, store: Store) -> Body:
    return {
        "id": value.id,
        "created_at": local(value.created_at, store),
        "updated_at": local(value.updated_at, store),
        "first_name": value.first_name,
        "last_name": value.last_name,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "email": value.email,
        "phone": value.phone,
        "currency": CURRENCY,
        "tax_exemptions": [],
        "admin_graphql_api_id": gid("Customer", value.id),
        "default_address": address(value)
        | {"id": value.id + 1, "customer_id": value.id, "country_name": value.country, "default": True},
    }


def address(value: Customer) -> Body:
    return {
        "first_name": value.first_name,
        "last_name": value.last_name,
        "name": value.name,
        "company": None,
        "address1": "1 Sample Road",
        "address2": None,
        "city": value.city,
        "province": None,
        "province_code": None,
        "country": value.country,
        "country_code": value.country_code,
        "zip": None,
        "phone": None,
    }


def money_set(cents: int) -> Body:
    money = {"amount": amount(cents), "currency_code": CURRENCY}
    return {"shop_money": money, "presentment_money": money}


def records(lines: tuple[Line, ...]) -> int:
    return sum(line.quantity for line in lines)


def local(at: datetime | None, store: Store) -> str | None:
    return at.astimezone(store.timezone).isoformat(timespec="seconds") if at else None


def utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
