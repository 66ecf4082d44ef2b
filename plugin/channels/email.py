"""Mail by SMTP, with the phase of every failure known.

smtplib raises one and the same error for a dead banner, a drop in mid-body, and a line lost after the message
was taken. Only the last may not be tried again. So the steps are taken one by one here: whatever fails before the
final dot left this machine was not accepted; whatever fails while the reply to it is awaited is in doubt.
"""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from datetime import datetime

from plugin.channels.mime import RefusedMessageError, WireMessage, compose
from plugin.channels.replies import answered, refused, refused_recipient
from plugin.channels.smtp_url import Security, SmtpSettings
from plugin.core.messages import Attempt, Message, Outcome, Phase

QUIT_TIMEOUT = 5.0  # seconds; the message is accepted by then, so politeness is bounded

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_FINAL_DOT = b".\r\n"


class SmtpChannel:
    """Hands each message to one SMTP server, on a connection of its own."""

    id = "email"

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        tls: ssl.SSLContext | None = None,
        allow_loopback_links: bool = False,
    ) -> None:
        """`tls` is for servers with a private certificate authority; by default the system's are trusted."""
        self._settings = settings
        self._tls = tls or ssl.create_default_context()
        self._allow_loopback_links = allow_loopback_links

    def send(self, message: Message, now: datetime) -> Attempt:
        try:
            wire = compose(message, now, allow_loopback_links=self._allow_loopback_links)
        except RefusedMessageError as error:
            return Attempt(outcome=Outcome.HARD_FAILED, phase=Phase.CONNECT, reason=error.reason)
        passage = _Passage(self._settings, self._tls)
        try:
            return passage.carry(wire)
        except OSError as error:  # smtplib's own errors are OSErrors too
            return passage.broken(_reason(error))
        finally:
            passage.close()

    def was_taken(self, effect_key: str) -> bool | None:  # noqa: ARG002  # SMTP knows no such question
        return None


def why_unreachable(settings: SmtpSettings, *, tls: ssl.SSLContext | None = None) -> str | None:
    """Connect, greet, encrypt and sign in as for a message, then leave; the reason where that fails, or None."""
    passage = _Passage(settings, tls or ssl.create_default_context())
    try:
        return passage.knock()
    except OSError as error:
        return _reason(error)
    finally:
        passage.close()


class _EndedError(Exception):
    """The server's answer ended the attempt."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt.reason)
        self.attempt = attempt


class _Passage:
    """One connection that carries one message and knows how far it came."""

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext) -> None:
        self._settings = settings
        self._tls = tls
        self._phase = Phase.CONNECT
        self._smtp: smtplib.SMTP | None = None

    def carry(self, wire: WireMessage) -> Attempt:
        try:
            smtp = self._smtp = self._connected()
            self._secure(smtp)
            self._phase = Phase.ENVELOPE
            self._announce(smtp, wire)
            self._phase = Phase.BODY
            self._send_body(smtp, wire.raw)
            self._phase = Phase.BODY_SENT
            attempt = self._read_verdict(smtp)
        except _EndedError as ended:
            attempt = ended.attempt
        self._take_leave()
        return attempt

    def knock(self) -> str | None:
        try:
            self._smtp = self._connected()
            self._secure(self._smtp)
        except _EndedError as ended:
            return ended.attempt.reason
        self._take_leave()
        return None

    def broken(self, reason: str) -> Attempt:
        """The line failed: in doubt once the final dot has left, otherwise certain not to have been accepted."""
        outcome = Outcome.IN_DOUBT if self._phase is Phase.BODY_SENT else Outcome.SOFT_FAILED
        return Attempt(outcome=outcome, phase=self._phase, reason=reason)

    def close(self) -> None:
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.close()

    def _connected(self) -> smtplib.SMTP:
        place, hello, wait = (
            (self._settings.host, self._settings.port),
            self._settings.hello,
            self._settings.connect_timeout,
        )
        try:
            if self._settings.security is Security.TLS:
                return smtplib.SMTP_SSL(*place, local_hostname=hello, timeout=wait, context=self._tls)
            return smtplib.SMTP(*place, local_hostname=hello, timeout=wait)
        except smtplib.SMTPConnectError as error:
            # Turned away at the door: that says nothing about this message, so even a 5xx is worth a retry.
            raise self._stopped(f"server_not_ready_{error.smtp_code}") from None

    def _secure(self, smtp: smtplib.SMTP) -> None:
        self._greet(smtp)
        if self._settings.security is Security.STARTTLS:
            if not smtp.has_extn("starttls"):
                raise self._stopped("starttls_missing")
            try:
                smtp.starttls(context=self._tls)
            except smtplib.SMTPResponseException as error:
                raise self._stopped(f"starttls_refused_{error.smtp_code}") from None
            self._greet(smtp)
        if self._settings.username is not None:
            try:
                smtp.login(self._settings.username, self._settings.password or "")
            except smtplib.SMTPAuthenticationError:
                raise self._stopped("login_refused") from None
            except smtplib.SMTPNotSupportedError:
                raise self._stopped("login_not_offered") from None

    def _greet(self, smtp: smtplib.SMTP) -> None:
        code, _ = smtp.ehlo()
        if code != 250:
            raise self._stopped(f"ehlo_refused_{code}")

    def _announce(self, smtp: smtplib.SMTP, wire: WireMessage) -> None:
        code, _ = smtp.mail(wire.sender)
        if code == 530:
            raise self._stopped("login_required")
        if code != 250:
            raise _EndedError(refused(code, self._phase))
        code, text = smtp.rcpt(wire.recipient)
        if code not in {250, 251}:
            raise _EndedError(refused_recipient(code, _words(text)))
        code, _ = smtp.docmd("DATA")
        if code != 354:
            raise _EndedError(refused(code, self._phase))

    def _send_body(self, smtp: smtplib.SMTP, raw: bytes) -> None:
        """Send the body, look whether the line still stands, and only then send the dot that gives it away.

        The look costs nothing and turns most lost lines from "in doubt" into "not accepted".
        """
        connection = _line(smtp)
        connection.sendall(_LEADING_DOT.sub(b"..", raw))
        if _is_closed(connection):
            raise ConnectionResetError
        connection.sendall(_FINAL_DOT)

    def _read_verdict(self, smtp: smtplib.SMTP) -> Attempt:
        _line(smtp).settimeout(self._settings.reply_timeout)
        code, text = smtp.getreply()
        return answered(code, _words(text))

    def _take_leave(self) -> None:
        """QUIT. The attempt has ended; what goes wrong now changes nothing about the message."""
        if self._smtp is None or self._smtp.sock is None:
            return
        with suppress(OSError):
            self._smtp.sock.settimeout(QUIT_TIMEOUT)
            self._smtp.quit()

    def _stopped(self, reason: str) -> _EndedError:
        return _EndedError(Attempt(outcome=Outcome.SOFT_FAILED, phase=self._phase, reason=reason))


def _reason(error: OSError) -> str:
    cause = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) else error
    if isinstance(cause, TimeoutError):
        return "timeout"
    if isinstance(cause, ssl.SSLError):
        return "tls_failed"
    if isinstance(cause, ConnectionRefusedError):
        return "connection_refused"
    if isinstance(cause, socket.gaierror):
        return "host_not_found"
    is_garbled = isinstance(error, smtplib.SMTPException) and not isinstance(
        error, smtplib.SMTPServerDisconnected
    )
    return "protocol_error" if is_garbled else "connection_lost"


def _line(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise ConnectionResetError
    return smtp.sock


def _is_closed(connection: socket.socket) -> bool:
    """True when the other side has already hung up. Reads nothing: bytes that wait stay waiting."""
    blocking = connection.gettimeout()
    connection.settimeout(0)
    try:
        # The plain socket's own recv: a TLS socket refuses to peek, and its records are not ours to open here.
        return socket.socket.recv(connection, 1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(blocking)


def _words(text: bytes) -> str:
    return text.decode("ascii", "replace")
