"""Mail addresses as the wire takes them: ASCII, with the domain in its IDNA form."""

import re

import idna

MAX_ADDRESS = 254  # octets, RFC 5321 4.5.3.1.3 less the angle brackets
MAX_LOCAL_PART = 64  # octets, RFC 5321 4.5.3.1.1

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")


class BadAddressError(ValueError):
    """This is not an address that mail can be sent to. The reason never repeats the address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def wire_address(text: str) -> str:
    """`text` ready for an envelope or a header: the domain lower case and in ASCII (IDNA 2008 over UTS 46).

    Raises `BadAddressError` with reason `address_needs_smtputf8` for a local part that is not ASCII, which most
    receivers cannot take, and `bad_address` for everything else that is not a plain `local@domain`.
    """
    local, at, domain = text.strip(" ").rpartition("@")
    if not at or not local or _CONTROL.search(text):
        raise BadAddressError("bad_address")
    if not local.isascii():
        raise BadAddressError("address_needs_smtputf8")
    if _LOCAL_PART.fullmatch(local) is None or len(local) > MAX_LOCAL_PART:
        raise BadAddressError("bad_address")
    address = f"{local}@{_domain(domain)}"
    if len(address) > MAX_ADDRESS:
        raise BadAddressError("bad_address")
    return address


def mailbox(text: str) -> tuple[str | None, str]:
    """`Name <address>` or a bare address as (display name, wire address). Raises `BadAddressError`."""
    match = _MAILBOX.fullmatch(text.strip(" "))
    if match is None:
        return None, wire_address(text)
    return match["name"].strip(' "') or None, wire_address(match["address"])


def _domain(domain: str) -> str:
    try:
        ascii_form = idna.encode(domain, uts46=True, std3_rules=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise BadAddressError("bad_address") from None
    labels = ascii_form.split(".")
    if len(labels) < 2 or "" in labels or labels[-1].isdigit():
        raise BadAddressError("bad_address")
    return ascii_form
