"""A message, ready for the wire, and what may become of it there."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a template says once it is filled in."""

    subject: str
    html: str
    text: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person through one channel."""

    effect_key: str
    channel: str
    to: str
    to_name: str | None
    sender: str
    """`Name <address>` or an address."""
    reply_to: str | None
    subject: str
    html: str
    text: str
    locale: str
    message_id: str
    """Stable per effect, never per attempt, so that a receiver can recognise a duplicate."""
    unsubscribe_url: str | None
    """The one-click address (RFC 8058); None on transactional messages only."""
    feedback_id: str | None = None


class Outcome(StrEnum):
    """How one attempt on the wire ended. A value, not an exception: networks fail as a matter of course."""

    SENT = "sent"
    SOFT_FAILED = "soft_failed"
    HARD_FAILED = "hard_failed"
    IN_DOUBT = "in_doubt"


class Phase(StrEnum):
    """How far an attempt came. After `BODY_SENT` nobody on this side knows whether the message was taken."""

    CONNECT = "connect"
    ENVELOPE = "envelope"
    BODY = "body"
    BODY_SENT = "body_sent"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The recorded end of one attempt."""

    outcome: Outcome
    phase: Phase
    reason: str
    """A short machine word, such as `smtp_250`, `connection_refused`, `mailbox_unknown`; never personal data."""
    provider_ref: str | None = None
    suppress_address: bool = False
    """True when the receiver said that this mailbox does not exist: never write to it again."""
