"""A message as bytes. Built by hand for each byte's sake, then read again before anyone else reads it.

Two traps of the standard library led here: it folds `List-Unsubscribe` into encoded words, which mailbox
providers do not read, and it writes an encoded line break in a subject as a real one.
"""

import binascii
import hashlib
import re
from base64 import encodebytes
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message as ParsedMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from plugin.channels.addresses import BadAddressError, mailbox, wire_address
from plugin.channels.headers import UnsafeHeaderError, decoded, named_address, unstructured
from plugin.core.messages import Message

MAX_LINE = 998  # octets without CRLF, RFC 5322 2.1.1
ONE_CLICK = "List-Unsubscribe=One-Click"  # RFC 8058 3.1, to the letter

_ALWAYS = frozenset({"from", "to", "subject", "date", "message-id", "mime-version", "content-type"})
_ALLOWED = _ALWAYS | {
    "reply-to",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "content-language",
}
_NEVER_ENCODED = ("list-unsubscribe", "list-unsubscribe-post", "feedback-id", "message-id")

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
_FEEDBACK_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+;=%\[\]-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class RefusedMessageError(ValueError):
    """This message must not reach the wire. `reason` is a machine word; no part of the message is repeated."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the message was refused before sending: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class WireMessage:
    """A message and its envelope, ready for any transport."""

    sender: str
    recipient: str
    raw: bytes
    """CRLF lines of at most 998 octets, 7-bit throughout; ends with CRLF, without the final dot."""


def compose(message: Message, now: datetime, *, allow_loopback_links: bool = False) -> WireMessage:
    """Build the bytes of `message`, dated `now`. Raises `RefusedMessageError` naming what is wrong with it.

    `allow_loopback_links` lets `List-Unsubscribe` name an http address on this machine, for demo and tests.
    """
    try:
        sender_name, sender = mailbox(message.sender)
    except BadAddressError:
        raise RefusedMessageError("bad_sender") from None
    try:
        recipient = wire_address(message.to)
    except BadAddressError as error:
        raise RefusedMessageError(error.reason) from None
    boundary = f"=_{hashlib.sha256(message.message_id.encode()).hexdigest()[:32]}"
    try:
        head = [
            ("From", named_address(sender_name, sender)),
            ("To", named_address(message.to_name, recipient)),
            *_reply_to(message),
            ("Subject", unstructured(message.subject)),
            ("Date", format_datetime(now.astimezone(UTC))),
            ("Message-ID", _fitting(message.message_id, _MESSAGE_ID, "bad_message_id")),
            *_list_headers(message, allow_loopback_links=allow_loopback_links),
            ("MIME-Version", "1.0"),
            ("Content-Language", _fitting(message.locale, _LANGUAGE, "bad_locale")),
            ("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
        ]
    except UnsafeHeaderError:
        raise RefusedMessageError("unsafe_header") from None
    raw = b"\r\n".join(
        (
            *(f"{name}: {value}".encode("ascii") for name, value in head),
            b"",
            *_part("plain", message.text, boundary),
            *_part("html", message.html, boundary),
            f"--{boundary}--\r\n".encode(),
        )
    )
    _require_faithful(raw, head)
    return WireMessage(sender=sender, recipient=recipient, raw=raw)


def _reply_to(message: Message) -> list[tuple[str, str]]:
    if not message.reply_to:
        return []
    try:
        return [("Reply-To", named_address(*mailbox(message.reply_to)))]
    except BadAddressError:
        raise RefusedMessageError("bad_reply_to") from None


def _list_headers(message: Message, *, allow_loopback_links: bool) -> list[tuple[str, str]]:
    headers = []
    if message.unsubscribe_url is not None:
        link = _fitting(message.unsubscribe_url, _LINK, "bad_unsubscribe_link")
        parts = urlsplit(link)
        is_loopback = allow_loopback_links and parts.hostname in _LOOPBACK
        if not parts.hostname or (parts.scheme != "https" and not is_loopback):
            raise RefusedMessageError("bad_unsubscribe_link")
        headers += [("List-Unsubscribe", f"<{link}>"), ("List-Unsubscribe-Post", ONE_CLICK)]
    if message.feedback_id is not None:
        headers.append(("Feedback-ID", _fitting(message.feedback_id, _FEEDBACK_ID, "bad_feedback_id")))
    return headers


def _fitting(value: str, pattern: re.Pattern[str], reason: str) -> str:
    if pattern.fullmatch(value) is None:
        raise RefusedMessageError(reason)
    return value


def _part(subtype: str, content: str, boundary: str) -> tuple[bytes, ...]:
    try:
        lines = "\r\n".join(content.replace("\x00", "").splitlines()).encode() + b"\r\n"
    except UnicodeEncodeError:
        raise RefusedMessageError("bad_text") from None
    quoted = binascii.b2a_qp(lines, istext=True, header=False)
    packed = encodebytes(lines).replace(b"\n", b"\r\n")
    encoding, body = ("quoted-printable", quoted) if len(quoted) <= len(packed) else ("base64", packed)
    return (
        f"--{boundary}".encode(),
        f"Content-Type: text/{subtype}; charset=utf-8".encode(),
        f"Content-Transfer-Encoding: {encoding}".encode(),
        b"",
        body.removesuffix(b"\r\n"),
    )


def _require_faithful(raw: bytes, head: list[tuple[str, str]]) -> None:
    """Read the bytes as a receiver would: exactly our headers, each once, none encoded that must stand plain."""
    if b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b"") or b"\x00" in raw:
        raise RefusedMessageError("unsafe_bytes")
    if not raw.isascii() or max(map(len, raw.split(b"\r\n"))) > MAX_LINE:
        raise RefusedMessageError("unsafe_bytes")
    parsed: ParsedMessage = message_from_bytes(raw, policy=policy.compat32)
    names = [name.lower() for name in parsed]
    if len(set(names)) != len(names) or not _ALWAYS <= set(names) <= _ALLOWED or len(names) != len(head):
        raise RefusedMessageError("unsafe_header")
    if any("=?" in str(parsed[name]) for name in _NEVER_ENCODED if name in parsed):
        raise RefusedMessageError("unsafe_header")
    for name in ("subject", "from", "to"):
        if re.search(r"[\r\n\x00]", decoded(str(parsed[name]).replace("\r\n ", " "))):
            raise RefusedMessageError("unsafe_header")
