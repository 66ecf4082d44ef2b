"""What each behaviour of a mail server does to a message (fault matrix M1 to M16)."""

import socket
from dataclasses import replace

import pytest

from plugin.channels.email import SmtpChannel
from plugin.channels.mime import compose
from plugin.channels.smtp_url import Security, SmtpSettings
from plugin.core.messages import Attempt, Outcome, Phase
from tests.channels.builders import NOW, a_message
from tests.channels.scripted_server import (
    ACCEPTED,
    HALF_CLOSE,
    HANG_UP,
    RESET,
    SILENCE,
    Answer,
    ScriptedServer,
)

SHORT = 0.2  # seconds
LARGE = f"<p>{'word ' * 2_000_000}</p>"
"""Larger than any socket buffer: a line that dies in it is noticed while it is being sent."""


def settings_for(port: int, security: Security = Security.NONE) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1", port=port, security=security, connect_timeout=SHORT, reply_timeout=SHORT
    )


def attempt_against(server: ScriptedServer, **message: str) -> Attempt:
    return SmtpChannel(settings_for(server.port)).send(a_message(**message), NOW)


SOFT, HARD, SENT, IN_DOUBT = Outcome.SOFT_FAILED, Outcome.HARD_FAILED, Outcome.SENT, Outcome.IN_DOUBT
BEHAVIOURS: list[tuple[str, dict[str, Answer], Outcome, Phase, str]] = [
    ("hangs up before the banner", {"banner": HANG_UP}, SOFT, Phase.CONNECT, "connection_lost"),
    ("never says a banner", {"banner": SILENCE}, SOFT, Phase.CONNECT, "timeout"),
    ("is busy", {"banner": "421 too busy"}, SOFT, Phase.CONNECT, "server_not_ready_421"),
    ("takes no mail today", {"banner": "554 no"}, SOFT, Phase.CONNECT, "server_not_ready_554"),
    ("speaks no SMTP", {"banner": "SSH-2.0-x"}, SOFT, Phase.CONNECT, "server_not_ready_-1"),
    ("refuses EHLO", {"ehlo": "502 what"}, SOFT, Phase.CONNECT, "ehlo_refused_502"),
    ("greylists", {"mail": "451 4.7.1 try later"}, SOFT, Phase.ENVELOPE, "smtp_451"),
    ("wants a login", {"mail": "530 5.7.0 login first"}, SOFT, Phase.ENVELOPE, "login_required"),
    ("refuses the sender", {"mail": "550 5.7.1 no"}, HARD, Phase.ENVELOPE, "smtp_550"),
    ("has a full mailbox", {"rcpt": "452 4.2.2 full"}, SOFT, Phase.ENVELOPE, "mailbox_full"),
    ("has a full mailbox for good", {"rcpt": "552 5.2.2 full"}, SOFT, Phase.ENVELOPE, "mailbox_full"),
    ("refuses by policy", {"rcpt": "550 5.7.1 blocked"}, HARD, Phase.ENVELOPE, "smtp_550"),
    ("closes at RCPT", {"rcpt": HANG_UP}, SOFT, Phase.ENVELOPE, "connection_lost"),
    ("refuses DATA", {"data": "554 5.7.1 no"}, HARD, Phase.ENVELOPE, "smtp_554"),
    ("closes at DATA", {"data": HANG_UP}, SOFT, Phase.ENVELOPE, "connection_lost"),
    ("closes in the body", {"early": HANG_UP}, SOFT, Phase.BODY, "connection_lost"),
    ("resets in the body", {"early": RESET}, SOFT, Phase.BODY, "connection_lost"),
    ("loses the line before its answer", {"dot": HANG_UP}, IN_DOUBT, Phase.BODY_SENT, "connection_lost"),
    ("resets before its answer", {"dot": RESET}, IN_DOUBT, Phase.BODY_SENT, "connection_lost"),
    ("answers too late", {"dot": SILENCE}, IN_DOUBT, Phase.BODY_SENT, "timeout"),
    ("answers nonsense", {"dot": "whatever"}, IN_DOUBT, Phase.BODY_SENT, "reply_unreadable"),
    ("answers without end", {"dot": "250-" + "x" * 9000}, IN_DOUBT, Phase.BODY_SENT, "protocol_error"),
    ("fails for now after the dot", {"dot": "451 4.3.0 later"}, SOFT, Phase.ANSWERED, "smtp_451"),
    ("refuses after the dot", {"dot": "554 5.6.0 spam"}, HARD, Phase.ANSWERED, "smtp_554"),
    ("closes at QUIT", {"quit": HANG_UP}, SENT, Phase.ANSWERED, "smtp_250"),
    ("accepts", {}, SENT, Phase.ANSWERED, "smtp_250"),
]


@pytest.mark.parametrize(
    ("script", "outcome", "phase", "reason"),
    [behaviour[1:] for behaviour in BEHAVIOURS],
    ids=[behaviour[0] for behaviour in BEHAVIOURS],
)
def test_a_server_that(script: dict[str, Answer], outcome: Outcome, phase: Phase, reason: str) -> None:
    html = LARGE if "early" in script else "<p>Hello</p>"
    with ScriptedServer(**script) as server:
        attempt = attempt_against(server, html=html)

    assert (attempt.outcome, attempt.phase, attempt.reason) == (outcome, phase, reason)
    assert attempt.suppress_address is False


@pytest.mark.parametrize(
    "answer",
    ["550 5.1.1 nobody here", "550 5.1.10 null mx", "553 5.1.3 bad syntax", "550 No such user here"],
)
def test_a_mailbox_that_does_not_exist_is_never_written_to_again(answer: str) -> None:
    with ScriptedServer(rcpt=answer) as server:
        attempt = attempt_against(server)

    assert attempt.outcome is Outcome.HARD_FAILED
    assert attempt.reason == "mailbox_unknown"
    assert attempt.suppress_address is True


def test_an_unknown_mailbox_told_after_the_dot_is_suppressed_too() -> None:
    with ScriptedServer(dot="550 5.1.1 nobody here") as server:
        attempt = attempt_against(server)

    assert (attempt.outcome, attempt.suppress_address) == (Outcome.HARD_FAILED, True)


def test_the_dot_stays_here_when_the_server_has_hung_up_while_it_could_still_read() -> None:
    with ScriptedServer(early=HALF_CLOSE) as server:
        attempt = attempt_against(server, html=LARGE)

    assert (attempt.outcome, attempt.phase) == (Outcome.SOFT_FAILED, Phase.BODY)
    assert server.body is None


def test_nobody_listening_is_worth_a_retry() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    attempt = SmtpChannel(settings_for(port)).send(a_message(), NOW)

    assert (attempt.outcome, attempt.reason) == (Outcome.SOFT_FAILED, "connection_refused")


def test_starttls_stripped_from_the_greeting_sends_nothing_in_the_clear() -> None:
    with ScriptedServer() as server:
        attempt = SmtpChannel(settings_for(server.port, Security.STARTTLS)).send(a_message(), NOW)

    assert (attempt.outcome, attempt.reason) == (Outcome.SOFT_FAILED, "starttls_missing")
    assert [line.split(" ")[0] for line in server.said] == ["ehlo", "quit"]


def test_starttls_refused_sends_nothing_in_the_clear() -> None:
    with ScriptedServer(ehlo="250-mx.example\r\n250 STARTTLS", starttls="454 4.7.0 not now") as server:
        attempt = SmtpChannel(settings_for(server.port, Security.STARTTLS)).send(a_message(), NOW)

    assert (attempt.outcome, attempt.reason) == (Outcome.SOFT_FAILED, "starttls_refused_454")
    assert server.body is None


def test_a_refused_login_is_a_matter_of_settings_and_keeps_the_message() -> None:
    with ScriptedServer(ehlo="250-mx.example\r\n250 AUTH PLAIN", auth="535 5.7.8 no") as server:
        settings = replace(settings_for(server.port), username="u", password="p")
        attempt = SmtpChannel(settings).send(a_message(), NOW)

    assert (attempt.outcome, attempt.reason) == (Outcome.SOFT_FAILED, "login_refused")


def test_the_providers_reference_is_kept() -> None:
    with ScriptedServer(dot=ACCEPTED) as server:
        assert attempt_against(server).provider_ref == "4F3D2A"


def test_lines_that_begin_with_a_dot_arrive_as_they_were_written() -> None:
    text = ".\n..\n.hidden\nend\n"
    with ScriptedServer() as server:
        attempt = attempt_against(server, text=text)

    assert attempt.outcome is Outcome.SENT
    assert b"\r\n.hidden\r\nend\r\n" in (server.body or b"")
    assert server.body == compose(a_message(text=text), NOW).raw


def test_a_refused_message_never_opens_a_connection() -> None:
    with ScriptedServer() as server:
        attempt = attempt_against(server, to="nobody")

    assert (attempt.outcome, attempt.reason) == (Outcome.HARD_FAILED, "bad_address")
    assert server.said == []
