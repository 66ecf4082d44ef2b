"""The Admin API as the rest of the door sees it: one method, one kind of answer, two carriers.

`graphql.AdminClient` speaks to Shopify; `fake.FakeAdmin` stands in for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from plugin.shopify.errors import (
    AccessDeniedError,
    RefusedError,
    ShopifyError,
    ThrottledError,
    UnreachableError,
    UserError,
    UserErrorsError,
)
from plugin.shopify.operations import Operation
from plugin.shopify.pacing import UNKNOWN_WAIT, Cost

_SERVER_FAULTS = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
_MIN_WAIT = 0.5  # seconds; a throttled caller that does not wait at all is throttled again


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphError:
    """One top-level error of an answer. It may stand beside partial data."""

    code: str
    path: str
    message: str = field(repr=False)

    @property
    def is_denial(self) -> bool:
        return self.code == "ACCESS_DENIED" or "not approved to access" in self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. With `errors`, a null in `data` means "not told", never "empty"."""

    data: Mapping[str, Any] = field(repr=False)
    errors: tuple[GraphError, ...] = ()
    cost: Cost | None = None

    def payload(self, name: str) -> Mapping[str, Any]:
        """The payload of mutation `name`; raises `UserErrorsError` or `RefusedError` if it was not carried out."""
        payload = self.data.get(name)
        if payload is None:
            raise failure(self.errors, self.cost) if self.errors else RefusedError("empty_payload")
        if payload.get("userErrors"):
            raise UserErrorsError([_user_error(entry) for entry in payload["userErrors"]])
        return payload  # type: ignore[no-any-return]  # JSON


class AdminApi(Protocol):
    """Executes operations at a shop."""

    def execute(
        self, shop_id: int, shop: str, operation: Operation, variables: Mapping[str, Any], now: datetime
    ) -> Answer:
        """Run one operation with this shop's own token; raises a `ShopifyError`."""
        ...


def failure(errors: tuple[GraphError, ...], cost: Cost | None) -> ShopifyError:
    """The exception that an answer without data stands for."""
    codes = {error.code for error in errors}
    if "THROTTLED" in codes:
        return ThrottledError(
            cost.bucket.seconds_until(cost.requested, cost.bucket.at) if cost else UNKNOWN_WAIT
        )
    if any(error.is_denial for error in errors):
        return AccessDeniedError("access_denied")
    if codes & _SERVER_FAULTS:
        return UnreachableError("server_fault", in_doubt=True)
    return RefusedError("graphql:" + ",".join(sorted(code or "no_code" for code in codes)))


def _user_error(entry: Mapping[str, Any]) -> UserError:
    return UserError(
        field=".".join(entry.get("field") or ()),
        code=entry.get("code") or "",
        message=entry.get("message") or "",
    )
