"""Mail: the server takes us, and the sender's domain vouches for it. Nothing is sent."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from plugin.channels.dns_text import ResolverUnreachableError, text_records
from plugin.channels.email import why_unreachable
from plugin.channels.smtp_url import InvalidSmtpUrlError, Security, is_loopback, parse_smtp_url
from plugin.commands.checks.verdicts import Finding, fail, ok, warn

PATIENCE = 10.0  # seconds for each step of a greeting
_TO_DO = {
    "connection_refused": "check host and port, and that the server runs",
    "host_not_found": "check the host's name",
    "timeout": "check host and port, and any firewall between",
    "tls_failed": "its certificate is not trusted, or not for this name",
    "starttls_missing": "it offers no encryption; use another port, or another server",
    "login_refused": "check user and password",
    "login_not_offered": "it takes no password here; another port may",
}

Records = Callable[[str], list[str]]


def check_smtp(smtp_url: str) -> Finding:
    if smtp_url.startswith("memory:"):
        return warn("mail server", "SMTP_URL=memory:// keeps all mail here; nobody receives any")
    try:
        settings = replace(parse_smtp_url(smtp_url), connect_timeout=PATIENCE)
    except InvalidSmtpUrlError as error:
        return fail("mail server", str(error))
    reason = why_unreachable(settings)
    if reason is not None:
        return fail("mail server", f"{reason}: {_TO_DO.get(reason, 'ask who runs it')} (SMTP_URL)")
    signed_in = ", signed in" if settings.username else ""
    plain = settings.security is Security.NONE and not is_loopback(settings.host)
    said = f"it greets us{signed_in}"
    return (
        warn("mail server", f"{said}, in the clear: remove starttls=never")
        if plain
        else ok("mail server", said)
    )


def check_sender(mail_from: str, *, records: Records = text_records) -> Iterator[Finding]:
    """SPF, DKIM and DMARC of the sender's domain, as far as they can be seen from here."""
    domain = mail_from.rpartition("@")[2].rstrip(">").lower()
    try:
        spf = _has(records(domain), "v=spf1")
        dmarc = any(_has(records(f"_dmarc.{name}"), "v=dmarc1") for name in _and_parents(domain))
    except ResolverUnreachableError:
        yield warn(
            "sender domain", f"SPF and DMARC of {domain} could not be checked: no resolver answers here"
        )
        return
    if spf:
        yield ok("SPF", f"{domain} says who may send for it")
    else:
        yield fail("SPF", f"{domain} has no v=spf1 record: add the one your mail provider names")
    if dmarc:
        yield ok("DMARC", f"{domain} says what to do with forgeries")
    else:
        yield fail("DMARC", f"there is no v=DMARC1 record at _dmarc.{domain}: add one, p=none at least")
    yield warn(
        "DKIM", "it could not be checked: only a received mail's Authentication-Results header shows it"
    )


def _has(found: list[str], start: str) -> bool:
    return any(text.lower().startswith(start) for text in found)


def _and_parents(domain: str) -> Iterator[str]:
    """A policy of the organisation's domain holds for the domains below it."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])
