"""Encrypted lines, against a real server with a certificate of our own making."""

import ssl
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from plugin.channels.email import SmtpChannel
from plugin.channels.smtp_url import Security, SmtpSettings
from plugin.core.messages import Attempt, Outcome
from tests.channels.builders import NOW, a_message
from tests.channels.mail_server import Mailbox, mail_server

PASSWORD = "secret"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _only_ann(*arguments: object) -> AuthResult:
    login = arguments[-1]
    is_ann = isinstance(login, LoginPassword) and (login.login, login.password) == (b"ann", PASSWORD.encode())
    return AuthResult(success=is_ann, handled=False)


@pytest.fixture
def starttls_server(certificate: Path) -> Iterator[Mailbox]:
    with mail_server(
        tls_context=_server_context(certificate),
        require_starttls=True,
        authenticator=_only_ann,
        auth_required=True,
    ) as mailbox:
        yield mailbox


def _send(port: int, security: Security, *, trusted: Path | None, password: str | None = PASSWORD) -> Attempt:
    settings = SmtpSettings(
        host="127.0.0.1",
        port=port,
        security=security,
        username=None if password is None else "ann",
        password=password,
        connect_timeout=5,
        reply_timeout=5,
    )
    tls = ssl.create_default_context(cafile=trusted)
    return SmtpChannel(settings, tls=tls).send(a_message(), NOW)


def test_a_message_goes_out_over_starttls_after_a_login(starttls_server: Mailbox, certificate: Path) -> None:
    attempt = _send(starttls_server.port, Security.STARTTLS, trusted=certificate)

    assert (attempt.outcome, attempt.reason) == (Outcome.SENT, "smtp_250")
    assert len(starttls_server.taken) == 1


def test_a_certificate_nobody_vouches_for_stops_the_message_and_the_password(
    starttls_server: Mailbox,
) -> None:
    attempt = _send(starttls_server.port, Security.STARTTLS, trusted=None)

    assert (attempt.outcome, attempt.reason) == (Outcome.SOFT_FAILED, "tls_failed")
    assert starttls_server.taken == []


def test_a_wrong_password_keeps_the_message_for_later(starttls_server: Mailbox, certificate: Path) -> None:
    attempt = _send(starttls_server.port, Security.STARTTLS, trusted=certificate, password="wrong")

    assert (attempt.outcome, attempt.reason) == (Outcome.SOFT_FAILED, "login_refused")
    assert starttls_server.taken == []


def test_a_server_that_wants_a_login_we_have_not_keeps_the_message_for_later(
    starttls_server: Mailbox, certificate: Path
) -> None:
    attempt = _send(starttls_server.port, Security.STARTTLS, trusted=certificate, password=None)

    assert (attempt.outcome, attempt.reason) == (Outcome.SOFT_FAILED, "login_required")


def test_tls_from_the_first_byte(certificate: Path) -> None:
    with mail_server(ssl_context=_server_context(certificate)) as mailbox:
        attempt = _send(mailbox.port, Security.TLS, trusted=certificate, password=None)
        unknown = _send(mailbox.port, Security.TLS, trusted=None, password=None)

    assert attempt.outcome is Outcome.SENT
    assert len(mailbox.taken) == 1
    assert (unknown.outcome, unknown.reason) == (Outcome.SOFT_FAILED, "tls_failed")
