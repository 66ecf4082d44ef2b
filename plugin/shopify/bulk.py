"""Bulk operations: Shopify runs a query over everything and leaves a JSONL file to fetch.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from plugin.shopify.api import AdminApi
from plugin.shopify.errors import ShopifyError, UnreachableError, UserErrorsError
from plugin.shopify.operations import Operation, operation

MAX_LINE = 32 * 1024 * 1024  # bytes; one order with thousands of tags and refunds stays far below
_READ_TIMEOUT = 60.0  # seconds of silence
_DOWNLOAD_TIMEOUT = 3600.0  # seconds; resume by line afterwards
_GONE = frozenset({httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.BAD_REQUEST})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_BUSY_CODES = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})


class BulkStatus(StrEnum):
    """Shopify's word for how far an operation is."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"

    @property
    def is_over(self) -> bool:
        return self not in (BulkStatus.CREATED, BulkStatus.RUNNING, BulkStatus.CANCELING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Shopify works on it; ask with `poll`."""

    gid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Five operations of this app run in the shop already (`OPERATION_IN_PROGRESS`, `LIMIT_REACHED`). Start later."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkState:
    """An operation as Shopify reports it."""

    gid: str
    status: BulkStatus
    error_code: str | None
    """ACCESS_DENIED, INTERNAL_SERVER_ERROR or TIMEOUT."""
    object_count: int
    """Lines written so far, children included."""
    root_count: int
    file_size: int | None
    """Bytes."""
    url: str | None = field(repr=False)
    """Where the result is, for seven days; None when there are no rows."""
    partial_url: str | None = field(repr=False)
    """What a FAILED operation had written."""

    @property
    def has_all_rows(self) -> bool:
        return self.status is BulkStatus.COMPLETED


class DownloadExpiredError(ShopifyError):
    """The result file is no longer there. Start the operation again."""

    permanent = True


class DamagedRowError(ShopifyError):
    """A line of the result file is not a JSON object. Start the operation again."""

    permanent = True


def start(api: AdminApi, shop_id: int, shop: str, query: Operation, now: datetime) -> Started | Busy:
    """Let Shopify run `query` over everything; raises a `ShopifyError`."""
    answer = api.execute(shop_id, shop, operation("bulk_start"), {"query": query.text}, now)
    try:
        payload = answer.payload("bulkOperationRunQuery")
    except UserErrorsError as error:
        busy = error.codes & _BUSY_CODES
        if not busy:
            raise
        return Busy(code=min(busy))
    return Started(gid=payload["bulkOperation"]["id"])


def find_running(api: AdminApi, shop_id: int, shop: str, query: Operation, now: datetime) -> Started | None:
    """Our own unfinished operation of the same text: what a crash between start and its record left behind."""
    answer = api.execute(shop_id, shop, operation("bulk_recent"), {"first": 10}, now)
    for node in answer.data["bulkOperations"]["nodes"]:
        if node["query"].split() == query.text.split() and not BulkStatus(node["status"]).is_over:
            return Started(gid=node["id"])
    return None


def poll(api: AdminApi, shop_id: int, shop: str, gid: str, now: datetime) -> BulkState | None:
    """The operation's state, or None if Shopify does not know it (any more); raises a `ShopifyError`."""
    found = api.execute(shop_id, shop, operation("bulk_poll"), {"id": gid}, now).data["bulkOperation"]
    if found is None:
        return None
    return BulkState(
        gid=found["id"],
        status=BulkStatus(found["status"]),
        error_code=found["errorCode"],
        object_count=int(found["objectCount"]),
        root_count=int(found["rootObjectCount"]),
        file_size=int(found["fileSize"]) if found["fileSize"] is not None else None,
        url=found["url"],
        partial_url=found["partialDataUrl"],
    )


def rows(http: httpx.Client, url: str | None, *, start_line: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Stream `(line number, row)` from a result file; lines count from 0, blank ones included.

    Resume with `start_line` = last line handled + 1. None as `url` means an operation without rows. Raises
    `DownloadExpiredError`, `DamagedRowError` or `UnreachableError`; what was yielded before stays valid.
    """
    if url is None:
        return
    for number, line in enumerate(_lines(http, url)):
        if number >= start_line and line.strip():
            yield number, _row(line, number)


def _row(line: bytes, number: int) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise DamagedRowError(f"line_{number}_is_not_an_object")
    return row


def _lines(http: httpx.Client, url: str) -> Iterator[bytes]:
    rest = bytearray()
    for chunk in _chunks(http, url):
        rest += chunk
        *whole, last = rest.split(b"\n")
        if len(last) > MAX_LINE:
            raise DamagedRowError("line_too_long")
        yield from map(bytes, whole)
        rest = last
    if rest:
        yield bytes(rest)


def _chunks(http: httpx.Client, url: str) -> Iterator[bytes]:
    """The file's bytes. The address is signed by itself: no header of ours goes to the download host."""
    _check_address(url)
    deadline = time.monotonic() + _DOWNLOAD_TIMEOUT
    request = httpx.Request("GET", url, headers={"accept-encoding": "gzip"}, extensions=_timeouts())
    try:
        response = http.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            if response.status_code in _GONE:
                raise DownloadExpiredError(f"http_{response.status_code}")
            if response.status_code != httpx.codes.OK:
                raise UnreachableError(f"http_{response.status_code}")
            for chunk in response.iter_bytes():
                yield chunk
                if time.monotonic() > deadline:
                    raise UnreachableError("total_timeout")
        finally:
            response.close()
    except httpx.RequestError as error:
        raise UnreachableError(type(error).__name__) from None


def _timeouts() -> dict[str, Any]:
    return {"timeout": httpx.Timeout(_READ_TIMEOUT, connect=10.0).as_dict()}


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise DownloadExpiredError("address_is_not_https")
