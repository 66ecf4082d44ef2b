import pytest

from plugin.channels import InvalidSmtpUrlError, open_channel
from plugin.channels.email import SmtpChannel
from plugin.channels.memory import MemoryChannel
from plugin.channels.smtp_url import Security, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://mail.example", "mail.example", 587, Security.STARTTLS),
        ("smtp://mail.example:2525?starttls=required", "mail.example", 2525, Security.STARTTLS),
        ("smtp://mailbox:1025?starttls=never", "mailbox", 1025, Security.NONE),
        ("smtp://127.0.0.1:25", "127.0.0.1", 25, Security.NONE),
        ("smtp://[::1]:25", "::1", 25, Security.NONE),
        ("smtp://localhost:25?starttls=required", "localhost", 25, Security.STARTTLS),
        ("smtps://mail.example", "mail.example", 465, Security.TLS),
    ],
)
def test_a_url_names_host_port_and_how_the_line_is_secured(
    url: str, host: str, port: int, security: Security
) -> None:
    settings = parse_smtp_url(url)

    assert (settings.host, settings.port, settings.security) == (host, port, security)


def test_user_and_password_may_hold_any_character_written_as_percent() -> None:
    settings = parse_smtp_url("smtp://ann%40shop:p%2Fw%3F@mail.example")

    assert (settings.username, settings.password) == ("ann@shop", "p/w?")
    assert "p/w?" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://mail.example",
        "smtp://",
        "smtp://:hunter2@",
        "smtp://ann:hunter2@mail.example:port",
        "smtp://ann:hunter2@mail.example:99999",
        "smtp://ann:hunter2@mail.example/inbox",
        "smtp://ann:hunter2@mail.example?starttls=maybe",
        "smtp://ann:hunter2@mail.example?tls=1",
        "smtp://ann:hunter2@mail.example?starttls=never",
        "smtps://ann:hunter2@mail.example?starttls=required",
        "smtp://ann@mail.example",
        "smtp://ann:hunter2%C3%A9@mail.example",
        "smtp://ann:hunter2@" + "a" * 64 + ".example",
        "smtp://ann:hunter2/x@mail.example",
        "smtp://[bad:hunter2@mail.example",
    ],
)
def test_a_bad_url_is_one_clear_line_without_the_password(url: str) -> None:
    with pytest.raises(InvalidSmtpUrlError) as refused:
        parse_smtp_url(url)

    assert str(refused.value).startswith("SMTP_URL")
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_scheme_decides_which_channel_is_opened() -> None:
    kept: list[bytes] = []
    memory = open_channel(
        "memory://", app_url="http://127.0.0.1:8000", keep=lambda _message, raw, _now: kept.append(raw)
    )

    assert isinstance(memory, MemoryChannel)
    assert isinstance(open_channel("smtp://mail.example", app_url="https://app.example"), SmtpChannel)


def test_memory_without_a_mailbox_to_keep_in_is_refused() -> None:
    with pytest.raises(InvalidSmtpUrlError, match="demo mailbox"):
        open_channel("memory://", app_url="https://app.example")
