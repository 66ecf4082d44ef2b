"""What holds for every channel in the registry, over a real server where there is one."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from plugin.channels import CHANNELS, Channel
from plugin.channels.email import SmtpChannel
from plugin.channels.memory import MemoryChannel
from plugin.channels.mime import compose
from plugin.channels.smtp_url import parse_smtp_url
from plugin.core.messages import Message, Outcome, Phase
from tests.channels.builders import NOW, a_message
from tests.channels.mail_server import mail_server


@dataclass
class Opened:
    channel: Channel
    taken: list[bytes] = field(default_factory=list)


@pytest.fixture(params=sorted(CHANNELS))
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    yield from OPENERS[request.param]()


def _memory() -> Iterator[Opened]:
    taken: list[bytes] = []

    def keep(_message: Message, raw: bytes, _now: datetime) -> None:
        taken.append(raw)

    yield Opened(MemoryChannel(keep), taken)


def _email() -> Iterator[Opened]:
    with mail_server() as mailbox:
        yield Opened(SmtpChannel(parse_smtp_url(f"smtp://127.0.0.1:{mailbox.port}")), mailbox.taken)


OPENERS: dict[str, Callable[[], Iterator[Opened]]] = {"email": _email, "memory": _memory}


def test_every_channel_of_the_registry_is_held_to_this_contract() -> None:
    assert sorted(OPENERS) == sorted(CHANNELS)


def test_its_id_is_its_name_in_the_registry(opened: Opened) -> None:
    assert type(opened.channel) is CHANNELS[opened.channel.id]


def test_a_message_arrives_byte_for_byte_and_is_reported_sent(opened: Opened) -> None:
    message = a_message(subject="Giỏ hàng còn bỏ dở", text=".\nline\n..\n")

    attempt = opened.channel.send(message, NOW)

    assert (attempt.outcome, attempt.phase) == (Outcome.SENT, Phase.ANSWERED)
    assert opened.taken == [compose(message, NOW).raw]


def test_the_same_message_has_the_same_bytes_whenever_it_is_tried_again(opened: Opened) -> None:
    opened.channel.send(a_message(), NOW)
    opened.channel.send(a_message(), NOW)

    first, second = opened.taken
    assert first == second


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (a_message(to="nobody"), "bad_address"),
        (a_message(subject="a\r\nBcc: x@y.example"), "unsafe_header"),
        (a_message(unsubscribe_url="http://app.example/u/t"), "bad_unsubscribe_link"),
        (a_message(sender="nobody"), "bad_sender"),
    ],
)
def test_a_message_that_must_not_go_out_is_a_named_permanent_failure(
    opened: Opened, message: Message, reason: str
) -> None:
    attempt = opened.channel.send(message, NOW)

    assert (attempt.outcome, attempt.phase, attempt.reason) == (Outcome.HARD_FAILED, Phase.CONNECT, reason)
    assert attempt.suppress_address is False
    assert opened.taken == []


def test_no_address_and_no_body_is_logged(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="plugin"):
        opened.channel.send(a_message(), NOW)
        opened.channel.send(a_message(to="nobody"), NOW)

    assert [record for record in caplog.records if record.name.startswith("plugin")] == []
