"""`SMTP_URL`, read strictly: a mistake in it must be one clear line at start, not mail in the clear."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

CONNECT_TIMEOUT = 30.0  # seconds for each step up to the body
REPLY_TIMEOUT = 600.0  # seconds for the reply to the final dot, RFC 5321 4.5.3.2.6

_PORTS = {"smtp": 587, "smtps": 465}
_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain"})


class InvalidSmtpUrlError(ValueError):
    """SMTP_URL is not usable. Write `smtp://user:password@host:587` or `smtps://…`, or `memory://` for the demo."""


class Security(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    hello: str = "[127.0.0.1]"
    """The name we give in EHLO."""
    connect_timeout: float = CONNECT_TIMEOUT
    reply_timeout: float = REPLY_TIMEOUT


def parse_smtp_url(url: str) -> SmtpSettings:
    """Read an SMTP_URL. Raises `InvalidSmtpUrlError`, whose text never repeats any part of the URL's secrets.

    `smtp://` requires STARTTLS unless the host is this machine; `?starttls=never` says so for another host,
    and is refused where a password would then travel in the clear. `smtps://` speaks TLS from the first byte.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")  # what a name look-up will do, and may refuse
    except ValueError:
        raise InvalidSmtpUrlError("SMTP_URL has a port or host that cannot be read") from None
    if parts.scheme not in _PORTS:
        raise InvalidSmtpUrlError("SMTP_URL must begin with smtp://, smtps:// or memory://")
    if not parts.hostname or not parts.hostname.isascii() or parts.path not in {"", "/"} or parts.fragment:
        raise InvalidSmtpUrlError(
            "SMTP_URL must name a host in ASCII and no path; write special characters in the password as %XX"
        )
    security = _security(parts)
    has_user, has_password = parts.username is not None, parts.password is not None
    if has_user != has_password:
        raise InvalidSmtpUrlError("SMTP_URL must hold both a user and a password, or neither")
    if has_user and security is Security.NONE and not is_loopback(parts.hostname):
        raise InvalidSmtpUrlError("SMTP_URL would send the password in the clear: remove starttls=never")
    username, password = _unquoted(parts.username), _unquoted(parts.password)
    return SmtpSettings(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        security=security,
        username=username,
        password=password,
    )


def _unquoted(text: str | None) -> str | None:
    plain = None if text is None else unquote(text)
    if plain is not None and not plain.isascii():
        raise InvalidSmtpUrlError(
            "SMTP_URL: user and password must be ASCII, as SMTP login takes nothing else"
        )
    return plain


def is_loopback(host: str) -> bool:
    """True when `host` is this very machine, by name or address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() in _LOCAL_NAMES


def _security(parts: SplitResult) -> Security:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    wish = options.pop("starttls", None)
    if options:
        raise InvalidSmtpUrlError("SMTP_URL knows one option, starttls=required or starttls=never")
    if parts.scheme == "smtps":
        if wish is not None:
            raise InvalidSmtpUrlError(
                "SMTP_URL with smtps:// is always encrypted: remove the starttls option"
            )
        return Security.TLS
    if wish is None:
        wish = "never" if is_loopback(parts.hostname or "") else "required"
    if wish not in {"required", "never"}:
        raise InvalidSmtpUrlError("SMTP_URL: starttls is either required or never")
    return Security.STARTTLS if wish == "required" else Security.NONE
