"""One HTTP exchange with an end to it, whatever the other side does."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from plugin.shopify.errors import UnreachableError

CONNECT_TIMEOUT = 5.0  # seconds; a healthy front door answers in tens of milliseconds
READ_TIMEOUT = 12.0  # seconds of silence; Shopify gives up on a query after about ten
TOTAL_TIMEOUT = 20.0  # seconds for the whole exchange, however busily the other side drips
MAX_REPLY = 32 * 1024 * 1024  # bytes
_MAX_RETRY_AFTER = 3600.0  # seconds; a longer wait would outlive the token

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer, read whole."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None when it is anything else."""
        try:
            value = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    def retry_after(self, default: float) -> float:
        """Seconds to wait, from `Retry-After` where it is sane."""
        try:
            seconds = float(self.headers.get("retry-after", default))
        except ValueError:
            return default
        return min(seconds, _MAX_RETRY_AFTER) if seconds >= 0 else default


def post(
    http: httpx.Client,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    json: object = None,
    total: float = TOTAL_TIMEOUT,
) -> Reply:
    """POST `form` or `json` and read the answer; raises `UnreachableError`, which says whether it is in doubt.

    The call is over `total` seconds after it began, or one silence of `READ_TIMEOUT` later.
    """
    deadline = time.monotonic() + total
    timeout = httpx.Timeout(min(READ_TIMEOUT, total), connect=min(CONNECT_TIMEOUT, total))
    body = bytearray()
    content = None if json is None else msgspec.json.encode(json)
    sent_headers = {"accept": "application/json", **(headers or {})}
    if content is not None:
        sent_headers["content-type"] = "application/json"
    try:
        with http.stream(
            "POST",
            url,
            headers=sent_headers,
            data=form,
            content=content,
            timeout=timeout,
            follow_redirects=False,
        ) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if time.monotonic() > deadline:
                    raise UnreachableError("total_timeout", in_doubt=True)
                if len(body) > MAX_REPLY:
                    raise UnreachableError("reply_too_long", in_doubt=True)
            return Reply(status=response.status_code, headers=dict(response.headers), body=bytes(body))
    except (httpx.RequestError, httpx.InvalidURL) as error:
        # `from None`: the library's error holds the request, and with it the token.
        reason = type(error).__name__
        raise UnreachableError(reason, in_doubt=not isinstance(error, _NEVER_SENT)) from None
