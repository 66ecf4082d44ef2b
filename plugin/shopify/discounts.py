"""Reward codes: one discount per reward, for one customer, usable once, and never issued twice.

Shopify offers no idempotency key here. The code itself is one: it follows from the effect key, codes are
unique in a shop, and a tag on the discount says which effect made it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from plugin.core.keys import fingerprint
from plugin.core.money import major_units
from plugin.shopify.api import AdminApi
from plugin.shopify.errors import ShopifyError, UserErrorsError
from plugin.shopify.operations import operation

_TAKEN = frozenset({"TAKEN", "DUPLICATE"})
_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountOff:
    """A sum off the whole order, in the shop's currency."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentOff:
    """A part of the order off; 1500 basis points are 15 %."""

    basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """The reward code that one effect promises to one customer."""

    effect_key: str
    code: str
    """Follows from `effect_key` (`plugin.core.keys.discount_code`), so that a retry asks for the same."""
    title: str
    """What the merchant sees in the admin."""
    value: AmountOff | PercentOff
    customer_id: int
    starts_at: datetime
    ends_at: datetime | None = None

    @property
    def marker(self) -> str:
        """The tag by which we know our own discount again; it holds nothing personal."""
        return f"regulars-{fingerprint('discount', self.effect_key)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    discount_gid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyOurs:
    """An earlier attempt had succeeded; this is its discount."""

    discount_gid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenByOther:
    """Somebody else's discount has this code. Derive another code; never hand this one out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The discount was there, and is no longer good."""

    discount_gid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToWithdraw:
    """The shop has no such discount of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The code was not issued, or nobody knows (`in_doubt`): then ask again with `attempt=2`."""

    reason: str
    permanent: bool
    retry_after: float | None = None
    in_doubt: bool = False


def issue_code(
    api: AdminApi, shop_id: int, shop: str, request: CodeRequest, now: datetime, *, attempt: int = 1
) -> Issued | AlreadyOurs | TakenByOther | Refused:
    """Create the discount, or find that it is there. Safe to repeat; from the second `attempt` on it looks first."""
    try:
        if attempt > 1:
            found = _look(api, shop_id, shop, request, now)
            if found is not None:
                return found
        return _create(api, shop_id, shop, request, now)
    except ShopifyError as error:
        return _refused(error)


def withdraw_code(
    api: AdminApi, shop_id: int, shop: str, request: CodeRequest, now: datetime
) -> Withdrawn | NothingToWithdraw | Refused:
    """End the discount of `request`, if there is one of ours: it was given up without knowing. Safe to repeat."""
    try:
        found = _look(api, shop_id, shop, request, now)
        if not isinstance(found, AlreadyOurs):
            return NothingToWithdraw()
        deactivate_code(api, shop_id, shop, found.discount_gid, now)
    except ShopifyError as error:
        return _refused(error)
    return Withdrawn(discount_gid=found.discount_gid)


def deactivate_code(api: AdminApi, shop_id: int, shop: str, discount_gid: str, now: datetime) -> None:
    """End a discount now, such as when its customer is forgotten. Raises a `ShopifyError`."""
    answer = api.execute(shop_id, shop, operation("discount_deactivate"), {"id": discount_gid}, now)
    answer.payload("discountCodeDeactivate")


def _refused(error: ShopifyError) -> Refused:
    return Refused(
        reason=error.reason,
        permanent=error.permanent,
        retry_after=error.retry_after,
        in_doubt=error.in_doubt,
    )


def _create(
    api: AdminApi, shop_id: int, shop: str, request: CodeRequest, now: datetime
) -> Issued | AlreadyOurs | TakenByOther:
    variables = {"basicCodeDiscount": _input(request)}
    answer = api.execute(shop_id, shop, operation("discount_code_create"), variables, now)
    try:
        payload = answer.payload("discountCodeBasicCreate")
    except UserErrorsError as error:
        found = _look(api, shop_id, shop, request, now) if error.codes & _TAKEN else None
        if found is None:
            raise
        return found
    return Issued(discount_gid=payload["codeDiscountNode"]["id"])


def _look(
    api: AdminApi, shop_id: int, shop: str, request: CodeRequest, now: datetime
) -> AlreadyOurs | TakenByOther | None:
    answer = api.execute(shop_id, shop, operation("discount_by_code"), {"code": request.code}, now)
    node = answer.data.get("codeDiscountNodeByCode")
    if node is None:
        return None
    # Other kinds of discounts (free shipping, buy X get Y) come back without tags: not ours.
    if request.marker in (node["codeDiscount"].get("tags") or ()):
        return AlreadyOurs(discount_gid=node["id"])
    return TakenByOther()


def _input(request: CodeRequest) -> Mapping[str, Any]:
    return {
        "title": request.title,
        "code": request.code,
        "tags": [request.marker],
        "startsAt": request.starts_at.isoformat(),
        "endsAt": request.ends_at.isoformat() if request.ends_at else None,
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": {"customers": {"add": [f"gid://shopify/Customer/{request.customer_id}"]}},
        "customerGets": {"items": {"all": True}, "value": _value(request.value)},
    }


def _value(value: AmountOff | PercentOff) -> Mapping[str, Any]:
    if isinstance(value, PercentOff):
        return {"percentage": float(Decimal(value.basis_points) / _BASIS_POINTS)}
    amount = major_units(value.amount_minor, value.currency)
    return {"discountAmount": {"amount": str(amount), "appliesOnEachItem": False}}
