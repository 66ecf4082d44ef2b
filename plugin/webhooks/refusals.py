"""How the door says no: RFC 9457 problem JSON with a reference id, and nothing internal."""

import json
from collections.abc import Iterator, MutableMapping
from http import HTTPStatus
from typing import Any


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """The request gets `status`. `reason` is the machine word for logs, `detail` the sentence for the caller."""

    def __init__(
        self, status: int, reason: str, detail: str, *, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.headers = headers


CLOSE = ((b"connection", b"close"),)
"""For an answer given before the body was read to its end: what follows on the connection is not a request."""


def messages(refusal: Refusal, reference: str) -> Iterator[MutableMapping[str, Any]]:
    """The two ASGI messages that send `refusal`."""
    body = json.dumps(
        {
            "type": "about:blank",
            "title": HTTPStatus(refusal.status).phrase,
            "status": refusal.status,
            "detail": refusal.detail,
            "reference": reference,
        }
    ).encode()
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", length), *refusal.headers]
    yield {"type": "http.response.start", "status": refusal.status, "headers": headers}
    yield {"type": "http.response.body", "body": body}
