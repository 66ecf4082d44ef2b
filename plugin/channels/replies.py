"""What an SMTP reply means for a message and for its address (RFC 5321, RFC 3463)."""

import re

from plugin.core.messages import Attempt, Outcome, Phase

# The receiver says that this mailbox does not exist or never will: RFC 3463, as reliability practice reads it.
_DEAD_MAILBOX = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_FULL_MAILBOX = frozenset({"4.2.2", "5.2.2"})
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")
_UNKNOWN_WORDS = re.compile(
    r"user unknown|unknown user|no such user|no such (mailbox|recipient)|mailbox not found|does not exist",
    re.IGNORECASE,
)
_QUEUED_AS = re.compile(r"\bqueued as ([A-Za-z0-9._-]{1,64})")


def refused_recipient(code: int, text: str) -> Attempt:
    """The end of an attempt whose RCPT was not accepted."""
    enhanced = _enhanced(text)
    if is_permanent(code) and _is_unknown_mailbox(code, enhanced, text):
        return _attempt(Outcome.HARD_FAILED, Phase.ENVELOPE, "mailbox_unknown", suppress=True)
    if enhanced in _FULL_MAILBOX or code == 552:
        return _attempt(Outcome.SOFT_FAILED, Phase.ENVELOPE, "mailbox_full")
    return refused(code, Phase.ENVELOPE)


def answered(code: int, text: str) -> Attempt:
    """The end of an attempt whose body was sent whole and whose reply was read."""
    if 200 <= code < 300:
        queued = _QUEUED_AS.search(text)
        return Attempt(
            outcome=Outcome.SENT,
            phase=Phase.ANSWERED,
            reason=f"smtp_{code}",
            provider_ref=queued[1] if queued else None,
        )
    enhanced = _enhanced(text)
    if is_permanent(code) and enhanced in _DEAD_MAILBOX:
        return _attempt(Outcome.HARD_FAILED, Phase.ANSWERED, "mailbox_unknown", suppress=True)
    if enhanced in _FULL_MAILBOX:
        return _attempt(Outcome.SOFT_FAILED, Phase.ANSWERED, "mailbox_full")
    if 400 <= code < 600:
        return refused(code, Phase.ANSWERED)
    return _attempt(Outcome.IN_DOUBT, Phase.BODY_SENT, "reply_unreadable")


def refused(code: int, phase: Phase) -> Attempt:
    """A refusal that says nothing about the address: 5xx ends this message, anything else may pass later."""
    outcome = Outcome.HARD_FAILED if is_permanent(code) else Outcome.SOFT_FAILED
    return _attempt(outcome, phase, f"smtp_{code}" if code > 0 else "reply_unreadable")


def is_permanent(code: int) -> bool:
    return 500 <= code < 600


def _is_unknown_mailbox(code: int, enhanced: str | None, text: str) -> bool:
    if enhanced is not None:
        return enhanced in _DEAD_MAILBOX
    return code in {550, 551, 553} and _UNKNOWN_WORDS.search(text) is not None


def _enhanced(text: str) -> str | None:
    match = _ENHANCED.match(text)
    return match[0] if match else None


def _attempt(outcome: Outcome, phase: Phase, reason: str, *, suppress: bool = False) -> Attempt:
    return Attempt(outcome=outcome, phase=phase, reason=reason, suppress_address=suppress)
