"""Channels carry messages to people. One module each, and one line in `CHANNELS`."""

from dataclasses import replace
from urllib.parse import urlsplit

from plugin.channels.base import Channel
from plugin.channels.email import SmtpChannel
from plugin.channels.memory import HasKept, Keep, MemoryChannel
from plugin.channels.smtp_url import InvalidSmtpUrlError, is_loopback, parse_smtp_url

__all__ = ["CHANNELS", "Channel", "InvalidSmtpUrlError", "open_channel"]

CHANNELS: dict[str, type[SmtpChannel] | type[MemoryChannel]] = {
    SmtpChannel.id: SmtpChannel,
    MemoryChannel.id: MemoryChannel,
}


def open_channel(
    smtp_url: str, *, app_url: str, keep: Keep | None = None, has_kept: HasKept | None = None
) -> Channel:
    """The channel that `smtp_url` names; no connection is made yet.

    `app_url` is where this app is reached: its host is our name in EHLO, and when it is this very machine,
    unsubscribe links to it may be plain http. `keep` receives the mail of `memory://`, and `has_kept`
    is asked for it. Raises `InvalidSmtpUrlError`.
    """
    host = urlsplit(app_url).hostname or ""
    is_local = is_loopback(host)
    if smtp_url.partition(":")[0] == MemoryChannel.id:
        if keep is None:
            raise InvalidSmtpUrlError(
                "SMTP_URL=memory:// keeps mail in the demo mailbox, and there is none here"
            )
        return MemoryChannel(keep, has_kept=has_kept, allow_loopback_links=is_local)
    settings = parse_smtp_url(smtp_url)
    named = settings if is_local or not host else replace(settings, hello=host)
    return SmtpChannel(named, allow_loopback_links=is_local)
