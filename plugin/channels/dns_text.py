"""TXT records of a domain, asked of the machine's own resolver: enough to see SPF and DMARC, and no more."""

import socket
import struct
from pathlib import Path

from plugin.core.keys import stable_id

TIMEOUT = 3.0  # seconds
_TXT, _INTERNET = 16, 1
_NO_SUCH_NAME = 3
_TRUNCATED = 0x0200
_RESOLV_CONF = Path("/etc/resolv.conf")


class ResolverUnreachableError(Exception):
    """No resolver answered. Look the records up elsewhere."""


def text_records(name: str, *, resolver: tuple[str, int] | None = None) -> list[str]:
    """The TXT records of `name`, none if it has none. Raises `ResolverUnreachableError`."""
    address = resolver or _resolver()
    query_id = stable_id("dns", name) & 0xFFFF
    question = _encoded(name) + struct.pack("!HH", _TXT, _INTERNET)
    query = struct.pack("!HHHHHH", query_id, 0x0100, 1, 0, 0, 0) + question
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            line.settimeout(TIMEOUT)
            line.connect(address)
            line.send(query)
            return _answers(line.recv(4096), query_id)
    except (OSError, struct.error, IndexError):
        raise ResolverUnreachableError(f"no answer about {name}") from None


def _resolver() -> tuple[str, int]:
    try:
        lines = _RESOLV_CONF.read_text("utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        word, _, address = line.partition(" ")
        if word == "nameserver" and address.strip():
            return address.strip(), 53
    raise ResolverUnreachableError("this machine names no resolver")


def _encoded(name: str) -> bytes:
    labels = name.encode("idna").split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\x00"


def _answers(reply: bytes, query_id: int) -> list[str]:
    found_id, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", reply)
    code = flags & 0xF
    if found_id != query_id or flags & _TRUNCATED or code not in {0, _NO_SUCH_NAME}:
        raise OSError("not a whole answer to our question")
    place = 12
    for _ in range(questions):
        place = _after_name(reply, place) + 4
    texts = []
    for _ in range(answers):
        place = _after_name(reply, place)
        kind, _, _, length = struct.unpack_from("!HHIH", reply, place)
        place += 10
        if kind == _TXT:
            texts.append(_text(reply[place : place + length]))
        place += length
    return texts


def _after_name(reply: bytes, place: int) -> int:
    while reply[place]:
        if reply[place] >= 0xC0:  # a pointer to a name that stands elsewhere
            return place + 2
        place += reply[place] + 1
    return place + 1


def _text(record: bytes) -> str:
    """A record is one or more strings, each behind its length."""
    parts, place = [], 0
    while place < len(record):
        parts.append(record[place + 1 : place + 1 + record[place]])
        place += record[place] + 1
    return b"".join(parts).decode("utf-8", "replace")
