"""Making and ending discount codes. The schema calls every input optional; the server does not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from devstore.admin.context import Context
from devstore.model import Discount, cents_of, number_of

_ROOT = "basicCodeDiscount"
_LONGEST_CODE = 255


def create_code(args: dict[str, Any], context: Context) -> dict[str, Any]:
    with context.store.database.transaction():  # two requests for one code: the second must see the first
        return _create(args[_ROOT], context)


def _create(wanted: dict[str, Any], context: Context) -> dict[str, Any]:
    error = _problem(wanted, context)
    if error is not None:
        return {"codeDiscountNode": None, "userErrors": [error]}
    store = context.store
    value = wanted["customerGets"]["value"]
    now = store.now()
    discount = Discount(
        id=store.next_id(),
        code=wanted["code"],
        title=wanted.get("title") or wanted["code"],
        created_at=now,
        updated_at=now,
        starts_at=_instant(wanted["startsAt"]),
        ends_at=_instant(wanted["endsAt"]) if wanted.get("endsAt") else None,
        percentage=value.get("percentage"),
        cents=cents_of(value["discountAmount"]["amount"]) if value.get("discountAmount") else None,
        customer_ids=tuple(_customer_ids(wanted)),
        minimum_subtotal=_minimum_subtotal(wanted),
        usage_limit=wanted.get("usageLimit"),
        once_per_customer=bool(wanted.get("appliesOncePerCustomer")),
        combines_with=tuple(name for name, on in (wanted.get("combinesWith") or {}).items() if on is True),
        tags=tuple(wanted.get("tags") or ()),
    )
    store.discounts.put(discount)
    return {"codeDiscountNode": discount, "userErrors": []}


def deactivate_code(args: dict[str, Any], context: Context) -> dict[str, Any]:
    store = context.store
    number = number_of(args["id"], "DiscountCodeNode")
    discount = store.discounts.get(number) if number is not None else None
    if discount is None:
        error = _error(["id"], "Code discount does not exist.", "INVALID")
        return {"codeDiscountNode": None, "userErrors": [error]}
    now = store.now()
    ended = discount if discount.status(now) == "EXPIRED" else replace(discount, ends_at=now, updated_at=now)
    store.discounts.put(ended)
    return {"codeDiscountNode": ended, "userErrors": []}


def _problem(wanted: dict[str, Any], context: Context) -> dict[str, Any] | None:
    return (
        _missing(wanted) or _wrong_value(wanted) or _wrong_buyers(wanted, context) or _taken(wanted, context)
    )


def _missing(wanted: dict[str, Any]) -> dict[str, Any] | None:
    code = wanted.get("code")
    if not code or not code.strip():
        return _error([_ROOT, "code"], "Code can't be blank", "BLANK")
    if len(code) > _LONGEST_CODE:
        return _error(
            [_ROOT, "code"], f"Code is too long (maximum is {_LONGEST_CODE} characters)", "TOO_LONG"
        )
    if "\n" in code or "\r" in code:
        return _error([_ROOT, "code"], "Code cannot contain newline characters", "INVALID")
    if not wanted.get("startsAt"):
        return _error([_ROOT, "startsAt"], "Starts at can't be blank", "BLANK")
    if not wanted.get("customerGets"):
        return _error([_ROOT, "customerGets"], "Customer gets can't be blank", "BLANK")
    if not wanted["customerGets"].get("items"):
        return _error(
            [_ROOT, "customerGets", "items"], "Items in 'customer get' must be defined", "MISSING_ARGUMENT"
        )
    ends = wanted.get("endsAt")
    if ends and _instant(ends) <= _instant(wanted["startsAt"]):
        return _error([_ROOT, "endsAt"], "Ends at needs to be after starts_at", "END_DATE_BEFORE_START_DATE")
    return None


def _wrong_value(wanted: dict[str, Any]) -> dict[str, Any] | None:
    path = [_ROOT, "customerGets", "value"]
    value = wanted["customerGets"].get("value") or {}
    percentage, fixed = value.get("percentage"), value.get("discountAmount")
    if (percentage is None) is (fixed is None):
        return _error(path, "Exactly one of percentage and discountAmount must be given", "INVALID")
    if percentage is not None and not 0.0 <= percentage <= 1.0:
        return _error([*path, "percentage"], "Value must be between 0.0 and 1.0", "VALUE_OUTSIDE_RANGE")
    if fixed is not None and float(fixed.get("amount") or 0) <= 0:
        return _error([*path, "discountAmount", "amount"], "Value must be greater than 0", "GREATER_THAN")
    minimum = wanted.get("minimumRequirement") or {}
    if minimum.get("subtotal") and minimum.get("quantity"):
        message = "Minimum subtotal and quantity can't both be given"
        return _error(
            [_ROOT, "minimumRequirement"], message, "MINIMUM_SUBTOTAL_AND_QUANTITY_RANGE_BOTH_PRESENT"
        )
    return None


def _wrong_buyers(wanted: dict[str, Any], context: Context) -> dict[str, Any] | None:
    if wanted.get("context") and wanted.get("customerSelection"):
        message = "Only one of context and customerSelection can be given"
        return _error([_ROOT, "context"], message, "TOO_MANY_ARGUMENTS")
    unknown = [number for number in _customer_ids(wanted) if context.store.customers.get(number) is None]
    if unknown:
        message = f"Customer with id: {unknown[0]} is invalid"
        return _error([_ROOT, "context", "customers", "add"], message, "INVALID")
    return None


def _taken(wanted: dict[str, Any], context: Context) -> dict[str, Any] | None:
    if context.store.discounts.by_alias(wanted["code"].lower()) is None:
        return None
    return _error([_ROOT, "code"], "Code must be unique. Please try a different code.", "TAKEN")


def _customer_ids(wanted: dict[str, Any]) -> list[int]:
    buyers = wanted.get("context") or wanted.get("customerSelection") or {}
    numbers = (
        number_of(global_id, "Customer") for global_id in (buyers.get("customers") or {}).get("add") or ()
    )
    return [number if number is not None else -1 for number in numbers]


def _minimum_subtotal(wanted: dict[str, Any]) -> int | None:
    subtotal = (wanted.get("minimumRequirement") or {}).get("subtotal") or {}
    least = subtotal.get("greaterThanOrEqualToSubtotal")
    return cents_of(least) if least is not None else None


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _error(field: list[str], message: str, code: str) -> dict[str, Any]:
    return {"field": field, "message": message, "code": code, "extraInfo": None}
