"""The Admin GraphQL client: per-call tokens, paced by each shop's own answers, every failure by its name."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx

from plugin.shopify import wire
from plugin.shopify.api import Answer, GraphError, failure
from plugin.shopify.errors import (
    AccessDeniedError,
    PaymentRequiredError,
    RefusedError,
    ShopifyError,
    ShopLockedError,
    ThrottledError,
    UnauthorisedError,
    UnreachableError,
)
from plugin.shopify.operations import Operation
from plugin.shopify.origin import ShopOrigin
from plugin.shopify.pacing import UNKNOWN_WAIT, Bucket, read_cost

PATIENCE = 5.0  # seconds that a call waits for its budget itself; a longer wait is the caller's to schedule
_MAX_TRIES = 4  # at THROTTLED, which Shopify answers without doing anything
_PAUSED_SHOP_WAIT = 3600.0  # seconds; frozen and locked shops come back in days
_BLOCKED_WAIT = 60.0  # seconds, for Shopify's 430


class TokenSource(Protocol):
    """Where a shop's token comes from; `token_chain.TokenChain` is one."""

    def access_token(self, shop_id: int, shop: str, now: datetime) -> str: ...

    def renew(self, shop_id: int, shop: str, rejected: str, now: datetime) -> str: ...

    def give_up(self, shop_id: int, rejected: str, reason: str, now: datetime) -> None: ...


class AdminClient:
    """`AdminApi` over HTTP. Holds no shop: the token is fetched for each call and kept nowhere."""

    def __init__(
        self,
        http: httpx.Client,
        origin: ShopOrigin,
        api_version: str,
        tokens: TokenSource,
        *,
        patience: float = PATIENCE,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._origin = origin
        self._path = f"/admin/api/{api_version}/graphql.json"
        self._tokens = tokens
        self._patience = patience
        self._wait = wait
        self._buckets: dict[int, Bucket] = {}
        self._costs: dict[str, float] = {}

    def execute(
        self, shop_id: int, shop: str, operation: Operation, variables: Mapping[str, Any], now: datetime
    ) -> Answer:
        """Run one operation; raises a `ShopifyError`, whose `permanent` and `in_doubt` say what to do next."""
        left = self._patience
        for attempt in range(1, _MAX_TRIES + 1):
            try:
                self._check_budget(shop_id, operation, now)
                return self._authorised(shop_id, shop, operation, variables, now)
            except ThrottledError as throttled:
                if attempt == _MAX_TRIES or throttled.wait_seconds > left:
                    raise
                self._wait(throttled.wait_seconds)
                left -= throttled.wait_seconds
                now += timedelta(seconds=throttled.wait_seconds)
        raise AssertionError("the last attempt returns or raises")

    def _check_budget(self, shop_id: int, operation: Operation, now: datetime) -> None:
        bucket = self._buckets.get(shop_id)
        if bucket is None:
            return
        seconds = bucket.seconds_until(self._costs.get(operation.name, 0.0), now)
        if seconds > 0:
            raise ThrottledError(seconds, reason="paced")

    def _authorised(
        self, shop_id: int, shop: str, operation: Operation, variables: Mapping[str, Any], now: datetime
    ) -> Answer:
        token = self._tokens.access_token(shop_id, shop, now)
        reply = self._post(shop, operation, variables, token)
        if reply.status == httpx.codes.UNAUTHORIZED:
            token = self._tokens.renew(shop_id, shop, token, now)
            reply = self._post(shop, operation, variables, token)
            if reply.status == httpx.codes.UNAUTHORIZED:
                self._tokens.give_up(shop_id, token, "token_rejected", now)
                raise UnauthorisedError("token_rejected")
        return self._read(shop_id, operation, reply, now)

    def _post(self, shop: str, operation: Operation, variables: Mapping[str, Any], token: str) -> wire.Reply:
        return wire.post(
            self._http,
            self._origin.url(shop, self._path),
            headers={"x-shopify-access-token": token},
            json={"query": operation.text, "variables": variables, "operationName": operation.operation_name},
        )

    def _read(self, shop_id: int, operation: Operation, reply: wire.Reply, now: datetime) -> Answer:
        if reply.status != httpx.codes.OK:
            raise _status_failure(reply)
        body = reply.json_object()
        if body is None:
            raise UnreachableError("not_json", in_doubt=True)
        cost = read_cost(body, now)
        if cost:
            self._buckets[shop_id] = cost.bucket
            self._costs[operation.name] = cost.requested
        errors = _graph_errors(body.get("errors"))
        data = body.get("data")
        has_data = isinstance(data, dict) and any(value is not None for value in data.values())
        if errors and (not has_data or any(error.code == "THROTTLED" for error in errors)):
            raise failure(errors, cost)
        if not isinstance(data, dict):
            raise UnreachableError("no_data", in_doubt=True)
        return Answer(data=data, errors=errors, cost=cost)


def _status_failure(reply: wire.Reply) -> ShopifyError:
    status, reason = reply.status, f"http_{reply.status}"
    if status == httpx.codes.PAYMENT_REQUIRED:
        return PaymentRequiredError(reason, retry_after=_PAUSED_SHOP_WAIT)
    if status == httpx.codes.FORBIDDEN:
        return AccessDeniedError(reason)
    if status == httpx.codes.LOCKED:
        return ShopLockedError(reason, retry_after=_PAUSED_SHOP_WAIT)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return ThrottledError(reply.retry_after(UNKNOWN_WAIT), reason=reason)
    if status == 430:  # Shopify's own: requests look like an attack
        return ThrottledError(reply.retry_after(_BLOCKED_WAIT), reason=reason)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UnreachableError(reason, in_doubt=True)
    return RefusedError(reason)


def _graph_errors(value: object) -> tuple[GraphError, ...]:
    # Some refusals of Shopify's front door put a plain text where the list should be.
    if isinstance(value, str):
        return (GraphError(code="", path="", message=value),)
    entries = value if isinstance(value, list) else []
    return tuple(_graph_error(entry) for entry in entries if isinstance(entry, dict))


def _graph_error(entry: dict[str, Any]) -> GraphError:
    extensions = entry.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    path = ".".join(str(part) for part in entry.get("path") or ())
    return GraphError(code=str(code or ""), path=path, message=str(entry.get("message") or ""))
